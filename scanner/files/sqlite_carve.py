"""What deleted rows have left in the unused stretches of SQLite's pages.

A freed cell keeps its bytes but for the first four (file format, 1.6: freeblocks).  Records are
recognised by their own header, the surer the more of the cell is left; what no record explains
is looked through for text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scanner.files.sqlite_cells import (
    INDEX_LEAF,
    TABLE_LEAF,
    Cell,
    NoRecordError,
    Span,
    cells,
    local_size,
    node_of,
    spans,
    varint,
    width_of,
)

_LOST = 4  # bytes that a freed cell loses
_WIDEST = 0x7F  # of headers of records that are searched for
_CONTROLS = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FAR = re.compile("[\u0700-\uffff]")  # what any two bytes are in UTF-16
_UTF8 = re.compile(
    rb"(?:[\t\n\r\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}"
    rb"|[\xf0-\xf4][\x80-\xbf]{3}){5,}"
)
_UTF16 = {
    "utf-16-le": re.compile(rb"(?:[\t\n\r\x20-\x7e\xa0-\xff]\0|[\0-\xff][\x01-\x06]){5,}"),
    "utf-16-be": re.compile(rb"(?:\0[\t\n\r\x20-\x7e\xa0-\xff]|[\x01-\x06][\0-\xff]){5,}"),
}


@dataclass(frozen=True, slots=True)
class Left:
    """A record that is left over, or (without values) a stretch of text between such.

    A record that is not sure may be cut in the wrong places.
    """

    start: int
    end: int
    values: tuple[Span, ...] = ()
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Layout:
    """What is known of the records in a page: numbers of columns, encoding, size of the page."""

    counts: frozenset[int]
    encoding: str
    usable: int

    @property
    def known(self) -> bool:
        """True for a page of one table."""
        return len(self.counts) == 1


def gaps(taken: Iterable[tuple[int, int]], low: int, high: int) -> Iterator[tuple[int, int]]:
    """The stretches from `low` to `high` that nothing takes."""
    for start, end in sorted(taken):
        if start > low:
            yield low, start
        low = max(low, end)
    if low < high:
        yield low, high


def page(data: bytes, number: int, layout: Layout) -> Iterator[Left]:
    """All that a page holds that is no longer in use: its cells, and what is between them."""
    node = node_of(data, number, layout.usable)
    if node is None:
        yield from carve(data, 0, len(data), layout)
        return
    taken = list[tuple[int, int]]()
    for cell in cells(data, node, layout.usable):
        left = _of_cell(data, cell) if cell is not None else None
        if left is not None:
            taken.append((left.start, left.end))
            if left.values:
                yield left
    for low, high in gaps(taken, node.top, len(data)):
        yield from carve(data, low, high, layout)


def _of_cell(data: bytes, cell: Cell) -> Left | None:
    if not cell.local:
        return Left(cell.start, cell.end)
    try:
        found, end = spans(data, cell.payload)
    except NoRecordError:
        return None
    if end - cell.payload > cell.size:
        return None
    return Left(cell.start, cell.end, _cut(found, cell.payload + cell.local))


def carve(data: bytes, low: int, high: int, layout: Layout) -> Iterator[Left]:
    """Records and texts between two offsets of a page, in order.

    Text in what is not sure to be a record comes as it stands as well.
    """
    if not data[low:high].strip(b"\0"):
        return
    found = _framed(data, low, high, layout)
    found += [r for gap in _between(found, low, high) for r in _bare(data, *gap, layout)]
    found += [r for gap in _between(found, low, high) for r in _headless(data, *gap, layout)]
    sure = [left for left in found if left.sure]
    known = {(span.start, span.end) for left in found for span in left.values}
    texts = (r for gap in _between(sure, low, high) for r in _runs(data, *gap, layout.encoding))
    rest = [left for left in texts if (left.start, left.end) not in known]
    yield from sorted([*found, *rest], key=lambda left: left.start)


def _between(found: list[Left], low: int, high: int) -> list[tuple[int, int]]:
    return list(gaps([(left.start, left.end) for left in found], low, high))


def _framed(data: bytes, low: int, high: int, layout: Layout) -> list[Left]:
    """Records whose cell is whole: its size fits to what the header says."""
    found, past = list[Left](), low
    for at in _headers(data, low, high, layout):
        if at < past:
            continue
        try:
            values, end = spans(data, at)
        except NoRecordError:
            continue
        start, local = _frame(data, at, past, end - at, layout.usable)
        if start >= 0 and at + local <= high:
            kept = _cut(values, at + local)
            if _readable(data, kept, layout.encoding, strict=False):
                found.append(Left(start, at + local, kept))
                past = at + local
    return found


def _frame(data: bytes, at: int, low: int, size: int, usable: int) -> tuple[int, int]:
    """Where the cell of the record at `at` starts (-1: none does), and its bytes in the page."""
    written = _varint(size)
    for rowid in range(10):
        start = at - rowid - len(written)
        if start < low:
            break
        if data[start : at - rowid] != written or (rowid and varint(data, at - rowid)[1] != at):
            continue
        return start, local_size(size, usable, TABLE_LEAF if rowid else INDEX_LEAF)
    return -1, 0


def _varint(value: int) -> bytes:
    parts = [value & 0x7F]
    while value := value >> 7:
        parts.append(value & 0x7F | 0x80)
    return bytes(reversed(parts))


def _bare(data: bytes, low: int, high: int, layout: Layout) -> Iterator[Left]:
    """Records of as many columns as a table has, whose cell has lost its beginning."""
    past = low
    for at in _headers(data, low, high, layout):
        if at < past:
            continue
        try:
            values, end = spans(data, at)
        except NoRecordError:
            continue
        known = len(values) in layout.counts and end <= high
        if known and _readable(data, values, layout.encoding):
            sure = layout.known and _freed(data, at, past, end)
            yield Left(max(past, at - _LOST), end, tuple(values), sure)
            past = end


def _freed(data: bytes, at: int, low: int, end: int) -> bool:
    """True when the record at `at` is the end of one free block, which tells its size."""
    starts = range(max(low, at - 12), at - 3)
    return any(int.from_bytes(data[i + 2 : i + 4], "big") == end - i for i in starts)


def _headers(data: bytes, low: int, high: int, layout: Layout) -> Iterator[int]:
    """Where a header may start: its first byte is its size."""
    widest = min(_WIDEST, max(0x1F, 1 + 2 * max(layout.counts, default=0)))
    for found in re.compile(b"[\x02-%c]" % widest).finditer(data, low, high):
        yield found.start()


def _headless(data: bytes, low: int, high: int, layout: Layout) -> Iterator[Left]:
    """Records that have lost the size of their header, perhaps the first type in it as well.

    In place of what is lost stands the size of the free block.
    """
    at = low
    while at < high - _LOST:
        if not data[at]:  # zeros lead nowhere: the last one may be half of a pointer
            more = re.compile(b"\0+").match(data, at, high)
            at = max(at, (more.end() if more else at) - _LOST)
        best = _guess(data, at, low, high, layout)
        if best is None:
            at += 1
            continue
        yield best
        at = best.end


def _guess(data: bytes, at: int, low: int, high: int, layout: Layout) -> Left | None:
    size = int.from_bytes(data[at + 2 : at + 4], "big")
    if at != low and not _LOST <= size <= len(data) - at:
        return None
    ends, guesses = (at + size, high), list[tuple[bool, bool, Left]]()
    for count in sorted(layout.counts):
        for lost in (0, 1):
            values = _typed(data, at + _LOST, count - lost, lost, ends)
            end = values[-1].end if values else high + 1
            if end <= high and _readable(data, values, layout.encoding):
                made_up = lost == 1 and values[0].kind > 0
                sure = layout.known and end in ends and not made_up
                if not made_up or end in ends:
                    left = Left(at, end, tuple(values), sure)
                    guesses.append((made_up, end not in ends, left))
    return min(guesses, key=lambda guess: guess[:2])[2] if guesses else None


def _typed(data: bytes, at: int, count: int, lost: int, ends: tuple[int, ...]) -> list[Span]:
    """The values of `count` types at `at`; one whose type is lost takes what is left over."""
    kinds, i = list[int](), at
    try:
        for _ in range(count):
            kind, i = varint(data, i)
            kinds.append(kind)
        widths = [width_of(kind) for kind in kinds]
    except (IndexError, NoRecordError):
        return []
    if not kinds:
        return []
    first = next((rest for end in ends if (rest := end - i - sum(widths)) >= 0), 0) if lost else 0
    found = [Span(13 if first > 8 else 0, i, i + first)] if lost else []
    i += first
    for kind, width in zip(kinds, widths, strict=True):
        found.append(Span(kind, i, i + width))
        i += width
    return found


def _cut(values: Iterable[Span], end: int) -> tuple[Span, ...]:
    """The values as far as they are in the page."""
    return tuple(Span(v.kind, v.start, min(v.end, end)) for v in values if v.start <= end)


def _readable(data: bytes, values: Iterable[Span], encoding: str, strict: bool = True) -> bool:
    """True when all texts are text; when strict, also that there is one worth the name."""
    worth, wide = False, encoding in _UTF16
    for span in values:
        if span.is_text:
            try:
                text = data[span.start : span.end].decode(encoding)
            except UnicodeDecodeError:
                return False
            if strict and (
                _CONTROLS.search(text) or (wide and len(_FAR.findall(text)) * 2 > len(text))
            ):
                return False
            worth = worth or len(text) >= 3
    return worth or not strict


def _runs(data: bytes, low: int, high: int, encoding: str) -> Iterator[Left]:
    yield from (Left(a, b) for a, b in runs(data, low, high, encoding))


def runs(data: bytes, low: int, high: int, encoding: str) -> Iterator[tuple[int, int]]:
    """Where text of at least five characters stands."""
    wide = _UTF16.get(encoding)
    taken = [found.span() for found in wide.finditer(data, low, high)] if wide else []
    yield from taken
    starts = [start for start, _ in taken]
    for found in _UTF8.finditer(data, low, high):
        before = bisect_right(starts, found.start())
        if not before or taken[before - 1][1] <= found.start():
            yield found.span()
