"""The rows that must leave before the release may go out: one JSON object a line.

`kind` tells lines apart.  The first is the `verdict`; then each `incident` that must go; then
each `row`, in order of uri, member and record, once: `record` counts from 0 and is null for what
is in no row (a file's name, schema or footer), `rows` and `collateral` are ranges to remove where
text was put together from many records, `whole` is true when the file as a whole must stay back.
Statistics in a footer are made anew without the rows, so they are named only where the value
stands in no row.  `unread` are files that were not read whole: nobody knows what is in them.
Only incidents that block and are not accepted put rows here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import msgspec

from reports import facts, summary
from reports.text import visible
from scanner.belonging import Belonging
from scanner.model import Finding, Incident, InputStatus, Location, Outcome, Part, Report

_Key = tuple[str, str, int, str, str]


class QuarantineFormat:
    whole = True
    description = "rows that must leave before the release may go out, as JSON Lines"

    def write(self, report: Report, out: BinaryIO) -> None:
        for row in _rows(report):
            out.write(msgspec.json.encode(_shown(row)) + b"\n")


@dataclass(slots=True)
class _Row:
    """What is to be removed in one place, and for whom."""

    place: Location
    fields: set[str] = field(default_factory=set)
    parts: set[Part] = field(default_factory=set)
    incidents: dict[str, str] = field(default_factory=dict)


def _rows(report: Report) -> Iterator[dict[str, Any]]:
    leaving = _leaving(report)
    yield {"kind": "verdict", "verdict": report.verdict.outcome, "run": report.run.id,
           "incidents": len(leaving)}  # fmt: skip
    for incident in leaving.values():
        yield _incident(incident)
    rows = _places(report, leaving)
    gone = {(*key[:2], name) for key, row in rows.items() if key[2] >= 0 for name in row.incidents}
    for key, row in sorted(rows.items()):
        if row.parts != {Part.STATISTICS} or any((*key[:2], n) not in gone for n in row.incidents):
            yield _line(row)
    unread = {InputStatus.FAILED, InputStatus.PARTIAL}
    if any(reason.rule.endswith("input.skipped") for reason in report.verdict.reasons):
        unread.add(InputStatus.SKIPPED)  # more than the policy accepts
    for item in report.inputs:
        if item.status in unread:
            why = f"{item.status}: {item.reason or 'it was not read whole'}"
            yield {"kind": "unread", "uri": item.uri, "member": item.member, "record": None,
                   "whole": True, "incidents": [], "why": [why]}  # fmt: skip


def _leaving(report: Report) -> dict[str, Incident]:
    """The incidents to clear, by identity.

    Those that a BLOCK sentence names; where a sentence counts more than it names, all that are
    not accepted, for a list that is too short lets data out.
    """
    reasons = [r for r in report.verdict.reasons if r.outcome == Outcome.BLOCK]
    named = {name for reason in reasons for name in reason.incident_ids}
    cut = any(r.incident_ids and r.count > len(r.incident_ids) for r in reasons)
    return {
        i.identity: i
        for i in summary.worst_first(report)
        if not i.accepted and (cut or i.id in named)
    }


def _incident(incident: Incident) -> dict[str, Any]:
    """What must leave or, of a resource, be closed."""
    return {
        "kind": "incident",
        "id": incident.id,
        "identity": incident.identity,
        "severity": incident.severity,
        "category": incident.category,
        "title": incident.title,
        "preview": incident.preview,
        "resources": list(incident.resources),
        "could_read": facts.could_read(incident.could_read),
        "did_read": facts.did_read(incident.did_read),
    }


def _places(report: Report, leaving: dict[str, Incident]) -> dict[_Key, _Row]:
    """The places of all findings of those incidents; an old report may have only the first."""
    rows: dict[_Key, _Row] = {}
    belonging = Belonging(report.findings)
    for finding in report.findings:
        incident = leaving.get(belonging.identity(finding))
        if incident is not None:
            _add(rows, finding.location, incident, finding)
    for incident in leaving.values():
        for location in incident.locations:
            _add(rows, location, incident)
    return rows


def _add(
    rows: dict[_Key, _Row], at: Location, incident: Incident, finding: Finding | None = None
) -> None:
    number = -1 if at.record is None else at.record
    row = rows.setdefault((at.uri, at.member, number, at.rows, at.collateral), _Row(at))
    row.fields.add(at.field)
    row.parts.add(at.part)
    rule = finding.rule_id if finding else next(iter(incident.rule_ids), "")
    row.incidents[incident.id] = f"{incident.severity} {incident.category}: {rule}"


def _line(row: _Row) -> dict[str, Any]:
    at = row.place
    return {
        "kind": "row",
        "uri": at.uri,
        "member": at.member,
        "record": at.record,
        "rows": at.rows,
        "collateral": at.collateral,
        "record_start": at.record_start,
        "record_end": at.record_end,
        "whole": at.record is None and not at.rows,
        "fields": sorted(row.fields),
        "incidents": sorted(row.incidents),
        "why": sorted(set(row.incidents.values())),
    }


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in value.items()}
    return [_shown(item) for item in value] if isinstance(value, list) else value


plugin = QuarantineFormat()
