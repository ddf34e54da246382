"""Frames of binary terminal recordings: ttyrec, and `script -r` of FreeBSD and macOS.

A frame of ttyrec is three little-endian numbers of 32 bits (seconds, microseconds, size) and so
many bytes of output (http://0xcc.net/ttyrec/).  One of `script -r` is size and seconds in 64
bits, microseconds and direction in 32, in the order of the machine: `i` is input, `o` output, `s`
the start and `e` the end (FreeBSD, script.c).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from scanner.errors import UnreadableError
from scanner.files.streams import read_up_to

TTYREC, LITTLE, BIG = struct.Struct("<III"), struct.Struct("<QQII"), struct.Struct(">QQII")
_LONGEST = 16 << 20  # bytes of a frame
_SENSIBLE = 1 << 20  # bytes of one that tells the format
_FROM, _UNTIL = 631_152_000, 4_102_444_800  # seconds: the years 1990 to 2100
_MICRO = 1_000_000


class Frame(NamedTuple):
    """What came at a time: `code` is i for input and o for output."""

    code: str
    time: float
    data: bytes


def header_of(head: bytes) -> struct.Struct | None:
    """The header that the frames have; None where the bytes are none, to the end of them."""
    return next((one for one in (LITTLE, BIG, TTYREC) if _fits(one, head)), None)


def _fits(header: struct.Struct, head: bytes) -> bool:
    """True for a frame that is followed by another, or by nothing."""
    at = count = 0
    while at + header.size <= len(head):
        code, size, seconds, micros = _read(header, head, at)
        known = code in "iose" and (at > 0 or header is TTYREC or code == "s")
        if not (known and size <= _SENSIBLE and micros < _MICRO and _FROM < seconds < _UNTIL):
            return False
        at, count = at + header.size + size, count + 1
    return count > 1 or (count == 1 and at == len(head))


def _read(header: struct.Struct, data: bytes, at: int = 0) -> tuple[str, int, int, int]:
    """(code, size, seconds, microseconds)."""
    if header is TTYREC:
        seconds, micros, size = header.unpack_from(data, at)
        return "o", size, seconds, micros
    size, seconds, micros, code = header.unpack_from(data, at)
    return chr(code) if code < 128 else "?", size, seconds, micros


def frames(stream: BinaryIO) -> Iterator[Frame]:
    """All of them.  Raises UnreadableError behind what there is of the last."""
    head = read_up_to(stream, TTYREC.size)
    more = read_up_to(stream, LITTLE.size - len(head))
    header = next((h for h in (LITTLE, BIG) if _starts(h, head + more)), TTYREC)
    held = head + more
    while held or (held := stream.read(1)):
        held += read_up_to(stream, header.size - len(held))
        if len(held) < header.size:
            raise _torn()
        code, size, seconds, micros = _read(header, held)
        if size > _LONGEST or code not in "iose":
            raise _torn()
        own, held = held[header.size : header.size + size], held[header.size + size :]
        own += read_up_to(stream, size - len(own))
        if code in "io":
            yield Frame(code, seconds + micros / _MICRO, own)
        if len(own) < size:
            raise _torn()


def _starts(header: struct.Struct, head: bytes) -> bool:
    return len(head) == header.size and _read(header, head)[0] == "s"


def _torn() -> UnreadableError:
    what = "the terminal recording breaks off, or goes on with something else"
    hint = "get the whole recording; what came before was scanned"
    return UnreadableError(what, "", hint, "source.truncated")
