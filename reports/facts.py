"""What a report says, in sentences: the answers that every output for people gives.

Answers keep their three values: `unknown` is said as such, with the reason, never as zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reports import summary, unread
from reports.summary import Some, Summary, blocking, worst_first
from reports.text import count, lasting, listed, number, prose, sentence, utc
from scanner.model import (
    BlastRadius,
    CheckResult,
    Confidence,
    Decision,
    DerivedCopy,
    ExceptionRecord,
    Exposure,
    Incident,
    InputStatus,
    Location,
    Outcome,
    Part,
    PolicyReason,
    ReadAccess,
    ReadActivity,
    Reader,
    ReadState,
    Report,
    Severity,
)

_RANGES = 200  # characters
_NAMES = 20  # of one grant
_PARTS = {
    Part.NUMBER: "number",
    Part.KEY: "key",
    Part.NAME: "column name",
    Part.PATH: "file name",
    Part.METADATA: "file metadata",
    Part.STATISTICS: "file statistics",
    Part.RAW: "unparsed text",
    Part.TYPED: "typed text",
}


_NOTES = ("persona: ", *(f"exceptions: {s}" for s in ("expired", "too_long", "invalid", "unused")))

__all__ = ["blocking", "worst_first"]


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do, the worst incident that asks for it, and how many do.

    `about` names them where the report has others: `GitHub token in a.csv and 18 more`.
    """

    text: str
    worst: Incident | None = None
    count: int = 0
    about: str = ""

    @property
    def line(self) -> str:
        return f"{self.about}: {self.text}" if self.about else self.text


def headline(report: Report) -> str:
    """What the verdict means, in one sentence."""
    outcome = report.verdict.outcome
    if outcome == Outcome.BLOCK:
        return "This data must not go out."
    if outcome == Outcome.INCOMPLETE:
        return "Not everything could be checked, so this is not a pass."
    return "Nothing in this data breaks the policy."


def steps(report: Report) -> tuple[Step, ...]:
    """What to do first: for the incidents that block, else for all new ones; then problems."""
    summed = summary.of(report)
    stopping = [r for r in report.verdict.reasons if r.outcome == Outcome.BLOCK]
    all_named = all(r.count <= len(r.incident_ids) for r in stopping if r.incident_ids)
    found = (summed.blocking if all_named else {}) or summed.new
    asked = dict.fromkeys(sentence(p.hint) for p in report.problems if p.hint)
    asks = tuple(Step(text) for text in asked if text not in found)
    alone = summed.total == 1
    return (*(_step(text, who, alone) for text, who in found.items()), *asks)


def first_steps(report: Report, most: int) -> tuple[tuple[Step, ...], int]:
    """The first steps, to read all that was left out among them, and how many more there are."""
    asked, reading = steps(report), tuple(map(Step, unread.to_read(report)))
    kept = asked[: most - len(reading)]
    return (*kept, *reading), len(asked) - len(kept)


def _step(text: str, who: Some, alone: bool) -> Step:
    worst, more = who.first[0], who.count - 1
    title = prose(worst.title) + (f" and {number(more)} more" if more else "")
    return Step(text, worst, who.count, "" if alone else title)


def actions(report: Report, incident: Incident) -> tuple[str, ...]:
    """The incident's own actions, or else what its rules and checks advise."""
    return summary.actions(incident, summary.advice(report))


def could_read(access: ReadAccess) -> str:
    """Who could read, in a few words; `unknown` when no grant export speaks of it."""
    if not access.known:
        return "unknown: no grants were given for this place"
    if access.public == Decision.YES:
        return "anyone (public)"
    if access.all_staff == Decision.YES:
        return f"all staff ({people(access.people)})" if access.people else "all staff"
    parts = [people(access.people)] if access.people else []
    parts += [f"{number(access.people_conditional)} under conditions"] * bool(
        access.people_conditional
    )
    parts += ["the public under conditions"] * (access.public == Decision.CONDITIONAL)
    parts += ["all staff under conditions"] * (access.all_staff == Decision.CONDITIONAL)
    return listed(parts) if parts else _nobody(access)


def _nobody(access: ReadAccess) -> str:
    if access.decision == Decision.NO:
        return "nobody, by the grants given"
    return "somebody whom the directory does not name"


def did_read(activity: ReadActivity) -> str:
    """Who did read, in a few words; `unknown` when no log covers the time."""
    if activity.state == ReadState.UNKNOWN:
        return f"unknown: {prose(activity.coverage) or 'no access log covers this place'}"
    if activity.state == ReadState.NOT_READ:
        return "no read in the logs"
    who = people(activity.people) if activity.people else "someone"
    reads = f" ({count(activity.reads, 'read')})" if activity.reads else ""
    strangers = f", {number(activity.outsiders)} without a known grant"
    return f"{who}{reads}{strangers if activity.outsiders else ''}"


