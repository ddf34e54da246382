"""Values that a text gives to names in a list: tables (CSV, Markdown) and rows of SQL inserts.

In a text none of these is a format of its own.  The head of a table is known by its cells, which
are all names, and by the line below it, which has as many.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from scanner.assigned.fragments import REACH
from scanner.assigned.names import CORE, classify
from scanner.rulepacks.windows import near

_TAIL = r"[A-Za-z0-9_. ()\-]*"
ANCHORS = (
    rf"{CORE}{_TAIL}[\"'`*]*[ \t]*(?:[,;\t|][^\n]*)?\r?\n",
    rf"(?i:into)[ \t]+[^()]*\([^()]*{CORE}[^()]*\)\s*(?i:values)",
)
_LONGEST_HEAD = 1000  # bytes
_REACH = 16_384  # bytes below a head that are read
_SEPARATORS = (b"|", b"\t", b";", b",")
_CORE = re.compile(CORE.encode())
_NAME = re.compile(rb"[A-Za-z_#][A-Za-z0-9_. ()/#-]{0,40}")
_RULE = re.compile(rb"[ \t|:+-]*--[ \t|:+-]*")  # the line under the head of a Markdown table
_QUOTED = re.compile(rb'[ \t]*"([^"\n]*)"[ \t]*')
_INTO = re.compile(
    rb"\binto\s+[^\s()]{1,100}\s*\(([^()]{1,1000})\)\s*values\s*(?=\()", re.IGNORECASE
)
_OPEN = re.compile(rb"\s*,?\s*\(")
_SQL = re.compile(rb"\s*(?:N?'((?:[^'\n]|'')*)'|\"([^\"\n]*)\"|[^,()'\"]*(?:\([^()]*\))?)\s*([,)])")


class Cell(NamedTuple):
    """A value of a column: its name, and its span in bytes."""

    name: str
    start: int
    end: int


def in_tables(data: bytes, hits: Sequence[int]) -> Iterator[Cell]:
    """What stands under names of secrets in tables; an anchor ends where the head's line does."""
    for at, end in _heads(data, hits) if hits else _lines(data, 0, len(data)):
        if end - at <= _LONGEST_HEAD and _CORE.search(data, at, end):
            yield from _below(data, at, end)


def in_inserts(data: bytes, hits: Sequence[int]) -> Iterator[Cell]:
    """What `INSERT INTO t (names) VALUES (...), (...)` gives to names of secrets."""
    places = [(hit, hit) for hit in sorted(hits) if data[hit - 1 : hit] != b"\n"]
    for low, high in near(len(data), places, REACH) if hits else [(0, len(data))]:
        for found in _INTO.finditer(data, low, high):
            yield from _inserted(data, found)


def _heads(data: bytes, hits: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The lines that end with a hit."""
    for hit in sorted(set(hits)):
        if data[hit - 1 : hit] == b"\n":
            yield data.rfind(b"\n", 0, hit - 1) + 1, hit - 1


def _inserted(data: bytes, found: re.Match[bytes]) -> Iterator[Cell]:
    names = [_name(part) for part in found[1].split(b",")]
    wanted = _secrets(names)
    at = found.end()
    while wanted and at < found.end() + _REACH and (opened := _OPEN.match(data, at)):
        row, at = _values(data, opened.end())
        if len(row) == len(names):
            yield from (Cell(wanted[i], *row[i]) for i in wanted if row[i] != (0, 0))


def _below(data: bytes, start: int, end: int) -> Iterator[Cell]:
    """The cells of the lines below a head, for as long as they have as many."""
    for separator in _SEPARATORS:
        head = _cells(data, start, end, separator)
        if len(head) > 1 and all(_is_name(data[a:b]) for a, b in head[1:-1] or head):
            break
    else:
        return
    wanted = _secrets([_name(data[a:b]) for a, b in head])
    for at, stop in _lines(data, end + 1, end + _REACH) if wanted else ():
        row = _cells(data, at, stop, separator)
        if len(row) != len(head):
            return
        if not _RULE.fullmatch(data, at, stop):
            yield from (Cell(name, *row[i]) for i, name in wanted.items())


def _lines(data: bytes, at: int, stop: int) -> Iterator[tuple[int, int]]:
    """Where lines begin and end, up to a place."""
    while at < min(len(data), stop):
        end = data.find(b"\n", at)
        end = end if end >= 0 else len(data)
        yield at, end
        at = end + 1


def _name(cell: bytes) -> str:
    return cell.strip(b'`*"[] \t\r\n').decode("utf-8", "replace")


def _secrets(names: list[str]) -> dict[int, str]:
    """Those of the columns that are named after secrets."""
    return {i: name for i, name in enumerate(names) if classify(name)}


def _is_name(cell: bytes) -> bool:
    return not cell or _NAME.fullmatch(cell.strip(b"`*")) is not None


def _cells(data: bytes, start: int, end: int, separator: bytes) -> list[tuple[int, int]]:
    """The spans of the cells of a line, without quotes and blanks."""
    cells, at = list[tuple[int, int]](), start
    while at <= end:
        quoted = _QUOTED.match(data, at, end)
        if quoted:
            cells.append(quoted.span(1))
            stop = quoted.end()
        else:
            stop = data.find(separator, at, end)
            stop = end if stop < 0 else stop
            cells.append(_stripped(data, at, stop))
        if stop < end and data[stop : stop + 1] != separator:
            return []
        at = stop + 1
    return cells


def _stripped(data: bytes, start: int, end: int) -> tuple[int, int]:
    cell = data[start:end]
    left = len(cell) - len(cell.lstrip(b" \t`"))
    return start + left, start + max(left, len(cell.rstrip(b" \t\r`")))


def _values(data: bytes, at: int) -> tuple[list[tuple[int, int]], int]:
    """The spans of the quoted values of one row, (0, 0) for others; and where the row ends."""
    row = list[tuple[int, int]]()
    while found := _SQL.match(data, at):
        quoted = 1 if found.start(1) >= 0 else 2
        row.append(found.span(quoted) if found.start(quoted) >= 0 else (0, 0))
        at = found.end()
        if found[3] == b")":
            break
    return row, at
