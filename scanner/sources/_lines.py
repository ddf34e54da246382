"""Lines of a shard with their byte offsets, and the cutting of large files at line ends."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.files.streams import blocks, encoding_of, head_of, open_shard
from scanner.sources import Shard, Unit

SPAN = 64 << 20  # bytes of one unit


def units(shard: Shard, source: str) -> Iterator[Unit]:
    """Byte ranges of about 64 MiB that begin at a line; the whole shard where it cannot be cut."""
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


def lines(stream: BinaryIO, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, bytes]]:
    """(byte offset, line without its \\n) from `start`, which must begin a line, to `stop`.

    A UTF-8 byte-order mark at the start of the stream is left out.  Where the stream breaks
    off, what there is of the last line comes first, then the UnreadableError.
    """
    for offset, chunk in chunks(stream, start, stop):
        at = offset
        for raw in chunk.split(b"\n"):
            yield at, raw
            at += len(raw) + 1


def chunks(
    stream: BinaryIO, start: int = 0, stop: int | None = None
) -> Iterator[tuple[int, bytes]]:
    """The same as (byte offset, whole lines), the last of them without its \n; about 1 MiB each."""
    offset = start
    for chunk in _chunks(blocks(stream, start, stop)):
        if isinstance(chunk, UnreadableError):
            raise chunk
        mark = 3 if offset == 0 and chunk.startswith(codecs.BOM_UTF8) else 0
        yield offset + mark, chunk[mark:]
        offset += len(chunk) + 1


def _chunks(pieces: Iterable[bytes]) -> Iterator[bytes | UnreadableError]:
    """The stream cut at line ends, each chunk without its last \\n; a breakdown comes last."""
    pending: list[bytes] = []
    broken: UnreadableError | None = None
    try:
        for piece in pieces:
            cut = piece.rfind(b"\n")
            if cut < 0:
                pending.append(piece)
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
