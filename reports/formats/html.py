"""The incident report as one self-contained HTML file: no network, no library, strict CSP.

Everything a reader must know stands in the page without JavaScript; the script only filters.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, BinaryIO

from reports import charts, facts, summary, text
from scanner.model import InputStatus, Report

if TYPE_CHECKING:
    from jinja2 import Environment

SHOWN_INCIDENTS = 200
SHOWN_INPUTS = 500
SHOWN_STEPS = 6


class HtmlFormat:
    description = "incident report for people: one offline file, verdict first"

    def write(self, report: Report, out: BinaryIO) -> None:
        page = _environment().get_template("incident.html").render(_context(report))
        out.write(f"{page}\n".encode())


def _context(report: Report) -> dict[str, Any]:
    from markupsafe import Markup

    summed = summary.of(report)
    incidents = facts.worst_first(report)[:SHOWN_INCIDENTS]
    style, script = Markup(_asset("report.css")), Markup(_asset("report.js"))  # noqa: S704 - ours
    return {
        "report": report,
        "style": style,
        "script": script,
        "csp": _policy(style, script),
        "incidents": incidents,
        "hidden": max(summed.total - SHOWN_INCIDENTS, 0),
        "in_baseline": summed.in_baseline,
        "broad": summed.resources.first[:SHOWN_INCIDENTS],
        "linked": {i.id for i in incidents},
        "blocking": facts.blocking(report),
        "severities": facts.by_severity(report),
        "categories": sorted(summed.categories),
        "steps": facts.steps(report)[:SHOWN_STEPS],
        "more_steps": max(len(facts.steps(report)) - SHOWN_STEPS, 0),
        "tiles": facts.tiles(report),
        "rules": {rule.id: rule for rule in report.rules},
        "by_check": summed.by_check,
        "inputs": _inputs(report),
        "hidden_inputs": max(len(report.inputs) - SHOWN_INPUTS, 0),
        "actions": lambda incident: facts.actions(report, incident),
        "timeline": lambda incident: charts.timeline(incident, report.coverage),
    }


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


def _inputs(report: Report) -> list[Any]:
    """What was not read whole comes first."""
    order = [InputStatus.FAILED, InputStatus.PARTIAL, InputStatus.SKIPPED, InputStatus.SCANNED]
    ranked = sorted(report.inputs, key=lambda i: (order.index(i.status), i.uri, i.member))
    return ranked[:SHOWN_INPUTS]


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
    made.globals |= {"facts": facts, "funnel": charts.funnel}
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
