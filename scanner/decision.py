"""What is kept of each verdict, and how two of them compare.

A `Decision` is one run that ended in a verdict; a `Seen` one incident that it knew.  They hold
what a comparison and a weekly report need, nothing of a value but what any report shows.
An incident that a later run does not have is fixed only where that run looked: all its known
places are inputs that were read whole, or lie in a folder of such inputs and are gone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from scanner.model import (
    ExceptionRecord,
    Incident,
    InputStatus,
    Outcome,
    ReadState,
    Report,
    Severity,
)

AUDITED = (
    "gate",
    "audit",
)  # commands that ask for evidence: only they can clear an access incident


@dataclass(frozen=True, slots=True)
class CheckSeen:
    """One access check: its state and how often it was violated."""

    id: str
    state: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """One run with its verdict.  `exit_code` is what the process said, overrides included."""

    id: str
    run_id: str
    command: str
    at: datetime
    key_id: str
    outcome: Outcome
    exit_code: int
    policy_name: str = ""
    policy_digest: str = ""
    overrides: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()  # uris of inputs that were read whole
    unread: tuple[str, ...] = ()  # of those that were not
    records: int = 0
    bytes: int = 0
    checks: tuple[CheckSeen, ...] = ()
    exceptions: tuple[ExceptionRecord, ...] = ()

    @property
    def audited(self) -> bool:
        return self.command in AUDITED


@dataclass(frozen=True, slots=True)
class Seen:
    """One incident as a run knew it."""

    identity: str
    id: str
    kind: str
    title: str
    category: str
    severity: Severity
    store: str = ""
    places: tuple[str, ...] = ()  # uris of inputs
    preview: str = ""
    accepted: str = ""  # "", baseline or excepted
    blocks: bool = False
    occurrences: int = 0
    people: int | None = None  # who could read; None where no grant says
    read: ReadState = ReadState.UNKNOWN
    landed: datetime | None = None


def of_report(
    report: Report, at: datetime, overrides: Collection[str] = (), code: int = -1
) -> Decision:
    """The decision of a report; its id sorts by time.  `code` is the exit code that was given."""
    whole = [i.uri for i in report.inputs if i.status is InputStatus.SCANNED]
    unread = [i.uri for i in report.inputs if i.status is not InputStatus.SCANNED]
    accepted = (f"skipping {i.uri} is allowed" for i in report.inputs if _let_pass(report, i.uri))
    return Decision(
        id=f"{at:%Y%m%dT%H%M%S%f}Z-{report.run.id[-8:]}-{report.run.command}",
        run_id=report.run.id,
        command=report.run.command,
        at=at,
        key_id=report.run.key_id,
        outcome=report.verdict.outcome,
        exit_code=report.verdict.exit_code if code < 0 else code,
        policy_name=report.run.policy_name,
        policy_digest=report.run.policy_digest,
        overrides=(*overrides, *accepted),
        whole=tuple(sorted(set(whole) - set(unread))),
        unread=tuple(sorted(set(unread))),
        records=sum(i.records for i in report.inputs),
        bytes=sum(i.bytes for i in report.inputs),
        checks=tuple(CheckSeen(c.id, c.state, c.count) for c in report.checks),
        exceptions=report.exceptions,
    )


def _let_pass(report: Report, uri: str) -> bool:
    """True for an input that was not read although the run passed."""
    if report.verdict.outcome is not Outcome.PASS:
        return False
    return any(i.uri == uri and i.status is InputStatus.SKIPPED for i in report.inputs)


def seen(report: Report) -> Iterator[Seen]:
    """Its incidents."""
    stop = {i for r in report.verdict.reasons if r.outcome is Outcome.BLOCK for i in r.incident_ids}
    for incident in report.incidents:
        yield _seen(incident, incident.id in stop)


def _seen(incident: Incident, blocks: bool) -> Seen:
    could = incident.could_read
    return Seen(
        incident.identity,
        incident.id,
        incident.kind,
        incident.title,
        incident.category,
        incident.severity,
        incident.store,
        tuple(dict.fromkeys(place.uri for place in incident.locations)),
        incident.preview,
        "baseline" if incident.in_baseline else "excepted" if incident.excepted else "",
        blocks,
        incident.occurrences,
        could.people if could.known else None,
        incident.did_read.state,
        incident.landed,
    )


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a run looked."""

    decision: Decision
    whole: frozenset[str] = field(default=frozenset())
    unread: frozenset[str] = field(default=frozenset())
    folders: frozenset[str] = field(default=frozenset())

    def clears(self, incident: Seen) -> bool:
        """True when this run would have found the incident again if it were still there."""
        if incident.kind == "resource" or not incident.places:
            return self.decision.audited
        return all(self._looked(uri) for uri in incident.places)

    def _looked(self, uri: str) -> bool:
        gone = uri not in self.unread and _folder(uri) in self.folders
        return uri in self.whole or gone


def scope(decision: Decision) -> Scope:
    """What `Scope.clears` needs, ready for many questions."""
    whole = frozenset(decision.whole)
    folders = frozenset(map(_folder, decision.whole))
    return Scope(decision, whole, frozenset(decision.unread), folders)


def _folder(uri: str) -> str:
    return uri.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Changed:
    """One incident of both runs that is not the same in them."""

    old: Seen
    new: Seen


_SAME = ("severity", "places", "accepted", "blocks", "occurrences", "people", "read")


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed from one run to another; each list is worst first."""

    old: Decision
    new: Decision
    appeared: tuple[Seen, ...] = ()
    fixed: tuple[Seen, ...] = ()
    still: tuple[Seen, ...] = ()
    changed: tuple[Changed, ...] = ()  # of those that are still there
    not_looked: tuple[Seen, ...] = ()  # the newer run did not look where they were

    @property
    def unread(self) -> tuple[str, ...]:
        """Inputs that the newer run did not read whole, and the older one did or did not have."""
        return tuple(sorted({*self.new.unread} - {*self.old.unread}))

    @property
    def checks(self) -> tuple[tuple[CheckSeen | None, CheckSeen], ...]:
        """The access checks of the newer run that the older one answered otherwise."""
        before = {check.id: check for check in self.old.checks}
        pairs = ((before.get(check.id), check) for check in self.new.checks)
        return tuple((old, new) for old, new in pairs if old != new)


def compare(old: Decision, olds: Iterable[Seen], new: Decision, news: Iterable[Seen]) -> Difference:
    """The difference; the two must be of one deployment key."""
    before, after = _by_identity(olds), _by_identity(news)
    where = scope(new)
    gone = [s for name, s in before.items() if name not in after]
    still = _worst(s for name, s in after.items() if name in before)
    return Difference(
        old,
        new,
        _worst(s for name, s in after.items() if name not in before),
        _worst(s for s in gone if where.clears(s)),
        still,
        tuple(Changed(before[s.identity], s) for s in still if _differ(before[s.identity], s)),
        _worst(s for s in gone if not where.clears(s)),
    )


def _differ(old: Seen, new: Seen) -> bool:
    return any(getattr(old, name) != getattr(new, name) for name in _SAME)


def _by_identity(rows: Iterable[Seen]) -> Mapping[str, Seen]:
    return {row.identity: row for row in rows}


def _worst(rows: Iterable[Seen]) -> tuple[Seen, ...]:
    return tuple(sorted(rows, key=lambda s: (bool(s.accepted), -s.severity.rank, s.id)))
