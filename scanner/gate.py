"""Policy, completeness and baseline decide: PASS, BLOCK or INCOMPLETE, each with its sentences.

A pure function of what a run found.  BLOCK wins over INCOMPLETE, and the sentences of both are
told.  What is in the baseline is counted and shown, and blocks nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from scanner.config.policy import BlockClause, Completeness, Gate
from scanner.errors import ExitCode
from scanner.model import (
    CheckResult,
    Confidence,
    ExceptionRecord,
    Incident,
    InputRecord,
    InputStatus,
    Outcome,
    PolicyReason,
    Problem,
    ReadState,
    Severity,
    Verdict,
)

MOST_IDS = 10_000  # ids that one sentence names, of the worst; its count is of all
EXIT_CODES = {
    Outcome.PASS: ExitCode.PASS,
    Outcome.BLOCK: ExitCode.BLOCKED,
    Outcome.INCOMPLETE: ExitCode.INCOMPLETE,
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a run found, as its report will hold it."""

    inputs: Sequence[InputRecord] = ()
    incidents: Sequence[Incident] = ()
    checks: Sequence[CheckResult] = ()
    evidence_inputs: Sequence[InputRecord] = ()
    problems: Sequence[Problem] = ()
    detectors: Sequence[str] | None = None  # those that ran; None where nobody says
    switched_off: Sequence[str] = ()  # those that the policy leaves out
    exceptions: Sequence[ExceptionRecord] = ()  # what became of each
    own: frozenset[str] = frozenset()  # SHA-256 of the run's own files, which are no data


@dataclass(slots=True)
class _Hits:
    """Incidents that one clause speaks of: counted, and the first of the new ones by id."""

    new: int = 0
    known: int = 0
    excepted: int = 0
    ids: list[str] = field(default_factory=list)

    def add(self, incident: Incident) -> None:
        self.known += incident.in_baseline
        self.excepted += incident.excepted and not incident.in_baseline
        self.new += not incident.accepted
        if not incident.accepted and len(self.ids) < MOST_IDS:
            self.ids.append(incident.id)


def decide(facts: Facts, gate: Gate) -> Verdict:
    """The verdict.  Every clause gives a sentence, kept or broken, in the order of the policy."""
    hits, unknown = _count(facts.incidents, gate)
    reasons = (
        *_blocking(hits, gate),
        *_checks(facts, gate),
        *_complete(facts, unknown, gate.completeness),
        *_exceptions(facts.exceptions),
        *_left_out(facts, gate),
    )
    outcomes = {reason.outcome for reason in reasons}
    for outcome in (Outcome.BLOCK, Outcome.INCOMPLETE):
        if outcome in outcomes:
            return Verdict(outcome, EXIT_CODES[outcome], reasons)
    return Verdict(Outcome.PASS, ExitCode.PASS, reasons)


def _count(incidents: Iterable[Incident], gate: Gate) -> tuple[list[_Hits], _Hits]:
    """One pass over incidents, which may be millions: by clause, and those with unknown reads."""
    hits, unknown = [_Hits() for _ in gate.block], _Hits()
    for incident in incidents:
        for clause, of_clause in zip(gate.block, hits, strict=True):
            if _meets(incident, clause):
                of_clause.add(incident)
        if incident.did_read.state is ReadState.UNKNOWN:
            unknown.add(incident)
    return hits, unknown


def _blocking(hits: Sequence[_Hits], gate: Gate) -> Iterator[PolicyReason]:
    for number, (clause, found) in enumerate(zip(gate.block, hits, strict=True)):
        outcome = Outcome.BLOCK if found.new > clause.more_than else Outcome.PASS
        text = _sentence(clause, found)
        yield PolicyReason(f"gate.block[{number}]", outcome, text, found.new, tuple(found.ids))


def _meets(incident: Incident, clause: BlockClause) -> bool:
    return (
        clause.category in ("any", incident.category)
        and incident.severity.at_least(clause.min_severity)
        and incident.confidence.at_least(clause.min_confidence)
    )


def _sentence(clause: BlockClause, found: _Hits) -> str:
    kind = "" if clause.category == "any" else f"{clause.category} "
    bounds = []
    if clause.min_severity is not Severity.INFO:
        bounds.append(f"of severity {_above(clause.min_severity)}")
    if clause.min_confidence is not Confidence.LOW:
        bounds.append(f"with confidence {_above(clause.min_confidence)}")
    noun = "incident" if found.new == 1 else "incidents"
    text = " ".join([f"{found.new} {kind}{noun}", *bounds])
    besides = [f"{found.known} in the baseline"] if found.known else []
    besides += [f"{found.excepted} excepted"] if found.excepted else []
    told = f" (besides {' and '.join(besides)})" if besides else ""
    return f"{text}{told}; allowed: {clause.more_than}"


def _above(level: Severity | Confidence) -> str:
    return level.value if level is list(type(level))[-1] else f"{level.value} or above"


def _checks(facts: Facts, gate: Gate) -> Iterator[PolicyReason]:
    results = {check.id: check for check in facts.checks}
    for name in gate.checks.required:
        yield _required(name, results.get(name))


