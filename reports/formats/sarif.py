"""SARIF 2.1.0: one result per incident, worst first, within the limits of code hosts.

Section numbers in comments are of the OASIS standard.
"""

from __future__ import annotations

import re
from typing import Any, BinaryIO
from urllib.parse import quote

import msgspec

from reports import facts, summary, text
from scanner.model import (
    Incident,
    InputRecord,
    InputStatus,
    Location,
    Outcome,
    Problem,
    Report,
    Rule,
    Severity,
)

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
MOST_RESULTS = 25_000
MOST_LOCATIONS = 100
MOST_NOTIFICATIONS = 1_000
LINE_FORMATS = frozenset({"jsonl", "text"})  # record n stands on line n + 1
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
# In the bands that code hosts sort by: above 9 critical, 7 high, 4 medium.
_SCORES = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.5",
    Severity.INFO: "0.5",
}


class SarifFormat:
    description = "SARIF 2.1.0 for code hosts and editors: one result per incident, worst first"

    def write(self, report: Report, out: BinaryIO) -> None:
        log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report)]}
        out.write(msgspec.json.format(msgspec.json.encode(log), indent=2) + b"\n")


def _run(report: Report) -> dict[str, Any]:
    rules = _rules(report)
    places = {rule.id: index for index, rule in enumerate(rules)}
    incidents = facts.worst_first(report)[:MOST_RESULTS]
    lined = _lined(report)
    first = {i.fingerprint: i.locations[0] for i in incidents if i.fingerprint and i.locations}
    return {
        "tool": {
            "driver": {
                "name": _text(report.tool.name),
                "version": _text(report.tool.version),
                "rules": [_descriptor(rule) for rule in rules],
            }
        },
        "automationDetails": {"id": f"leakgate/{_text(report.run.id)}"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "results": [
            _result(incident, places, lined, facts.acceptance(report, incident))
            | _related(incident, first, lined)
            for incident in incidents
        ],
        "properties": {
            "verdict": report.verdict.outcome,
            "reasons": [_text(r.text) for r in report.verdict.reasons],
            "policyDigest": _text(report.run.policy_digest),
            "rulesDigest": _text(report.run.rules_digest),
            "inputsDigest": _text(report.run.inputs_digest),
            "subjects": report.subjects,
        },
    }


def _rules(report: Report) -> list[Rule]:
    """The report's rules, and one for each rule or check that only incidents name."""
    rules = {rule.id: rule for rule in report.rules}
    for check in report.checks:
        made = Rule(check.id, check.title, "access", check.severity, remediation=check.remediation)
        rules.setdefault(check.id, made)
    for name, incident in summary.of(report).named.items():
        rules.setdefault(name, Rule(name, incident.title, incident.category, incident.severity))
    return list(rules.values())


def _descriptor(rule: Rule) -> dict[str, Any]:
    link = next((url for url in rule.references if _is_web(url)), "")
    advice = _text(rule.remediation) or "Remove the records, and change the value at its owner."
    return {
        "id": _text(rule.id),
        "name": _text(rule.name),
        "shortDescription": {"text": _message(rule.name or rule.id)},
        "fullDescription": {"text": _message(rule.description or rule.name or rule.id)},
        "help": {"text": _message(advice)},
        **({"helpUri": link} if link else {}),
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "security-severity": _SCORES[rule.severity],
            "precision": {"low": "low", "medium": "medium", "high": "very-high"}[rule.confidence],
            "tags": _tags(rule),
        },
    }


def _tags(rule: Rule) -> list[str]:
    weaknesses = [
        f"external/cwe/{tag.lower()}" for tag in rule.tags if re.fullmatch(r"CWE-\d+", tag)
    ]
    return list(dict.fromkeys(["security", rule.category, *map(_text, rule.tags), *weaknesses]))


def _result(
    incident: Incident,
    rules: dict[str, int],
    lined: frozenset[tuple[str, str]],
    accepted: str,
) -> dict[str, Any]:
    rule = incident.rule_ids[0] if incident.rule_ids else incident.category
    key = incident.fingerprint or f"{incident.category}:{incident.id}"
    return {
        "ruleId": _text(rule),
        **({"ruleIndex": rules[rule]} if rule in rules else {}),
        "level": _LEVELS[incident.severity],
        "kind": "fail",
        "message": {"text": _message(_sentence(incident))},
        "locations": _locations(incident, lined),
        "occurrenceCount": max(incident.occurrences, 1),
        "partialFingerprints": {
            "leakgateFingerprint/v1": _text(key),
            "primaryLocationLineHash": _text(key),  # the only one that GitHub looks at
        },
        "suppressions": _suppressions(accepted),
        "properties": {
            "incident": _text(incident.id),
            "category": incident.category,
            "severity": incident.severity,
            "confidence": incident.confidence,
            "couldRead": _text(facts.could_read(incident.could_read)),
            "didRead": _text(facts.did_read(incident.did_read)),
            "subjects": incident.subjects,
            **({"values": incident.values} if incident.values else {}),
        },
    }


def _related(
    incident: Incident, first: dict[str, Location], lined: frozenset[tuple[str, str]]
) -> dict[str, Any]:
    """Where the other parts of the credential stand that are results of their own (3.27.22)."""
    parts = [_location(first[part], lined) for part in incident.parts if part in first]
    said = {"message": {"text": "Another part of this credential."}}
    return {"relatedLocations": [part | said for part in parts]} if parts else {}


