"""Runs of letters and digits in which one letter is not ASCII: words in disguise, or of a language.

An automaton over all ways to write five hundred words in such letters is hit by every line of
German or Russian.  The same few words come again and again: each is looked at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

Holds = Callable[[str], bool]
Hit = tuple[int, int]  # of what is asked, and the byte offset where the run ends

# Everything that ends a run is a blank.
_BLANKS = bytes(c if c >= 0x80 or chr(c).isalnum() else 0x20 for c in range(0x100))
_RUN = re.compile(rb" ([^ \x80-\xff]*+[\x80-\xff][^ ]*)")
# What may be read as an ASCII letter, or not be seen at all: Latin, Greek, Cyrillic, Armenian;
# marks; small capitals; zero-width characters and soft hyphens.
_ODD = re.compile(
    rb"[\xc3-\xd6][\x80-\xbf]|\xc2\xad|\xe1[\xa0\xb4\xb5\xb8-\xbf][\x80-\xbf]"
    rb"|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xa4]|\xe2\x84[\xaa\xab]|\xea\x9c[\xb0\xb1]"
    rb"|\xef\xb8[\x80-\x8f]|\xef\xbb\xbf"
)
_SPARSE = 50  # bytes for each letter that is not ASCII, from which each is looked for by itself
_MEMO = 100_000  # runs of which it is known who takes an interest
_MEMO_BYTES = 200  # of one of them


class Runs:
    """Asks each of `holds` about every run, once for all times that it comes."""

    def __init__(self, holds: Mapping[int, Holds]) -> None:
        self._holds = holds
        self._known: dict[bytes, tuple[int, ...]] = {}

    def hits(self, text: bytes | memoryview) -> Iterator[Hit]:
        """Which of `holds` take an interest in runs of this text (valid UTF-8)."""
        data = bytes(text) if self._holds else b""
        if not data.isascii():
            blanked = b" " + data.translate(_BLANKS)
            wanted = {run: asking for run in _distinct(blanked) if (asking := self._asking(run))}
            for found in _RUN.finditer(blanked) if wanted else ():
                yield from ((one, found.end() - 1) for one in wanted.get(found[1], ()))

    def _asking(self, run: bytes) -> tuple[int, ...]:
        known = self._known.get(run)
        if known is None:
            text = run.decode() if _ODD.search(run) else ""
            known = tuple(one for one, holds in self._holds.items() if text and holds(text))
            if len(run) <= _MEMO_BYTES:
                self._remember(run, known)
        return known

    def _remember(self, run: bytes, known: tuple[int, ...]) -> None:
        if len(self._known) >= _MEMO:
            self._known.clear()
        self._known[run] = known


def _distinct(blanked: bytes) -> set[bytes]:
    """Every run, once."""
    import numpy as np

    beyond = np.flatnonzero(np.frombuffer(blanked, np.uint8) >= 0x80)
    first = beyond[np.diff(beyond, prepend=-1) > 1]  # of those that stand together
    if len(first) * _SPARSE > len(blanked):
        return set(_RUN.findall(blanked))
    return {_around(blanked, at) for at in first.tolist()}


def _around(blanked: bytes, at: int) -> bytes:
    end = blanked.find(b" ", at)
    return blanked[blanked.rfind(b" ", 0, at) + 1 : end if end >= 0 else None]
