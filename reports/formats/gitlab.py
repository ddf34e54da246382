"""GitLab's secret detection report, schema 15: one vulnerability an incident, worst first.

GitLab shows it in merge requests (`artifacts: reports: secret_detection`).  Its
`raw_source_code_extract` would hold the secret itself and is never written.  Every category is
in it, for GitLab has no report of its own for the others; the identifiers tell them apart.
What is accepted is flagged, not left out.
"""

from __future__ import annotations

from typing import Any, BinaryIO
from uuid import UUID, uuid5

import msgspec

from reports import facts, summary, text, unread
from scanner.model import Incident, InputStatus, Outcome, Report, Rule

VERSION = "15.0.7"
SCHEMA = (
    "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/"
    f"v{VERSION}/dist/secret-detection-report-format.json"
)
MOST = 10_000  # what GitLab is known to take in without cutting; the worst come first
_SPACE = UUID("a6c1bb46-3a0b-5f5c-8f1a-0e6f4e0d2b91")  # ours, for ids that stay from run to run
_NO_COMMIT = "0" * 40  # data in a store belongs to no commit; the schema asks for one


class GitlabFormat:
    description = "GitLab secret detection report, schema 15, for merge requests and dashboards"

    def write(self, report: Report, out: BinaryIO) -> None:
        out.write(msgspec.json.format(msgspec.json.encode(_report(report)), indent=2) + b"\n")


def _report(report: Report) -> dict[str, Any]:
    rules = {rule.id: rule for rule in report.rules}
    shown = summary.worst_first(report)[:MOST]
    lined = {(i.uri, i.member) for i in report.inputs if i.format in ("jsonl", "text")}
    return {
        "version": VERSION,
        "schema": SCHEMA,
        "scan": _scan(report),
        "vulnerabilities": [_vulnerability(report, i, rules, lined) for i in shown],
    }


def _scan(report: Report) -> dict[str, Any]:
    when = text.utc(report.run.started_at).strftime("%Y-%m-%dT%H:%M:%S")
    tool = {
        "id": "leakgate",
        "name": "leakgate",
        "version": report.tool.version or "0",
        "vendor": {"name": "leakgate"},
    }
    failed = any(i.status == InputStatus.FAILED for i in report.inputs)
    done = report.verdict.outcome != Outcome.INCOMPLETE and not failed
    return {
        "analyzer": tool,
        "scanner": tool,
        "type": "secret_detection",
        "start_time": when,
        "end_time": when,
        "status": "success" if done else "failure",
        "messages": [*_messages(report)],
    }


def _messages(report: Report) -> list[dict[str, str]]:
    # "fatal" is for what halts a scan, which a verdict does not.
    level = {Outcome.PASS: "info", Outcome.BLOCK: "warn", Outcome.INCOMPLETE: "warn"}
    said = [{"level": level[report.verdict.outcome], "value": _verdict(report)}]
    said += [
        {"level": level[r.outcome], "value": _text(r.text) or "-"}
        for r in (*facts.decided(report), *facts.notes(report))
    ]
    lines = unread.lines(report)[:1000]
    said += [{"level": "warn", "value": _text(line) or "-"} for line in lines]
    left = len(report.incidents) - MOST
    if left > 0:
        more = f"{text.number(left)} incidents, the least severe, are in the JSON report only"
        said.append({"level": "warn", "value": more})
    return said


def _verdict(report: Report) -> str:
    return f"{report.verdict.outcome}: {facts.headline(report)}"


def _vulnerability(
    report: Report, incident: Incident, rules: dict[str, Rule], lined: set[tuple[str, str]]
) -> dict[str, Any]:
    advice = " ".join(text.sentence(a) for a in facts.actions(report, incident))
    made: dict[str, Any] = {
        "id": str(uuid5(_SPACE, _utf8(incident.identity))),
        "name": _text(incident.title)[:255],
        "description": _description(incident),
        "severity": incident.severity.value.capitalize(),
        "identifiers": _identifiers(incident, rules),
        "location": _location(incident, lined),
        "tracking": _tracking(incident),
    }
    if advice:
        made["solution"] = _text(advice)[:7000]
    accepted = facts.acceptance(report, incident)
    if accepted:
        made["flags"] = [{"type": "flagged-as-likely-false-positive", "origin": "leakgate",
                          "description": _text(accepted)}]  # fmt: skip
    return made


def _description(incident: Incident) -> str:
    seen = f"Seen as {incident.preview}. " if incident.preview else ""
    return _text(
        f"{incident.severity} {incident.category}. {seen}"
        f"{text.count(max(1, incident.occurrences), 'occurrence')}. "
        f"Could read: {facts.could_read(incident.could_read)}. "
        f"Did read: {facts.did_read(incident.did_read)}."
    )


def _identifiers(incident: Incident, rules: dict[str, Rule]) -> list[dict[str, str]]:
    names = incident.rule_ids or (incident.category,)
    made = [
        {
            "type": "leakgate_rule_id",
            "name": _text(f"{incident.category} rule {name}"),
            "value": _text(name) or "-",
        }
        for name in names
    ]
    tags = {tag for name in names if name in rules for tag in rules[name].tags}
    for tag in sorted(tag for tag in tags if tag.startswith("CWE-") and tag[4:].isdecimal()):
        link = f"https://cwe.mitre.org/data/definitions/{tag[4:]}.html"
        made.append({"type": "cwe", "name": tag, "value": tag[4:], "url": link})
    return made


def _tracking(incident: Incident) -> dict[str, Any]:
    """What it is known by: without this GitLab takes two values of one rule in a file for one."""
    signature = {"algorithm": "hash", "value": _utf8(incident.identity)}
    return {"type": "source", "items": [{"signatures": [signature]}]}


def _location(incident: Incident, lined: set[tuple[str, str]]) -> dict[str, Any]:
    made: dict[str, Any] = {"commit": {"sha": _NO_COMMIT}}
    if not incident.locations:
        return made | {"file": _text(next(iter(incident.resources), ""))}
    place = incident.locations[0]
    made["file"] = _text(place.uri)
    if place.record is not None and (place.uri, place.member) in lined:
        made["start_line"] = made["end_line"] = place.record + 1
    inside = facts.place(place)
    return made | ({"class": _text(inside)} if inside else {})


def _text(words: str) -> str:
    return text.visible(text.prose(words))


def _utf8(words: str) -> str:
    return words.encode("utf-8", "backslashreplace").decode()


plugin = GitlabFormat()
