"""The bytes of a shard, decompressed as a stream, and its text in UTF-8.

Compression is told by the first bytes, never by the name.  A stream that ends too early
or turns bad first delivers what was good, then raises UnreadableError.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast

from scanner.errors import UnreadableError
from scanner.files.wide import encoding_of, recoded

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


HEAD = 4096
BLOCK = 1 << 20
_PIECE = 64 << 10  # output of one inflating step
_CONTROLS = bytes({*range(32), 127} - {*b"\t\n\r\f\b\x1b\x1e"})
_FEW = 4  # bytes that are no text, as stray ones in any text
_ZSTD_FEED = 4 << 10  # one block of 4 bytes may mean 128 KiB: small bites bound the memory


class Stored(Protocol):
    """Where bytes are, and how they are compressed, as `Shard` says it."""

    @property
    def path(self) -> str: ...

    @property
    def compression(self) -> str: ...


@dataclass(frozen=True, slots=True)
class OneFile:
    """A file that is no shard of the data, such as an export."""

    path: str
    compression: str


COMPRESSIONS = {
    ".gz": "gzip", ".gzip": "gzip", ".zst": "zstd", ".zstd": "zstd", ".bz2": "bzip2", ".xz": "xz",
}  # fmt: skip
COMPRESSED = tuple(COMPRESSIONS)
_BZIP2 = re.compile(rb"BZh[1-9](?:\x31\x41\x59\x26\x53\x59|\x17\x72\x45\x38\x50\x90)")


def compression_of(head: bytes) -> str:
    """ "gzip", "zstd", "bzip2", "xz" or "", by magic number.

    RFC 1952, RFC 8878 with skippable frames, bzip2's block or end mark, the .xz file format.
    """
    if head[:2] == b"\x1f\x8b":
        return "gzip"
    if head[:6] == b"\xfd7zXZ\0":
        return "xz"
    if _BZIP2.match(head):
        return "bzip2"
    return "zstd" if _skippable(head) or head[:4] == b"\x28\xb5\x2f\xfd" else ""


_held: dict[str, bytes] = {}


def hold(contents: Mapping[str, bytes]) -> None:
    """Small files that are read once for all who will ask for them; those before are let go."""
    _held.clear()
    _held.update(contents)


def stored_stream(path: str) -> BinaryIO:
    """The stored bytes of a file.  Raises OSError when it cannot be opened."""
    held = _held.get(path)
    return open(path, "rb") if held is None else io.BytesIO(held)  # noqa: PTH123


def open_shard(shard: Stored) -> BinaryIO:
    """The shard's content, decompressed; seekable only when it is stored plain.

    Raises OSError when the file cannot be opened.  Reading raises UnreadableError with
    code source.truncated or source.corrupt where the compressed data break off.
    """
    stored = stored_stream(shard.path)
    if not shard.compression:
        return stored
    return inflated(stored, shard.compression)


def inflated(stored: BinaryIO, compression: str) -> BinaryIO:
    """A stream decompressed; reading it raises as `open_shard` says."""
    return cast(BinaryIO, _Pieces(_INFLATE[compression](stored), stored))


def open_text(shard: Stored) -> BinaryIO:
    """The shard's text as UTF-8 without its byte-order mark.

    UTF-16 and UTF-32 are recoded while they are read, so byte offsets in such a shard are
    those of its text in UTF-8.  Anything else is passed on as it stands, mark included,
    and offsets are those of the decompressed bytes.
    """
    stream = open_shard(shard)
    try:
        head = read_up_to(stream, HEAD)
    except UnreadableError:
        stream.close()
        raise
    encoding = encoding_of(head)
    if not encoding and stream.seekable():
        stream.seek(0)
        return stream
    pieces = _after(head, stream)
    return cast(BinaryIO, _Pieces(recoded(pieces, encoding) if encoding else pieces, stream))


def is_binary(data: bytes) -> bool:
    """True for many zero bytes inside, or many control characters that no UTF-8 surrounds.

    Text that goes on in another encoding looks so too: UTF-16 after UTF-8.
    """
    data = data.strip(b"\0")  # what a log that was cut while it was open begins with
    if _many(data.count(0), data):
        return True
    return _many(len(data) - len(data.translate(None, _CONTROLS)), data) and not _is_utf8(data)


def _many(count: int, data: bytes) -> bool:
    return count >= _FEW and count * 20 > len(data)


def _is_utf8(data: bytes) -> bool:
    """True for UTF-8 that may end within a character."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return False
    return True


def stored_at(path: Path) -> Stored:
    """A file by itself, compressed or not.  Raises OSError when it cannot be opened."""
    with path.open("rb") as file:
        return OneFile(str(path), compression_of(file.read(HEAD)))


def head_of(shard: Stored) -> bytes:
    """The first decompressed bytes, at most 4 KiB.  Raises as `open_shard` does."""
    with open_shard(shard) as stream:
        return read_up_to(stream, HEAD)