def read_in_time(incident: Incident) -> str:
    """When it was first read after it landed, as a sentence, or nothing."""
    first, landed = incident.first_read_after_landing, incident.landed
    if first is None or landed is None:
        return ""
    return f"First read {lasting(utc(first) - utc(landed))} after it landed."


def concerns(subjects: int) -> str:
    """How many people the found data is about, as far as records name them; or nothing."""
    return f"{people(subjects)}, by pseudonym" if subjects else ""


def people(many: int) -> str:
    """`1 person`, `12 people`."""
    return count(many, "person", "people")


def place(location: Location) -> str:
    """Where inside its file a value stands: `record 12, /messages/3/content`."""
    parts = [location.member] if location.member else []
    parts += [f"record {location.record}"] if location.record is not None else []
    parts += [location.field] if location.field else []
    parts += [_PARTS[location.part]] if location.part in _PARTS else []
    parts += [f"decoded {' > '.join(location.layers)}"] if location.layers else []
    parts += [f"rows to remove: {_short(location.rows)}"] if location.rows else []
    parts += [f"may show it too: {_short(location.collateral)}"] if location.collateral else []
    return ", ".join(parts)


def _short(ranges: str) -> str:
    """Row ranges; the end of a long list is in the JSON report."""
    if len(ranges) <= _RANGES:
        return ranges
    return f"{ranges[: ranges.rfind(',', 0, _RANGES)]}, ..."


def where(incident: Incident) -> str:
    """The first place of an incident in one line, and how many more there are."""
    if not incident.locations:
        more = len(incident.resources) - 1
        first = incident.resources[0] if incident.resources else "no place named"
        return f"{first} and {count(more, 'more resource')}" if more > 0 else first
    location = incident.locations[0]
    line = ", ".join(filter(None, [location.uri, place(location)]))
    more = incident.occurrences - 1
    return f"{line} and {count(more, 'more place')}" if more > 0 else line


def by_severity(report: Report) -> list[tuple[Severity, int]]:
    """How many incidents of each severity, worst first, zeros included."""
    found = summary.of(report).severities
    return [(severity, found[severity]) for severity in reversed(Severity)]


def tiles(report: Report) -> tuple[tuple[str, str, str], ...]:
    """The figures at the top as (label, figure, note)."""
    summed = summary.of(report)
    if not summed.total:
        return ("incidents", "0", "nothing was found"), ("inputs", *_inputs(report))
    known, values = summed.in_baseline, count(summed.values, "sensitive value")
    note = f"{number(summed.total - known - summed.excepted)} new, {number(known)} in the baseline"
    note += f", {number(summed.excepted)} excepted" if summed.excepted else ""
    values += f", about {people(report.subjects)}" if report.subjects else ""
    return (
        ("incidents", number(summed.total), note),
        ("occurrences", number(summed.occurrences), f"of {values}"),
        ("could read", *_widest(summed)),
        ("did read", *_readers(summed)),
        ("inputs", *_inputs(report)),
    )


def _widest(summed: Summary) -> tuple[str, str]:
    could = summed.could
    if not could.known:
        return "unknown", "no grants were given for these places"
    rest = summed.total - could.known
    note = f"at the widest incident{f'; unknown for {rest}' if rest else ''}"
    if could.public:
        return "anyone", f"public, {note}"
    if could.all_staff:
        return "all staff", f"{people(could.people)}, {note}" if could.people else note
    return people(could.people), note


def _readers(summed: Summary) -> tuple[str, str]:
    did = summed.did
    rest = f"unknown for {count(did.unknown, 'incident')}" if did.unknown else ""
    if did.unknown == summed.total:
        return "unknown", "no access log covers these places"
    notes = [f"{number(did.outsiders)} without a known grant"] if did.outsiders else []
    notes += [rest] if rest else []
    if not did.read:
        return "no read seen", rest or "logs cover all incidents"
    most = max(did.people, len(did.named))
    figure = f"at least {people(most)}" if most else "somebody"
    return figure, ", ".join(notes) or "logs cover all incidents"


def _inputs(report: Report) -> tuple[str, str]:
    states = [i.status for i in report.inputs]
    rest = [f"{number(states.count(s))} {s}" for s in list(InputStatus)[1:] if s in states]
    figure = f"{number(states.count(InputStatus.SCANNED))} of {number(len(states))}"
    if not states:
        return "none", "nothing was scanned"
    return figure, "scanned whole" + (f"; {', '.join(rest)}" if rest else "")


def standing(report: Report, incident: Incident, blocks: bool) -> str:
    """What it does to the verdict, in a few words, or nothing; and how little is certain of it."""
    low = "low confidence" if incident.confidence is Confidence.LOW else ""
    return ", ".join(filter(None, ["blocks" if blocks else "", acceptance(report, incident), low]))


def acceptance(report: Report, incident: Incident) -> str:
    """Why it does not block, in a few words, or nothing: `excepted until 2026-12-01 by ana`."""
    if incident.in_baseline:
        return "in the baseline"
    if not incident.excepted:
        return ""
    record = next((r for r in report.exceptions if r.identity == incident.identity), None)
    return exception(record) if record else "excepted"


