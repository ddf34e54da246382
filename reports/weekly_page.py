"""The compliance report as one offline HTML page that prints: what a regulator reads.

First what happened, in sentences; then each table with its chart, drawn in percent of the
width so that text keeps its size on a phone and on paper.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from reports import text
from reports.weekly import FALLING_DUE, STATES, Durations, Weekly
from reports.weekly_outputs import Table, tables

if TYPE_CHECKING:
    from jinja2 import Environment

_FOLDED = 12  # rows of a line's table that are shown without being asked for
_HEIGHT, _TOP = 140, 10  # of a line chart in pixels


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of a line: x in percent, y in pixels; (x0, y0) is the point before."""

    x: float
    y: float
    x0: float
    y0: float
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    tone: int
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A line chart; `top` is the number at its upper edge."""

    lines: tuple[Line, ...]
    top: int
    first: str
    last: str


def page(found: Weekly) -> str:
    """The whole page."""
    from markupsafe import Markup

    style = Markup("".join(map(_asset, ("report.css", "weekly.css"))))  # noqa: S704 - ours
    made = _environment().get_template("weekly.html")
    drawn = [(t, _chart(t), _widths(t), t.line and len(t.rows) > _FOLDED) for t in tables(found)]
    return made.render(
        found=found, style=style, csp=_policy(style), said=list(_sentences(found)),
        tiles=_tiles(found), tables=drawn,
    ) + "\n"  # fmt: skip


def _sentences(found: Weekly) -> Iterator[str]:
    now, change = found.now, found.change()
    open_, more = now.incidents["open"], change["open"]
    word = "more" if more > 0 else "fewer"
    than = f", {text.number(abs(more))} {word} than before" if more else ""
    yield (
        f"{text.count(open_, 'incident')} {'is' if open_ == 1 else 'are'} open at the end{than}: "
        f"{_states(now.incidents)}."
    )
    yield _ran(now.runs)
    if now.detect.count:
        yield f"From landing to detection it took {_took(now.detect)}."
    if now.repair.count:
        yield f"From detection to repair it took {_took(now.repair)}."
    unread = now.coverage["inputs not read whole"]
    if unread:
        yield f"{text.count(unread, 'input')} could not be read whole by any run."
    due = len(found.falling_due)
    if due:
        soon = f"within {FALLING_DUE.days} days of the end"
        yield f"{text.count(due, 'accepted risk')} {'falls' if due == 1 else 'fall'} due {soon}."


def _states(incidents: dict[str, int]) -> str:
    """`4 new, 2 fixed, 0 reopened, 1 excepted`."""
    return ", ".join(f"{text.number(incidents[s])} {s}" for s in STATES if s != "open")


def _ran(runs: dict[str, int]) -> str:
    outcomes = [(name, runs[name]) for name in ("PASS", "BLOCK", "INCOMPLETE")]
    total = sum(many for _, many in outcomes)
    if not total:
        scans = runs["scans without a gate"]
        seen = f", {text.count(scans, 'scan')} without it" if scans else ""
        return f"The gate did not run in this time{seen}; what is open was found before."
    told = text.listed(f"{text.number(many)} {name}" for name, many in outcomes if many)
    over = runs["overridden"]
    more = f", and {text.count(over, 'verdict was', 'verdicts were')} overridden" if over else ""
    return f"The gate ran {text.count(total, 'time')}: {told}{more}."


def _took(found: Durations) -> str:
    half, most = (_lasting(hours) for hours in (found.median, found.p90))
    return f"{half} (median) and {most} (90th percentile)"


def _lasting(hours: float | None) -> str:
    return "none" if hours is None else text.lasting(timedelta(hours=hours))


def _tiles(found: Weekly) -> list[tuple[str, str, str]]:
    now, change = found.now, found.change()
    made = [(s, text.number(now.incidents[s]), _against(change[s])) for s in STATES]
    for name, took in (("time to detect", now.detect), ("time to repair", now.repair)):
        note = f"median of {text.count(took.count, 'incident')}"
        made.append((name, _lasting(took.median), note if took.count else "nothing to count"))
    readers = f"{now.reader_hours:,.0f} reader-hours"
    return [*made, ("exposure", f"{now.exposure_hours:,.0f} h", readers)]


def _against(change: int) -> str:
    return f"{change:+,d} on the period before" if change else "as before"


def _widths(table: Table) -> dict[int, float]:
    """By row: the width of its bar in percent."""
    if not table.bars or not table.rows:
        return {}
    values = [float(row[table.bars]) for row in table.rows]
    top = max(values) or 1.0
    return {n: round(100 * value / top, 1) for n, value in enumerate(values)}


def _chart(table: Table) -> Chart | None:
    """The lines of a table whose rows are moments; a single moment needs none."""
    if not table.line or len(table.rows) < 2:
        return None
    columns = range(1, len(table.columns))
    top = max(int(row[n]) for row in table.rows for n in columns)
    lines = tuple(Line(table.columns[n], n - 1, _dots(table, n, top or 1)) for n in columns)
    return Chart(lines, top, str(table.rows[0][0]), str(table.rows[-1][0]))


def _dots(table: Table, column: int, top: int) -> tuple[Dot, ...]:
    step = 98 / (len(table.rows) - 1)
    values = [row[column] for row in table.rows]
    xs = [round(1 + n * step, 2) for n in range(len(values))]
    ys = [round(_TOP + (1 - value / top) * (_HEIGHT - 2 * _TOP), 1) for value in values]
    names = [f"{row[0]}: {row[column]} {table.columns[column]}" for row in table.rows]
    before = zip([xs[0], *xs], [ys[0], *ys], strict=False)
    return tuple(
        Dot(x, y, x0, y0, name) for x, y, (x0, y0), name in zip(xs, ys, before, names, strict=False)
    )


def _shown(value: Any) -> Any:
    if hasattr(value, "__html__"):
        return value
    if isinstance(value, float):
        return f"{value:,.1f}".removesuffix(".0")
    if isinstance(value, int):
        return text.number(value)
    return text.visible(str(value))


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _asset(name: str) -> str:
    return (files("reports") / "assets" / name).read_text("utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("reports", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, finalize=_shown,
    )  # fmt: skip
    made.filters |= {"when": text.when, "numbers": _numbers}
    made.globals |= {"height": _HEIGHT}
    return made


def _numbers(row: Sequence[Any]) -> bool:
    """True when all cells but the first are numbers, or their absence."""
    return all(isinstance(v, int | float) or v == "unknown" for v in row[1:])
