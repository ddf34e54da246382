"""Bytes that were written as text: what they say, if they are text themselves."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from scanner.decoders import MAX_INFLATED

NOT_TEXT = "not text"
_CONTROLS = bytes(b for b in range(32) if b not in b"\t\n\f\r\x1b") + b"\x7f"
_MOSTLY = 0.9  # share of characters that must be printable for a text
_SHORT = 4  # bytes at the end that may be an unfinished character
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
_ZLIB, _GZIP_OR_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08"), 47
_PRINTABLE = re.compile(
    rb"(?:[\t\n\r -~]|[\xc2-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}){16,}+"
)

_ASCII = bytes(int(32 <= b < 127 or b in b"\t\n\r") for b in range(256))
_SOME = b"\1" * 16


class Text(NamedTuple):
    """What bytes say; `cut` when there is more that could not be read."""

    text: str
    cut: bool = False


@dataclass(slots=True)
class Budget:
    """Bytes to which the compressed data of one value may still unpack."""

    left: int = MAX_INFLATED


def read(data: bytes, budget: Budget | None = None) -> Text | None:
    """The text, unpacked first if it is gzip or zlib; None for anything but text."""
    if _ZLIB.match(data):
        unpacked = _inflated(data, budget or Budget())
        if unpacked is not None:
            text = _decoded(unpacked[0])
            return None if text is None else Text(text, unpacked[1])
    text = _decoded(data)
    return None if text is None else Text(text)


def stretches(data: bytes) -> Iterator[tuple[int, int]]:
    """Where printable text of some length stands in bytes that are none as a whole."""
    if _SOME not in data.translate(_ASCII):  # ten times as fast as the expression
        return iter(())
    return (found.span() for found in _PRINTABLE.finditer(data))


def loosely(data: bytes) -> str:
    """Text with something else around it."""
    return data.decode("utf-8", "replace")


def _inflated(data: bytes, budget: Budget) -> tuple[bytes, bool] | None:
    """What it unpacks to, and whether that is not all; None when it is not compressed."""
    unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
    out, at, broken = bytearray(), 0, False
    try:  # piece by piece: what comes before a defect is kept
        while at < len(data) and len(out) <= budget.left and not unpacker.eof:
            out += unpacker.decompress(data[at : at + 256], budget.left + 1 - len(out))
            while unpacker.unconsumed_tail and len(out) <= budget.left:
                tail = unpacker.unconsumed_tail
                out += unpacker.decompress(tail, budget.left + 1 - len(out))
            at += 256
    except zlib.error:
        broken = True
    cut = broken or not unpacker.eof
    if cut and len(out) < 32:  # two bytes in a thousand look like the head of something packed
        return None
    out = out[: budget.left]
    budget.left -= len(out)
    return bytes(out), cut


def _decoded(data: bytes) -> str | None:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _as(data[len(mark) :], encoding)
    if b"\0" in data[:64]:
        return next((text for e in _WIDE if (text := _as(data, e)) is not None), None)
    return _as(data, "utf-8") or _legacy(data)


def _as(data: bytes, encoding: str) -> str | None:
    """The text in this encoding, an unfinished last character left out."""
    for short in range(min(_SHORT, len(data))):
        try:
            text = data[: len(data) - short].decode(encoding)
        except UnicodeDecodeError as error:
            if error.start < len(data) - short - _SHORT:
                return None
        else:
            return text if _is_text(text, encoding) else None
    return None


def _is_text(text: str, encoding: str) -> bool:
    """Few control characters; and of a wide encoding, where any bytes are characters, ASCII."""
    if encoding in _WIDE:
        plain = sum(32 <= ord(c) < 127 or c in "\t\n\r" for c in text[:4096])
        return plain >= 0.5 * len(text[:4096]) > 0
    raw = text[:65536].encode()
    return len(raw.translate(None, _CONTROLS)) >= _MOSTLY * len(raw) > 0


def _legacy(data: bytes) -> str | None:
    """Text of a one-byte encoding: which one does not matter to what is looked for."""
    head = data[:65536]
    plain = len(head) - len(head.translate(None, bytes(range(32, 127))))
    if head.translate(None, _CONTROLS) != head or plain < 0.6 * len(head):
        return None
    return data.decode("cp1252", "replace")
