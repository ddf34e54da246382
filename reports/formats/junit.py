"""JUnit XML, as CI systems read it: one case for each rule and input, passes included.

A suite is a category.  A case fails when a finding of its rule in its input belongs to an
incident that counts, is skipped when all of them are accepted, and passes otherwise; a rule
that found nothing anywhere is one case over all inputs, and inputs that were not read have none.
The suite `completeness` has a case for each input (an error where it was not read whole),
`policy` one for each sentence of the verdict, `checks` one for each access check.  The dialect
is the one that Jenkins' xunit plug-in checks (`junit-10.xsd`) and GitLab reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

from reports import facts, summary, text, unread
from scanner.model import Incident, InputStatus, Outcome, Report

MOST = 20_000  # cases that pass in one suite; what fails is never left out


class JunitFormat:
    description = "JUnit XML for CI systems: one case for each rule and input, passes included"

    def write(self, report: Report, out: BinaryIO) -> None:
        suites = list(_suites(report))
        counts = _counts([case for _, cases in suites for case in cases])
        out.write(b'<?xml version="1.0" encoding="UTF-8"?>\n')
        out.write(f"<testsuites name={_attr(_title(report))} {counts}>\n".encode())
        for name, cases in suites:
            for line in _suite(name, cases, text.iso(report.run.started_at)[:19]):
                out.write(line.encode())
        out.write(b"</testsuites>\n")


@dataclass(slots=True)
class _Case:
    """One case; `state` is passed, failure, error or skipped."""

    place: str
    name: str
    state: str = "passed"
    message: str = ""
    details: list[str] = field(default_factory=list)


def _title(report: Report) -> str:
    return f"leakgate {report.verdict.outcome}: {facts.headline(report)}"


def _suites(report: Report) -> Iterator[tuple[str, list[_Case]]]:
    notes = facts.notes(report)
    told = [_reason(r.rule, r.outcome, r.text) for r in report.verdict.reasons if r not in notes]
    yield "policy", [*told, *(_Case("policy", r.rule, "skipped", r.text) for r in notes)]
    yield "completeness", [*_inputs(report)]
    by_category = _by_category(report)
    for category in sorted(by_category):
        cases = by_category[category]
        failed = [case for case in cases if case.state != "passed"]
        passed = [case for case in cases if case.state == "passed"]
        yield category, [*failed, *passed[:MOST]]
    if report.checks:
        yield "checks", [*_checks(report)]


def _reason(rule: str, outcome: Outcome, words: str) -> _Case:
    state = {Outcome.PASS: "passed", Outcome.BLOCK: "failure", Outcome.INCOMPLETE: "error"}
    return _Case("policy", rule, state[outcome], words if outcome != Outcome.PASS else "")


def _inputs(report: Report) -> Iterator[_Case]:
    for item in (*report.inputs, *report.evidence_inputs):
        name = f"{item.uri}!{item.member}" if item.member else item.uri
        whole = item.status == InputStatus.SCANNED
        details = [unread.problem(p) for p in item.problems]
        reason = item.reason or (details[0] if details else "")
        bad = not whole or any(p.is_failure for p in item.problems)
        said = f"{item.status}: {reason}" if bad else ""
        yield _Case("completeness", name, "error" if bad else "passed", said, details)
    for problem in report.problems:
        yield _Case("completeness", problem.code, "error", unread.problem(problem))


def _by_category(report: Report) -> dict[str, list[_Case]]:
    """Cases of incidents in their places, and those of rules that found nothing there."""
    found: dict[tuple[str, str, str], _Case] = {}
    stop, named = facts.blocking(report), set[str]()
    for incident in summary.worst_first(report):
        named.update(incident.rule_ids)
        accepted = facts.acceptance(report, incident)
        for name in incident.rule_ids or (incident.category,):
            for place in _places(incident):
                key = (incident.category, name, place)
                _add(found, key, incident, accepted, incident.id in stop)
    unseen = (InputStatus.FAILED, InputStatus.SKIPPED)  # of which nobody knows
    read = [item for item in report.inputs if item.status not in unseen]
    for rule in report.rules:
        for item in read if rule.id in named else ():
            key = (rule.category, rule.id, item.uri)
            found.setdefault(key, _Case(item.uri, rule.id))
        if rule.id not in named:
            found.setdefault((rule.category, rule.id, ""), _Case("all inputs", rule.id))
    made: dict[str, list[_Case]] = {}
    for (category, _, _), case in sorted(found.items()):
        made.setdefault(category, []).append(case)
    return made


def _places(incident: Incident) -> list[str]:
    uris = dict.fromkeys(place.uri for place in incident.locations)
    return list(uris or dict.fromkeys(incident.resources)) or ["no place named"]


def _add(
    found: dict[tuple[str, str, str], _Case],
    key: tuple[str, str, str],
    incident: Incident,
    accepted: str,
    blocks: bool,
) -> None:
    case = found.setdefault(key, _Case(key[2], key[1]))
    preview = f" {incident.preview}" if incident.preview else ""
    line = (
        f"{incident.severity} {text.prose(incident.title)}{preview} "
        f"({accepted or ('blocks' if blocks else 'counts')}); {facts.where(incident)}; "
        f"could read: {facts.could_read(incident.could_read)}; "
        f"did read: {facts.did_read(incident.did_read)}"
    )
    case.details.append(line)
    if not accepted:
        case.state = "failure"
    elif case.state == "passed":
        case.state = "skipped"
    case.message = case.message or line


def _checks(report: Report) -> Iterator[_Case]:
    states = {"ok": "passed", "violated": "failure", "unknown": "skipped"}
    for check in facts.checks(report):
        said = "" if check.state == "ok" else f"{check.state}: {check.note or check.title}"
        yield _Case("checks", check.id, states[check.state], said, list(check.resources[:100]))


def _counts(cases: list[_Case]) -> str:
    failures, errors = (_number(cases, state) for state in ("failure", "error"))
    return f'tests="{len(cases)}" failures="{failures}" errors="{errors}"'


def _number(cases: list[_Case], state: str) -> int:
    return sum(case.state == state for case in cases)


def _suite(name: str, cases: list[_Case], when: str) -> Iterator[str]:
    counts = f'{_counts(cases)} skipped="{_number(cases, "skipped")}"'
    yield f'  <testsuite name={_attr(name)} {counts} timestamp="{when}" time="0">\n'
    for case in cases:
        head = f"    <testcase classname={_attr(case.place)} name={_attr(case.name)} "
        if case.state == "passed":
            yield f'{head}time="0"/>\n'
        else:
            yield f'{head}time="0">\n{_outcome(case)}    </testcase>\n'
    yield "  </testsuite>\n"


def _outcome(case: _Case) -> str:
    if case.state == "skipped":
        return f"      <skipped message={_attr(case.message)}/>\n"
    more = "\n".join(escape(_text(line)) for line in case.details)
    kind = "finding" if case.state == "failure" else "incomplete"
    head = f"      <{case.state} message={_attr(case.message)} type={_attr(kind)}>"
    return f"{head}{more}</{case.state}>\n"


def _attr(words: str) -> str:
    return quoteattr(_text(words))


def _text(words: str) -> str:
    """On one line; what XML 1.0 cannot hold is shown by its name."""
    return text.visible(text.prose(words))


plugin = JunitFormat()
