"""Rows of delimited text with their bytes: dialect, header names and quoting."""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

from scanner.errors import UnreadableError
from scanner.files.json_names import numbered
from scanner.files.streams import blocks, is_binary, open_text, read_up_to
from scanner.pointer import join, segment
from scanner.sources import Shard
from scanner.sources._giant_row import GiantRow
from scanner.sources._lines import decode

GIANT = 8 << 20  # bytes; a longer row is not held
_DELIMITERS = ",\t;|"
_SAMPLE = 64 << 10
_LINE = re.compile(rb"[^\r\n]*+(?:\r\n|\n|\r)")


class Row(NamedTuple):
    """One row: its cells, its bytes, and what was odd about it."""

    cells: list[str]
    start: int
    end: int
    guessed: bool  # not UTF-8
    binary: bool  # holds bytes that are no text
    unclosed: bool  # a quoted cell runs on to the end of the stream


def delimiter_of(shard: Shard) -> str:
    """The delimiter that cuts most of the first rows into the same number of cells."""
    with open_text(shard) as stream:
        sample = decode(read_up_to(stream, _SAMPLE))[0].removeprefix("\ufeff")
    whole = sample[: sample.rfind("\n") + 1] or sample
    order = "\t" + _DELIMITERS if shard.suffix in (".tsv", ".tab") else _DELIMITERS
    return max(order, key=lambda delimiter: _evenness(whole, delimiter))


def rows(stream: BinaryIO, delimiter: str, start: int = 0) -> Iterator[Row | GiantRow]:
    """Every row that is not blank, read as RFC 4180 says but with any line end.

    A giant row must be read to its end before the next one is asked for.
    Raises UnreadableError after the last row when the stream breaks off.
    """
    csv.field_size_limit(sys.maxsize)
    lines = _Lines(stream, start)
    while True:
        try:
            yield from _small_rows(lines, delimiter)
            break
        except _TooLongError:
            giant = GiantRow(lines.rest(), lines.row_start, delimiter)
            yield giant
            for _ in giant.cells():
                pass
            lines.resume(giant.end, giant.left)
            if giant.broken:
                raise giant.broken from None
    if lines.broken:
        raise lines.broken


def _small_rows(lines: _Lines, delimiter: str) -> Iterator[Row]:
    feed = _Feed(lines)
    for cells in csv.reader(feed, delimiter=delimiter):
        if cells:
            yield Row(cells, lines.row_start, lines.end, feed.guessed, feed.binary, feed.ended)
        feed.guessed = feed.binary = False
        lines.row_ends()


def names_of(header: Sequence[str], width: int) -> list[tuple[str, str]]:
    """(pointer, label) of `width` columns; those without a header go by their number."""
    extra = [f"column_{i + 1}" for i in range(len(header), width)]
    fields = [join([segment(name, nth)]) for name, nth in numbered([*header, *extra])]
    return list(zip(fields, [*header, *[""] * len(extra)], strict=True))


class _TooLongError(Exception):
    """A row is longer than may be held."""


class _Lines:
    """The lines of a stream with their ends, and the bytes of the row that is being read."""

    def __init__(self, stream: BinaryIO, start: int) -> None:
        self._blocks = blocks(stream, start)
        self._whole, self._held = deque[bytes](), b""
        self._row, self._size = list[bytes](), 0
        self.row_start = self.end = start
        self.broken: UnreadableError | None = None

    def next(self) -> bytes:
        """The next line.  Raises StopIteration at the end, _TooLongError in a giant row."""
        while not self._whole:
            self._check(len(self._held))
            if not self._fill():
                raise StopIteration
        self._check(0)
        raw = self._whole.popleft()
        self._row.append(raw)
        self._size += len(raw)
        self.end += len(raw)
        return raw

    def _check(self, more: int) -> None:
        if self._size + more > GIANT:
            raise _TooLongError

    def row_ends(self) -> None:
        self._row, self._size, self.row_start = [], 0, self.end

    def rest(self) -> Iterator[bytes]:
        """The bytes from the start of the row on."""
        held = [*self._row, *self._whole, self._held]
        self._whole.clear()
        self._held = b""
        yield b"".join(held)
        for block in self._blocks:  # noqa: UP028 - `yield from` would close them with this
            yield block

    def resume(self, end: int, left: bytes) -> None:
        """Go on at `end`, with what was read beyond it."""
        self.end, self._held = end, left
        self.row_ends()

    def _fill(self) -> bool:
        if self.broken:
            return False
        try:
            block = next(self._blocks, b"")
        except UnreadableError as error:
            self.broken, block = error, b""
        self._held += block
        lines = self._held.splitlines(keepends=True)
        # The last line stays: its \r may be half of a \r\n.
        self._held = lines.pop() if block and lines else b""
        self._whole.extend(lines)
        return bool(lines) or bool(block)


class _Feed:
    """Hands lines to the csv module, and notes what was odd about them."""

    def __init__(self, lines: _Lines) -> None:
        self._lines = lines
        self.guessed = self.binary = self.ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        first = self._lines.end == 0
        try:
            raw = self._lines.next()
        except StopIteration:
            self.ended = True
            raise
        text, guessed = decode(raw)
        self.guessed |= guessed
        self.binary |= (guessed or "\0" in text) and is_binary(raw)
        return text.removeprefix("\ufeff") if first else text


def _evenness(sample: str, delimiter: str) -> tuple[float, int]:
    """(share of rows as wide as the commonest, its width); no cut at all is worst."""
    reader = csv.reader(sample.splitlines(keepends=True)[:200], delimiter=delimiter)
    widths = Counter(len(cells) for cells in reader if cells)
    if not widths:
        return 0.0, 0
    width, count = widths.most_common(1)[0]
    return (count / widths.total(), width) if width > 1 else (0.0, 1)
