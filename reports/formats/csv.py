"""CSV for spreadsheets: one row an incident, worst first; no cell can be taken for a formula.

UTF-8 with a header, as RFC 4180 has it but with plain line ends.  The first row is the run
itself (`kind` is `verdict`).  A cell that begins with one of `= + - @` (also their full-width
forms) or with what a spreadsheet drops before it looks gets an apostrophe in front, and nothing
of a cell is a control character.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any, BinaryIO

from reports import facts, summary, text, unread
from scanner.model import Incident, Report

_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20\u2212|%")
COLUMNS = (
    "kind", "id", "severity", "confidence", "category", "title", "preview", "blocks", "accepted",
    "rules", "occurrences", "values", "subjects", "store", "owner", "where", "resources",
    "could_read", "people_could", "did_read", "read_state", "people_did", "first_seen", "landed",
    "first_read_after_landing", "checks", "actions", "fingerprint",
)  # fmt: skip


class CsvFormat:
    description = "one row an incident for spreadsheets; no cell can act as a formula"

    def write(self, report: Report, out: BinaryIO) -> None:
        for row in (COLUMNS, *_verdict(report)):
            out.write(_line(row))
        stop = facts.blocking(report)
        for incident in summary.worst_first(report):
            accepted = facts.acceptance(report, incident)
            cells = _row(incident, incident.id in stop, accepted, facts.actions(report, incident))
            out.write(_line(tuple(cells.get(name, "") for name in COLUMNS)))


def _line(cells: tuple[Any, ...]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([safe(str(cell)) for cell in cells])
    return line.getvalue().encode()


def safe(cell: str) -> str:
    """The cell with nothing hidden in it, as text even to a spreadsheet."""
    shown = text.visible(cell)
    return f"'{shown}" if shown.lstrip(" '\"").startswith(_FORMULA) else shown


def _verdict(report: Report) -> Iterator[tuple[str, ...]]:
    """The verdict, what decided, and what is wrong with the run, in the same columns."""
    said: dict[str, str] = {
        "kind": "verdict",
        "id": report.run.id,
        "title": f"{report.verdict.outcome}: {facts.headline(report)}",
        "first_seen": text.iso(report.run.started_at),
    }
    rows: list[dict[str, str]] = [said]
    for reason in (*facts.decided(report), *facts.notes(report)):
        title = f"{reason.outcome}: {reason.text}"
        rows.append({"kind": "reason", "id": reason.rule, "title": title})
    for line in unread.lines(report):
        rows.append({"kind": "problem", "title": line})
    return (tuple(row.get(name, "") for name in COLUMNS) for row in rows)


def _row(
    incident: Incident, blocks: bool, accepted: str, actions: tuple[str, ...]
) -> dict[str, object]:
    could, did = incident.could_read, incident.did_read
    times = ("first_seen", "landed", "first_read_after_landing")
    said: dict[str, object] = {
        "kind": incident.kind,
        "id": incident.id,
        "severity": incident.severity,
        "confidence": incident.confidence,
        "category": incident.category,
        "title": text.prose(incident.title),
        "preview": incident.preview,
        "blocks": "yes" if blocks else "no",
        "accepted": accepted,
        "rules": " ".join(incident.rule_ids),
        "occurrences": incident.occurrences,
        "values": incident.values or "",
        "subjects": incident.subjects,
        "store": incident.store,
        "owner": incident.owner,
        "where": facts.where(incident),
        "resources": " ".join(incident.resources),
        "could_read": facts.could_read(could),
        "people_could": could.people if could.known else "unknown",
        "did_read": facts.did_read(did),
        "read_state": did.state,
        "people_did": "unknown" if did.state == "unknown" else did.people,
        "checks": " ".join(incident.checks),
        "actions": " / ".join(actions),
        "fingerprint": incident.fingerprint,
    }
    return said | {name: _when(getattr(incident, name)) for name in times}


def _when(time: Any) -> str:
    return text.iso(time) if time else ""


plugin = CsvFormat()
