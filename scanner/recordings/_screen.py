"""What a terminal shows, line by line, each character with the row that wrote it.

A small part of ECMA-48: text, carriage return, backspace, erasing in the line, and moves
within it.  Anything that leaves the line ends it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"\x1b\[(?P<args>[0-?]*)[ -/]*(?P<final>[@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*."
    r"|(?P<text>[^\x00-\x1f\x7f\x1b]+)|(?P<control>[\x00-\x1f\x7f])",
    re.DOTALL,
)
_LONGEST = 1 << 16  # characters of a line
_TAKEN_BACK, _BITS = 8, 4  # characters, and the rows that wrote them


class Lines:
    """The line that is written on."""

    def __init__(self) -> None:
        self._chars: list[str] = []
        self._rows: list[int] = []
        self._at = 0

    def now(self) -> str:
        """The line as it stands."""
        return "".join(self._chars)

    def write(self, data: str, row: int) -> Iterator[tuple[str, list[int]]]:
        """The lines that are done with this output: (text, row of each character)."""
        for token in _TOKEN.finditer(data):
            if token["text"]:
                self._put(token["text"], row)
            elif token["control"] == "\n" or len(self._chars) > _LONGEST:
                yield from self.rest()
            elif token["control"] == "\r":
                self._at = 0
            elif token["control"] == "\b":
                self._at = max(0, self._at - 1)
            elif token["control"] == "\t":
                self._put("\t", row)
            elif token["final"]:
                yield from self._sequence(token["final"], token["args"])

    def rest(self) -> Iterator[tuple[str, list[int]]]:
        """The line, given up."""
        if self._chars:
            yield "".join(self._chars), self._rows
        self._chars, self._rows, self._at = [], [], 0

    def _put(self, text: str, row: int) -> None:
        end = self._at + len(text)
        self._chars[self._at : end] = text
        self._rows[self._at : end] = [row] * len(text)
        self._at = end

    def _sequence(self, final: str, args: str) -> Iterator[tuple[str, list[int]]]:
        count = int(args) if args.isdigit() and len(args) < 5 else 0
        if final == "K":
            if self._drops(count):
                yield "".join(self._chars), list(self._rows)
            self._erase(count)
        elif final == "D":
            self._at = max(0, self._at - max(1, count))
        elif final == "C":
            self._at = min(len(self._chars), self._at + max(1, count))
        elif final == "G":
            self._at = min(len(self._chars), max(0, count - 1))
        elif final == "P":
            del self._chars[self._at : self._at + max(1, count)]
            del self._rows[self._at : self._at + max(1, count)]
        elif final in "HfJABEF":
            yield from self.rest()

    def _drops(self, how: int) -> bool:
        """True for more than a slip that came bit by bit: somebody typed it, and took it back."""
        low, high = self._span(how)
        return high - low >= _TAKEN_BACK and len(set(self._rows[low:high])) >= _BITS

    def _span(self, how: int) -> tuple[int, int]:
        if how == 2:
            return 0, len(self._chars)
        return (self._at, len(self._chars)) if how == 0 else (0, self._at)

    def _erase(self, how: int) -> None:
        low, high = self._span(how)
        if high == len(self._chars):
            del self._chars[low:], self._rows[low:]
            self._at = min(self._at, low)
        else:
            self._chars[low:high] = " " * (high - low)
