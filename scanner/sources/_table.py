"""Rows of delimited text with their bytes: dialect, header names and quoting."""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

from scanner.errors import UnreadableError
from scanner.files.json_walk import numbered
from scanner.files.streams import blocks, is_binary, open_text, read_up_to
from scanner.pointer import join, segment
from scanner.sources import Shard
from scanner.sources._lines import decode

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


def rows(stream: BinaryIO, delimiter: str, start: int = 0) -> Iterator[Row]:
    """Every row that is not blank, read as RFC 4180 says but with any line end.

    Raises UnreadableError after the last row when the stream breaks off.
    """
    csv.field_size_limit(sys.maxsize)
    feed = _Feed(stream, start)
    end = feed.end
    for cells in csv.reader(feed, delimiter=delimiter):
        begin, end = end, feed.end
        if cells:
            yield Row(cells, begin, end, feed.guessed, feed.binary, feed.ended)
        feed.guessed = feed.binary = False
    if feed.broken:
        raise feed.broken


def names_of(header: Sequence[str], width: int) -> list[tuple[str, str]]:
    """(pointer, label) of `width` columns; those without a header go by their number."""
    extra = [f"column_{i + 1}" for i in range(len(header), width)]
    fields = [join([segment(name, nth)]) for name, nth in numbered([*header, *extra])]
    return list(zip(fields, [*header, *[""] * len(extra)], strict=True))


class _Feed:
    """Hands lines to the csv module and knows how far it has read."""

    def __init__(self, stream: BinaryIO, start: int) -> None:
        self._lines = _physical_lines(blocks(stream, start))
        self.end = start
        self.guessed = self.binary = self.ended = False
        self.broken: UnreadableError | None = None

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            raw = next(self._lines)
        except StopIteration:
            self.ended = True
            raise
        except UnreadableError as error:
            self.ended, self.broken = True, error
            raise StopIteration from None
        text, guessed = decode(raw)
        if self.end == 0:
            text = text.removeprefix("\ufeff")
        self.end += len(raw)
        self.guessed |= guessed
        self.binary |= (guessed or "\0" in text) and is_binary(raw)
        return text


def _physical_lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Lines with their ends; the rest comes before the error when the stream breaks off."""
    held: list[bytes] = []
    try:
        for piece in pieces:
            held.append(piece)
            if b"\n" not in piece and b"\r" not in piece:
                continue
            # The last line stays: its \r may be half of a \r\n.
            *whole, last = b"".join(held).splitlines(keepends=True)
            yield from whole
            held = [last]
    except UnreadableError:
        yield from b"".join(held).splitlines(keepends=True)
        raise
    yield from b"".join(held).splitlines(keepends=True)


def _evenness(sample: str, delimiter: str) -> tuple[float, int]:
    """(share of rows as wide as the commonest, its width); no cut at all is worst."""
    reader = csv.reader(sample.splitlines(keepends=True)[:200], delimiter=delimiter)
    widths = Counter(len(cells) for cells in reader if cells)
    if not widths:
        return 0.0, 0
    width, count = widths.most_common(1)[0]
    return (count / widths.total(), width) if width > 1 else (0.0, 1)