def _sentence(incident: Incident) -> str:
    what = f"{text.prose(incident.title)}: {incident.preview}" if incident.preview else ""
    return (
        f"{what or text.prose(incident.title)} "
        f"({text.count(max(incident.occurrences, 1), 'occurrence')}). "
        f"Could read: {facts.could_read(incident.could_read)}. "
        f"Did read: {facts.did_read(incident.did_read)}."
    )


def _suppressions(accepted: str) -> list[dict[str, str]]:
    """Empty means "not suppressed", absent would mean "unknown" (3.27.23)."""
    if not accepted:
        return []
    why = _text(accepted)
    return [{"kind": "external", "status": "accepted", "justification": why}]


def _locations(incident: Incident, lined: frozenset[tuple[str, str]]) -> list[dict[str, Any]]:
    found = [_location(place, lined) for place in incident.locations]
    found = found or [_whole(name) for name in incident.resources]
    unique = {msgspec.json.encode(place): place for place in found}
    return list(unique.values())[:MOST_LOCATIONS]


def _whole(uri: str) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(uri)}}}


def _location(place: Location, lined: frozenset[tuple[str, str]]) -> dict[str, Any]:
    physical = _whole(place.uri)["physicalLocation"]
    region = _region(place, lined)
    if region:
        physical["region"] = region
    inside = facts.place(place)
    if not inside:
        return {"physicalLocation": physical}
    logical = {"fullyQualifiedName": _text(inside), "kind": "member"}
    return {"physicalLocation": physical, "logicalLocations": [logical]}


def _region(place: Location, lined: frozenset[tuple[str, str]]) -> dict[str, int]:
    """The record's bytes and line, only where a viewer that opens the file would see them."""
    plain = not place.member and not re.search(r"\.(gz|zst|bz2|xz|zip|tar|tgz)$", place.uri, re.I)
    if not plain or place.record is None:
        return {}
    region = {"startLine": place.record + 1} if (place.uri, place.member) in lined else {}
    if place.record_start is not None and place.record_end is not None:
        length = place.record_end - place.record_start
        region |= {"byteOffset": place.record_start, "byteLength": max(length, 0)}
    return region


def _lined(report: Report) -> frozenset[tuple[str, str]]:
    return frozenset((i.uri, i.member) for i in report.inputs if i.format in LINE_FORMATS)


def _invocation(report: Report) -> dict[str, Any]:
    failed = any(i.status == InputStatus.FAILED for i in report.inputs)
    whole = report.verdict.outcome != Outcome.INCOMPLETE and not failed
    return {
        "commandLine": _text(report.run.command),
        "startTimeUtc": text.iso(report.run.started_at),
        "executionSuccessful": whole and report.verdict.exit_code in (0, 1),
        "exitCode": report.verdict.exit_code,
        "toolExecutionNotifications": _notifications(report),
    }


def _notifications(report: Report) -> list[dict[str, Any]]:
    notes = [note for item in report.inputs for note in _of_input(item)]
    notes += [_of_problem(problem, "", "warning") for problem in report.problems]
    left = len(notes) - MOST_NOTIFICATIONS
    cut = len(report.incidents) - MOST_RESULTS
    shown = notes[:MOST_NOTIFICATIONS]
    if left > 0:
        shown += [_note("report.cut", f"{text.number(left)} more problems are in the JSON report.")]
    if cut > 0:
        line = f"{text.number(cut)} incidents, the least severe, were left out of this file; "
        shown += [_note("report.cut", line + "all of them are in the JSON report.")]
    return shown


def _of_input(item: InputRecord) -> list[dict[str, Any]]:
    level = "error" if item.status == InputStatus.FAILED else "warning"
    notes = [_of_problem(problem, item.uri, level) for problem in item.problems]
    if item.status != InputStatus.SCANNED:
        name = f"{item.member}: " if item.member else ""
        what = f"{name}{item.status}: {item.reason or 'no reason was given'}"
        notes.append(_note(f"input.{item.status}", what, item.uri, level))
    return notes


def _of_problem(problem: Problem, uri: str, level: str) -> dict[str, Any]:
    times = f" ({text.number(problem.count)} times)" if problem.count > 1 else ""
    what = ", ".join(filter(None, [problem.what, problem.where])) + times + "."
    return _note(problem.code, f"{what} {problem.hint}".strip(), uri, level)


def _note(code: str, what: str, uri: str = "", level: str = "warning") -> dict[str, Any]:
    note = {"descriptor": {"id": _text(code)}, "level": level, "message": {"text": _message(what)}}
    return {**note, "locations": [_whole(uri)]} if uri else note


def _uri(name: str) -> str:
    """A path or store address as a valid URI reference; file names may hold any bytes."""
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", name)
    safe = "/:@!$&'()*+,;=~" + ("%?#" if _is_web(name) else "")
    if scheme:
        return scheme[0] + quote(_bytes(name[scheme.end() :]), safe=safe)
    path = quote(_bytes(name.replace("\\", "/")), safe=safe)
    if path.startswith("/"):
        return f"file://{path}" if not path.startswith("//") else f"file:///{path}"
    first = path.split("/", 1)[0]
    return f"./{path}" if ":" in first else path  # RFC 3986, 4.2


def _bytes(name: str) -> bytes:
    """The bytes of a file name as the system has them."""
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogatepass")


def _is_web(url: str) -> bool:
    return re.fullmatch(r"https?://[\w./?=&%#~:+@,;-]+", url, flags=re.ASCII) is not None


def _text(words: str) -> str:
    return text.visible(text.prose(words))


def _message(words: str) -> str:
    """Text in which nothing is a placeholder or a link (3.11.5, 3.11.6)."""
    return _text(words).replace("{", "{{").replace("}", "}}").replace("](", "] (")


plugin = SarifFormat()
