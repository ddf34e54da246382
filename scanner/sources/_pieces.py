"""Text cut into values: lines, armoured blocks, and pieces of lines that are too long."""

from __future__ import annotations

import codecs
from collections.abc import Generator, Iterator
from typing import BinaryIO, NamedTuple

from scanner import longvalues
from scanner.errors import UnreadableError
from scanner.files.streams import blocks
from scanner.longvalues import boundary

LONG = 1 << 20  # bytes; a longer line is cut
_BLOCK_BYTES = 64 << 10  # of an armoured block; the longest keys have about 13,000
_BEGIN, _END = b"-----BEGIN ", b"-----END "


class Piece(NamedTuple):
    """A value: its bytes without line end, where they start, its first and last line.

    One of a line that was cut also tells where the line starts (-1: it was not cut), and how
    many of its bytes the next piece repeats (0 for the last).
    """

    line: int
    start: int
    raw: bytes
    last_line: int
    whole: int = -1
    shared: int = 0


def pieces(
    stream: BinaryIO, start: int = 0, stop: int | None = None, first: int = 0
) -> Iterator[Piece]:
    """The values from `start`, which must begin line number `first`, to `stop`.

    Blank lines are no values.  Where the stream breaks off, what is left of the last line
    comes first, then the UnreadableError.
    """
    for piece in _armoured(_bounded(stream, start, stop, first)):
        raw = piece.raw
        if raw[-1:] == b"\r" and not piece.shared:
            yield from [piece._replace(raw=raw[:-1])] if len(raw) > 1 else []
        elif raw:
            yield piece


def _bounded(stream: BinaryIO, start: int, stop: int | None, number: int) -> Iterator[Piece]:
    """Every line, long ones in pieces; at most about 2 MiB are held."""
    held, at, whole = b"", start, -1
    for block in _unbroken(blocks(stream, start, stop)):
        if isinstance(block, UnreadableError):
            if held:
                yield Piece(number, at, held, number, whole)
            raise block
        mark = 3 if at == 0 and block.startswith(codecs.BOM_UTF8) else 0
        at += mark
        *ended, held = (held + block[mark:]).split(b"\n")
        for raw in ended:
            yield from _long(Piece(number, at, raw, number, whole))
            at, number, whole = at + len(raw) + 1, number + 1, -1
        if len(held) > LONG:
            kept = yield from _cut(Piece(number, at, held, number, whole))
            at, held, whole = kept.start, kept.raw, kept.whole
    if held:
        yield Piece(number, at, held, number, whole)


def _unbroken(stream: Iterator[bytes]) -> Iterator[bytes | UnreadableError]:
    try:
        yield from stream
    except UnreadableError as error:
        yield error


def _long(line: Piece) -> Iterator[Piece]:
    """The line, or what of it is left, in pieces if it is long."""
    yield (yield from _cut(line)) if len(line.raw) > LONG else line


def _cut(line: Piece) -> Generator[Piece, None, Piece]:
    """Pieces of a long line; returns the rest, with what it shares with the last piece."""
    number, at, raw, _, whole, _ = line
    whole = at if whole < 0 else whole
    while len(raw) > LONG:
        end = boundary(raw, LONG)
        keep = boundary(raw, end - longvalues.OVERLAP)
        yield Piece(number, at, raw[:end], number, whole, end - keep)
        at, raw = at + keep, raw[keep:]
    return Piece(number, at, raw, number, whole)


def _armoured(lines: Iterator[Piece]) -> Iterator[Piece]:
    """The same, with the lines of a PEM or PGP block joined into one value."""
    block: list[Piece] = []
    try:
        for piece in lines:
            if piece.whole >= 0 or (not block and _BEGIN not in piece.raw):
                yield from block
                block = []
                yield piece
                continue
            if _BEGIN in piece.raw:
                yield from block
                block = []
            block.append(piece)
            if piece.start - block[0].start > _BLOCK_BYTES:
                yield from block  # too long for a key
                block = []
            elif _END in piece.raw:
                yield _joined(block)
                block = []
    except UnreadableError:
        yield from block
        raise
    yield from block


def _joined(block: list[Piece]) -> Piece:
    first, last = block[0], block[-1]
    return Piece(first.line, first.start, b"\n".join([p.raw for p in block]), last.line)
