"""Recordings of OpenAdapt: a SQLite database with a table `action_event`.

Every text in every table is read; a record is a row, by its rowid, and a field is
`/table/column`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scanner.batch import EachPlace, Place, TextBatch, UnitLog, text_array
from scanner.files.sqlite import MAGIC, opened, quoted
from scanner.model import Location
from scanner.pointer import Named, join, rename, segment
from scanner.sources import Shard, Unit
from scanner.sources._records import gone

_BATCH = 1 << 20  # characters


class _OpenAdapt:
    suffixes: frozenset[str] = frozenset()

    def sniff(self, head: bytes) -> bool:
        return head.startswith(MAGIC) and b"action_event" in head

    def units(self, shard: Shard) -> Iterator[Unit]:
        yield Unit(shard, "openadapt")

    def batches(self, unit: Unit, log: UnitLog) -> Iterator[TextBatch]:
        texts, places, chars = list[str](), list[Place](), 0
        _note_journal(unit.shard, log)
        with opened(unit.shard) as database:
            for place, text in _texts(database, log):
                texts.append(text)
                places.append(place)
                chars += len(text)
                if chars >= _BATCH:
                    yield TextBatch(text_array(texts), EachPlace(places))
                    texts, places, chars = [], [], 0
        log.bytes = unit.shard.size
        if texts:
            yield TextBatch(text_array(texts), EachPlace(places))

    def value_at(self, shard: Shard, location: Location, named: Named) -> str:
        with opened(shard) as database:
            for table in _tables(database):
                for column, value in _row(database, table, location.record):
                    field = join([segment(table), segment(column)])
                    if rename(field, named) == location.field:
                        text = _text(value)
                        if text is not None:
                            return text
        raise gone(location)


def _tables(database: sqlite3.Connection) -> list[str]:
    found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid")
    return [name for (name,) in found.fetchall()]


def _texts(database: sqlite3.Connection, log: UnitLog) -> Iterator[tuple[Place, str]]:
    for table in _tables(database):
        rows = database.execute(f"SELECT rowid, * FROM {quoted(table)}")  # noqa: S608 - quoted
        names = [entry[0] for entry in rows.description][1:]
        for rowid, *values in rows:
            log.records += 1
            for name, value in zip(names, values, strict=True):
                text = _text(value)
                if text:
                    yield Place(rowid, join([segment(table), segment(name)]), name), text


def _row(database: sqlite3.Connection, table: str, rowid: Any) -> list[tuple[str, Any]]:
    sql = f"SELECT * FROM {quoted(table)} WHERE rowid = ?"  # noqa: S608 - quoted
    found = database.execute(sql, (rowid,))
    names = [entry[0] for entry in found.description]
    row = found.fetchone()
    return [] if row is None else list(zip(names, row, strict=True))


def _text(value: Any) -> str | None:
    """A text, or bytes that are text."""
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8") if b"\0" not in value else None
        except UnicodeDecodeError:
            return None
    return value if isinstance(value, str) else None


def _note_journal(shard: Shard, log: UnitLog) -> None:
    journal = Path(f"{shard.path}-wal")
    if journal.is_file() and journal.stat().st_size:
        hint = "close what writes to the database, or scan a copy made with sqlite3's .backup"
        log.problem("source.journal", "what the journal beside it holds was not read", "", hint)


plugin = _OpenAdapt()
