"""Cells of SQLite's b-tree pages, and the records in them, by where their values stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

TABLE_LEAF, TABLE_INNER, INDEX_LEAF, INDEX_INNER = 13, 5, 10, 2
KINDS = (TABLE_LEAF, TABLE_INNER, INDEX_LEAF, INDEX_INNER)
_SIZES = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)
_TEXT = 13  # serial types from here are text when odd, bytes when even (12 is empty bytes)
_LONGEST = 256 << 20  # bytes of one row; what is longer is not held


class Span(NamedTuple):
    """A value of a record: its serial type, and where its bytes stand."""

    kind: int
    start: int
    end: int

    @property
    def is_text(self) -> bool:
        return self.kind >= _TEXT and self.kind % 2 == 1

    @property
    def is_bytes(self) -> bool:
        return self.kind >= 12 and self.kind % 2 == 0


class NoRecordError(ValueError):
    """What stands here is no record."""


class TooLongError(ValueError):
    """A row is longer than may be held."""


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A variable-length integer (signed, 64 bits), and where it ends.  Raises IndexError."""
    value = 0
    for i in range(at, at + 8):
        byte = data[i]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, i + 1
    value = value << 8 | data[at + 8]
    return (value - (1 << 64) if value >> 63 else value), at + 9


def spans(data: bytes, at: int) -> tuple[list[Span], int]:
    """The values of the record at `at`, and where it should end.

    Raises NoRecordError; the end may be behind that of the data.
    """
    try:
        size, i = varint(data, at)
        stop = body = at + size
        found = []
        while i < stop:
            kind = data[i]
            i += 1
            if kind >= 0x80:
                kind, i = varint(data, i - 1)
            width = width_of(kind)
            found.append(Span(kind, body, body + width))
            body += width
    except IndexError:
        raise NoRecordError from None
    if i != stop or not found:
        raise NoRecordError
    return found, body


def width_of(kind: int) -> int:
    """How many bytes a value of this serial type has.  Raises NoRecordError."""
    if kind >= 12:
        return (kind - 12) >> 1
    if not 0 <= kind <= 9:
        raise NoRecordError
    return _SIZES[kind]


def number(data: bytes, span: Span) -> int | None:
    """A whole number; None for what is none."""
    if span.kind in (8, 9):
        return span.kind - 8
    if 1 <= span.kind <= 6:
        return int.from_bytes(data[span.start : span.end], "big", signed=True)
    return None


# Pages ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a page: where it stands, its row id or the page below it, where its record is.

    Of `size` bytes of the record `local` are in the page, from `payload` on.
    """

    start: int
    end: int
    key: int  # row id; of indices 0
    below: int  # page
    payload: int
    size: int
    local: int


@dataclass(frozen=True, slots=True)
class Node:
    """The header of a b-tree page: `pointers` tell where cells start, `last` is a page below."""

    kind: int
    pointers: list[int]
    top: int  # where the pointers end
    last: int


def node_of(data: bytes, number: int, usable: int) -> Node | None:
    """The page as a b-tree page; None when it is none, or damaged."""
    base = 100 if number == 1 else 0
    if len(data) < usable or data[base] not in KINDS:
        return None
    inner = data[base] in (TABLE_INNER, INDEX_INNER)
    first = base + (12 if inner else 8)
    count = int.from_bytes(data[base + 3 : base + 5], "big")
    top = first + 2 * count
    if top > usable:
        return None
    pointers = [int.from_bytes(data[i : i + 2], "big") for i in range(first, top, 2)]
    if any(not top <= at < usable for at in pointers):
        return None
    last = int.from_bytes(data[base + 8 : base + 12], "big") if inner else 0
    return Node(data[base], pointers, top, last)


def cells(data: bytes, node: Node, usable: int) -> Iterator[Cell | None]:
    """The cells of a page in order; None for one that is damaged."""
    read = _READ[node.kind]
    for at in node.pointers:
        try:
            cell = read(data, at, usable)
        except IndexError:
            yield None
            continue
        yield cell if cell.end <= usable and cell.size >= 0 else None


def _table_leaf(data: bytes, at: int, usable: int) -> Cell:
    size, i = varint(data, at)
    key, i = varint(data, i)
    local = local_size(size, usable, TABLE_LEAF)
    end = i + local + (4 if local < size else 0)
    return Cell(at, max(end, at + 4), key, 0, i, size, local)


def _table_inner(data: bytes, at: int, usable: int) -> Cell:  # noqa: ARG001 - as the others
    key, end = varint(data, at + 4)
    return Cell(at, end, key, int.from_bytes(data[at : at + 4], "big"), end, 0, 0)


def _index_leaf(data: bytes, at: int, usable: int) -> Cell:
    return _index(data, at, at, usable, 0)


def _index_inner(data: bytes, at: int, usable: int) -> Cell:
    return _index(data, at, at + 4, usable, int.from_bytes(data[at : at + 4], "big"))


def _index(data: bytes, at: int, start: int, usable: int, below: int) -> Cell:
    size, i = varint(data, start)
    local = local_size(size, usable, INDEX_LEAF)
    end = i + local + (4 if local < size else 0)
    return Cell(at, max(end, at + 4), 0, below, i, size, local)


_READ: dict[int, Callable[[bytes, int, int], Cell]] = {
    TABLE_LEAF: _table_leaf,
    TABLE_INNER: _table_inner,
    INDEX_LEAF: _index_leaf,
    INDEX_INNER: _index_inner,
}


def local_size(size: int, usable: int, kind: int) -> int:
    """How many bytes of a record of this size stand in the page (file format, 1.6)."""
    most = usable - 35 if kind == TABLE_LEAF else (usable - 12) * 64 // 255 - 23
    if size <= most:
        return size
    least = (usable - 12) * 32 // 255 - 23
    surplus = least + (size - least) % (usable - 4)
    return surplus if surplus <= most else least


def whole(data: bytes, cell: Cell, usable: int, page: Callable[[int], bytes]) -> bytes:
    """The record of a cell with what overflows; fewer bytes where the chain breaks off.

    `page` gives the bytes of a page of the chain.  Raises TooLongError.
    """
    if cell.size > _LONGEST:
        raise TooLongError
    parts = [data[cell.payload : cell.payload + cell.local]]
    left = cell.size - cell.local
    at = cell.payload + cell.local
    following = int.from_bytes(data[at : at + 4], "big") if left > 0 else 0
    while left > 0 and following:
        more = page(following)[:usable]
        parts.append(more[4 : 4 + left])
        left -= max(1, len(parts[-1]))
        following = int.from_bytes(more[:4], "big")
    return b"".join(parts)
