"""Lines of a shard with their byte offsets, and the cutting of large files at line ends."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import BinaryIO

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.files.streams import blocks, head_of, open_shard
from scanner.files.wide import encoding_of
from scanner.sources import Shard, Unit

GIANT = 8 << 20  # bytes; a longer line is not held
SPAN = 16 << 20  # bytes of one unit


def units(shard: Shard, source: str) -> Iterator[Unit]:
    """Byte ranges of about 16 MiB that begin at a line; the whole shard where it cannot be cut."""
    if shard.compression or shard.size <= SPAN or encoding_of(head_of(shard)):
        yield Unit(shard, source)
        return
    with open_shard(shard) as stream:
        yield from _cut(shard, source, stream)


def _cut(shard: Shard, source: str, stream: BinaryIO) -> Iterator[Unit]:
    start = first = offset = lines = 0
    for block in blocks(stream):
        at = block.find(b"\n") if offset - start >= SPAN else -1
        if at >= 0:
            yield Unit(shard, source, start, offset + at + 1, first)
            start, first = offset + at + 1, lines + 1
        lines += block.count(b"\n")
        offset += len(block)
    if start < offset or not offset:
        yield Unit(shard, source, start, None, first)


def lines(
    stream: BinaryIO, start: int = 0, stop: int | None = None
) -> Iterator[tuple[int, bytes | GiantLine]]:
    """(byte offset, line without its \\n) from `start`, which must begin a line, to `stop`.

    A UTF-8 byte-order mark at the start of the stream is left out.  Where the stream breaks
    off, what there is of the last line comes first, then the UnreadableError.  A line of more
    than 8 MiB is a `GiantLine`, to be read before the next one is asked for.
    """
    for offset, chunk in chunks(stream, start, stop):
        if isinstance(chunk, GiantLine):
            yield offset, chunk
            continue
        at = offset
        for raw in chunk.split(b"\n"):
            yield at, raw
            at += len(raw) + 1


def chunks(
    stream: BinaryIO, start: int = 0, stop: int | None = None
) -> Iterator[tuple[int, bytes | GiantLine]]:
    """The same as (byte offset, whole lines), the last of them without its line end.

    About 1 MiB each; a line of more than 8 MiB comes alone, as a `GiantLine`.
    """
    offset = start
    for chunk in _chunks(blocks(stream, start, stop)):
        if isinstance(chunk, UnreadableError):
            raise chunk
        if isinstance(chunk, GiantLine):
            yield offset + (chunk.skip_mark() if offset == 0 else 0), chunk
            offset += chunk.end() + 1
            continue
        mark = 3 if offset == 0 and chunk.startswith(codecs.BOM_UTF8) else 0
        yield offset + mark, chunk[mark:]
        offset += len(chunk) + 1


def numbered_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """(line number from 0, line) from the start; a giant line is counted and left out."""
    number = 0
    for _, chunk in chunks(stream):
        if isinstance(chunk, GiantLine):
            number += 1
            continue
        for raw in chunk.split(b"\n"):
            yield number, raw
            number += 1


class GiantLine:
    """The bytes of a line too long to be held, without its line end.

    They can be read once.  Then `size` is how many they were, and `left` what was read
    beyond that.  Reading raises UnreadableError where the stream breaks off.
    """

    def __init__(self, held: list[bytes], pieces: Iterator[bytes]) -> None:
        self._pieces, self._mark = chain([b"".join(held)], pieces), 0
        self.size, self.left = 0, b""
        self._read = self._until_end()

    def __iter__(self) -> Iterator[bytes]:
        return self._read

    def skip_mark(self) -> int:
        """Leave out a byte-order mark; its length."""
        first = next(self._pieces)
        self._mark = 3 if first.startswith(codecs.BOM_UTF8) else 0
        self._pieces = chain([first[self._mark :]], self._pieces)
        return self._mark

    def end(self) -> int:
        """Read to the end; the bytes that were read, mark included."""
        for _ in self._read:
            pass
        return self.size + self._mark

    def _until_end(self) -> Iterator[bytes]:
        for piece in self._pieces:
            raw, newline, self.left = piece.partition(b"\n")
            self.size += len(raw)
            yield raw
            if newline:
                return


def _chunks(stream: Iterable[bytes]) -> Iterator[bytes | GiantLine | UnreadableError]:
    """The stream cut at line ends, each chunk without its last \\n; a breakdown comes last."""
    pending: list[bytes] = []
    broken: UnreadableError | None = None
    pieces = iter(stream)
    try:
        while piece := next(pieces, b""):
            cut = piece.rfind(b"\n")
            if cut < 0:
                pending.append(piece)
                if sum(map(len, pending)) > GIANT:
                    giant = GiantLine(pending, pieces)
                    yield giant
                    giant.end()
                    pieces, pending = chain([giant.left] if giant.left else [], pieces), []
                continue
            yield b"".join((*pending, piece[:cut]))
            pending = [piece[cut + 1 :]]
    except UnreadableError as error:
        broken = error
    if tail := b"".join(pending):
        yield tail
    if broken:
        yield broken


def decode(raw: bytes) -> tuple[str, bool]:
    """The text of a line, and whether it was not UTF-8 (then read as Windows-1252 or Latin-1)."""
    try:
        return raw.decode("utf-8"), False
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("cp1252"), True
    except UnicodeDecodeError:
        return raw.decode("latin-1"), True


def no_text(log: UnitLog, record: int) -> None:
    """A record whose bytes are no text; what could be taken for text in it was scanned."""
    what = "bytes that are no text, or text in another encoding, were not understood"
    hint = "convert the file to a format that is read, or take its parts apart"
    log.bad_record("record.binary", what, record, hint)
