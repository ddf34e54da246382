"""Rows in order, however many: sorted on disk by DuckDB in a bounded part of memory."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.errors import LeakgateError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

MEMORY = ("96MiB", "256MiB", "1GiB")  # of DuckDB: the first is enough for millions of findings
ROWS = 4096  # of a batch that comes out

Connect = Callable[[str], AbstractContextManager["duckdb.DuckDBPyConnection"]]
"""Makes a connection that takes so much memory."""

BY_PLACE = (
    "location.uri, location.member, location.record NULLS FIRST, location.field, "
    'location.layers, location."start", location."end", rule_id, id'
)
"""Findings in order of location; no two of them are equal in all of it."""


def ordered(
    batches: Callable[[], Iterable[pa.RecordBatch]], schema: pa.Schema, order: str, folder: Path
) -> Iterator[pa.RecordBatch]:
    """The rows of what `batches()` gives by `order` (SQL), in batches of the same schema.

    `folder` is a private one that may be written to; nothing stays in it.  Raises
    LeakgateError when the disk is full.
    """
    import pyarrow as pa

    @contextmanager
    def connect(memory: str) -> Iterator[duckdb.DuckDBPyConnection]:
        with bounded(folder, memory) as connection:
            connection.register("given", pa.RecordBatchReader.from_batches(schema, batches()))
            yield connection

    for batch in answer(connect, f"SELECT * FROM given ORDER BY {order}"):  # noqa: S608
        yield batch.cast(schema)


def answer(connect: Connect, sql: str) -> Iterator[pa.RecordBatch]:
    """The answer to a query in batches; once more with more memory where it was too little.

    Raises LeakgateError when the disk is full.
    """
    import duckdb

    for memory in MEMORY:
        begun = False
        try:
            with connect(memory) as connection:
                for batch in connection.sql(sql).to_arrow_reader(ROWS):
                    begun = True
                    yield batch
            return
        except duckdb.OutOfMemoryException as error:
            if begun or memory == MEMORY[-1]:
                raise _unsorted(error) from None
        except duckdb.Error as error:
            raise _unsorted(error) from None


def _unsorted(error: Exception) -> LeakgateError:
    # Its message may quote rows: only what kind it is may be told.
    what = f"the findings could not be sorted ({type(error).__name__})"
    return LeakgateError(what, hint="make room in the ledger's folder (--ledger), run it again")


@contextmanager
def bounded(folder: Path, memory: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that takes little memory, spills into `folder`, and reads no other file."""
    import duckdb

    spill = folder / f"sort-{os.getpid()}-{secrets.token_hex(4)}"
    connection = duckdb.connect(":memory:")
    try:
        for setting in [*spare(memory), *closed(spill, folder), "lock_configuration = true"]:
            connection.execute(f"SET {setting}")
        yield connection
    finally:
        connection.close()
        shutil.rmtree(spill, ignore_errors=True)


def spare(memory: str) -> list[str]:
    """The settings of a connection that keeps to so much memory, and spills."""
    # One thread: each would take its share.
    return [f"memory_limit = '{memory}'", "threads = 1", "preserve_insertion_order = false"]


def closed(spill: Path, readable: Path) -> list[str]:
    """The settings of a connection that reads one folder only, in the order to be made."""
    return [
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "enable_progress_bar = false",
        "TimeZone = 'UTC'",
        f"temp_directory = {quoted(str(spill))}",
        f"allowed_directories = [{quoted(str(readable))}]",
        "enable_external_access = false",
    ]


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
