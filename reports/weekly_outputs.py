"""The compliance report as JSON, CSV and one offline HTML page: the same numbers in each.

Every chart stands beside the table of its data, and prints with it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any, BinaryIO

import msgspec

from reports import text
from reports.formats.csv import safe
from reports.serial import cleaned
from reports.weekly import STATES, Durations, Weekly

FORMATS = ("html", "csv", "json")
_WIDTH, _HEIGHT = 640, 160


@dataclass(frozen=True, slots=True)
class Table:
    """A table, and the columns (from 1) that its chart draws as bars or as a line."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    chart: str = ""  # bars, line
    note: str = ""


def write(found: Weekly, form: str, out: BinaryIO) -> None:
    """Write it in a format of `FORMATS`; equal numbers give equal bytes."""
    writers: dict[str, Callable[[Weekly], str]] = {"html": _html, "csv": _csv, "json": _json}
    out.write(writers[form](found).encode())


def tables(found: Weekly) -> Iterator[Table]:
    """All numbers of the report, in its order."""
    now, before, change = found.now, found.before, found.change()
    rows = [(s, now.incidents[s], before.incidents[s], change[s]) for s in STATES]
    yield Table("Incidents", ("state", "this period", "period before", "change"), rows, "bars")
    for name, groups in now.by.items():
        counts = [(group, *(states[s] for s in STATES)) for group, states in groups.items()]
        yield Table(f"Incidents by {name}", (name, *STATES), counts, "bars")
    trend = [(_when(at), open_, excepted) for at, open_, excepted in found.trend]
    yield Table("Open incidents after each run", ("run", "open", "excepted"), trend, "line")
    yield from _times(found)
    grants = [(_when(at), count) for at, count in now.unused_grants]
    note = "" if grants else "No run of the period had the logs to tell."
    yield Table("Unused grants", ("run", "unused grants"), grants, "line", note)
    purpose = list(now.purpose.items())
    note = "" if purpose else "No check of purpose could run: name `governance` in the policy."
    yield Table("Breaches of purpose", ("check", "most in one run"), purpose, "bars", note)
    yield Table("Coverage", ("what", "count"), list(now.coverage.items()))
    yield Table("Gate runs", ("verdict", "runs"), list(now.runs.items()), "bars")
    overrides = [(_when(at), run, what) for at, run, what in now.overrides]
    yield Table("Overrides", ("time", "run", "what"), overrides, note="" if overrides else "None.")
    due = [(day, owner, reason, name[:16]) for day, owner, reason, name in found.falling_due]
    head = ("last day", "owner", "reason", "fingerprint")
    yield Table("Accepted risks that fall due", head, due, note="" if due else "None.")


def _times(found: Weekly) -> Iterator[Table]:
    now, before = found.now, found.before
    rows = [
        ("to detect, median", _h(now.detect.median), _h(before.detect.median)),
        ("to detect, 90th percentile", _h(now.detect.p90), _h(before.detect.p90)),
        ("to repair, median", _h(now.repair.median), _h(before.repair.median)),
        ("to repair, 90th percentile", _h(now.repair.p90), _h(before.repair.p90)),
        ("exposure", now.exposure_hours, before.exposure_hours),
        ("reader-hours", now.reader_hours, before.reader_hours),
    ]
    counted = f"Detected: {_of(now.detect)}. Repaired: {_of(now.repair)}."
    unknown = now.readers_unknown
    who = text.count(unknown, "incident")
    more = f" Who could read is unknown for {who}: their reader-hours are not in it."
    note = counted + (more if unknown else "")
    yield Table("Hours", ("hours", "this period", "period before"), rows, note=note)


def _of(durations: Durations) -> str:
    return f"{text.count(durations.count, 'incident')} with known times"


def _h(hours: float | None) -> float | str:
    return "unknown" if hours is None else hours


def _signed(number: int) -> str:
    return f"{number:+d}" if number else "0"


def _when(at: datetime) -> str:
    return text.iso(at)[:16].replace("T", " ")


