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
_MEMO = 100_000  # runs in which nobody takes an interest
_MEMO_BYTES = 200  # of one of them


class Runs:
    """Asks each of `holds` about every run, once for all times that it comes."""

    def __init__(self, holds: Mapping[int, Holds]) -> None:
        self._holds = holds
        self._idle: set[bytes] = set()

    def hits(self, text: bytes | memoryview) -> Iterator[Hit]:
        """Which of `holds` take an interest in runs of this text (valid UTF-8)."""
        data = bytes(text) if self._holds else b""
        if data.isascii():
            return
        blanked = b" " + data.translate(_BLANKS)
        new = set(_RUN.findall(blanked)).difference(self._idle)
        wanted = {run: asking for run in new if (asking := self._asking(run))}
        for found in _RUN.finditer(blanked) if wanted else ():
            yield from ((one, found.end() - 1) for one in wanted.get(found[1], ()))

    def _asking(self, run: bytes) -> tuple[int, ...]:
        text = run.decode() if _ODD.search(run) else ""
        asking = tuple(one for one, holds in self._holds.items() if text and holds(text))
        if not asking and len(run) <= _MEMO_BYTES:
            self._remember(run)
        return asking

    def _remember(self, run: bytes) -> None:
        if len(self._idle) >= _MEMO:
            self._idle.clear()
        self._idle.add(run)
