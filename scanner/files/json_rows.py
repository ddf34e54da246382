"""A block of JSON Lines as it is written: its rows, its strings, and what is no JSON in it.

Nothing is parsed into objects.  Offsets are those of bytes in the block, tokens are strings
numbered from 0 in the order in which they stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from scanner.files.json_escapes import Escapes, escapes, quoted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Offsets = NDArray[np.int64]
    Mask = NDArray[np.bool_]

_COLON = re.compile(rb"\s*:")
_BLANKS = b" \t\r"
_BEGIN = frozenset(b'{["-0123456789tfn')  # of a value on one line
_END = frozenset(b'}]"0123456789el')


@dataclass(frozen=True, slots=True)
class Rows:
    """Lines of a block that ends with a line break; `ends` are the offsets of the breaks."""

    raw: bytes
    starts: Offsets
    ends: Offsets

    def of(self, offsets: Offsets) -> Offsets:
        """The row in which each offset lies."""
        import numpy as np

        return np.searchsorted(self.ends, offsets)

    def of_one(self, offset: int) -> int:
        return int(self.ends.searchsorted(offset))

    def text(self, row: int) -> bytes:
        return self.raw[int(self.starts[row]) : int(self.ends[row])]


def rows_of(raw: bytes) -> Rows:
    """The lines of a block, empty ones included."""
    import numpy as np

    ends = np.flatnonzero(np.frombuffer(raw, np.uint8) == ord("\n"))
    return Rows(raw, np.concatenate(([0], ends[:-1] + 1)), ends)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a strict parser says of the rows of a block."""

    blank: list[int]
    bad: list[int]  # no JSON value on one line, or no UTF-8


def check(rows: Rows) -> Checked:
    """Find the rows that hold no valid JSON value of their own.

    One pass of a parser over the block; row by row only where it finds fault.
    """
    odd = [int(row) for row in _odd(rows)]
    blank = [row for row in odd if not rows.text(row).strip()]
    if _all_valid(rows.raw, len(rows.ends) - len(blank)):
        suspects = sorted(set(odd) - set(blank))
    else:
        suspects = sorted(set(range(len(rows.ends))) - set(blank))
    return Checked(blank, [row for row in suspects if not _valid(rows.text(row))])


def _odd(rows: Rows) -> Offsets:
    """Rows that are empty, or do not begin and end as values do."""
    import numpy as np

    data = np.frombuffer(rows.raw, np.uint8)
    last = np.maximum(rows.ends - 1, 0)
    last = last - (data[last] == ord("\r"))
    fine = _among(_BEGIN)[data[rows.starts]] & _among(_END)[data[last]]
    return np.flatnonzero(~fine | (last < rows.starts))


@cache
def _among(bytes_: frozenset[int]) -> Mask:
    import numpy as np

    table = np.zeros(256, dtype=bool)
    table[list(bytes_)] = True
    return table


def _all_valid(raw: bytes, count: int) -> bool:
    """True when the block is UTF-8 and holds just so many valid values."""
    import msgspec

    try:
        return is_utf8(raw) and len(_lines_decoder().decode_lines(raw)) == count
    except (msgspec.DecodeError, RecursionError):
        return False


def _valid(line: bytes) -> bool:
    import msgspec

    try:
        _lines_decoder().decode(line)
    except (msgspec.DecodeError, RecursionError):
        return False
    return is_utf8(line)


@cache
def _lines_decoder() -> Any:
    import msgspec

    return msgspec.json.Decoder(msgspec.Raw)


def is_utf8(raw: bytes) -> bool:
    import pyarrow as pa

    try:
        pa.array([raw], pa.large_binary()).cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


class Strings:
    """The strings of a block of valid rows.

    `raw` has blanks in the place of rows that are not valid: these would make every
    quotation mark after them mean its opposite.
    """

    def __init__(self, raw: bytes) -> None:
        import numpy as np

        self.raw = raw
        self.data: Bytes = np.frombuffer(raw, np.uint8)
        self._quotes = quoted(self.data, self.escapes)

    @cached_property
    def escapes(self) -> Escapes:
        return escapes(self.data)

    def __len__(self) -> int:
        return len(self._quotes) // 2

    def starts(self, tokens: Any) -> Any:
        """Where the texts of these tokens begin, after their quotation marks."""
        return self._quotes[2 * tokens] + 1

    def ends(self, tokens: Any) -> Any:
        """Where they end: the offsets of the closing quotation marks."""
        return self._quotes[2 * tokens + 1]

    @property
    def bounds(self) -> Offsets:
        """Where strings, and what is between them, begin: each string with its first mark."""
        import numpy as np

        return np.concatenate(([0], self._quotes)) if len(self._quotes) else np.array([0])

    def keys(self) -> Offsets:
        """The tokens that are keys."""
        import numpy as np

        ends = self._quotes[1::2]
        after = self.data[ends + 1]
        known = after == ord(":")
        for token in np.flatnonzero(np.isin(after, list(_BLANKS))).tolist():
            known[token] = _COLON.match(self.raw, int(ends[token]) + 1) is not None
        return np.flatnonzero(known)

    def at(self, offsets: Offsets) -> tuple[Offsets, Offsets]:
        """The tokens in which offsets lie (each once), and the offsets that lie in none."""
        import numpy as np

        before = np.searchsorted(self._quotes, offsets, side="right")
        inside = before % 2 == 1
        return np.unique(before[inside] // 2), offsets[~inside]

    def last_before(self, offset: int) -> int:
        """The last token that ends before an offset outside of all; -1 when there is none."""
        import numpy as np

        return int(np.searchsorted(self._quotes, offset)) // 2 - 1


def blanked(rows: Rows, bad: list[int]) -> bytes:
    """The block with blanks in the place of some rows."""
    if not bad:
        return rows.raw
    out = bytearray(rows.raw)
    for row in bad:
        start, end = int(rows.starts[row]), int(rows.ends[row])
        out[start:end] = b" " * (end - start)
    return bytes(out)
