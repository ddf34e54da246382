"""Worksheets of a spreadsheet (ECMA-376, 18.3): a record is a row, a field a column.

A cell goes by the header of its column: what its first row with text says there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from scanner.batch import Place, UnitLog
from scanner.files.json_names import identifies
from scanner.model import Part
from scanner.pointer import join, segment
from scanner.sources._texts import Found
from scanner.sources._xml import END, START, TEXT, Event

_COLUMN = re.compile(r"[A-Z]{1,3}")
_LONGEST_HEADER = 100  # characters


@dataclass(slots=True)
class Strings:
    """The strings that cells share, and which of them a cell has used."""

    texts: list[str] = field(default_factory=list)
    used: set[int] = field(default_factory=set)

    def take(self, index: str) -> str:
        """The string of a cell; "" for an index that there is none for."""
        if not index.strip().isdecimal() or int(index) >= len(self.texts):
            return ""
        self.used.add(int(index))
        return self.texts[int(index)]


@dataclass(slots=True)
class _Cell:
    column: str
    kind: str
    parts: list[str] = field(default_factory=list)
    formula: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Sheet:
    name: str
    shared: Strings
    row: int = -1
    column: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    header_row: int = -1

    def cell(self, attributes: Mapping[str, str]) -> _Cell:
        found = _COLUMN.match(attributes.get("r", ""))
        self.column = _number(found[0]) if found else self.column + 1
        return _Cell(_letters(self.column), attributes.get("t", "n"))

    def begin_row(self, attributes: Mapping[str, str]) -> None:
        given = attributes.get("r", "")
        self.row = int(given) - 1 if given.isdecimal() and int(given) > self.row else self.row + 1
        self.column = 0

    def texts(self, cell: _Cell) -> Iterator[tuple[Place, str]]:
        text, part = _text(cell, self.shared)
        if part is Part.VALUE and text and self.header_row in (-1, self.row):
            self.header_row = self.row
            self.headers[cell.column] = text if len(text) <= _LONGEST_HEADER else ""
        label = "" if self.header_row == self.row else self.headers.get(cell.column, "")
        at = segment(self.name), cell.column
        yield Place(self.row, join(at), label, part), text
        yield Place(self.row, join((*at, "formula")), label), "".join(cell.formula)


class _Reader:
    """Takes the events of a worksheet; what they complete are texts."""

    def __init__(self, sheet: _Sheet) -> None:
        self._sheet, self._inside, self._rest = sheet, "", 0
        self._cell: _Cell | None = None

    def start(self, event: Event) -> Found:
        self._inside, sheet = event.name, self._sheet
        if event.name == "row":
            sheet.begin_row(dict(event.attributes))
        elif event.name == "c":
            self._cell = sheet.cell(dict(event.attributes))
        for key, value in _said(event):
            yield self._beside(f"@{key}", key), value

    def end(self, event: Event) -> Found:
        self._inside = ""
        if event.name == "c" and self._cell is not None:
            cell, self._cell = self._cell, None
            yield from self._sheet.texts(cell)

    def text(self, event: Event) -> Found:
        if self._cell is None:
            if event.text.strip():
                yield self._beside("#text", self._inside), event.text
        elif self._inside in ("v", "t"):
            self._cell.parts.append(event.text)
        elif self._inside == "f":
            self._cell.formula.append(event.text)

    def _beside(self, field: str, label: str) -> Place:
        """The place of what stands in no cell."""
        self._rest += 1
        return Place(self._rest, join((segment(self._sheet.name), segment(field))), label)


def texts(events: Iterable[Event], name: str, shared: Strings, log: UnitLog) -> Found:
    """The cells of one worksheet, their formulas, and the rest of its text."""
    reader = _Reader(_Sheet(name, shared))
    ways = {START: reader.start, END: reader.end, TEXT: reader.text}
    for event in events:
        log.records += event.kind == START and event.name == "row"
        if event.kind in ways:
            yield from ways[event.kind](event)


_TOLD = frozenset(
    {"display", "tooltip", "location", "prompt", "promptTitle", "error", "errorTitle"}
)


def _said(event: Event) -> Iterator[tuple[str, str]]:
    """Attributes that people write: of links and of checks on what may be entered."""
    yield from ((key, value) for key, value in event.attributes if key in _TOLD and value)


def _text(cell: _Cell, shared: Strings) -> tuple[str, Part]:
    text = "".join(cell.parts)
    if cell.kind == "s":
        return shared.take(text), Part.VALUE
    if cell.kind == "n":
        return _long(text), Part.NUMBER
    return ("", Part.VALUE) if cell.kind in ("b", "e") else (text, Part.VALUE)


def _long(number: str) -> str:
    """A whole number as its digits, "" for one that can be nobody's: 4.111E15 is a card."""
    try:
        exact = Decimal(number.strip())
    except InvalidOperation:
        return ""
    if not exact.is_finite() or abs(exact.adjusted()) > 40 or exact != exact.to_integral_value():
        return ""
    digits = format(exact.to_integral_value(), "f")
    return digits if identifies(digits.encode()) else ""


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _letters(number: int) -> str:
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters or "A"
