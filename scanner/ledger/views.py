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

if TYPE_CHECKING:
    import duckdb


def connect(ledger: Ledger, runs: Sequence[str], small: bool = False) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB with one view per ledger table over the chosen runs, locked down.

    Views have the columns of the dataclasses in `scanner.model` and a last one `run`;
    `findings` shows its location as columns too (`uri, member, record, field, start_char,
    end_char, part`).  The connection reads files of this ledger only, loads no extension
    and its settings cannot be changed.  Times are TIMESTAMPTZ and shown in UTC.
    With `small` it keeps to little memory and spills: for sorting, not for sets of readers.
    Raises UsageError when a run does not exist, UnreadableError when it is not whole.
    """
    import duckdb

    for run_id in runs:
        ledger.need(run_id)
    connection = duckdb.connect(":memory:")
    spared = sorting.SMALL if small else ()
    for setting in [*_settings(ledger.path), *spared]:
        connection.execute(f"SET {setting}")
    for table in TABLES:
        connection.execute(_view(ledger, table, runs))
    connection.execute("SET lock_configuration = true")
    return connection


def _settings(folder: Path) -> list[str]:
    return [
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "enable_progress_bar = false",
        "TimeZone = 'UTC'",
        f"temp_directory = {_quoted(_spill(folder))}",
        f"allowed_directories = [{_quoted(str(folder))}]",
        "enable_external_access = false",
    ]


def _spill(folder: Path) -> str:
    """Where one connection may put what does not fit in memory.

    Its own folder, because DuckDB names its files alike in every process, in one that only
    the owner can enter; DuckDB makes it when needed and removes it.
    """
    with contextlib.suppress(OSError):  # a ledger on a read-only disk can still be read
        (folder / ".tmp").mkdir(mode=0o700, exist_ok=True)
    return str(folder / ".tmp" / f"{os.getpid()}-{secrets.token_hex(4)}")


def _view(ledger: Ledger, table: str, runs: Sequence[str]) -> str:
    more = _LOCATION if table == "findings" else ""
    parts = [
        f"SELECT *{more}, {_quoted(run)} AS run FROM {_file(ledger.file(run, table))}"  # noqa: S608
        for run in dict.fromkeys(runs)
    ]
    body = " UNION ALL BY NAME ".join(parts) or _empty(table, more)
    return f"CREATE VIEW {table} AS {body}"


_LOCATION = (
    ", location.uri AS uri, location.member AS member, location.record AS record,"
    ' location.field AS field, location."start" AS start_char, location."end" AS end_char,'
    " location.part AS part"
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
    return f"read_parquet({_quoted(str(path))}, hive_partitioning = false)"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
