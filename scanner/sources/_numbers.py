"""Long numbers in undecoded JSON rows: which of them were hit, and which key they belong to."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator

from scanner.files.json_names import identifies
from scanner.files.json_rows import Strings
from scanner.sources._members import Unclear, text_of

_NUMBER = re.compile(rb"[-+.\deE]*")
_LONGEST = 400  # characters; what runs on longer is left to a parser
_VALUE = re.compile(rb"\s*:\s*(\[?)")
_IN_ARRAY = re.compile(rb"[\s\d.,eE+-]*")


class Numbers:
    """Walks the numbers of a block in order; each is seen once, however many hits it had."""

    def __init__(self, strings: Strings) -> None:
        self._strings, self._raw = strings, strings.raw
        self._before, self._clear, self._array = -2, -1, False

    def at(self, offsets: Iterable[int], named: Container[int]) -> Iterator[tuple[int, bytes]]:
        """(start, text) of each number worth a look that has one of these offsets in it; those
        that start at one of `named` are, whatever they are."""
        raw, reached = self._raw, 0
        for offset in sorted(offsets):
            if offset < reached:
                continue
            low = offset - len(_run(raw[max(0, offset - _LONGEST) : offset][::-1]))
            reached = offset + len(_run(raw[offset : offset + _LONGEST]))
            long = reached - low >= _LONGEST
            if long or low in named or identifies(raw[low:reached]):
                yield low, raw[low:reached]

    def key(self, start: int, number: bytes) -> bytes:
        """The raw key that the number at `start`, or its array, goes by; starts must ascend.

        Raises Unclear when it takes a parser to know.
        """
        before = self._strings.last_before(start)
        if before != self._before:
            self._before, self._clear = before, self._first_value(before)
        if len(number) >= _LONGEST or self._clear < 0 or not self._reaches(start):
            raise Unclear
        return text_of(self._strings, before)

    def _first_value(self, token: int) -> int:
        """Where the value of a key begins, or the first element of its array; -1: no key."""
        found = _VALUE.match(self._raw, int(self._strings.ends(token)) + 1) if token >= 0 else None
        self._array = found is not None and bool(found[1])
        return found.end() if found else -1

    def _reaches(self, start: int) -> bool:
        """True when only numbers of the array stand between what is known and `start`."""
        if self._array and _IN_ARRAY.fullmatch(self._raw, self._clear, start):
            self._clear = start
            return True
        return start == self._clear


def _run(raw: bytes) -> bytes:
    found = _NUMBER.match(raw)
    return found[0] if found else b""
