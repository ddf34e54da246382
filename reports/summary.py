"""What all incidents of a report come to, counted in one pass: they may be millions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from reports.text import sentence
from scanner.model import Decision, Incident, Outcome, ReadState, Report, Severity

FIRST = 200  # incidents of one kind that are kept; no page shows more


@dataclass(slots=True)
class Some:
    """How many incidents there are of one kind, and the worst of them."""

    count: int = 0
    first: list[Incident] = field(default_factory=list)

    def add(self, incident: Incident) -> None:
        self.count += 1
        if len(self.first) < FIRST:
            self.first.append(incident)


@dataclass(slots=True)
class Could:
    """The widest answer to "who could read?", of the incidents for which grants are known."""

    known: int = 0
    public: bool = False
    all_staff: bool = False
    people: int = 0

    def add(self, incident: Incident) -> None:
        access = incident.could_read
        if access.known:
            self.known += 1
            self.public |= access.public == Decision.YES
            self.all_staff |= access.all_staff == Decision.YES
            self.people = max(self.people, access.people)


@dataclass(slots=True)
class Did:
    """What the logs tell of all incidents."""

    unknown: int = 0
    read: int = 0
    people: int = 0
    outsiders: int = 0
    named: set[str] = field(default_factory=set)

    def add(self, incident: Incident) -> None:
        activity = incident.did_read
        self.unknown += activity.state == ReadState.UNKNOWN
        self.read += activity.state == ReadState.READ
        self.people = max(self.people, activity.people)
        self.outsiders = max(self.outsiders, activity.outsiders)
        self.named.update(r.principal for r in activity.readers if r.type in ("user", "unknown"))


@dataclass(slots=True)
class Summary:
    """Incidents in sum.  `blocking` and `new` are what to do, by its text."""

    total: int = 0
    in_baseline: int = 0
    excepted: int = 0
    occurrences: int = 0  # of values
    values: int = 0
    severities: Counter[Severity] = field(default_factory=Counter)
    categories: set[str] = field(default_factory=set)
    could: Could = field(default_factory=Could)
    did: Did = field(default_factory=Did)
    resources: Some = field(default_factory=Some)
    accepted: Some = field(default_factory=Some)  # in the baseline, or excepted
    named: dict[str, Incident] = field(default_factory=dict)  # the worst of each rule
    by_check: dict[str, Some] = field(default_factory=dict)  # what each access check found
    blocking: dict[str, Some] = field(default_factory=dict)
    new: dict[str, Some] = field(default_factory=dict)

    def add(self, incident: Incident) -> None:
        self.total += 1
        self.in_baseline += incident.in_baseline
        self.excepted += incident.excepted and not incident.in_baseline
        if incident.accepted:
            self.accepted.add(incident)
        self.severities[incident.severity] += 1
        self.categories.add(incident.category)
        self.could.add(incident)
        self.did.add(incident)
        if incident.kind == "resource":
            self.resources.add(incident)
            for name in incident.rule_ids:
                self.by_check.setdefault(name, Some()).add(incident)
        else:
            self.values += max(1, incident.values)
            self.occurrences += incident.occurrences
        for name in incident.rule_ids:
            self.named.setdefault(name, incident)

    def ask(self, incident: Incident, texts: Sequence[str], blocks: bool) -> None:
        """Note what is to be done about an incident that is not in the baseline."""
        for steps in (self.new, self.blocking) if blocks else (self.new,):
            for text in texts:
                steps.setdefault(text, Some()).add(incident)


def of(report: Report) -> Summary:
    """The summary of a report's incidents; that of the last report is remembered."""
    if not _last or _last[0] is not report:
        _last[:] = [report, _summed(report)]
    found = _last[1]
    assert isinstance(found, Summary)
    return found


_last: list[object] = []


def _summed(report: Report) -> Summary:
    made, stop, advised = Summary(), blocking(report), advice(report)
    for incident in worst_first(report):
        made.add(incident)
        if not incident.accepted:
            made.ask(incident, actions(incident, advised), incident.id in stop)
    return made


def worst_first(report: Report) -> Sequence[Incident]:
    """All incidents, worst first; those that are read from disk are in that order."""
    if isinstance(report.incidents, tuple):
        return tuple(sorted(report.incidents, key=Incident.badness))
    return report.incidents


def blocking(report: Report) -> frozenset[str]:
    """The ids of the incidents that a BLOCK sentence of the policy names."""
    reasons = (r for r in report.verdict.reasons if r.outcome == Outcome.BLOCK)
    return frozenset(name for reason in reasons for name in reason.incident_ids)


def actions(incident: Incident, advised: dict[str, str]) -> tuple[str, ...]:
    """The incident's own actions, or else what its rules and checks advise."""
    if incident.actions:
        return tuple(dict.fromkeys(map(sentence, incident.actions)))
    texts = (sentence(advised.get(name, "")) for name in (*incident.rule_ids, *incident.checks))
    return tuple(dict.fromkeys(filter(None, texts)))


def advice(report: Report) -> dict[str, str]:
    """By rule or check: what it says is to be done."""
    return {r.id: r.remediation for r in report.rules} | {
        c.id: c.remediation for c in report.checks if c.remediation
    }
