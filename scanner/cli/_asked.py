"""What the questions to the ledger have in common: runs, tables, and answers as text, CSV, JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from scanner.cli import _options
from scanner.errors import UsageError

if TYPE_CHECKING:
    import duckdb

as_ = click.option(
    "--as",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="How to show the answer.",
)
_run_id = click.option(
    "--run", "run_id", default="", help="The scan to ask about; without it the newest one."
)
_WIDEST = 60
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True)
class Answer:
    """Columns and rows."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]

    def dicts(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, map(_plain, row), strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Asking:
    """Which scan is asked, with which policy, and how the answer is shown."""

    run_id: str
    form: str
    policy: Path | None
    ledger: Path
    now: datetime

    def connected(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A connection with the audit's views over the scan and its latest evidence."""
        return _prepared(self.ledger, self.run_id, self.policy, self.now)

    def show(self, answer: Answer) -> None:
        """Write an answer to standard output."""
        click.echo(text_of(answer, self.form), nl=False)


def asked(command: Callable[..., _R]) -> Callable[..., _R]:
    """The options that all questions share; they reach the command together, as `asking`."""

    @wraps(command)
    def bundled(
        run_id: str, form: str, policy: Path | None, ledger: Path, now: datetime, **rest: Any
    ) -> _R:
        return command(asking=Asking(run_id, form, policy, ledger, now), **rest)

    for option in (_options.now, _options.ledger, _options.policy, as_, _run_id):
        bundled = option(bundled)
    return bundled


@contextmanager
def _prepared(
    ledger: Path, run: str, policy: Path | None, now: datetime
) -> Iterator[duckdb.DuckDBPyConnection]:
    from scanner import audit
    from scanner.audit import AuditOptions
    from scanner.cli._runs import found
    from scanner.ledger import Ledger
    from scanner.ledger.views import connect

    config, kept = found(policy), Ledger(ledger)
    options = AuditOptions(
        now, config.access.all_staff_groups, config.governance, rules_dirs=config.rules_dirs
    )
    con = connect(kept, runs_of(kept, run))
    try:
        audit.prepare(con, options)
        yield con
    finally:
        con.close()


def runs_of(ledger: Any, run: str) -> list[str]:
    """The scan, and the newest run of evidence read for it."""
    from scanner.run import latest_scan

    known = ledger.runs()
    chosen = run or (latest_scan(ledger) if known else "")
    if not chosen:
        hint = "make one: leakgate gate PATHS --policy FILE, or name another folder with --ledger"
        raise UsageError("the ledger holds no scan", str(ledger.path), hint)
    ledger.need(chosen)
    evidence = [name for name in known if name.startswith(f"{chosen}-") and "-evidence" in name]
    return [chosen, *evidence[-1:]]


def text_of(answer: Answer, form: str) -> str:
    """An answer in the wanted form."""
    if form == "json":
        return json.dumps(answer.dicts(), indent=1, ensure_ascii=False) + "\n"
    return _csv(answer) if form == "csv" else _table(answer)


def _csv(answer: Answer) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows([_safe(_flat(_plain(cell))) for cell in row] for row in answer.rows)
    return out.getvalue()


def _safe(text: str) -> str:
    """A cell that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "@") else text


def _table(answer: Answer) -> str:
    if not answer.rows:
        return "(nothing)\n"
    cells = [[_short(_flat(_plain(cell))) for cell in row] for row in answer.rows]
    table = [list(answer.columns), *cells]
    widths = [max(len(row[i]) for row in table) for i in range(len(answer.columns))]
    lines = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in table)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _short(text: str) -> str:
    shown = "".join(c if c.isprintable() else " " for c in text)
    return shown if len(shown) <= _WIDEST else f"{shown[: _WIDEST - 1]}…"


def _flat(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)


def _plain(value: Any) -> Any:
    """A cell as JSON has it."""
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).isoformat()
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    return value if isinstance(value, int | float | str | bool | None) else str(value)
