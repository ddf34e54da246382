"""The incident report as one self-contained HTML file: no network, no library, strict CSP.

Everything a reader must know stands in the page without JavaScript; the script filters, and
shows the table of all occurrences, which the page carries as compressed columns.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, BinaryIO

from reports import breach, charts, facts, summary, text, unread
from reports.packed import ROWS
from reports.reach import Grant
from reports.rows import Table
from scanner.model import Incident, InputStatus, Problem, Report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import Environment

SHOWN_INCIDENTS = 200
SHOWN_INPUTS = 500
SHOWN_STEPS = 6
SHOWN_GRANTS = 30
SHOWN_STORES = 40
FULLY = 50  # incidents with pictures, that name more of their readers and places
SHOWN, SHOWN_OF_OTHERS = (10, 8), (4, 3)  # readers and places of one incident
READY = ("is:blocking", "is:new", "is:breach", "severity>=high", "read:unknown")
SCRIPTS = ("decode.js", "query.js", "table.js", "files.js", "page.js")
_ROWS_HERE = "<!-- rows -->"  # no data can spell it: `<` is always escaped
_STATUSES = (InputStatus.FAILED, InputStatus.PARTIAL, InputStatus.SKIPPED, InputStatus.SCANNED)


class HtmlFormat:
    description = "incident report for people: one offline file, verdict first"

    def write(self, report: Report, out: BinaryIO) -> None:
        table = Table(report)
        page = _environment().get_template("incident.html").render(_context(report, table))
        head, _, tail = page.partition(_ROWS_HERE)
        out.write(head.encode())
        out.writelines(_carried(table))
        out.write(f"{tail}\n".encode())


def _carried(table: Table) -> Iterator[bytes]:
    """The packed rows; a browser takes an element of this type for data and runs nothing."""
    for start, chunk in zip(range(0, len(table), ROWS), table.chunks(), strict=True):
        rows = min(ROWS, len(table) - start)
        yield b'<script type="text/plain" data-rows="%d">%s</script>\n' % (rows, chunk)


def _context(report: Report, table: Table) -> dict[str, Any]:
    incidents = facts.worst_first(report)[:SHOWN_INCIDENTS]
    return {
        "report": report,
        "table": table,
        **_frame(),
        **_of_incidents(report, incidents),
        **_of_verdict(report),
        **_of_data(report, table),
        **_of_coverage(report),
    }


def _frame() -> dict[str, Any]:
    from markupsafe import Markup

    style = _asset("report.css")
    script = "".join(map(_asset, SCRIPTS))
    return {
        "style": Markup(style),  # noqa: S704 - ours
        "script": Markup(script),  # noqa: S704 - ours
        "rows_here": Markup(_ROWS_HERE),  # noqa: S704 - ours
        "csp": _policy(style, script),
        "ready": READY,
        "fully": FULLY,
        "full": SHOWN,
        "brief": SHOWN_OF_OTHERS,
    }


def _of_verdict(report: Report) -> dict[str, Any]:
    steps = facts.steps(report)
    return {
        "summed": summary.of(report),
        "severities": facts.by_severity(report),
        "steps": steps[:SHOWN_STEPS],
        "unread": unread,
        "to_read": tuple(unread.to_read(report)),
        "more_steps": max(len(steps) - SHOWN_STEPS, 0),
        "tiles": facts.tiles(report),
        "changes": facts.changes(report),
    }


def _of_incidents(report: Report, incidents: Any) -> dict[str, Any]:
    advised = summary.advice(report)
    return {
        "incidents": incidents,
        "hidden": max(summary.of(report).total - SHOWN_INCIDENTS, 0),
        "linked": {i.id: f"i={_anchor(i.identity)}" for i in incidents},
        "blocking": facts.blocking(report),
        "rules": {rule.id: rule for rule in report.rules},
        "checked": {check.id for check in report.checks},
        "actions": lambda incident: summary.actions(incident, advised),
        "timeline": lambda incident: charts.timeline(incident, report.coverage),
        "by_grant": facts.by_grant,
    }


def _of_data(report: Report, table: Table) -> dict[str, Any]:
    counts, suspects = table.counts, table.suspects
    cells = {key: (cell.count, str(cell.worst)) for key, cell in counts.cells.items()}
    persons = {name: len(people) for name, people in counts.persons.items()}
    grants: list[Grant] = table.grants.ranked()
    states = [check.state for check in report.checks]
    places = _broad(report, table)
    return {
        "cells": charts.heat_map(cells, SHOWN_STORES),
        "persons": sorted(persons.items(), key=lambda pair: (-pair[1], pair[0])),
        "suspects": suspects,
        "deadline": breach.deadline(report),
        "dossiers": _dossiers(report, table) if suspects.total else (),
        "grants": grants[:SHOWN_GRANTS],
        "more_grants": max(len(grants) - SHOWN_GRANTS, 0),
        "broad": places[:SHOWN_GRANTS],
        "more_places": max(len(places) - SHOWN_GRANTS, 0),
        "by_check": summary.of(report).by_check,
        "check_states": [(s, states.count(s)) for s in ("violated", "unknown", "ok")],
    }


def _dossiers(report: Report, table: Table) -> Iterator[tuple[str, str, tuple[breach.Field, ...]]]:
    suspects, counts = table.suspects, table.counts
    if suspects.personal:
        fields = breach.gdpr(report, suspects, len(counts.breached), counts.breached_records)
        note = "What Article 33 of the GDPR asks a notification to say."
        yield "Notification to the supervisory authority", note, fields
    note = "What NIST SP 800-61 Rev. 2 asks an incident record to hold."
    yield "Incident record", note, breach.nist(report, suspects)


@dataclass(frozen=True, slots=True)
class _Place:
    """Resources that checks found exposed together; `behind` counts sensitive records there."""

    incidents: list[Incident]  # worst first
    behind: int | None

    @property
    def worst(self) -> Incident:
        return self.incidents[0]


def _broad(report: Report, table: Table) -> list[_Place]:
    """Exposed places, each once, those with the most sensitive records behind them first."""
    found: dict[tuple[str, ...], list[Incident]] = {}
    for incident in summary.of(report).resources.first:
        found.setdefault(incident.resources or (incident.id,), []).append(incident)
    records = table.counts.records
    places = [
        _Place(some, sum(records[name] for name in names) if report.objects else None)
        for names, some in found.items()
    ]
    return sorted(places, key=lambda place: -(place.behind or 0))


@dataclass(frozen=True, slots=True)
class _Status:
    """Inputs of one status; `start` and `width` are its share of a bar, in percent."""

    status: InputStatus
    inputs: int
    records: int
    bytes: int
    start: float
    width: float


def _of_coverage(report: Report) -> dict[str, Any]:
    """What was not read whole comes first."""
    ranked = sorted(report.inputs, key=lambda i: (_STATUSES.index(i.status), i.uri, i.member))
    return {
        "inputs": ranked[:SHOWN_INPUTS],
        "hidden_inputs": max(len(ranked) - SHOWN_INPUTS, 0),
        "statuses": list(_statuses(report)),
        "left_out": _left_out(report),
    }


def _left_out(report: Report) -> list[tuple[Problem, int, int]]:
    """What detectors under a budget did not read, and other notes: (one, values, inputs)."""
    found: dict[tuple[str, str], list[Problem]] = {}
    for item in report.inputs:
        for problem in item.problems:
            if not problem.is_failure or problem.code.endswith(".budget"):
                found.setdefault((problem.code, problem.what), []).append(problem)
    return [(some[0], sum(p.count for p in some), len(some)) for _, some in sorted(found.items())]


def _statuses(report: Report) -> Iterator[_Status]:
    by = {s: [i for i in report.inputs if i.status == s] for s in reversed(_STATUSES)}
    for name, start, width in charts.parts((s.value, len(some)) for s, some in by.items()):
        some = by[InputStatus(name)]
        records, size = sum(i.records for i in some), sum(i.bytes for i in some)
        yield _Status(InputStatus(name), len(some), records, size, start, width)


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


@cache
def _asset(name: str) -> str:
    return (files("reports") / "assets" / name).read_text("utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    made.filters |= {
        name: getattr(text, name)
        for name in ("when", "iso", "number", "count", "size", "prose", "sentence", "listed")
    }
    made.filters |= {"anchor": _anchor, "link": _link}
    made.globals |= {"facts": facts, "funnel": charts.funnel, "severity_parts": charts.parts}
    return made


def _shown(value: Any) -> Any:
    """Every value on its way into the page: what hides in text is made visible."""
    if hasattr(value, "__html__"):
        return value
    return text.visible(str(value))


def _anchor(name: str) -> str:
    return re.sub(r"[^\w.-]", "-", name, flags=re.ASCII)


def _link(url: str) -> bool:
    """True for addresses that are safe to follow."""
    return re.fullmatch(r"https?://[\w./?=&%#~:+@,;-]+", url, flags=re.ASCII) is not None


plugin = HtmlFormat()
