"""The tables of the compliance report, and the report as CSV and JSON: the same numbers in each."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, BinaryIO

import msgspec

from reports import text
from reports.formats.csv import safe
from reports.serial import cleaned
from reports.weekly import STATES, Durations, Weekly

FORMATS = ("html", "csv", "json")


@dataclass(frozen=True, slots=True)
class Table:
    """A table, and how its page draws it: the column (from 1) that has bars, or a line."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    bars: int = 0
    line: bool = False
    note: str = ""


def write(found: Weekly, form: str, out: BinaryIO) -> None:
    """Write it in a format of `FORMATS`; equal numbers give equal bytes."""
    from reports.weekly_page import page

    writers: dict[str, Callable[[Weekly], str]] = {"html": page, "csv": _csv, "json": _json}
    out.write(writers[form](found).encode())


def tables(found: Weekly) -> Iterator[Table]:
    """All numbers of the report, in its order."""
    now, before, change = found.now, found.before, found.change()
    rows = [(s, now.incidents[s], before.incidents[s], change[s]) for s in STATES]
    yield Table("Incidents", ("state", "this period", "period before", "change"), rows, 1)
    yield _open(found)
    for name, groups in now.by.items():
        counts = [(group, *(states[s] for s in STATES)) for group, states in groups.items()]
        note = "One that lies in several stores counts in each." if name == "store" else ""
        yield Table(f"Incidents by {name}", (name, *STATES), counts, 2, note=note)
    trend = [(_when(at), open_, excepted) for at, open_, excepted in found.trend]
    yield Table("Open incidents after each run", ("run", "open", "excepted"), trend, line=True)
    yield from _times(found)
    grants = [(_when(at), count) for at, count in now.unused_grants]
    note = "" if grants else "No run of the period had the logs to tell."
    yield Table("Unused grants", ("run", "unused grants"), grants, line=True, note=note)
    purpose = list(now.purpose.items())
    note = "" if purpose else "No check of purpose could run: name `governance` in the policy."
    yield Table("Breaches of purpose", ("check", "most in one run"), purpose, 1, note=note)
    yield Table("Coverage", ("what", "count"), list(now.coverage.items()))
    yield Table("Gate runs", ("verdict", "runs"), list(now.runs.items()), 1)
    overrides = [(_when(at), run, what) for at, run, what in now.overrides]
    yield Table("Overrides", ("time", "run", "what"), overrides, note="" if overrides else "None.")
    due = [(day, owner, reason, name[:20]) for day, owner, reason, name in found.falling_due]
    head = ("last day", "owner", "reason", "fingerprint")
    yield Table("Accepted risks that fall due", head, due, note="" if due else "None.")


def _open(found: Weekly) -> Table:
    head = ("what", "severity", "store", "open since", "days", "could read", "did read", "id")
    rows = [
        (text.prose(one.title), one.severity.value, one.store or "(no store)", _when(one.since),
         one.days, "unknown" if one.people is None else one.people, one.read.value,
         one.identity[:20])
        for one in found.worst
    ]  # fmt: skip
    more = found.now.incidents["open"] - len(rows)
    note = f"The worst {len(rows)}; {text.number(more)} more are open." if more > 0 else ""
    return Table("Open at the end, worst first", head, rows, note=note)


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