def exception(record: ExceptionRecord) -> str:
    """`excepted until 2026-12-01 by ana: why`."""
    what = "said to be false" if record.decision == "false_positive" else "excepted"
    until = f" until {record.expires}" if record.expires else ""
    by = f" by {prose(record.owner)}" if record.owner else ""
    return f"{what}{until}{by}{f': {prose(record.reason)}' if record.reason else ''}"


def decided(report: Report) -> tuple[PolicyReason, ...]:
    """The policy sentences that made the verdict what it is, BLOCK before INCOMPLETE."""
    order = [Outcome.BLOCK, Outcome.INCOMPLETE, Outcome.PASS]
    ranked = sorted(report.verdict.reasons, key=lambda r: order.index(r.outcome))
    passes, besides = report.verdict.outcome == Outcome.PASS, notes(report)
    return tuple(r for r in ranked if r not in besides and (passes or r.outcome != Outcome.PASS))


def met(report: Report) -> tuple[PolicyReason, ...]:
    """The policy sentences that are met although the verdict is no PASS."""
    told = (*decided(report), *notes(report))
    return tuple(r for r in report.verdict.reasons if r not in told)


def notes(report: Report) -> tuple[PolicyReason, ...]:
    """Sentences to be told with every verdict, though they decide nothing: what a persona does
    not see, and exceptions that accept nothing."""
    return tuple(r for r in report.verdict.reasons if r.rule.startswith(_NOTES))


def checks(report: Report) -> tuple[CheckResult, ...]:
    """The access checks: violated, then unknown, then ok; worst severity first."""
    order = ["violated", "unknown", "ok"]
    ranked = sorted(report.checks, key=lambda c: (order.index(c.state), -c.severity.rank, c.id))
    return tuple(ranked)


def ways(incident: Incident) -> dict[str, tuple[str, ...]]:
    """By principal, the grants through which the named readers may read now."""
    return {reader.principal: reader.via for reader in incident.could_read.readers}


def by_grant(readers: Iterable[Reader]) -> list[tuple[str, list[str], int]]:
    """Who could read by way of which grant: the grant, the first names, how many more."""
    groups: dict[str, list[str]] = {}
    for reader in readers:
        maybe = " (under conditions)" if reader.decision == Decision.CONDITIONAL else ""
        for via in reader.via or ("",):
            groups.setdefault(via, []).append((reader.name or reader.principal) + maybe)
    ranked = sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return [(via, names[:_NAMES], max(len(names) - _NAMES, 0)) for via, names in ranked]


def changes(report: Report) -> dict[str, str]:
    """By tile: what is different from the previous run."""
    before = report.previous
    if before is None:
        return {}
    more = summary.of(report).occurrences - before.occurrences
    if not before.new and not before.gone:
        told = "the same values"
    else:
        told = f"{count(before.new, 'new value')}, {number(before.gone)} gone"
    step = f"{number(abs(more))} {'more' if more > 0 else 'fewer'}" if more else "as many as before"
    return {"incidents": told, "occurrences": step}


def story(incident: Incident) -> list[str]:
    """What is known of its exposure, outsiders, copies and credential, a clause each."""
    lay, parts = incident.exposure, []
    if lay.at_landing.known and lay.start:
        parts.append(f"could read when it landed: {could_read(lay.at_landing)}")
    if lay.start and lay.end:
        parts.append(f"open for {open_for(lay)}")
    parts += _named("from outside", incident.outsiders)
    parts += _named("read without a known right", incident.unexplained)
    if incident.copies:
        stores = sorted({c.store for c in incident.copies if c.store})
        parts.append(f"{count(len(incident.copies), 'copy', 'copies')} in {listed(stores)}")
    return parts + [_opened(each) for each in incident.opens]


def open_for(lay: Exposure) -> str:
    """`2 h 10 min until it was first read`; with nothing where its times are unknown."""
    if lay.start is None or lay.end is None:
        return ""
    how = "until it was first read" if lay.ended == "read" else "and no read is known"
    return f"{lasting(utc(lay.end) - utc(lay.start))} {how}"


def copy_readers(copy: DerivedCopy) -> str:
    """Who can read a copy now, in a few words."""
    people_ = copy.people
    return could_read(ReadAccess(Decision.YES, copy.public, copy.all_staff, people_, known=True))


def _named(what: str, readers: Sequence[Reader]) -> list[str]:
    shown = [prose(r.name or r.principal) for r in readers[:5]]
    more = [f"{len(readers) - 5} more"] if len(readers) > 5 else []
    return [f"{what}: {listed([*shown, *more])}"] if shown else []


def _opened(radius: BlastRadius) -> str:
    who = prose(radius.name or radius.owner) or "an unknown owner"
    uses = f", used {count(radius.uses, 'time')} since it landed" if radius.uses else ""
    return f"the credential of {who} opens {count(radius.resources, 'object')}{uses}"
