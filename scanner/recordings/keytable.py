"""Logs of keys in tables of SQLite databases; the rows are those of the table, by rowid."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from scanner import pointer
from scanner.batch import TextBatch, UnitLog
from scanner.errors import UnreadableError
from scanner.files.sqlite import opened, quoted
from scanner.recordings import Peek, Plain
from scanner.recordings._before import numbered
from scanner.recordings._events import Events
from scanner.recordings._known import grows, has_keys
from scanner.recordings._learned import learn
from scanner.recordings._roles import WRAPPERS, plain, roles
from scanner.recordings._session import Sessions
from scanner.recordings._wrapped import opened as unfolded
from scanner.sources import Shard

_SAMPLE = 300  # rows of a table that are looked at
_TABLES = 500
_LAST = 400  # rows that the next file of a series may go on from


class _KeyTable(Plain):
    general = True

    def recognises(self, peek: Peek) -> bool:
        """Some table's first rows are events of keys."""
        if peek.source != "sqlite":
            return False
        try:
            with opened(peek.shard) as database:
                return any(True for _ in _logs(database))
        except UnreadableError:
            return False

    def batches(self, peek: Peek, log: UnitLog) -> Iterator[TextBatch]:
        """What was typed, table by table."""
        ended = dict(peek.before(self))
        with opened(peek.shard) as database:
            for table, sample in list(_logs(database)):
                for nth, learned in enumerate(learn(sample)):
                    reader = _Reader(table, Events((), learned), log if nth == 0 else UnitLog())
                    yield from reader.read(database, ended.get(table, []))

    def ending(self, shard: Shard, source: str) -> list[Any]:
        """(table, its last rows) of each log."""
        try:
            with opened(shard) as database:
                logs = list(_logs(database)) if source == "sqlite" else []
                return [(table, _last(database, table)) for table, _ in logs]
        except (UnreadableError, sqlite3.Error, OSError):
            return []


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one table."""

    table: str
    events: Events
    log: UnitLog

    def read(self, database: sqlite3.Connection, earlier: list[Any]) -> Iterator[TextBatch]:
        """What was typed, on from the rows that came before those of this file."""
        prefix = pointer.join([pointer.segment(self.table)]) + ":"
        events, sessions = self.events, Sessions(prefix, prefix)
        for number, record in numbered(earlier):
            events.take(record, number, sessions)
        events.forget()
        for number, record in _rows(database, self.table):
            events.take(record, number, sessions)
            if sessions.texts.full:
                yield from sessions.texts.batches()
        yield from sessions.end(self.log)
        events.tell(self.log)


def _logs(database: sqlite3.Connection) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The tables that are logs of keys, with their first rows."""
    names = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' LIMIT ?", (_TABLES,)
    )
    for (table,) in names.fetchall():
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({quoted(table)})")]
        by_role = roles((name,) for name in columns)
        inside = any(plain(name) in WRAPPERS for name in columns)
        if by_role["key"] or by_role["buffer"] or inside:
            sample = [record for _, record in islice(_rows(database, table), _SAMPLE)]
            if has_keys(sample) or grows(sample):
                yield table, sample


def _last(database: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
    return [record for _, record in deque(_rows(database, table), maxlen=_LAST)]


def _rows(database: sqlite3.Connection, table: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """(rowid, or number, and what the row holds) of each row."""
    name = quoted(table)
    try:
        cursor = database.execute(f"SELECT rowid, * FROM {name} ORDER BY rowid")  # noqa: S608
    except sqlite3.OperationalError:  # a table without rowids
        cursor = database.execute(f"SELECT -1, * FROM {name}")  # noqa: S608
    columns = [column[0] for column in cursor.description][1:]
    for nth, (number, *cells) in enumerate(cursor):
        values = [None if isinstance(cell, bytes) else cell for cell in cells]
        record = unfolded(dict(zip(columns, values, strict=True)))
        yield (number if number >= 0 else nth), record


plugin = _KeyTable()
