"""Compressed texts in binary values: gzip, Zstandard, bzip2, xz and bare zlib."""

from __future__ import annotations

import io
import re
import zlib

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.files.streams import HEAD, compression_of, inflated, is_binary, read_up_to
from scanner.files.wide import encoding_of, recoded

_LONGEST = 8 << 20  # bytes that a value may unpack to
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")  # RFC 1950, with a window of 32 KiB


def packed_text(data: bytes, log: UnitLog) -> str | None:
    """The text that bytes unpack to; None for what is not compressed, or is no text.

    What is more than 8 MiB, or broken off, is told.
    """
    kind = compression_of(data[:HEAD])
    if not kind and not _ZLIB.match(data):
        return None
    try:
        found, whole = _unpacked(data, kind)
    except (UnreadableError, zlib.error):
        return None
    cuts = range(1 if whole else 4)  # a last character may be unfinished
    text = next((t for cut in cuts if (t := text_of(found[: len(found) - cut])) is not None), None)
    if text is not None and not whole:
        hint = "scan what the column holds in a file of its own"
        what = "compressed values break off, or unpack to more than 8 MiB: the rest was not scanned"
        log.problem("source.binary_value", what, "", hint)
    return text


def _unpacked(data: bytes, kind: str) -> tuple[bytes, bool]:
    """What it unpacks to, and whether that is all."""
    if not kind:
        unpacker = zlib.decompressobj()
        found = unpacker.decompress(data, _LONGEST)
        return found, unpacker.eof
    stream = inflated(io.BytesIO(data), kind)
    found = read_up_to(stream, _LONGEST)
    try:
        return found, not stream.read(1)
    except UnreadableError:
        return found, False


def text_of(raw: bytes) -> str | None:
    """The text that bytes are, UTF-8 or UTF-16; None for what is none."""
    if encoding := encoding_of(raw[:4096]):
        return b"".join(recoded(iter([raw]), encoding)).decode().removeprefix("\ufeff")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if is_binary(raw) or "\0" in text else text
