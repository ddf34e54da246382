"""Sets of resources at times, as policies speak of them: met, and taken from one another.

A zone is a glob less some globs, from a time until before another, with the answer that it
has there.  Globs are those of `scanner.globs`, over URIs or ARNs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from scanner import globs
from scanner.model import Decision


@dataclass(frozen=True, slots=True)
class Zone:
    """`decision` is yes or conditional (`note` says on what); `via` where it is written."""

    resource: str
    excepts: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    decision: Decision = Decision.YES
    note: str = ""
    via: str = ""


def least(one: Decision, other: Decision) -> Decision:
    """The lower of two answers."""
    return other if one.at_least(other) else one


def join(*notes: str) -> str:
    """Notes one after the other, each once."""
    parts = [p for n in notes for p in n.split("; ") if p]
    return "; ".join(dict.fromkeys(parts))


def capped(zone: Zone, decision: Decision, note: str = "") -> Zone:
    """The zone with no better answer than this."""
    return replace(zone, decision=least(zone.decision, decision), note=join(zone.note, note))


def meet(one: Zone, other: Zone, both: bool = False) -> Zone | None:
    """What two zones share.  The path is that of `one`, or of the two when `both` are needed."""
    found = _common(one.resource, other.resource)
    start, end = _later(one.start, other.start), _earlier(one.end, other.end)
    if found is None or (start and end and start >= end):
        return None
    resource, unsure = found
    excepts = _excepts(resource, one.excepts + other.excepts)
    if excepts is None:
        return None
    via = ", ".join(v for v in (one.via, other.via) if v) if both else one.via
    decision = least(least(one.decision, other.decision), (unsure and Decision.CONDITIONAL) or _YES)
    return Zone(resource, excepts, start, end, decision, join(one.note, other.note, unsure), via)


def cross(zones: Iterable[Zone], others: Iterable[Zone] | None, both: bool = False) -> list[Zone]:
    """All that the zones share with the others; None leaves them as they are."""
    if others is None:
        return list(zones)
    limits = list(others)
    met = (meet(one, other, both) for one in zones for other in limits)
    return list(dict.fromkeys(z for z in met if z is not None))


def without(zones: Iterable[Zone], denies: Iterable[Zone]) -> list[Zone]:
    """The zones with each Deny taken out; a conditional one leaves a conditional answer."""
    left = list(zones)
    for deny in denies:
        left = [piece for zone in left for piece in _cut(zone, deny)]
    return list(dict.fromkeys(left))


_YES = Decision.YES


def _cut(zone: Zone, deny: Zone) -> Iterator[Zone]:
    struck = meet(zone, replace(deny, excepts=()))
    if struck is None:
        yield zone
        return
    if struck.start != zone.start:
        yield replace(zone, end=struck.start)
    if struck.end != zone.end:
        yield replace(zone, start=struck.end)
    during = replace(zone, start=struck.start, end=struck.end)
    excepts = _excepts(zone.resource, (*zone.excepts, deny.resource))
    if excepts is not None:
        yield replace(during, excepts=excepts)
    spared = (meet(during, Zone(e)) for e in deny.excepts)
    yield from (s for s in spared if s is not None)
    if deny.decision is Decision.CONDITIONAL:
        inside = meet(during, deny)
        if inside is not None:
            yield capped(inside, Decision.CONDITIONAL, f"unless {deny.via} forbids it")


@lru_cache(maxsize=65536)
def _common(one: str, other: str) -> tuple[str, str] | None:
    """A glob for what both match, and why it may be too wide."""
    if _apart(one, other):
        return None
    if globs.covers(other, one):
        return one, ""
    if globs.covers(one, other):
        return other, ""
    if globs.overlaps(one, other):
        return one, f"only what {other} matches as well"
    return None


def _excepts(resource: str, excepts: tuple[str, ...]) -> tuple[str, ...] | None:
    """Those that matter; None when they leave nothing."""
    near = [e for e in dict.fromkeys(excepts) if not _apart(e, resource)]
    if any(globs.covers(e, resource) for e in near):
        return None
    return tuple(sorted(e for e in near if globs.overlaps(e, resource)))


def _apart(one: str, other: str) -> bool:
    """True when two globs differ before their first wildcard: the usual case, told fast."""
    a, b = _HEAD.match(one), _HEAD.match(other)
    heads = (a[0], b[0]) if a and b else ("", "")
    return not heads[0].startswith(heads[1]) and not heads[1].startswith(heads[0])


_HEAD = re.compile(r"[^*?]*")


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((t for t in (one, other) if t is not None), default=None)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((t for t in (one, other) if t is not None), default=None)
