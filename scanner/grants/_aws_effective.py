"""Where one identity may do one action, as AWS evaluates the policies that bear on it.

From the IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation logic":
an explicit Deny of any policy wins; within one account the policy of the resource or that of
the identity is enough, across accounts both must allow; service control policies limit all
principals of the account, a permissions boundary limits what identity policies give, and
what resource policies give to a role.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from scanner import globs
from scanner.grants._aws_actions import given
from scanner.grants._aws_conditions import Caller, Outcomes, Test, allow, deny, outcomes
from scanner.grants._aws_identity import Identity, Policy
from scanner.grants._aws_principals import Who
from scanner.grants._aws_texts import describe
from scanner.grants._aws_times import window
from scanner.grants._s3_statement import Statement
from scanner.grants._zones import Zone, capped, cross, join, meet, without
from scanner.model import Decision

Places = Callable[[str], Iterable[tuple[str, str]]]
"""From a Resource value to globs, each with what is unsure about it."""

_DIRECT, _ACCOUNT = "direct", "account"


@dataclass(frozen=True, slots=True)
class Request:
    """One action on what lies in `whole`, and all that is known of such requests."""

    action: str  # in lower case
    whole: Zone
    places: Places
    known: Mapping[str, str]
    same_account: bool = True
    identity_suffices: bool = True  # False: the resource's policy has to open the door as well


def reach(
    who: Identity,
    request: Request,
    resource: Sequence[Policy],
    limits: Sequence[Policy] = (),
) -> list[Zone]:
    """Where `who` may do it.

    `resource` are the policies of the resource, `limits` the service control policies.
    """
    own = _allowed(who, request, who.policies)
    boundary = None if who.boundary is None else _allowed(who, request, who.boundary)
    if who.unknown:
        own, boundary = [capped(z, Decision.CONDITIONAL, who.unknown) for z in own], None
    mine = cross(cross(own, boundary), [request.whole])
    direct = _by_resource(who, request, resource, _DIRECT)
    if who.kind == "role":
        direct = cross(direct, boundary)
    total = _joined(mine, direct, _by_resource(who, request, resource, _ACCOUNT), request)
    if limits:
        total = cross(total, _allowed(who, request, limits))
    return without(total, _denied(who, request, resource, limits)) if total else []


def concerned(who: Identity, whole: Zone, own: Sequence[Zone], resource: Sequence[Policy]) -> bool:
    """False when neither the identity's zones nor the resource's policies join the two."""
    if any(meet(z, whole) for z in own):
        return True
    return any(
        s.effect == "Allow" and naming(who, s)[0] == _DIRECT for p in resource for s in p.statements
    )


def _joined(
    mine: list[Zone], direct: list[Zone], delegated: list[Zone], request: Request
) -> list[Zone]:
    if not request.same_account:
        return cross(mine, direct + delegated, both=True)
    if request.identity_suffices:
        return mine + direct
    return direct + cross(mine, delegated, both=True)


def _allowed(who: Identity, request: Request, policies: Iterable[Policy]) -> list[Zone]:
    return [z for p in policies for z in _zones(who, request, p, "Allow")]


def _denied(
    who: Identity, request: Request, resource: Iterable[Policy], limits: Iterable[Policy]
) -> list[Zone]:
    policies = (*who.policies, *(who.boundary or ()), *limits)
    found = [z for p in policies for z in _zones(who, request, p, "Deny")]
    for kind in (_DIRECT, _ACCOUNT):
        found += _by_resource(who, request, resource, kind, "Deny")
    return found


def _by_resource(
    who: Identity, request: Request, policies: Iterable[Policy], kind: str, effect: str = "Allow"
) -> list[Zone]:
    """The zones of a resource's statements that name this identity in this way."""
    found = []
    for policy in policies:
        for statement in policy.statements:
            named, cap = naming(who, statement)
            if named == kind and statement.effect == effect:
                part = replace(policy, statements=(statement,))
                found += [capped(z, cap) for z in _zones(who, request, part, effect)]
    return found


def naming(who: Identity, statement: Statement) -> tuple[str, Decision]:
    """How a statement names an identity: direct (itself or everybody), account, or not at all."""
    listed = [(_names(who, w), w) for w in statement.principals]
    if statement.not_principal:
        spared = any(w.principal == who.arn or w.type == "public" for _, w in listed)
        return ("", Decision.NO) if spared else (_DIRECT, Decision.YES)
    kinds = [kind for kind, _ in listed]
    if _DIRECT in kinds:
        return _DIRECT, Decision.YES
    if "session" in kinds:
        return _DIRECT, Decision.CONDITIONAL
    return (_ACCOUNT if _ACCOUNT in kinds else ""), Decision.YES


