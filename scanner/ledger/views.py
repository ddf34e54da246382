"""DuckDB over the runs of a ledger: one view a table, in a connection that can do little else."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanner.ledger import Ledger, sorting
from scanner.ledger import schema as ledger_schema
from scanner.ledger.schema import TABLES
from scanner.ledger.sorting import quoted

if TYPE_CHECKING:
    import duckdb


def connect(ledger: Ledger, runs: Sequence[str], memory: str = "") -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB with one view per ledger table over the chosen runs, locked down.

    Views have the columns of the dataclasses in `scanner.model` and a last one `run`;
    `findings` shows its location as columns too (`uri, member, record, field, start_char,
    end_char, part`), and whom its record is about (`about_user, about_session,
    about_application, about_window, about_time`; `scanner.model.About` says what they are).
    The connection reads files of this ledger only, loads no extension
    and its settings cannot be changed.  Times are TIMESTAMPTZ and shown in UTC.
    With a `memory` limit (DuckDB's words) it spills: for sorting, not for sets of readers.
    Raises UsageError when a run does not exist, UnreadableError when it is not whole.
    """
    import duckdb

    for run_id in runs:
        ledger.need(run_id)
    connection = duckdb.connect(":memory:")
    spared = sorting.spare(memory) if memory else []
    for setting in [*sorting.closed(_spill(ledger.path), ledger.path), *spared]:
        connection.execute(f"SET {setting}")
    for table in TABLES:
        connection.execute(_view(ledger, table, runs))
    connection.execute("SET lock_configuration = true")
    return connection


def _spill(folder: Path) -> Path:
    """Where one connection may put what does not fit in memory.

    Its own folder, because DuckDB names its files alike in every process, in one that only
    the owner can enter; DuckDB makes it when needed and removes it.
    """
    with contextlib.suppress(OSError):  # a ledger on a read-only disk can still be read
        (folder / ".tmp").mkdir(mode=0o700, exist_ok=True)
    return folder / ".tmp" / f"{os.getpid()}-{secrets.token_hex(4)}"


def _view(ledger: Ledger, table: str, runs: Sequence[str]) -> str:
    more = _LOCATION if table == "findings" else ""
    parts = [
        f"SELECT *{more}, {quoted(run)} AS run FROM {_file(ledger.file(run, table))}"  # noqa: S608
        for run in dict.fromkeys(runs)
    ]
    body = " UNION ALL BY NAME ".join(parts) or _empty(table, more)
    return f"CREATE VIEW {table} AS {body}"


_LOCATION = (
    ", location.uri AS uri, location.member AS member, location.record AS record,"
    ' location.field AS field, location."start" AS start_char, location."end" AS end_char,'
    ' location.part AS part, about."user" AS about_user, about."session" AS about_session,'
    ' about.application AS about_application, about."window" AS about_window,'
    ' about."time" AS about_time'
)


def _empty(table: str, more: str) -> str:
    """The view of a table when no run is chosen: its columns, no rows."""
    columns = [f'NULL::{_sql(f.type)} AS "{f.name}"' for f in ledger_schema.schema(table)]
    inner = f"SELECT {', '.join(columns)} WHERE false"
    return f"SELECT *{more}, ''::VARCHAR AS run FROM ({inner})"  # noqa: S608


def _sql(kind: Any) -> str:
    """The DuckDB type of an Arrow type."""
    import pyarrow as pa

    if pa.types.is_list(kind):
        return f"{_sql(kind.value_type)}[]"
    if pa.types.is_struct(kind):
        members = [f'"{f.name}" {_sql(f.type)}' for f in kind]
        return f"STRUCT({', '.join(members)})"
    if pa.types.is_timestamp(kind):
        return "TIMESTAMPTZ"
    if pa.types.is_boolean(kind):
        return "BOOLEAN"
    return "BIGINT" if pa.types.is_integer(kind) else "VARCHAR"


def _file(path: Path) -> str:
    return f"read_parquet({quoted(str(path))}, hive_partitioning = false)"
