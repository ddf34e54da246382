"""DuckDB databases: every table, read by DuckDB itself without any right but to read this file.

Tables are members, named `<schema>.<table>`; a record is a row in the order of the table.  Views
and macros are not run: their SQL is scanned.  With a log beside the file (`.wal`) private copies
of both are read, and removed.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from scanner.batch import EachPlace, Place, TextBatch, UnitLog, text_array
from scanner.errors import UnreadableError
from scanner.files.spool import Spool
from scanner.files.sqlite import quoted
from scanner.files.streams import blocks, open_shard
from scanner.model import Location, Part
from scanner.pointer import Named
from scanner.pointer import path as shown_path
from scanner.sources import Shard, Unit
from scanner.sources._columns import columns
from scanner.sources._records import gone
from scanner.sources._schema import batch_of, schema_texts, text_in_batches

_ROWS = 8192
_FEW = 16  # rows with pictures
_CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "threads": "1",
    "memory_limit": "1GB",
    "lock_configuration": "true",
}
_TABLES = """SELECT schema_name, table_name, concat_ws(chr(10), sql, comment, (
  SELECT string_agg(c.comment, chr(10) ORDER BY c.column_index)
  FROM duckdb_columns() c WHERE c.table_oid = t.table_oid AND c.database_oid = t.database_oid
)) FROM duckdb_tables() t WHERE NOT internal ORDER BY ALL"""
_SQL = """SELECT schema_name, view_name, sql FROM duckdb_views() WHERE NOT internal
UNION ALL SELECT schema_name, function_name, macro_definition FROM duckdb_functions()
WHERE NOT internal AND macro_definition IS NOT NULL ORDER BY ALL"""


class DuckDb:
    """One unit."""

    suffixes = frozenset({".duckdb", ".ddb"})

    def sniff(self, head: bytes) -> bool:
        return head[8:12] == b"DUCK"

    def units(self, shard: Shard) -> Iterator[Unit]:
        yield Unit(shard, "duckdb", beside=_digest(shard))

    def batches(self, unit: Unit, log: UnitLog) -> Iterator[TextBatch]:
        log.bytes += unit.shard.size
        with _opened(unit.shard) as database:
            for schema, table, sql in _all(database, _TABLES) + _all(database, _SQL):
                yield _named(schema, table, sql)
            for schema, table, _ in _all(database, _TABLES):
                member = f"{schema}.{table}"
                for batch in _table(database, schema, table, log):
                    yield replace(batch, member=member)

    def value_at(self, shard: Shard, location: Location, named: Named) -> str:
        with _opened(shard) as database:
            for schema, table, sql in _all(database, _TABLES) + _all(database, _SQL):
                if shown_path(f"{schema}.{table}", named) == location.member:
                    if location.part is Part.METADATA and location.field == "":
                        return sql
                    return text_in_batches(
                        _row(database, schema, table, location.record), location, named
                    )
        raise gone(location)

    def rows_with(
        self, shard: Shard, words: Sequence[str], longest: int
    ) -> Iterator[tuple[str, int, dict[str, Any]]]:
        """(table, row, cells) where a cell holds bytes, or a text longer than that such a word.

        Raises UnreadableError.
        """
        with _opened(shard) as database:
            for schema, table, _ in _all(database, _TABLES):
                for row in _rows_with(database, _quoted(schema, table), words, longest):
                    yield f"{schema}.{table}", *row


plugin = DuckDb()


@contextmanager
def _opened(shard: Shard) -> Iterator[Any]:
    """The connection.  Raises UnreadableError, also for what goes wrong while it is read."""
    import duckdb

    with ExitStack() as stack:
        path, broken = _path(shard, stack)
        try:
            database = duckdb.connect(path, read_only=True, config=_CLOSED)
            stack.callback(database.close)
            yield database
        except (duckdb.Error, RuntimeError, UnicodeDecodeError):
            raise broken or _unreadable() from None
        if broken:
            raise broken


def _unreadable() -> UnreadableError:
    what = "the DuckDB database is damaged, encrypted, in use, or of a newer version"
    hint = "close what writes to it; else export it to Parquet with the DuckDB that made it"
    return UnreadableError(what, "", hint, "source.corrupt")


def _path(shard: Shard, stack: ExitStack) -> tuple[str, UnreadableError | None]:
    """Where DuckDB may open the file: nothing of the shard is written to."""
    if shard.compression:
        broken = list[UnreadableError]()
        stream = stack.enter_context(open_shard(shard))
        held, _ = stack.enter_context(Spool()).hold(_good(stream, broken), shard.size * 8)
        return held, broken[0] if broken else None
    wal = _wal(shard)
    if wal is None:
        return shard.path, None
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="leakgate-")))
    shutil.copyfile(shard.path, folder / "copy")
    shutil.copyfile(wal, folder / "copy.wal")
    return str(folder / "copy"), None


def _good(stream: Any, broken: list[UnreadableError]) -> Iterator[bytes]:
    try:
        yield from blocks(stream)
    except UnreadableError as error:
        broken.append(error)


def _wal(shard: Shard) -> Path | None:
    wal = Path(f"{shard.path}.wal")
    return wal if not shard.member and wal.is_file() and wal.stat().st_size else None


def _digest(shard: Shard) -> str:
    import hashlib

    wal = None if shard.compression else _wal(shard)
    if wal is None:
        return ""
    with wal.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _all(database: Any, sql: str) -> list[tuple[str, str, str]]:
    return [(str(a), str(b), str(c or "")) for a, b, c in database.execute(sql).fetchall()]


def _named(schema: str, table: str, sql: str) -> TextBatch:
    """The names of a table, and the text that defines it."""
    texts = [(Place(part=Part.PATH), schema), (Place(part=Part.PATH), table)]
    texts += [(Place(part=Part.METADATA), sql)] if sql else []
    places = EachPlace([place for place, _ in texts])
    return TextBatch(text_array([t for _, t in texts]), places, member=f"{schema}.{table}")


def _quoted(schema: str, table: str) -> str:
    return f"{quoted(schema)}.{quoted(table)}"


def _table(database: Any, schema: str, table: str, log: UnitLog) -> Iterator[TextBatch]:
    first = 0
    found = database.sql(f"SELECT * FROM {_quoted(schema, table)}")  # noqa: S608 - quoted
    for batch in found.to_arrow_reader(_ROWS):
        if first == 0:
            yield from batch_of(schema_texts(batch.schema, None))
        yield from columns(batch, first, log)
        first += batch.num_rows
        log.records += batch.num_rows


def _row(database: Any, schema: str, table: str, record: int | None) -> Iterator[TextBatch]:
    row = int(record or 0)
    sql = f"SELECT * FROM {_quoted(schema, table)} LIMIT 1 OFFSET {row}"  # noqa: S608 - quoted
    for batch in database.sql(sql).to_arrow_reader(1):
        yield from batch_of(schema_texts(batch.schema, None))
        yield from columns(batch, record or 0, UnitLog())


def _rows_with(
    database: Any, table: str, words: Sequence[str], longest: int
) -> Iterator[tuple[int, dict[str, Any]]]:
    kinds = database.execute(f"DESCRIBE {table}").fetchall()
    tests = {}
    for name, kind, *_ in kinds:
        cell = quoted(name)
        if "BLOB" in kind:
            tests[name] = f"{cell} IS NOT NULL"
        elif kind == "VARCHAR":
            any_word = " OR ".join(f"contains({cell}, '{word}')" for word in words)
            tests[name] = f"(length({cell}) > {longest} AND ({any_word}))"
    if not tests:
        return
    cells, where = ", ".join(map(quoted, tests)), " OR ".join(tests.values())
    numbered = f"SELECT row_number() OVER () - 1, {cells} FROM {table} QUALIFY {where}"  # noqa: S608
    found = database.execute(numbered)
    while rows := found.fetchmany(_FEW):
        yield from ((row, dict(zip(tests, values, strict=True))) for row, *values in rows)
