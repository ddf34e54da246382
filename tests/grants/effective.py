"""Whether a caller may read one object, by all grants that speak of it.

The rule of `scanner.model.Grant`, written for one question at a time; the audit answers the
same for everybody at once in SQL and is compared with this.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from scanner import globs as patterns
from scanner.model import Decision, Grant

ANYONE = frozenset({"public", "anonymous"})  # whoever comes, without credentials
ANY_EMPLOYEE = frozenset({"public", "all_staff"})


def employee(*names: str) -> frozenset[str]:
    """A person of the directory: all the names of him and of every group he is in."""
    return ANY_EMPLOYEE | frozenset(names)


def decide(
    grants: Iterable[Grant],
    caller: Collection[str],
    resource: str,
    at: datetime | None = None,
) -> Decision:
    """The answer for one caller and one object.

    `caller` holds principal names, and the words public, anonymous and all_staff for the
    groups of that type which he is in.  Without `at`, time windows are not looked at.
    """
    best: dict[str, Decision] = {}
    barred: dict[str, Decision] = {}
    for grant in grants:
        if concerns(grant, caller, resource, at):
            side = best if grant.effect == "Allow" else barred
            old = side.get(grant.system, Decision.NO)
            side[grant.system] = old if old.at_least(grant.decision) else grant.decision
    answers = [_less(allow, barred.get(system, Decision.NO)) for system, allow in best.items()]
    return max(answers, key=lambda d: d.rank, default=Decision.NO)


def concerns(
    grant: Grant, caller: Collection[str], resource: str, at: datetime | None = None
) -> bool:
    """True when a row speaks of this caller, this object and this time."""
    if not (grant.principal in caller or grant.principal_type in caller):
        return False
    if any(patterns.glob(text, name) for text in grant.except_principals for name in caller):
        return False
    return _speaks_of(grant, resource) and (at is None or _holds(grant, at))


def _speaks_of(grant: Grant, resource: str) -> bool:
    taken_out = any(patterns.matches(p, resource) for p in grant.except_resources)
    return patterns.matches(grant.resource, resource) and not taken_out


def _holds(grant: Grant, at: datetime) -> bool:
    begun = grant.granted_time is None or grant.granted_time <= at
    return begun and (grant.expiration_time is None or at < grant.expiration_time)


def _less(allow: Decision, barred: Decision) -> Decision:
    if barred is Decision.YES:
        return Decision.NO
    if barred is Decision.CONDITIONAL and allow is Decision.YES:
        return Decision.CONDITIONAL
    return allow
