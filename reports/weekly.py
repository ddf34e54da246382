"""The numbers of a compliance report: what the verdicts of some days say, taken together.

A pure function of decisions (`scanner.decision`) in order of time.  An incident is *open* from the
first run that knew it until one that looked where it was and did not find it (*fixed*); found
again after that it is *reopened*.  One that is in the baseline or excepted is *excepted*, not
open.  Exposed is an incident from the moment its data landed (where nobody said: from when it
was first found) until it was fixed; reader-hours are those hours times the people who could
read it.  Times to detect count from landing to the first run that knew it, times to repair from
there to the run that found it gone; where landing is unknown there is no time to detect.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from scanner.decision import Decision, Scope, Seen, scope
from scanner.model import Outcome, ReadState, Severity

STATES = ("new", "open", "fixed", "reopened", "excepted")
# Checks that say that data was used for what it was not collected for, or by whom it must not be.
PURPOSE = (
    "purpose-not-listed", "training-before-gate", "read-before-gate", "people-team-read",
    "manager-read", "captured-exempt", "captured-in-pause", "retention-exceeded",
    "outside-applications", "outside-countries",
)  # fmt: skip
UNUSED = "unused-grant"
FALLING_DUE = timedelta(days=14)
WORST = 20


@dataclass(slots=True)
class Track:
    """One incident over time."""

    last: Seen
    detected: datetime
    landed: datetime | None
    spans: list[tuple[datetime, datetime | None]] = field(default_factory=list)

    @property
    def open(self) -> bool:
        return self.spans[-1][1] is None


@dataclass(frozen=True, slots=True)
class Open:
    """One incident that is open when the period ends."""

    identity: str
    title: str
    severity: Severity
    category: str
    store: str
    since: datetime  # when a run first knew it, or knew it again
    days: float
    people: int | None
    read: ReadState


@dataclass(frozen=True, slots=True)
class Durations:
    """How long something took, in hours; None where there is nothing to count."""

    count: int = 0
    median: float | None = None
    p90: float | None = None


@dataclass(frozen=True, slots=True)
class Numbers:
    """What is counted of one period."""

    incidents: dict[str, int]
    by: dict[str, dict[str, dict[str, int]]]  # severity, category or store > name > state
    detect: Durations
    repair: Durations
    exposure_hours: float
    reader_hours: float
    readers_unknown: int  # incidents of which no grant says who could read
    unused_grants: tuple[tuple[datetime, int], ...]
    purpose: dict[str, int]
    coverage: dict[str, int]
    runs: dict[str, int]
    overrides: tuple[tuple[datetime, str, str], ...]


@dataclass(frozen=True, slots=True)
class Weekly:
    """A period, the one before it, and what falls due after it."""

    start: datetime
    end: datetime
    now: Numbers
    before: Numbers
    falling_due: tuple[tuple[str, str, str, str], ...]  # last day, owner, reason, fingerprint
    trend: tuple[tuple[datetime, int, int], ...]  # after each run: open, excepted
    worst: tuple[Open, ...] = ()  # the worst that are open, up to `WORST`

    def change(self) -> dict[str, int]:
        """By state: how many more than in the period before."""
        return {s: self.now.incidents[s] - self.before.incidents[s] for s in STATES}


Runs = Sequence[tuple[Decision, Sequence[Seen]]]


def weekly(runs: Runs, start: datetime, end: datetime) -> Weekly:
    """The report of [start, end); `runs` are all that are known, in order of time."""
    past = [(d, seen) for d, seen in runs if d.at < end]
    tracks, trend = _followed(past)
    earlier, _ = _followed([(d, seen) for d, seen in past if d.at < start])
    last = start - (end - start)
    return Weekly(
        start,
        end,
        _numbers(past, tracks, start, end),
        _numbers([(d, s) for d, s in past if d.at < start], earlier, last, start),
        _due(past, end),
        tuple(point for point in trend if point[0] >= start),
        tuple(_worst(tracks.values(), end)),
    )


def _worst(tracks: Iterable[Track], end: datetime) -> Iterable[Open]:
    """The most severe first, and of these the longest open."""
    live = [track for track in tracks if track.open and not track.last.accepted]
    live.sort(key=lambda t: (-t.last.severity.rank, t.spans[-1][0], t.last.identity))
    for track in live[:WORST]:
        row, since = track.last, track.spans[-1][0]
        days = round(_between(since, end) / 24, 1)
        yield Open(
            row.identity, row.title, row.severity, row.category, row.store, since, days,
            row.people, row.read,
        )  # fmt: skip


def _followed(runs: Runs) -> tuple[dict[str, Track], list[tuple[datetime, int, int]]]:
    tracks: dict[str, Track] = {}
    trend: list[tuple[datetime, int, int]] = []
    for decision, seen in runs:
        present = {s.identity: s for s in seen}
        for row in present.values():
            _again(tracks, row, decision.at)
        where = scope(decision)
        _ended(tracks, present.keys(), where, decision.at)
        live = [t.last.accepted for t in tracks.values() if t.open]
        trend.append((decision.at, live.count(""), len(live) - live.count("")))
    return tracks, trend


def _again(tracks: dict[str, Track], row: Seen, at: datetime) -> None:
    track = tracks.get(row.identity)
    if track is None:
        tracks[row.identity] = Track(row, at, row.landed, [(at, None)])
        return
    track.last = row
    track.landed = track.landed or row.landed
    if not track.open:
        track.spans.append((at, None))


def _ended(tracks: dict[str, Track], present: Iterable[str], where: Scope, at: datetime) -> None:
    known = set(present)
    for name, track in tracks.items():
        if track.open and name not in known and where.clears(track.last):
            track.spans[-1] = (track.spans[-1][0], at)


def _numbers(runs: Runs, tracks: dict[str, Track], start: datetime, end: datetime) -> Numbers:
    states = {name: _states(track, start, end) for name, track in tracks.items()}
    mine = [(d, s) for d, s in runs if start <= d.at < end]
    found = [(t, states[n]) for n, t in tracks.items()]
    hours = {n: _hours(t, start, end) for n, t in tracks.items()}
    people = {n: t.last.people for n, t in tracks.items() if hours[n]}
    return Numbers(
        _counted(s for _, s in found),
        {name: _grouped(found, key) for name, key in _KEYS.items()},
        _durations(_detection(t) for t, s in found if "new" in s),
        _durations(h for t, s in found if "fixed" in s for h in _repairs(t, start, end)),
        round(sum(hours.values()), 1),
        round(sum(hours[n] * (p or 0) for n, p in people.items()), 1),
        sum(p is None for p in people.values()),
        tuple((d.at, _check(d, UNUSED)) for d, _ in mine if _has(d, UNUSED)),
        _purpose(mine),
        _coverage(mine),
        _gates(mine),
        tuple((d.at, d.run_id, what) for d, _ in mine for what in d.overrides),
    )


def _states(track: Track, start: datetime, end: datetime) -> frozenset[str]:
    """The states of an incident in a period; it may have been fixed and found again in one."""
    found = set()
    if start <= track.detected < end:
        found.add("new")
    if any(start <= begun < end for begun, _ in track.spans[1:]):
        found.add("reopened")
    if any(done and start <= done < end for _, done in track.spans):
        found.add("fixed")
    if track.open:
        found.add("excepted" if track.last.accepted else "open")
    return frozenset(found)


def _counted(states: Iterable[frozenset[str]]) -> dict[str, int]:
    counts = Counter(state for some in states for state in some)
    return {state: counts[state] for state in STATES}


# An incident that lies in several stores counts in each.
_KEYS: dict[str, Callable[[Seen], Sequence[str]]] = {
    "severity": lambda s: [s.severity.value],
    "category": lambda s: [s.category],
    "store": lambda s: (s.store or "(no store)").split(", "),
}


def _grouped(
    found: Sequence[tuple[Track, frozenset[str]]], key: Callable[[Seen], Sequence[str]]
) -> dict[str, dict[str, int]]:
    groups: dict[str, list[frozenset[str]]] = {}
    for track, states in found:
        for name in key(track.last) if states else ():
            groups.setdefault(name, []).append(states)
    ranks = {level.value: -level.rank for level in Severity}
    ordered = sorted(groups, key=lambda name: (ranks.get(name, 0), name))
    return {name: _counted(groups[name]) for name in ordered}


def _detection(track: Track) -> float | None:
    return _between(track.landed, track.detected) if track.landed else None


def _repairs(track: Track, start: datetime, end: datetime) -> Iterable[float]:
    return [_between(a, b) for a, b in track.spans if b and start <= b < end]


def _between(start: datetime, end: datetime) -> float:
    return max(0.0, (end - start).total_seconds() / 3600)


def _durations(found: Iterable[float | None]) -> Durations:
    hours = sorted(h for h in found if h is not None)
    if not hours:
        return Durations()
    middle = len(hours) // 2
    median = hours[middle] if len(hours) % 2 else (hours[middle - 1] + hours[middle]) / 2
    return Durations(len(hours), round(median, 2), round(hours[ceil(0.9 * len(hours)) - 1], 2))


def _hours(track: Track, start: datetime, end: datetime) -> float:
    """Hours of a period in which it was exposed; the first span begins when it landed."""
    total = 0.0
    for number, (begun, done) in enumerate(track.spans):
        since = min(track.landed, begun) if track.landed and not number else begun
        first, last = max(since, start), min(done or end, end)
        total += _between(first, last) if last > first else 0.0
    return total


def _has(decision: Decision, name: str) -> bool:
    return any(c.id == name and c.state != "unknown" for c in decision.checks)


def _check(decision: Decision, name: str) -> int:
    return next((c.count for c in decision.checks if c.id == name), 0)


def _purpose(mine: Runs) -> dict[str, int]:
    """By check: the most that one run of the period counted; checks that could not run: none."""
    asked = {c.id for d, _ in mine for c in d.checks if c.id in PURPOSE and c.state != "unknown"}
    return {name: max(_check(d, name) for d, _ in mine) for name in PURPOSE if name in asked}


def _coverage(mine: Runs) -> dict[str, int]:
    """Distinct inputs: read whole by some run, and never; incidents whose reads nobody knows."""
    whole = {uri for d, _ in mine for uri in d.whole}
    unread = {uri for d, _ in mine for uri in d.unread} - whole
    last = {s.identity: s.read for _, seen in mine for s in seen}
    return {
        "inputs read whole": len(whole),
        "inputs not read whole": len(unread),
        "records": sum(d.records for d, _ in mine),
        "incidents with known reads": sum(r is not ReadState.UNKNOWN for r in last.values()),
        "incidents with unknown reads": sum(r is ReadState.UNKNOWN for r in last.values()),
    }


def _gates(mine: Runs) -> dict[str, int]:
    gates = [d for d, _ in mine if d.audited]
    outcomes = Counter(d.outcome for d in gates)
    counts = {outcome.value: outcomes[outcome] for outcome in Outcome}
    other = {"scans without a gate": len(mine) - len(gates)}
    return counts | other | {"overridden": sum(bool(d.overrides) for d in gates)}


def _due(past: Runs, end: datetime) -> tuple[tuple[str, str, str, str], ...]:
    """Exceptions in force, of the latest run that had any, that end soon after the period."""
    latest = next((d for d, _ in reversed(past) if d.exceptions), None)
    limit = (end + FALLING_DUE).date()
    records = latest.exceptions if latest else ()
    return tuple(
        (str(r.expires), r.owner, r.reason, r.identity)
        for r in records
        if r.state == "active" and r.expires and r.expires <= limit
    )