def _json(found: Weekly) -> str:
    plain = {"kind": "leakgate weekly", "version": 1} | cleaned(asdict(found))
    plain["change"] = found.change()
    return msgspec.json.format(msgspec.json.encode(plain), indent=2).decode() + "\n"


def _csv(found: Weekly) -> str:
    """Tables one after the other, an empty line between, each under its title."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["period", text.iso(found.start), text.iso(found.end)])
    for table in tables(found):
        writer.writerow([])
        writer.writerow([safe(table.title)])
        writer.writerow(map(safe, table.columns))
        writer.writerows([_cell(value) for value in row] for row in table.rows)
    return out.getvalue()


def _cell(value: Any) -> str:
    return str(value) if isinstance(value, int | float) else safe(str(value))


def _html(found: Weekly) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    made = Environment(
        loader=PackageLoader("reports", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, finalize=_shown,
    )  # fmt: skip
    style = Markup((files("reports") / "assets" / "report.css").read_text("utf-8"))  # noqa: S704
    own = Markup((files("reports") / "assets" / "weekly.css").read_text("utf-8"))  # noqa: S704
    page = made.get_template("weekly.html").render(
        found=found, style=style, own=own, csp=_policy(style, own), tiles=_tiles(found),
        tables=[(t, _chart(t)) for t in tables(found)], when=text.when,
    )  # fmt: skip
    return f"{page}\n"


def _policy(*styles: str) -> str:
    import base64
    import hashlib

    digests = (base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in styles)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return f"default-src 'none'; style-src {allowed}; base-uri 'none'; form-action 'none'"


def _shown(value: Any) -> Any:
    return value if hasattr(value, "__html__") else text.visible(str(value))


def _tiles(found: Weekly) -> list[tuple[str, str, str]]:
    now, change = found.now, found.change()
    tiles = [(s, text.number(now.incidents[s]), f"{_signed(change[s])} since") for s in STATES]
    hours = f"{now.exposure_hours:,.0f} h"
    readers = f"{now.reader_hours:,.0f} reader-hours"
    return [*tiles, ("exposure", hours, readers)]


@dataclass(frozen=True, slots=True)
class Shape:
    """One thing of a chart: a bar (x, y, width, height), or a line's points; and its label."""

    kind: str
    label: str
    tone: int
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0
    points: str = ""


def _chart(table: Table) -> list[Shape]:
    rows = [row for row in table.rows if any(_number(v) for v in row[1:])]
    if not table.chart or not rows:
        return []
    series = [n for n in range(1, len(table.columns)) if _number(rows[0][n]) is not None]
    top = max((_number(row[n]) or 0) for row in rows for n in series) or 1
    make = _bars if table.chart == "bars" else _line
    series = [n for n in series if table.columns[n] != "change"]
    return make(table, rows, series, float(top))


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _bars(
    table: Table, rows: Sequence[Sequence[Any]], series: Sequence[int], top: float
) -> list[Shape]:
    """Groups of upright bars from left to right, in the order of the table."""
    step = _WIDTH / (len(rows) * (len(series) + 1))
    shapes = []
    for group, row in enumerate(rows):
        for place, column in enumerate(series):
            value = _number(row[column]) or 0.0
            x, height = (group * (len(series) + 1) + place) * step, value / top * _HEIGHT
            label = f"{row[0]}, {table.columns[column]}: {row[column]}"
            y, width = round(_HEIGHT - height, 1), round(min(step * 0.9, 60), 1)
            shape = Shape("bar", label, place, round(x, 1), y, width, round(height, 1))
            shapes.append(shape)
    return shapes


def _line(
    table: Table, rows: Sequence[Sequence[Any]], series: Sequence[int], top: float
) -> list[Shape]:
    step = _WIDTH / max(1, len(rows) - 1)
    shapes = []
    for tone, column in enumerate(series):
        ys = [_HEIGHT - (_number(row[column]) or 0) / top * _HEIGHT for row in rows]
        points = " ".join(f"{n * step:.1f},{y:.1f}" for n, y in enumerate(ys))
        label = f"{table.columns[column]}: {rows[0][column]} to {rows[-1][column]}"
        shapes.append(Shape("line", label, tone, points=points))
    return shapes
