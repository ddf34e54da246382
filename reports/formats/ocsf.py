"""OCSF 1.6.0 finding events, one a line, for a SIEM or a security lake.

Credentials, personal data, terms, marks and breaches of consent are Data Security Findings
(class 2006); over-broad access is an IAM Analysis Finding (2008); the run as a whole is one
Incident Finding (2005) that lists them.  1.6.0 is the first version that has class 2008.  Times
are milliseconds since 1970.  `uid` is the same for the same incident from run to run.
Source: `events/findings` and `objects` of the schema's repository, github.com/ocsf/ocsf-schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO

import msgspec

from reports import breach, facts, summary, text, unread
from scanner.model import (
    Confidence,
    Decision,
    Incident,
    Outcome,
    ReadAccess,
    Reader,
    ReadState,
    Report,
    Severity,
)

VERSION = "1.6.0"
DATA_SECURITY, IAM_ANALYSIS, INCIDENT = 2006, 2008, 2005
_CLASSES = {
    DATA_SECURITY: "Data Security Finding",
    IAM_ANALYSIS: "IAM Analysis Finding",
    INCIDENT: "Incident Finding",
}
_SEVERITY_IDS = {severity: number for number, severity in enumerate(Severity, 1)}
_CAPTIONS = {Severity.INFO: "Informational"}
_CONFIDENCE_IDS = {confidence: number for number, confidence in enumerate(Confidence, 1)}
# Categories of the object `data_classification`.
_CATEGORIES = {"pii": (1, "Personal"), "term": (4, "Business"), "credential": (6, "Security")}
_USER_TYPES = {"service": 4, "service_account": 4}  # of the object `user`; people are 1
MOST_LISTED = 100  # findings that the incident finding names, the worst


_NOBODY = {"name": "not known by name", "type_id": 0}  # the schema asks for one at least


class OcsfFormat:
    description = "OCSF 1.6 finding events (2006, 2008, 2005), one a line, for a SIEM"

    def write(self, report: Report, out: BinaryIO) -> None:
        for event in _events(report):
            out.write(msgspec.json.encode(_shown(event)) + b"\n")


def _events(report: Report) -> Iterator[dict[str, Any]]:
    yield _run(report)
    stop = facts.blocking(report)
    for incident in summary.worst_first(report):
        access = incident.category == "access"
        event = _access(report, incident) if access else _data(report, incident)
        event["unmapped"]["blocks"] = incident.id in stop
        yield event


def _base(report: Report, class_uid: int, severity: Severity) -> dict[str, Any]:
    product = {"name": "leakgate", "vendor_name": "leakgate", "version": report.tool.version}
    return {
        "activity_id": 1,
        "activity_name": "Create",
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": class_uid,
        "class_name": _CLASSES[class_uid],
        "type_uid": class_uid * 100 + 1,
        "type_name": f"{_CLASSES[class_uid]}: Create",
        "time": _ms(report.run.started_at),
        "severity_id": _SEVERITY_IDS[severity],
        "severity": _CAPTIONS.get(severity, severity.value.capitalize()),
        "metadata": {"version": VERSION, "product": product, "correlation_uid": report.run.id},
    }


def _run(report: Report) -> dict[str, Any]:
    """The run as one incident, with its verdict."""
    worst = next((s for s, number in facts.by_severity(report) if number), Severity.INFO)
    listed = summary.worst_first(report)[:MOST_LISTED]
    verdict = {Outcome.PASS: (1, "False Positive"), Outcome.BLOCK: (2, "True Positive")}
    done = report.verdict.outcome == Outcome.PASS
    number, said = verdict.get(report.verdict.outcome, (7, "Insufficient Data"))
    event = _base(report, INCIDENT, worst) | {
        "status_id": 4 if done else 1,
        "status": "Resolved" if done else "New",
        "desc": f"{report.verdict.outcome}: {facts.headline(report)}",
        "message": " ".join(
            text.sentence(r.text) for r in (*facts.decided(report), *facts.notes(report))
        ),
        "is_suspected_breach": any(map(breach.suspected, listed)),
        "assignee_group": {"name": listed[0].owner if listed and listed[0].owner else "unassigned"},
        "finding_info_list": [_info(report, i) for i in listed] or [_no_finding(report)],
        "unmapped": {
            "verdict": report.verdict.outcome,
            "exit_code": report.verdict.exit_code,
            "policy": report.run.policy_name,
            "policy_digest": report.run.policy_digest,
            "inputs": unread.inputs_line(report),
            "problems": list(unread.lines(report)[:100]),
            "exceptions": [facts.exception(e) for e in report.exceptions if e.state == "active"],
        },
    }
    event["metadata"]["profiles"] = ["incident"]  # this class includes it, and asks to say so
    return event | ({} if done else {"verdict_id": number, "verdict": said})


def _no_finding(report: Report) -> dict[str, Any]:
    return {"uid": report.run.id, "title": facts.headline(report)}


def _finding(report: Report, incident: Incident, class_uid: int) -> dict[str, Any]:
    accepted = facts.acceptance(report, incident)
    status = (3, "Suppressed") if accepted else (1, "New")
    return _base(report, class_uid, incident.severity) | {
        "status_id": status[0],
        "status": status[1],
        **({"status_detail": accepted} if accepted else {}),
        "confidence_id": _CONFIDENCE_IDS[incident.confidence],
        "confidence": incident.confidence.value.capitalize(),
        "finding_info": _info(report, incident),
        "message": _sentence(incident),
        "resources": _resources(incident),
        "unmapped": _unmapped(report, incident),
    }


def _info(report: Report, incident: Incident) -> dict[str, Any]:
    made: dict[str, Any] = {
        "uid": incident.identity,
        "title": text.prose(incident.title),
        "types": [incident.category],
        "created_time": _ms(report.run.started_at),
        "analytic": {
            "type_id": 1,
            "type": "Rule",
            "uid": next(iter(incident.rule_ids), incident.category),
            "name": " ".join(incident.rule_ids) or incident.category,
        },
    }
    if incident.first_seen:
        made["first_seen_time"] = _ms(incident.first_seen)
    return made


def _data(report: Report, incident: Incident) -> dict[str, Any]:
    number, name = _CATEGORIES.get(incident.category, (99, "Other"))
    security: dict[str, Any] = {
        "category_id": number,
        "category": name,
        "detection_system_id": 4,
        "detection_system": "Data Discovery & Classification",
        "detection_pattern": " ".join(incident.rule_ids) or incident.category,
        "data_lifecycle_state_id": 1,
        "data_lifecycle_state": "Data at-Rest",
        "policy": {"name": report.run.policy_name or "built-in", "uid": report.run.policy_digest},
        "total": max(1, incident.occurrences),
        **({"pattern_match": incident.preview} if incident.preview else {}),
    }
    places = [{"name": p.uri, "path": p.uri, "type_id": 1} for p in incident.locations[:1]]
    event = _finding(report, incident, DATA_SECURITY)
    return event | {"data_security": security} | ({"file": places[0]} if places else {})


def _access(report: Report, incident: Incident) -> dict[str, Any]:
    could = incident.could_read
    event = _finding(report, incident, IAM_ANALYSIS)
    event["access_analysis_result"] = {
        "accessors": [_user(r) for r in could.readers[:MOST_LISTED]] or [_NOBODY],
        "access_level": "Read",
        "access_type": _access_type(could),
    }
    steps = event["unmapped"].pop("remediation")  # of the three only this class has a place for it
    event |= {"remediation": {"desc": steps}} if steps else {}
    event["unmapped"]["checks"] = list(incident.checks)
    event["unmapped"]["people_could"] = could.people if could.known else None
    return event


def _access_type(could: ReadAccess) -> str:
    if not could.known:
        return "Unknown"
    wide = {could.public: "Public", could.all_staff: "All staff"}
    return wide.get(Decision.YES, "Named")


def _user(reader: Reader) -> dict[str, Any]:
    kind = 1 if reader.type in ("user", "") else _USER_TYPES.get(reader.type, 99)
    made = {"uid": reader.principal, "name": reader.name or reader.principal, "type_id": kind}
    return made | ({"type": reader.type} if kind == 99 else {})


def _resources(incident: Incident) -> list[dict[str, Any]]:
    owner = {"owner": {"name": incident.owner}} if incident.owner else {}
    places = [*incident.resources, *dict.fromkeys(p.uri for p in incident.locations)]
    return [{"uid": name, "name": name, **owner} for name in dict.fromkeys(places)][:100]


def _unmapped(report: Report, incident: Incident) -> dict[str, Any]:
    did = incident.did_read
    steps = facts.actions(report, incident)
    return {
        "severity": incident.severity,
        "incident": incident.id,
        "kind": incident.kind,
        "preview": incident.preview,
        "where": facts.where(incident),
        "could_read": facts.could_read(incident.could_read),
        "did_read": facts.did_read(did),
        "read_state": did.state,
        "people_did": None if did.state == ReadState.UNKNOWN else did.people,
        "subjects": incident.subjects,
        "landed": _ms(incident.landed) if incident.landed else None,
        "remediation": " ".join(map(text.sentence, steps)),
    }


def _sentence(incident: Incident) -> str:
    seen = f": {incident.preview}" if incident.preview else ""
    return f"{incident.severity} {text.prose(incident.title)}{seen}"


def _ms(time: datetime) -> int:
    return round(text.utc(time).timestamp() * 1000)


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return text.visible(value)
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in value.items()}
    return [_shown(item) for item in value] if isinstance(value, list) else value


plugin = OcsfFormat()
