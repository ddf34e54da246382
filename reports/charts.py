"""The geometry of the pictures: exposure funnel and timeline of an incident, shares, heat map.

Widths and positions are percentages, so that a picture fits any page without scaling its text.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from reports.text import count, lasting, number, utc, when
from scanner.model import Decision, Incident, LogCoverage, ReadState


@dataclass(frozen=True, slots=True)
class Bar:
    """One step of the funnel.  `width` is None when the answer is unknown."""

    label: str
    value: str
    width: float | None
    maybe: float = 0.0  # further width: under conditions
    kind: str = "plain"


@dataclass(frozen=True, slots=True)
class Mark:
    """One event of the timeline; `at` is its position in percent."""

    kind: str  # granted, landed, read, found
    label: str
    time: datetime
    at: float = 0.0
    after: str = ""  # how long after landing


@dataclass(frozen=True, slots=True)
class Timeline:
    """`logged` holds (start, width) of the times that access logs cover; None when unknown."""

    marks: tuple[Mark, ...]
    logged: tuple[tuple[float, float], ...] | None = None

    @property
    def text(self) -> str:
        return "; ".join(f"{mark.label} {when(mark.time)}" for mark in self.marks)


_PEOPLE = ("user", "unknown", "")  # the other principal types are services, roles and groups


def funnel(incident: Incident) -> tuple[Bar, ...]:
    """Granted, could read, did read, read after landing, and readers without a grant."""
    full = _scale(incident)
    return (
        _granted(incident, full),
        _could(incident, full),
        _did(incident, full),
        _after(incident, full),
        _outsiders(incident, full),
    )


def _scale(incident: Incident) -> int:
    could, did = incident.could_read, incident.did_read
    top = max(could.people + could.people_conditional, did.people, 1)
    return max(top, 3 * did.people) if _everyone(incident) else top


def _everyone(incident: Incident) -> bool:
    could = incident.could_read
    return could.public == Decision.YES or (could.all_staff == Decision.YES and not could.people)


def _granted(incident: Incident, full: int) -> Bar:
    """Everybody whom a grant names, under conditions or not, and how many grants they are."""
    could = incident.could_read
    if not could.known:
        return Bar("granted", "unknown", None)
    grants = len({via for reader in could.readers for via in reader.via})
    by = f" by {count(grants, 'grant')}" if grants else ""
    if _everyone(incident):
        who = "anyone" if could.public == Decision.YES else "all staff"
        return Bar("granted", f"{who}{by}", 100.0)
    people = could.people + could.people_conditional
    return Bar("granted", f"{number(people)}{by}", _share(people, full))


def _could(incident: Incident, full: int) -> Bar:
    could = incident.could_read
    if not could.known:
        return Bar("could read", "unknown", None)
    if _everyone(incident):
        who = "anyone (public)" if could.public == Decision.YES else "all staff"
        return Bar("could read", who, 100.0, kind="bad")
    maybe = could.people_conditional
    value = number(could.people) + (f" + {number(maybe)} under conditions" if maybe else "")
    return Bar("could read", value, _share(could.people, full), _share(maybe, full))


def _did(incident: Incident, full: int) -> Bar:
    did = incident.did_read
    if did.state == ReadState.UNKNOWN:
        return Bar("did read", "unknown", None)
    known = did.people or did.state == ReadState.NOT_READ
    return Bar("did read", number(did.people) if known else "someone", _share(did.people, full))


def _after(incident: Incident, full: int) -> Bar:
    did, landed = incident.did_read, incident.landed
    label = "read after it landed"
    if did.state == ReadState.UNKNOWN or landed is None:
        return Bar(label, "unknown", None)
    people = [r for r in did.readers if r.type in _PEOPLE]
    late = [r for r in people if r.last_read and utc(r.last_read) >= utc(landed)]
    least = "at least " * (len(people) < did.people)
    return Bar(label, f"{least}{number(len(late))}", _share(len(late), full))


def _outsiders(incident: Incident, full: int) -> Bar:
    did = incident.did_read
    if did.state == ReadState.UNKNOWN:
        return Bar("without a known grant", "unknown", None)
    kind = "bad" if did.outsiders else "plain"
    share = _share(did.outsiders, full)
    return Bar("without a known grant", number(did.outsiders), share, kind=kind)


def _share(part: int, full: int) -> float:
    """Percent of the full width; what is there is at least visible."""
    return max(round(100 * part / full, 2), 0.8) if part else 0.0


def timeline(incident: Incident, coverage: tuple[LogCoverage, ...]) -> Timeline:
    """Granted, landed, first and last read, found, and when reads were logged.

    A grant may be years old: the line begins with the first other event, a grant before it
    stands at its edge.
    """
    events = _events(incident)
    if not events:
        return Timeline(())
    span = [e.time for e in events if e.kind != "granted"] or [e.time for e in events]
    start, end = span[0], span[-1]
    marks = tuple(_placed(mark, start, end, incident.landed) for mark in events)
    return Timeline(marks, _logged(incident, coverage, start, end))


def _events(incident: Incident) -> list[Mark]:
    did = incident.did_read
    late = incident.first_read_after_landing
    first, last = incident.could_read.first_granted, incident.could_read.last_granted
    events = [
        ("granted", "first grant" if last != first else "granted", first),
        ("granted", "last grant", last if last != first else None),
        ("landed", "landed", incident.landed),
        ("read", "first read", did.first_read),
        ("read", "first read after landing", late if late != did.first_read else None),
        ("read", "last read", did.last_read if did.last_read != did.first_read else None),
        ("found", "found", incident.first_seen),
    ]
    marks = [Mark(kind, label, utc(time)) for kind, label, time in events if time]
    return sorted(marks, key=lambda mark: mark.time)


def _placed(mark: Mark, start: datetime, end: datetime, landed: datetime | None) -> Mark:
    after = ""
    if landed is not None and mark.kind != "landed":
        gap = mark.time - utc(landed)
        after = f"{lasting(gap)} {'before' if gap.total_seconds() < 0 else 'after'} landing"
    return Mark(mark.kind, mark.label, mark.time, _position(mark.time, start, end), after)


def _position(time: datetime, start: datetime, end: datetime) -> float:
    """Percent of the width between 3 and 97; what was before stands at 0.5."""
    if utc(time) < start:
        return 0.5
    whole = (end - start).total_seconds()
    part = (utc(time) - start).total_seconds() / whole if whole else 0.5
    return round(3 + 94 * min(max(part, 0.0), 1.0), 2)


def _logged(
    incident: Incident, coverage: tuple[LogCoverage, ...], start: datetime, end: datetime
) -> tuple[tuple[float, float], ...] | None:
    if not coverage or not incident.resources:
        return None
    spans = []
    for log in coverage:
        speaks = all(r.startswith(log.resource) for r in incident.resources)
        if speaks and utc(log.start) <= end and utc(log.end) >= start:
            left, right = (max(3.0, _position(t, start, end)) for t in (log.start, log.end))
            spans.append((left, round(right - left, 2)))
    if not spans and incident.did_read.state != ReadState.UNKNOWN:
        return None  # the answer rests on a log that is not listed by this resource
    return tuple(spans)


def parts(counts: Iterable[tuple[str, int]]) -> list[tuple[str, float, float]]:
    """A bar cut into shares: (name, start, width) in percent, of what there is any of."""
    some = [(name, many) for name, many in counts if many]
    whole, made, start = sum(many for _, many in some), [], 0.0
    for name, many in some:
        width = round(100 * many / whole, 2)
        made.append((name, round(start, 2), width))
        start += width
    return made


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One cell of the heat map; `heat` from 1 to 5 grows with the logarithm of the count."""

    count: int
    worst: str
    heat: int
    query: str


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Stores with the most first, each (name, cells by column, all)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[HeatCell | None, ...], int], ...]
    more: int = 0

    def __bool__(self) -> bool:
        return bool(self.rows)


def heat_map(cells: Mapping[tuple[str, str], tuple[int, str]], shown: int) -> HeatMap:
    """Counts and worst severities by (store, category) as a heat map."""
    totals: dict[str, int] = {}
    for (store, _), (many, _) in cells.items():
        totals[store] = totals.get(store, 0) + many
    stores = sorted(totals, key=lambda store: (-totals[store], store))
    names = tuple(sorted({category for _, category in cells}))
    top = max((many for many, _ in cells.values()), default=1)

    def cell(store: str, name: str) -> HeatCell | None:
        if (store, name) not in cells:
            return None
        many, worst = cells[store, name]
        heat = 1 + round(4 * math.log1p(many) / math.log1p(top))
        return HeatCell(many, worst, heat, f"{_asked('store', store)} {_asked('category', name)}")

    rows = tuple((s, tuple(cell(s, name) for name in names), totals[s]) for s in stores[:shown])
    return HeatMap(names, rows, max(len(stores) - shown, 0))


def _asked(name: str, value: str) -> str:
    """A term of the page's query."""
    plain = value.replace('"', "*")
    return f'{name}:"{plain}"' if any(c in plain for c in " ,") else f"{name}:{plain}"
