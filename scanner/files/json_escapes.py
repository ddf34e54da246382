"""Undoes the escapes of JSON in a whole block of bytes at once, wherever they stand.

Inside strings this gives the text that a parser would give; the frame around the strings
stays as it is.  Used for looking before parsing: every decoded string of a valid JSON text
stands, whole and in one piece, in the result.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Offsets = NDArray[np.int64]

_SIMPLE = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_NO_DIGIT = 255
_REPLACEMENT = 0xFFFD


@dataclass(frozen=True, slots=True)
class Escapes:
    """Where the escapes of a block begin: those of two bytes, and those of four hex digits."""

    simple: Offsets
    coded: Offsets

    def __bool__(self) -> bool:
        return bool(len(self.simple) or len(self.coded))

    def starts(self) -> Offsets:
        """All of them, in order."""
        import numpy as np

        return np.sort(np.concatenate((self.simple, self.coded)))


def escapes(data: Bytes) -> Escapes:
    """Every escape that JSON knows; a backslash that begins none is no escape."""
    import numpy as np

    first = _beginnings(np.flatnonzero(data == ord("\\")))
    first = first[first + 1 < len(data)]
    following = data[first + 1]
    coded = first[following == ord("u")]
    coded = coded[coded + 6 <= len(data)]
    return Escapes(
        first[_simple()[following] > 0], coded[_digits(data, coded).max(axis=1, initial=0) < 16]
    )


def quoted(data: Bytes, found: Escapes) -> Offsets:
    """Offsets of the quotation marks that no backslash escapes: where strings begin and end."""
    import numpy as np

    quotes = np.flatnonzero(data == ord('"'))
    if not len(found.simple):
        return quotes
    escaped = found.simple[data[found.simple + 1] == ord('"')] + 1
    at = np.searchsorted(quotes, escaped)
    keep = np.ones(len(quotes), dtype=bool)
    keep[at] = False
    return quotes[keep]


def unescape(data: Bytes, found: Escapes) -> tuple[Bytes, Offsets]:
    """The block with its escapes undone, and the offsets (ascending) of the bytes left out.

    Byte `i` of the result comes from byte `i + removed_before(i)` of the block.  Half of a
    surrogate pair becomes U+FFFD.
    """
    import numpy as np

    out, keep = data.copy(), np.ones(len(data), dtype=bool)
    out[found.simple + 1] = _simple()[data[found.simple + 1]]
    keep[found.simple] = False
    _write_coded(out, keep, data, found.coded)
    return out[keep], np.flatnonzero(~keep)


def source_offsets(removed: Offsets, offsets: Offsets) -> Offsets:
    """Where the bytes at these offsets of `unescape`'s result stood in the block."""
    import numpy as np

    if not len(removed):
        return offsets
    kept_before = removed - np.arange(len(removed))
    return offsets + np.searchsorted(kept_before, offsets, side="right")


def _beginnings(slashes: Offsets) -> Offsets:
    """Of each run of backslashes the first, third, fifth: the others are what these escape."""
    import numpy as np

    if not len(slashes):
        return slashes
    number = np.arange(len(slashes))
    new_run = np.concatenate(([True], np.diff(slashes) != 1))
    run_start = np.maximum.accumulate(np.where(new_run, number, 0))
    begins: Offsets = slashes[(number - run_start) % 2 == 0]
    return begins


def _write_coded(out: Bytes, keep: Any, data: Bytes, at: Offsets) -> None:
    """Put the characters of \\uXXXX escapes in their place, as UTF-8."""
    import numpy as np

    if not len(at):
        return
    code = _digits(data, at).astype(np.int64) @ np.array([4096, 256, 16, 1])
    high, low = (code & 0xFC00) == 0xD800, (code & 0xFC00) == 0xDC00
    pair = np.zeros(len(at), dtype=bool)
    pair[:-1] = high[:-1] & low[1:] & (np.diff(at) == 6)
    second = np.concatenate(([False], pair[:-1]))
    code[:-1] = np.where(
        pair[:-1], 0x10000 + ((code[:-1] & 0x3FF) << 10) + (code[1:] & 0x3FF), code[:-1]
    )
    code[(high | low) & ~pair] = _REPLACEMENT
    size = np.where(second, 0, np.searchsorted([0x80, 0x800, 0x10000], code, side="right") + 1)
    for length in range(5):
        _write_sized(out, keep, at[size == length], code[size == length], length)


def _write_sized(out: Bytes, keep: Any, at: Offsets, code: Offsets, length: int) -> None:
    for i in range(length):
        bits = code >> (6 * (length - 1 - i))
        if i:
            bits = 0x80 | (bits & 0x3F)
        elif length > 1:
            bits = bits | ((0xF00 >> length) & 0xFF)
        out[at + i] = bits
    for i in range(length, 6):
        keep[at + i] = False


@cache
def _simple() -> Bytes:
    """By the character after the backslash: what it stands for, or 0."""
    import numpy as np

    table = np.zeros(256, dtype=np.uint8)
    for written, meant in _SIMPLE.items():
        table[ord(written)] = ord(meant)
    return table


@cache
def _hex() -> Bytes:
    import numpy as np

    table = np.full(256, _NO_DIGIT, dtype=np.uint8)
    for digit in "0123456789abcdefABCDEF":
        table[ord(digit)] = int(digit, 16)
    return table


def _digits(data: Bytes, at: Offsets) -> Bytes:
    """The four digits of each \\uXXXX, by row."""
    import numpy as np

    digits: Bytes = _hex()[data[at[:, None] + np.arange(2, 6)]]
    return digits