def _names(who: Identity, named: Who) -> str:
    ids = {who.arn, who.known.get("aws:userid"), who.known.get("role id")} - {None, ""}
    if named.type == "public" or named.principal in ids:
        return _DIRECT
    if named.type == "account" and named.principal == who.account:
        return _ACCOUNT
    session = re.fullmatch(r"arn:[a-z-]+:sts::([0-9]{12}):assumed-role/([^/]+)/.+", named.principal)
    mine = session and (session[1], session[2]) == (who.account, who.name)
    return "session" if mine and who.kind == "role" else ""


def _zones(who: Identity, request: Request, policy: Policy, effect: str) -> Iterator[Zone]:
    """Where the statements of one effect hold for this identity."""
    for statement in policy.statements:
        if statement.effect != effect or not speaks_of(statement, request.action):
            continue
        known = {**who.known, **request.known}
        start, end, tests = window([_filled(t, known) for t in statement.tests])
        found = [_outcome(t, tests, who, known) for t in tests]
        decision = allow(found) if effect == "Allow" else deny(found)
        if decision is Decision.NO:
            continue
        note = "" if decision is Decision.YES else _note(tests, found)
        via = f"{policy.label} statement {statement.number}"
        via += f" ({statement.sid})" if statement.sid else ""
        for zone in _targets(statement, request, known):
            found_zone = replace(zone, start=start, end=end, via=via)
            yield capped(found_zone, decision, note)


def speaks_of(statement: Statement, action: str) -> bool:
    """True when the statement is about the action, given in lower case."""
    return _speaks(statement.actions, statement.not_action, action)


@lru_cache(maxsize=65536)
def _speaks(actions: tuple[str, ...], negated: bool, action: str) -> bool:
    return bool(given(actions, negated, (action,)))


def _note(tests: Sequence[Test], found: Sequence[Outcomes]) -> str:
    """In words, the tests that may go either way."""
    return join(*(describe(t) for t, o in zip(tests, found, strict=True) if len(o.possible) > 1))


def _filled(test: Test, known: Mapping[str, str]) -> Test:
    return replace(test, values=tuple(_fill(v, known) for v in test.values))


def _fill(text: str, known: Mapping[str, str]) -> str:
    """Policy variables with known values in their place."""
    return re.sub(r"\$\{([^}]+)\}", lambda m: known.get(m[1].strip().lower(), m[0]), text)


def _outcome(
    test: Test, tests: Sequence[Test], who: Identity, known: Mapping[str, str]
) -> Outcomes:
    needed = any(t.key == test.key and t.base == "null" and not t.when_absent for t in tests)
    if test.key == "aws:userid" and "role id" in known and test.base != "null":
        return _role_id(test, known["role id"])
    absent = who.kind == "user" and test.key.startswith("aws:principaltag/")
    if absent and test.key not in known:
        only = frozenset({test.when_absent})
        return Outcomes(only, only)
    return outcomes(test, Caller.NAMED, known, test.base != "null" and needed)


def _role_id(test: Test, role_id: str) -> Outcomes:
    """`aws:userid` of a role is its id, a colon, and the name of the session."""
    mine = [v for v in test.values if globs.overlaps(f"{role_id}:*", v)]
    whole = any(test.base != "stringequals" and globs.covers(v, f"{role_id}:*") for v in mine)
    if mine and not whole:
        return Outcomes(frozenset({True, False}), frozenset())
    only = frozenset({bool(mine) is not test.negated})
    return Outcomes(only, only)


def _targets(statement: Statement, request: Request, known: Mapping[str, str]) -> Iterator[Zone]:
    named = [
        place for value in statement.resources for place in request.places(_fill(value, known))
    ]
    if not statement.resources:  # a trust policy speaks of its own role
        yield request.whole
    elif statement.not_resource:
        spared = [g for g, unsure in named if not unsure or statement.effect == "Deny"]
        yield from (Zone(g, tuple(spared)) for g, _ in request.places("*"))
    else:
        for glob, unsure in named:
            yield capped(Zone(glob), Decision.CONDITIONAL if unsure else Decision.YES, unsure)
