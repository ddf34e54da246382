"""The bytes of a log file, decompressed; what stands before damage is never lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scanner.errors import UnreadableError
from scanner.files.streams import blocks, open_text, stored_at

MAX_LINE = 1 << 28  # 256 MiB: a longer line is no log line, and must not fill the memory


@dataclass(frozen=True, slots=True, repr=False)
class Line:
    """One line without its end.  `torn`: the file breaks off inside it."""

    offset: int  # of its first byte in the decompressed file
    data: bytes
    torn: bool = False


def chunks(path: Path) -> Iterator[bytes]:
    """The decompressed bytes in pieces, UTF-16 and UTF-32 as UTF-8.

    Raises UnreadableError, after all that could be read, when the file cannot be opened, is
    cut short or is damaged.
    """
    try:
        with open_text(stored_at(path)) as stream:
            yield from blocks(stream)
    except UnreadableError as error:
        raise UnreadableError(
            error.what, str(path), "fetch the file again", "log.truncated"
        ) from None
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
