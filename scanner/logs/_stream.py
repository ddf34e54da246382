"""The bytes of a log file, decompressed; what stands before damage is never lost.

gzip (also several members in one file) and zstd are known by their first bytes, not by the
file's name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from scanner.errors import UnreadableError

_CHUNK = 1 << 20
MAX_LINE = 1 << 28  # 256 MiB: a longer line is no log line, and must not fill the memory


@dataclass(frozen=True, slots=True, repr=False)
class Line:
    """One line without its end.  `torn`: the file breaks off inside it."""

    offset: int  # of its first byte in the decompressed file
    data: bytes
    torn: bool = False


def chunks(path: Path) -> Iterator[bytes]:
    """The decompressed bytes in pieces.

    Raises UnreadableError, after all that could be read, when the file cannot be opened, is
    cut short or is damaged.
    """
    try:
        with path.open("rb") as raw:
            head = raw.read(4)
            raw.seek(0)
            if head[:2] == b"\x1f\x8b":
                yield from _gzip(raw, str(path))
            elif head == b"\x28\xb5\x2f\xfd":
                yield from _zstd(raw, str(path))
            else:
                yield from iter(lambda: raw.read(_CHUNK), b"")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableError(
            f"the log cannot be read: {reason}",
            str(path),
            "check path and permissions",
            "log.unreadable",
        ) from None


def lines(path: Path) -> Iterator[Line]:
    """The lines of a file; at damage the torn rest of a line, then the error of `chunks`.

    Raises UnreadableError at a line longer than MAX_LINE too.
    """
    offset, parts = 0, [b""]
    try:
        for chunk in chunks(path):
            *whole, rest = chunk.split(b"\n")
            for piece in whole:
                data = b"".join([*parts, piece])
                yield Line(offset, data.removesuffix(b"\r"))
                offset, parts = offset + len(data) + 1, [b""]
            parts.append(rest)
            _check_length(parts, str(path))
    except UnreadableError:
        if any(parts):
            yield Line(offset, b"".join(parts), torn=True)
        raise
    if any(parts):
        yield Line(offset, b"".join(parts).removesuffix(b"\r"))


def _check_length(parts: list[bytes], where: str) -> None:
    if sum(map(len, parts)) > MAX_LINE:
        parts.clear()
        raise UnreadableError(
            f"a line is longer than {MAX_LINE >> 20} MiB",
            where,
            "this is not a log, or it is damaged; split or repair it",
            "log.too_large",
        )


def _gzip(raw: BinaryIO, where: str) -> Iterator[bytes]:
    from isal import isal_zlib

    def fresh() -> Any:
        return isal_zlib.decompressobj(wbits=31)

    broken: Any = isal_zlib.error
    yield from _members(raw, where, fresh, broken)


def _zstd(raw: BinaryIO, where: str) -> Iterator[bytes]:
    import zstandard

    def fresh() -> Any:
        return zstandard.ZstdDecompressor().decompressobj()

    yield from _members(raw, where, fresh, zstandard.ZstdError)


def _members(raw: BinaryIO, where: str, fresh: Any, broken: type[Exception]) -> Iterator[bytes]:
    """Every compressed member of a file, one after the other; zero padding may follow."""
    member, started = fresh(), False
    while data := raw.read(_CHUNK >> 4):
        while data:
            try:
                out = member.decompress(data)
            except broken:
                raise _damaged("the compressed log is damaged", where) from None
            if out:
                yield out
            started, data = not member.eof, member.unused_data if member.eof else b""
            if member.eof:
                member, data = fresh(), data.lstrip(b"\0")
    if started:
        raise _damaged("the compressed log breaks off before its end", where)


def _damaged(what: str, where: str) -> UnreadableError:
    return UnreadableError(what, where, "fetch the file again", "log.truncated")
