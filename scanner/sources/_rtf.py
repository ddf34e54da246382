"""RTF as mails hold it: compressed against a dictionary that all of them share (MS-OXRTFCP)."""

from __future__ import annotations

import struct
from contextlib import suppress

_HEAD = struct.Struct("<IIII")  # size of what follows, size in the end, kind, checksum
_PACKED = 0x75465A4C  # LZFu; the other kind is stored as it is
_WINDOW = 4096
_KNOWN = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    b"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    b"\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


def inflated(data: bytes) -> bytes:
    """The RTF; of what is cut off what there is."""
    if len(data) < _HEAD.size or _HEAD.unpack_from(data)[2] != _PACKED:
        return data[_HEAD.size :]
    out = bytearray(_KNOWN)
    with suppress(IndexError):  # the end of the data
        _inflate(data, out)
    return bytes(out[len(_KNOWN) :])


def _inflate(data: bytes, out: bytearray) -> None:
    """A bit says of each token whether it is a byte, or where and how much to copy."""
    at = _HEAD.size
    while True:
        flags, at = data[at], at + 1
        for bit in range(8):
            if not flags >> bit & 1:
                out.append(data[at])
                at += 1
                continue
            word, at = data[at] << 8 | data[at + 1], at + 2
            distance = (len(out) - (word >> 4)) % _WINDOW
            if not distance:
                return
            for _ in range((word & 15) + 2):
                out.append(out[-distance])
