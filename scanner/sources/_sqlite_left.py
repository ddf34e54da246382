"""What a SQLite database and its journals hold besides the rows that count, as texts.

A place of it has part RAW (NUMBER for a whole number), the number of its page as record, the
offsets of its bytes in the file that has it, and the field `/<file>/<offset of the row>/<column>`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from scanner.batch import Place
from scanner.files.sqlite_carve import Layout, Left, carve, page, runs
from scanner.files.sqlite_cells import Span
from scanner.files.sqlite_pages import Version
from scanner.files.sqlite_schema import Table
from scanner.files.sqlite_store import Store
from scanner.model import Location, Part
from scanner.pointer import Named, join, rename, segment, split
from scanner.sources._packed import text_of
from scanner.sources._records import gone
from scanner.sources._sqlite_values import Gathered, number_text, value_of

STORES = ("database", "wal", "journal")
_BYTES = ":bytes"  # behind the name of the file: text that is not in the database's encoding
_INDEX_COLUMNS = frozenset((2, 3))
_LONGEST = 1 << 20  # bytes; no page is longer


@dataclass
class Leavings:
    """Adds what is left over to the texts.  `owners` are the tables of pages that count."""

    store: Store
    to: Gathered
    owners: dict[int, int] = field(default_factory=dict)  # page -> index among the tables

    @cached_property
    def _by_count(self) -> dict[int, list[Table]]:
        found: dict[int, list[Table]] = {}
        for table in self.store.tables:
            found.setdefault(len(table.columns), []).append(table)
        return found

    def layout(self, table: Table | None = None) -> Layout:
        """What records in a page of the table, or in any page, look like."""
        header = self.store.pages.header
        known = frozenset(self._by_count) | _INDEX_COLUMNS
        counts = frozenset((len(table.columns),)) if table else known
        return Layout(counts - {0, 1}, header.encoding, header.usable)

    def gap(self, version: Version, data: bytes, low: int, high: int, table: Table | None) -> None:
        """What is left between two offsets of a page that counts."""
        for left in carve(data, low, high, self.layout(table)):
            self._add(version, data, left, table)

    def unused(self, number: int) -> None:
        """A page that belongs to nothing."""
        version = self.store.pages.version(number)
        data = self.store.bytes_of(version)
        for left in page(data, number, self.layout()):
            self._add(version, data, left, None)

    def older(self) -> Iterator[None]:
        """All other versions of pages, as far as they hold what the one that counts has not."""
        versions: dict[int, list[Version]] = {}
        for version in self.store.older():
            versions.setdefault(version.number, []).append(version)
        for number, some in versions.items():
            table = self.store.tables[self.owners[number]] if number in self.owners else None
            current = self.store.pages.get(number)
            layout = self.layout(table)
            seen = {current[left.start : left.end] for left in page(current, number, layout)}
            for version in some:
                data = self.store.bytes_of(version)
                if data != current:
                    self._version(version, data, table, seen)
                    yield

    def _version(
        self, version: Version, data: bytes, table: Table | None, seen: set[bytes]
    ) -> None:
        for left in page(data, version.number, self.layout(table)):
            held = data[left.start : left.end]
            if held not in seen:
                seen.add(held)
                self._add(version, data, left, table)

    def _add(self, version: Version, data: bytes, left: Left, table: Table | None) -> None:
        encoding = self.store.pages.header.encoding
        spot = _Spot(version, left.start)
        if not left.values:
            text, raw = _run(data, left, encoding)
            self.to.add(spot.place(left.start, left.end, raw=raw), text)
            return
        names, row = self._names(len(left.values), table), list[Any]()
        for nth, span in enumerate(left.values):
            row.append(value_of(data, span, encoding))
            name = names[nth] if nth < len(names) else ""
            spot.name, spot.label = name or str(nth), name
            self._value(spot, data, span, row[-1])
        self.to.say(spot.field, version.number, names, [_told(v) for v in row])

    def _value(self, spot: _Spot, data: bytes, span: Span, value: Any) -> None:
        if isinstance(value, str):
            self.to.add(spot.place(span.start, span.end), value)
        elif isinstance(value, bytes):
            for low, high, text in _texts_in(data, span):
                self.to.add(spot.place(low, high, raw=True), text)
        elif span.kind <= 6 and (text := number_text(value, spot.label)):
            self.to.add(spot.place(span.start, span.end, Part.NUMBER), text)

    def _names(self, count: int, table: Table | None) -> Sequence[str]:
        """The columns of a row, where it is clear of which table it was."""
        if table is not None:
            return table.columns
        known = self._by_count.get(count, [])
        return known[0].columns if len(known) == 1 else ()


@dataclass
class _Spot:
    """Where a row stands in a version of a page; the column that is looked at."""

    version: Version
    start: int
    name: str = ""
    label: str = ""

    @property
    def field(self) -> str:
        """That of the row."""
        return join([segment(self.version.store), str(self.version.offset + self.start)])

    def place(self, low: int, high: int, part: Part = Part.RAW, raw: bool = False) -> Place:
        """The place of a value; `raw` for text that is not in the database's encoding."""
        store = self.version.store + (_BYTES if raw else "")
        path = [segment(store), str(self.version.offset + self.start)]
        path += [segment(self.name)] if self.name else []
        low, high = self.version.offset + low, self.version.offset + high
        return Place(self.version.number, join(path), self.label, part, (), low, high)


def _run(data: bytes, left: Left, encoding: str) -> tuple[str, bool]:
    """A stretch of text, and whether it is UTF-8 in a database that is not."""
    held = data[left.start : left.end]
    if encoding != "utf-8" and next(runs(held, 0, len(held), encoding), None) == (0, len(held)):
        return held.decode(encoding, "replace"), False
    return held.decode("utf-8", "replace"), True


def _texts_in(data: bytes, span: Span) -> Iterator[tuple[int, int, str]]:
    held = data[span.start : span.end]
    text = text_of(held)
    if text is not None and text == held.decode("utf-8", "replace"):
        yield span.start, span.end, text
        return
    for low, high in runs(data, span.start, span.end, "utf-8"):
        yield low, high, data[low:high].decode("utf-8", "replace")


def _told(value: Any) -> Any:
    return None if isinstance(value, bytes) else value


def text_at(store: Store, location: Location, named: Named) -> str:
    """The text at a place of what is left over.  Raises UnreadableError when it is gone."""
    first = split(location.field)[:1]
    low, high = location.record_start or 0, location.record_end or 0
    for name in STORES:
        for tail in ("", _BYTES):
            if name in store.files and split(rename(join([segment(name + tail)]), named)) == first:
                version = Version(0, name, low)
                held = store.bytes_of(version)[: max(0, min(high - low, _LONGEST))]
                return _decoded(store, held, tail, location)
    raise gone(location)


def _decoded(store: Store, held: bytes, tail: str, location: Location) -> str:
    if len(held) != (location.record_end or 0) - (location.record_start or 0):
        raise gone(location)
    if location.part is Part.NUMBER:
        return str(int.from_bytes(held, "big", signed=True))
    if tail:
        return held.decode("utf-8", "replace")
    return str(value_of(held, Span(13, 0, len(held)), store.pages.header.encoding))
