"""SQLite databases: every row of every table, and what deleted and changed rows have left.

The file is read page by page; no SQL is run, no lock taken and nothing written.  A record is a
row by its row id (of a table without row ids by its place in the order), a field is
`/<table>/<column>`.  Free pages, unused stretches in pages and the journals beside the file
(write-ahead log, rollback journal) are read as well: see `_sqlite_left`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from scanner.batch import Place, TextBatch, UnitLog
from scanner.files.json_names import naming_columns
from scanner.files.sqlite_carve import gaps, runs
from scanner.files.sqlite_cells import (
    TABLE_LEAF,
    Cell,
    NoRecordError,
    TooLongError,
    cells,
    node_of,
    spans,
    whole,
)
from scanner.files.sqlite_pages import JOURNAL, MAGIC, WAL, WAL_INDEX
from scanner.files.sqlite_schema import Table
from scanner.files.sqlite_store import Store, digest, opened, page_of, walk
from scanner.model import Location, Part
from scanner.pointer import Named, join, rename, segment
from scanner.sources import Shard, Unit
from scanner.sources._records import gone
from scanner.sources._sqlite_alone import alone, is_journal, text_alone
from scanner.sources._sqlite_left import Leavings, text_at
from scanner.sources._sqlite_values import Gathered, add_value, number_text, text_in_bytes, value_of


class Sqlite:
    """One unit: the database, or a journal that lies alone."""

    suffixes = frozenset({".sqlite", ".sqlite3"})

    def sniff(self, head: bytes) -> bool:
        return head.startswith((MAGIC, JOURNAL, *WAL, *WAL_INDEX)) or is_journal(head)

    def units(self, shard: Shard) -> Iterator[Unit]:
        yield Unit(shard, "sqlite", beside=digest(shard))

    def batches(self, unit: Unit, log: UnitLog) -> Iterator[TextBatch]:
        shard = unit.shard
        to = Gathered(log)
        if (lone := alone(shard, to)) is not None:
            yield from lone
            return
        with opened(shard) as store:
            log.bytes += sum(store.sizes.values())
            for _ in _Reader(store, to).read():
                if to.full:
                    yield from to.batches()
            yield from to.batches()
            if store.broken:
                raise store.broken
        if digest(shard) != unit.beside:
            hint = "scan a settled copy: what was written after the scan passed is not covered"
            log.problem("source.changed", "the journals changed while they were read", "", hint)

    def value_at(self, shard: Shard, location: Location, named: Named) -> str:
        found = text_alone(shard, location, named)
        if found is not None:
            return found
        with opened(shard) as store:
            if location.record_start is not None:
                return text_at(store, location, named)
            return _live_text(store, location, named)


@dataclass
class _Reader:
    """Reads a database once; each step ends where a batch may."""

    store: Store
    to: Gathered
    seen: bytearray = field(init=False)
    left: Leavings = field(init=False)

    def __post_init__(self) -> None:
        self.seen = bytearray(self.store.pages.count + 1)
        self.left = Leavings(self.store, self.to)

    def read(self) -> Iterator[None]:
        for table in self.store.tables:
            _add_names(self.to, table)
        for nth, table in enumerate(self.store.tables):
            yield from self._table(nth, table)
        for root in self.store.indices:
            for number, data in walk(self.store.pages, root, self.seen):
                self._page(number, data, None)
                yield
        for number in self._unused():
            self.left.unused(number)
            yield
        yield from self.left.older()

    def _table(self, nth: int, table: Table) -> Iterator[None]:
        ordinal = 0
        for number, data in walk(self.store.pages, table.root, self.seen):
            self.left.owners[number] = nth
            for cell in self._page(number, data, table):
                if table.rowid and not cell.below:
                    self._row(table, data, cell, cell.key)
                elif not table.rowid:
                    self._row(table, data, cell, ordinal)
                    ordinal += 1
                else:
                    continue
                if self.to.full:
                    yield
            yield

    def _page(self, number: int, data: bytes, table: Table | None) -> list[Cell]:
        """The cells of a page; what is between them is added."""
        usable = self.store.pages.header.usable
        node, version = node_of(data, number, usable), self.store.pages.version(number)
        if node is None:
            _corrupt(self.to.log, number)
            self.left.gap(version, data, 0, len(data), table)
            return []
        found = list(cells(data, node, usable))
        good = [cell for cell in found if cell is not None]
        if len(good) < len(found):
            _corrupt(self.to.log, number)
        for low, high in gaps([(c.start, c.end) for c in good], node.top, len(data)):
            if high - low >= 4:
                self.left.gap(version, data, low, high, table)
        for cell in good:
            if cell.local < cell.size and table is None:
                self._chain(data, cell)
        return good

    def _row(self, table: Table, data: bytes, cell: Cell, record: int) -> None:
        self.to.log.records += 1
        encoding = self.store.pages.header.encoding
        try:
            row = self._values(table, data, cell, encoding)
        except (NoRecordError, TooLongError) as error:
            _bad_row(self.to.log, record, error)
            return
        names, above = _names(table, len(row)), join([segment(table.name)])
        labels = _labels(names, row)
        for name, label, value in zip(names, labels, row, strict=True):
            if value is not None:
                spot = f"{above}/{segment(name)}"
                add_value(self.to, value, Place(record, spot, label))
        self.to.say(above, record, names, [None if isinstance(v, bytes) else v for v in row])

    def _values(self, table: Table, data: bytes, cell: Cell, encoding: str) -> list[Any]:
        record = self._chain(data, cell)
        found, end = spans(record, 0)
        if end > len(record):
            _corrupt(self.to.log, cell.key)
        row = [value_of(record, span, encoding) for span in found]
        if 0 <= table.alias < len(row) and row[table.alias] is None:
            row[table.alias] = cell.key
        return row

    def _chain(self, data: bytes, cell: Cell) -> bytes:
        """The record of a cell; the pages it goes on in are in use."""
        pages = self.store.pages

        def taken(number: int) -> bytes:
            if not 0 < number < len(self.seen) or self.seen[number]:
                return b""
            self.seen[number] = 1
            return pages.get(number)

        return whole(data, cell, pages.header.usable, taken)

    def _unused(self) -> Iterator[int]:
        """Pages that are in no tree: free ones, lost ones, all but those that hold pointers."""
        header = self.store.pages.header
        every = header.usable // 5 + 1
        for number in range(1, len(self.seen)):
            pointers = header.vacuums and number >= 2 and (number - 2) % every == 0
            if not self.seen[number] and not pointers:
                yield number


def _names(table: Table, count: int) -> list[str]:
    extra = [f"column_{i + 1}" for i in range(len(table.columns), count)]
    return [*table.columns, *extra][:count]


def _labels(names: list[str], row: list[Any]) -> list[str]:
    """What values go by: their column, or what a sibling column calls them."""
    naming, named = naming_columns(names)
    if naming < 0 or not isinstance(row[naming], str) or not 0 < len(row[naming]) <= 100:
        return names
    return [row[naming] if i in named else name for i, name in enumerate(names)]


def _add_names(to: Gathered, table: Table) -> None:
    if table.root == 1:
        return
    above = join([segment(table.name)])
    to.add(Place(None, above, "", Part.NAME), table.name)
    for name in dict.fromkeys(table.columns):
        to.add(Place(None, f"{above}/{segment(name)}", "", Part.NAME), name)


def _corrupt(log: UnitLog, number: int) -> None:
    hint = "restore the file, or copy what is left with sqlite3's .recover; texts were looked for"
    log.problem("source.corrupt", "pages of the database are damaged", "", hint, number)


def _bad_row(log: UnitLog, record: int, error: ValueError) -> None:
    if isinstance(error, TooLongError):
        hint = "take the row out, and scan what it holds by itself"
        log.bad_record("source.too_large", "a row is too long to be read", record, hint)
    else:
        hint = "restore the file, or copy what is left with sqlite3's .recover"
        log.bad_record("source.corrupt", "a row cannot be read", record, hint)


# The way back --------------------------------------------------------------------------------


def _live_text(store: Store, location: Location, named: Named) -> str:
    for table in store.tables:
        above = join([segment(table.name)])
        if location.part is Part.NAME:
            texts = {above: table.name, **{f"{above}/{segment(c)}": c for c in table.columns}}
            for spot, name in texts.items():
                if rename(spot, named) == location.field:
                    return name
            continue
        shown = rename(above, named) + "/"
        if location.field.startswith(shown):
            for name, value in _row_at(store, table, location.record):
                text = _text_in(value, name, above, location, named)
                if text is not None:
                    return text
    raise gone(location)


def _text_in(value: Any, name: str, above: str, location: Location, named: Named) -> str | None:
    """The text that a value has at a location; None when it is another's."""
    spot = f"{above}/{segment(name)}"
    if location.part is Part.RAW and isinstance(value, bytes):
        for start, end in runs(value, 0, len(value), "utf-8"):
            if rename(f"{spot}/{start}", named) == location.field:
                return value[start:end].decode("utf-8", "replace")
    if rename(spot, named) != location.field:
        return None
    if isinstance(value, bytes):
        return text_in_bytes(value, UnitLog())
    return value if isinstance(value, str) else number_text(value, name) or None


def _row_at(store: Store, table: Table, record: int | None) -> list[tuple[str, Any]]:
    reader, nth = _Reader(store, Gathered(UnitLog())), 0
    usable = store.pages.header.usable
    for number, data in _pages_of(store, table, record):
        node = node_of(data, number, usable)
        for cell in cells(data, node, usable) if node else ():
            if cell is None or (table.rowid and node and node.kind != TABLE_LEAF):
                continue
            if (cell.key if table.rowid else nth) == record:
                try:
                    row = reader._values(table, data, cell, store.pages.header.encoding)
                except ValueError:
                    return []
                return list(zip(_names(table, len(row)), row, strict=True))
            nth += 1
    return []


def _pages_of(store: Store, table: Table, record: int | None) -> Iterator[tuple[int, bytes]]:
    """The page a row should be in, then all of its table."""
    if table.rowid and record is not None and (number := page_of(store.pages, table.root, record)):
        yield number, store.pages.get(number)
    yield from walk(store.pages, table.root, bytearray(store.pages.count + 1))


plugin = Sqlite()
