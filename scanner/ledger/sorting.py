"""Rows in order, however many: sorted on disk by DuckDB in a bounded part of memory."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.errors import LeakgateError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

MEMORY = "128MiB"  # of DuckDB; a million findings are sorted in it, and so are ten
SMALL = (
    f"memory_limit = '{MEMORY}'",
    "threads = 1",  # each would take its share
    "preserve_insertion_order = false",
)
ROWS = 4096  # of a batch that comes out

BY_PLACE = (
    "location.uri, location.member, location.record NULLS FIRST, location.field, "
    'location.layers, location."start", location."end", rule_id, id'
)
"""Findings in order of location; no two of them are equal in all of it."""


def ordered(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, order: str, folder: Path
) -> Iterator[pa.RecordBatch]:
    """The rows of these batches by `order` (SQL), in batches of the same schema.

    `folder` is a private one that may be written to; nothing stays in it.  Raises
    LeakgateError when the disk is full.
    """
    import pyarrow as pa

    rows = pa.RecordBatchReader.from_batches(schema, batches)
    with bounded(folder) as connection:
        connection.register("given", rows)
        yield from batches_of(connection, f"SELECT * FROM given ORDER BY {order}", schema)  # noqa: S608


def batches_of(
    connection: duckdb.DuckDBPyConnection, sql: str, schema: pa.Schema | None = None
) -> Iterator[pa.RecordBatch]:
    """The answer to a query in batches, of this schema if given.  Raises as `ordered` does."""
    import duckdb

    try:
        for batch in connection.sql(sql).to_arrow_reader(ROWS):
            yield batch if schema is None else batch.cast(schema)
    except duckdb.Error as error:
        # Its message may quote rows: only what kind it is may be told.
        what = f"the findings could not be sorted ({type(error).__name__})"
        hint = "make room in the ledger's folder (--ledger) and run it again"
        raise LeakgateError(what, hint=hint) from None


@contextmanager
def bounded(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that takes little memory, spills into `folder`, and reads no other file."""
    import duckdb

    spill = folder / f"sort-{os.getpid()}-{secrets.token_hex(4)}"
    connection = duckdb.connect(":memory:")
    try:
        for setting in settings(spill, [folder]):
            connection.execute(f"SET {setting}")
        yield connection
    finally:
        connection.close()
        shutil.rmtree(spill, ignore_errors=True)


def settings(spill: Path, readable: Iterable[Path]) -> list[str]:
    """What makes a connection small and closed: the settings in the order to be made."""
    folders = ", ".join(quoted(str(path)) for path in readable)
    return [
        *SMALL,
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "enable_progress_bar = false",
        "TimeZone = 'UTC'",
        f"temp_directory = {quoted(str(spill))}",
        f"allowed_directories = [{folders}]",
        "enable_external_access = false",
        "lock_configuration = true",
    ]


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
