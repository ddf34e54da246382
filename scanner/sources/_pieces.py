"""Text cut into values: lines, armoured blocks, and pieces of lines that are too long."""

from __future__ import annotations

import codecs
from collections.abc import Generator, Iterator
from typing import BinaryIO, NamedTuple

from scanner.errors import UnreadableError
from scanner.files.streams import blocks

LONG = 1 << 20  # bytes; a longer line is cut
OVERLAP = 16 << 10  # bytes that two pieces of a line share: more than any secret has
_BLOCK_BYTES = 64 << 10  # of an armoured block; the longest keys have about 13,000
_BEGIN, _END = b"-----BEGIN ", b"-----END "


class Piece(NamedTuple):
    """A value: its bytes without line end, where they start, its first and last line."""

    line: int
    start: int
    raw: bytes
    last_line: int


def pieces(
    stream: BinaryIO, start: int = 0, stop: int | None = None, first: int = 0
) -> Iterator[Piece]:
    """The values from `start`, which must begin line number `first`, to `stop`.

    Blank lines are no values.  Where the stream breaks off, what is left of the last line
    comes first, then the UnreadableError.
    """
    for piece in _armoured(_bounded(stream, start, stop, first)):
        raw = piece.raw
        if raw[-1:] == b"\r":
            yield from [piece._replace(raw=raw[:-1])] if len(raw) > 1 else []
        elif raw:
            yield piece


def _bounded(stream: BinaryIO, start: int, stop: int | None, number: int) -> Iterator[Piece]:
    """Every line, long ones in pieces; at most about 2 MiB are held."""
    held, at = b"", start
    for block in _unbroken(blocks(stream, start, stop)):
        if isinstance(block, UnreadableError):
            if held:
                yield Piece(number, at, held, number)
            raise block
        mark = 3 if at == 0 and block.startswith(codecs.BOM_UTF8) else 0
        at += mark
        *whole, held = (held + block[mark:]).split(b"\n")
        for raw in whole:
            yield from (
                _long(number, at, raw) if len(raw) > LONG else [Piece(number, at, raw, number)]
            )
            at, number = at + len(raw) + 1, number + 1
        if len(held) > LONG:
            kept = yield from _cut(number, at, held)
            at, held = at + len(held) - len(kept), kept
    if held:
        yield Piece(number, at, held, number)


def _unbroken(stream: Iterator[bytes]) -> Iterator[bytes | UnreadableError]:
    try:
        yield from stream
    except UnreadableError as error:
        yield error


def _long(number: int, at: int, raw: bytes) -> Iterator[Piece]:
    kept = yield from _cut(number, at, raw)
    yield Piece(number, at + len(raw) - len(kept), kept, number)


def _cut(number: int, at: int, raw: bytes) -> Generator[Piece, None, bytes]:
    """Pieces of a long line; returns the rest, with what it shares with the last piece."""
    while len(raw) > LONG:
        yield Piece(number, at, raw[: _boundary(raw, LONG)], number)
        keep = _boundary(raw, LONG - OVERLAP)
        at, raw = at + keep, raw[keep:]
    return raw


def _boundary(raw: bytes, cut: int) -> int:
    """`cut`, or up to three bytes before it where it would tear a UTF-8 character."""
    for place in range(cut, cut - 4, -1):
        if raw[place] & 0xC0 != 0x80:
            return place
    return cut


def _armoured(lines: Iterator[Piece]) -> Iterator[Piece]:
    """The same, with the lines of a PEM or PGP block joined into one value."""
    block: list[Piece] = []
    try:
        for piece in lines:
            if not block and _BEGIN not in piece.raw:
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