def _required(name: str, check: CheckResult | None) -> PolicyReason:
    rule = f"gate.checks.required: {name}"
    if check is None:
        text = f"the required check {name} did not run"
        return PolicyReason(rule, Outcome.INCOMPLETE, text)
    if check.state == "violated":
        text = f"the required check {name} is violated {_times(check.count)}: {check.title}"
        return PolicyReason(rule, Outcome.BLOCK, text, check.count)
    if check.state == "unknown":
        text = f"the required check {name} could not be answered: {check.note or 'data is missing'}"
        return PolicyReason(rule, Outcome.INCOMPLETE, text)
    return PolicyReason(rule, Outcome.PASS, f"the required check {name} holds")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _complete(facts: Facts, unknown: _Hits, rules: Completeness) -> Iterator[PolicyReason]:
    """One sentence for each way in which the run did not see everything."""
    read = [i for i in facts.inputs if i.records or i.values]
    if all(i.sha256 in facts.own for i in read):
        but = " but the policy and what it names" if read else ""
        text = f"nothing was scanned{but}, and nothing scanned is not a pass"
        yield _incomplete("nothing", 0, text)
    yield from _unread("input", facts.inputs, rules)
    yield from _unread("evidence file", facts.evidence_inputs, rules)
    failures = sum(p.count for p in facts.problems if p.is_failure)
    if failures:
        text = f"the run had {_many(failures, 'problem')}: {_first(facts.problems)}"
        yield _incomplete("problems", failures, text)
    yield from _unknown_reads(unknown, rules)


def _exceptions(records: Sequence[ExceptionRecord]) -> Iterator[PolicyReason]:
    """What was excepted, until when, and every exception that accepts nothing, or nothing more."""
    active = [r for r in records if r.state == "active"]
    if active:
        due = min(str(r.expires) for r in active)
        text = f"{_many(len(active), 'incident')} excepted; the next exception ends on {due}"
        yield PolicyReason("exceptions: active", Outcome.PASS, text, len(active))
    for state, said in _OVER.items():
        some = [r for r in records if r.state == state]
        if some:
            first = f"{some[0].identity[:16]}: {some[0].note}"
            text = f"{_many(len(some), 'exception')} {said} ({first})"
            yield PolicyReason(f"exceptions: {state}", Outcome.PASS, text, len(some))


_OVER = {
    "expired": "over, so what was accepted counts again",
    "too_long": "longer than the policy allows, so nothing is accepted",
    "invalid": "without what is required, so nothing is accepted",
    "unused": "about nothing that this run found",
}


def _left_out(facts: Facts, gate: Gate) -> Iterator[PolicyReason]:
    """What the policy does not look for, or does not mind, is told with every verdict."""
    if not gate.block:
        text = "the policy has no clause by which an incident could block"
        yield PolicyReason("gate.block", Outcome.PASS, text)
    if facts.detectors is not None and not facts.detectors:
        text = "no detector was on, so nothing could be found"
        yield _incomplete("detectors", 0, text)
    elif facts.switched_off:
        names = ", ".join(facts.switched_off)
        text = f"the policy switches off {_many(len(facts.switched_off), 'detector')}: {names}"
        yield PolicyReason("detectors", Outcome.PASS, text, len(facts.switched_off))


def _unread(
    noun: str, inputs: Iterable[InputRecord], rules: Completeness
) -> Iterator[PolicyReason]:
    named = noun.partition(" ")[0]
    left = [i for i in inputs if not _allowed(i, rules)]
    for status, said in _SAID.items():
        some = [i for i in left if i.status is status]
        if some:
            text = f"{_many(len(some), noun)} {said}: {_examples(some)}"
            yield _incomplete(f"{named}.{status.value}", len(some), text)
    noted = [i for i in left if i.status is InputStatus.SCANNED and _failures(i)]
    if noted:
        count = sum(_failures(i) for i in noted)
        text = f"{_many(count, 'problem')} in {_many(len(noted), noun)}: {_examples(noted)}"
        yield _incomplete(f"{named}.problems", count, text)


_SAID = {
    InputStatus.FAILED: "could not be read",
    InputStatus.PARTIAL: "could be read in part only",
    InputStatus.SKIPPED: "skipped",
}


def _allowed(record: InputRecord, rules: Completeness) -> bool:
    """True where only that was skipped which the policy accepts; failures are never accepted.

    What is skipped inside of an input, a member or a picture, goes by its suffix: `*.png`.
    """
    if record.status is InputStatus.SKIPPED:
        return _accepted((record.uri, *_inside(record, record.member)), rules)
    unread = [problem for problem in record.problems if problem.is_failure]
    skips = (p.is_skip and _accepted(_inside(record, p.where), rules) for p in unread)
    return bool(unread) and not record.failed_records and all(skips)


def _inside(record: InputRecord, member: str) -> tuple[str, ...]:
    return (member, f"{record.uri}!{member}") if member else ()


def _accepted(names: Iterable[str], rules: Completeness) -> bool:
    return any(fnmatchcase(name, glob) for glob in rules.allow_skipped for name in names)


def _failures(record: InputRecord) -> int:
    own = sum(p.count for p in record.problems if p.is_failure)
    return max(own, record.failed_records)


def _examples(records: Sequence[InputRecord]) -> str:
    """The first, with the reason, and how many more there are; of a folder the file in it."""
    record, more = records[0], len(records) - 1
    name = f"{record.uri}!{record.member}" if record.member else record.uri
    inside = next((p.where for p in record.problems if p.where.startswith(f"{name}/")), name)
    why = record.reason or _first(record.problems)
    told = f"{inside} ({why})" if why else inside
    return f"{told} and {more} more" if more else told


def _first(problems: Iterable[Problem]) -> str:
    return next((p.what for p in problems if p.is_failure), "")


def _unknown_reads(unknown: _Hits, rules: Completeness) -> Iterator[PolicyReason]:
    if rules.unknown_reads != "allow" and unknown.new:
        text = f"whether data was read is unknown for {_many(unknown.new, 'incident')}"
        name = "gate.completeness.unknown_reads"
        yield PolicyReason(name, Outcome.INCOMPLETE, text, unknown.new, tuple(unknown.ids))


def _incomplete(name: str, count: int, text: str) -> PolicyReason:
    return PolicyReason(f"gate.completeness: {name}", Outcome.INCOMPLETE, text, count)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
