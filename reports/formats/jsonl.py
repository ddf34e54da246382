"""JSON Lines, streamed: the run first, then one finding a line with its incident, then the rest.

`kind` tells the lines apart: `run` (verdict, run, tool, schema version), `finding`, `incident`
(every incident, without the findings it has), `problem`.  A finding has the id, title and
state of its incident under `incident`; to look that up, incidents are indexed by fingerprint.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from reports import facts, summary
from reports.serial import cleaned
from reports.text import visible
from scanner.belonging import Belonging
from scanner.model import Finding, Incident, Report


class JsonlFormat:
    whole = True
    description = "one finding a line with its incident, as JSON Lines, for programs that stream"

    def write(self, report: Report, out: BinaryIO) -> None:
        for row in _rows(report):
            out.write(msgspec.json.encode(_shown(cleaned(row))) + b"\n")


def _rows(report: Report) -> Iterator[dict[str, Any]]:
    yield {
        "kind": "run",
        "schema_version": report.schema_version,
        "tool": report.tool,
        "run": report.run,
        "verdict": report.verdict,
    }
    known, stop = _Index(report), facts.blocking(report)
    for incident in summary.worst_first(report):
        known.add(incident, incident.id in stop)
        yield _incident(incident, incident.id in stop)
    for finding in report.findings:
        yield {"kind": "finding", "finding": finding, "incident": known.of(finding)}
    for problem in report.problems:
        yield {"kind": "problem", "problem": problem}


def _incident(incident: Incident, blocks: bool) -> dict[str, Any]:
    said = {
        "could": facts.could_read(incident.could_read),
        "did": facts.did_read(incident.did_read),
    }
    return {"kind": "incident", "blocks": blocks, "read": said, "incident": incident}


class _Index:
    """Incidents by their findings."""

    def __init__(self, report: Report) -> None:
        self._belonging = Belonging(report.findings)
        self._known: dict[str, tuple[str, str, bool, bool]] = {}

    def add(self, incident: Incident, blocks: bool) -> None:
        told = (incident.id, incident.title, blocks, incident.accepted)
        self._known[incident.identity] = told

    def of(self, finding: Finding) -> dict[str, Any] | None:
        found = self._known.get(self._belonging.identity(finding))
        if found is None:
            return None
        return dict(zip(("id", "title", "blocks", "accepted"), found, strict=True))


def _shown(value: Any) -> Any:
    """What hides in text is made visible, keys included."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {visible(k): _shown(v) for k, v in value.items()}
    return [_shown(v) for v in value] if isinstance(value, list) else value


plugin = JsonlFormat()