def blocks(stream: BinaryIO, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
    """The bytes from `start` to `stop` (None: to the end) in blocks of about 1 MiB."""
    skip_to(stream, start)
    left = None if stop is None else stop - start
    while left is None or left > 0:
        block = stream.read(BLOCK if left is None else min(BLOCK, left))
        if not block:
            return
        left = None if left is None else left - len(block)
        yield block


def skip_to(stream: BinaryIO, offset: int) -> None:
    """Move a fresh stream to `offset`, by seeking where that is possible."""
    if offset and stream.seekable():
        stream.seek(offset)
        return
    while offset > 0:
        block = stream.read(min(BLOCK, offset))
        if not block:
            return
        offset -= len(block)


def read_up_to(stream: BinaryIO, size: int) -> bytes:
    """`size` bytes, or fewer at the end of the stream or where it breaks off."""
    parts: list[bytes] = []
    while size > 0:
        try:
            part = stream.read(size)
        except UnreadableError:
            if not parts:
                raise
            break
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


class _Pieces(io.RawIOBase):
    """A readable stream over an iterator of byte strings."""

    def __init__(self, pieces: Iterator[bytes], stored: BinaryIO) -> None:
        self._pieces, self._stored, self._rest = pieces, stored, memoryview(b"")
        self._broken: UnreadableError | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        done = 0
        while done < len(view):
            if not self._rest and not self._next(first=done == 0):
                break
            part = self._rest[: len(view) - done]
            view[done : done + len(part)] = part
            self._rest = self._rest[len(part) :]
            done += len(part)
        return done

    def _next(self, first: bool) -> bool:
        """Take the next piece; an error waits until the good bytes before it are handed on."""
        if self._broken is None:
            try:
                self._rest = memoryview(next(self._pieces, b""))
            except UnreadableError as error:
                self._broken = error
        if self._broken is not None and first:
            raise self._broken
        return bool(self._rest)

    def close(self) -> None:
        self._stored.close()
        super().close()


def _after(head: bytes, stream: BinaryIO) -> Iterator[bytes]:
    yield head
    yield from blocks(stream)


def _gunzip(stored: BinaryIO) -> Iterator[bytes]:
    """Every member of a gzip file; zero padding between and after members is allowed."""
    from isal import isal_zlib

    data = stored.read(BLOCK)
    while data:
        member = isal_zlib.decompressobj(31)
        while not member.eof:
            data = data or stored.read(BLOCK)
            piece = _bite(member, data)
            if not data and not piece and not member.eof:
                raise _truncated("gzip")
            data = member.unconsumed_tail
            if piece:
                yield piece
        data = _next_member(member.unused_data, stored)


def _bite(member: Any, data: bytes) -> bytes:
    from isal import isal_zlib

    try:
        return bytes(member.decompress(data, _PIECE))
    except cast(type[Exception], isal_zlib.error):
        raise _corrupt("gzip") from None


def _next_member(data: bytes, stored: BinaryIO) -> bytes:
    while True:
        data = data.lstrip(b"\0") or stored.read(BLOCK)
        if not data or data[0]:
            return data


def _unzstd(stored: BinaryIO) -> Iterator[bytes]:
    """Every frame of a zstd file, skippable ones skipped."""
    import zstandard

    data = stored.read(_ZSTD_FEED)
    while data:
        if len(data) < 8:
            data += stored.read(_ZSTD_FEED)
        if _skippable(data):
            data = _skip_frame(data, stored)
            continue
        frame = zstandard.ZstdDecompressor().decompressobj()
        while not frame.eof:
            data = data or stored.read(_ZSTD_FEED)
            if not data:
                raise _truncated("zstd")
            piece, data = _step(frame, data), b""
            if piece:
                yield piece
        data = frame.unused_data or stored.read(_ZSTD_FEED)


def _step(frame: Any, data: bytes) -> bytes:
    import zstandard

    try:
        return bytes(frame.decompress(data))
    except zstandard.ZstdError:
        raise _corrupt("zstd") from None


def _unbzip2(stored: BinaryIO) -> Iterator[bytes]:
    import bz2

    return _streams(stored, bz2.BZ2Decompressor, (OSError, EOFError, ValueError), "bzip2")


def _unxz(stored: BinaryIO) -> Iterator[bytes]:
    import lzma

    return _streams(stored, lzma.LZMADecompressor, (lzma.LZMAError, EOFError, ValueError), "xz")


def _streams(
    stored: BinaryIO, fresh: Any, broken: tuple[type[Exception], ...], kind: str
) -> Iterator[bytes]:
    """Every stream of a file of the standard library's decompressors; zero padding may follow."""
    data = stored.read(BLOCK)
    while data:
        stream = fresh()
        while not stream.eof:
            if not data and stream.needs_input:
                data = stored.read(BLOCK)
                if not data:
                    raise _truncated(kind)
            try:
                piece, data = stream.decompress(data, _PIECE), b""
            except broken:
                raise _corrupt(kind) from None
            if piece:
                yield piece
        data = _next_member(stream.unused_data, stored)


def _skippable(data: bytes) -> bool:
    return data[1:4] == b"\x2a\x4d\x18" and 0x50 <= data[0] <= 0x5F


def _skip_frame(data: bytes, stored: BinaryIO) -> bytes:
    """The data after a skippable frame (RFC 8878, 3.1.2)."""
    size = int.from_bytes(data[4:8], "little")
    if len(data) < 8 or 8 + size > len(data):
        stored.seek(8 + size - len(data), io.SEEK_CUR)
        return stored.read(_ZSTD_FEED)
    return data[8 + size :] or stored.read(_ZSTD_FEED)


def _truncated(kind: str) -> UnreadableError:
    hint = "fetch or compress the file again; what came before the end was scanned"
    return UnreadableError(f"the {kind} data end too early", "", hint, "source.truncated")


def _corrupt(kind: str) -> UnreadableError:
    hint = "fetch or compress the file again; what came before the damage was scanned"
    return UnreadableError(f"the {kind} data are damaged", "", hint, "source.corrupt")


_INFLATE = {"gzip": _gunzip, "zstd": _unzstd, "bzip2": _unbzip2, "xz": _unxz}
