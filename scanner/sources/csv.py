"""Delimited text: CSV, TSV and their relatives.  The first row names the columns.

A record is a row below it, counted from 0.  Header cells are scanned as names, so nothing is
lost in a file that has no header.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest

from scanner.batch import EachPlace, Place, TextBatch, UnitLog, text_array
from scanner.errors import UnreadableError
from scanner.files.json_names import naming_columns
from scanner.files.streams import open_text
from scanner.longvalues import LongText
from scanner.model import Location, Part
from scanner.pointer import Named, rename
from scanner.sources import Shard, Unit
from scanner.sources._giant_row import GiantRow
from scanner.sources._lines import no_text
from scanner.sources._records import gone
from scanner.sources._table import Row, delimiter_of, names_of, rows

_BATCH = 1 << 20  # bytes
_LABEL = 100  # characters; what is longer names nothing


@dataclass(frozen=True, slots=True)
class _Grid:
    """Places of cells, column by column: row `c * len(rows) + r` is cell c of rows[r]."""

    rows: Sequence[Row]
    first_record: int
    names: Sequence[tuple[str, str]]
    naming: int = -1  # the column whose cells name those of the columns in `named`
    named: frozenset[int] = frozenset()

    def __len__(self) -> int:
        return len(self.rows) * len(self.names)

    def of(self, row: int) -> Iterator[Place]:
        column, index = divmod(row, len(self.rows))
        at, label = self.rows[index], self._label(column, index)
        number, field = self.first_record + index, self.names[column][0]
        yield Place(number, field, label, record_start=at.start, record_end=at.end)

    def labels(self) -> Iterator[tuple[str, Sequence[int]]]:
        height = len(self.rows)
        for column, (_, label) in enumerate(self.names):
            if column not in self.named:
                yield label, range(column * height, (column + 1) * height)
                continue
            by_label: dict[str, list[int]] = {}
            for index in range(height):
                rows = by_label.setdefault(self._label(column, index), [])
                rows.append(column * height + index)
            yield from by_label.items()

    def fields(self, place: Place, _wanted: Callable[[str], bool]) -> dict[str, str]:
        """The row of a place, by the names of its columns."""
        cells = self.rows[(place.record or 0) - self.first_record].cells
        return dict(zip((label for _, label in self.names), cells, strict=False))

    def _label(self, column: int, index: int) -> str:
        cells = self.rows[index].cells
        if column in self.named and self.naming < len(cells) and cells[self.naming]:
            return cells[self.naming]
        return self.names[column][1]


class Delimited:
    """Comma, tab, semicolon or bar, whichever fits the first rows best."""

    suffixes = frozenset({".csv", ".tsv", ".tab", ".psv"})

    def sniff(self, head: bytes) -> bool:  # noqa: ARG002
        return False  # any text could be this

    def units(self, shard: Shard) -> Iterator[Unit]:
        yield Unit(shard, "csv")

    def batches(self, unit: Unit, log: UnitLog) -> Iterator[TextBatch]:
        delimiter = delimiter_of(unit.shard)
        with open_text(unit.shard) as stream:
            table = rows(stream, delimiter)
            header = next(table, None)
            if header is None:
                return
            if isinstance(header, GiantRow):
                yield from _giant(header, [], None, log)
                yield from _body(table, [], log)
                return
            _note(header, None, log)
            yield _header(header.cells)
            yield from _body(table, header.cells, log)

    def value_at(self, shard: Shard, location: Location, named: Named) -> str:
        delimiter = delimiter_of(shard)
        with open_text(shard) as stream:
            header = next(rows(stream, delimiter), None)
            cells = header.cells if isinstance(header, Row) else []
            row = cells
            if location.part is Part.NAME and isinstance(header, GiantRow):
                row = header.whole()
        if location.part is not Part.NAME:
            row = _row(shard, delimiter, location)
        for (field, _), cell in zip(names_of(cells, len(row)), row, strict=False):
            if rename(field, named) == location.field:
                return cell
        raise gone(location)


def _header(cells: Sequence[str]) -> TextBatch:
    names = names_of(cells, len(cells))
    places = EachPlace([Place(field=field, part=Part.NAME) for field, _ in names])
    return TextBatch(text_array(cells), places)


def _body(
    table: Iterator[Row | GiantRow], header: Sequence[str], log: UnitLog
) -> Iterator[TextBatch]:
    batch, size = list[Row](), 0
    try:
        for row in table:
            if isinstance(row, GiantRow):
                if batch:
                    yield _cells(batch, header, log.records - len(batch))
                batch, size = [], 0
                yield from _giant(row, header, log.records, log)
                continue
            _note(row, log.records, log, len(header))
            log.records += 1
            log.bytes = row.end
            batch.append(row)
            size += row.end - row.start
            if size >= _BATCH:
                yield _cells(batch, header, log.records - len(batch))
                batch, size = [], 0
    except UnreadableError:
        if batch:
            yield _cells(batch, header, log.records - len(batch))
        raise
    if batch:
        yield _cells(batch, header, log.records - len(batch))


def _giant(
    row: GiantRow, header: Sequence[str], record: int | None, log: UnitLog
) -> Iterator[TextBatch]:
    """The cells of a giant row, one by one."""
    part = Part.NAME if record is None else Part.VALUE
    cells = _GiantCells(header, record, row.start, part)
    for column, text, ends in row.cells():
        yield from cells.add(column, text)
        if ends:
            yield from cells.end()
    log.records += record is not None
    log.bytes = row.end
    odd = Row([], row.start, row.end, row.guessed, row.binary, row.unclosed)
    _note(odd, record, log)


class _GiantCells:
    """Texts of cells that come bit by bit, in order of column.

    A cell that names others in its row does so for those that come after it.
    """

    def __init__(self, header: Sequence[str], record: int | None, start: int, part: Part) -> None:
        self._header, self._naming = header, naming_columns(header)
        self._place = Place(record, part=part, record_start=start)
        self._label, self._column = "", -1
        self._text = LongText(self._place)

    def add(self, column: int, text: str) -> Iterator[TextBatch]:
        if column != self._column:
            self._begin(column)
        if column == self._naming[0] and len(self._label) <= _LABEL:
            self._label += text
        yield from self._text.add(text)

    def end(self) -> Iterator[TextBatch]:
        yield from self._text.end()

    def _begin(self, column: int) -> None:
        field, label = names_of(self._header, column + 1)[column]
        named = column in self._naming[1] and 0 < len(self._label) <= _LABEL
        place = replace(self._place, field=field, label=self._label if named else label)
        if self._place.part is Part.NAME:
            place = replace(place, label="")
        self._text, self._column = LongText(place), column


def _cells(batch: Sequence[Row], header: Sequence[str], first: int) -> TextBatch:
    columns = list(zip_longest(*[row.cells for row in batch]))
    naming, named = naming_columns(header)
    names = names_of(header, len(columns))[: len(columns)]
    places = _Grid(batch, first, names, naming, frozenset(named))
    texts = text_array(list(chain.from_iterable(columns)))
    return TextBatch(texts, places, fields=places.fields)


def _note(row: Row, record: int | None, log: UnitLog, width: int | None = None) -> None:
    if row.binary:
        no_text(log, record or 0)
    elif row.guessed:
        what = "lines that are not UTF-8 were read as Windows-1252"
        log.problem("note.encoding", what, record=record)
    if width is not None and len(row.cells) > width:
        log.problem("note.ragged", "rows have more cells than the header", record=record)
    if row.unclosed:
        hint = "close the quote, or fetch the file again if its end is missing"
        log.bad_record("record.invalid", "a quoted cell is not closed", record or 0, hint)


def _row(shard: Shard, delimiter: str, location: Location) -> list[str]:
    with open_text(shard) as stream:
        if location.record_start is not None:
            found = next(rows(stream, delimiter, location.record_start), None)
            if found is not None:
                return found.whole() if isinstance(found, GiantRow) else found.cells
    raise gone(location)


plugin = Delimited()
