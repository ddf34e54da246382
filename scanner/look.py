"""Looks at undecoded records, and says which of them have to be decoded.

A superset at every step: what the anchors do not touch holds nothing, and what they touch is
examined text by text, exactly, before any record is parsed for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from scanner.batch import EachPlace, Place, Suspect, TextBatch, Undecoded, UnitLog, text_array
from scanner.decoders import MAX_DEPTH
from scanner.telling import SAMPLE

if TYPE_CHECKING:
    from scanner.scan import Scanner, Tally

_MEMO = 100_000  # texts known to hold nothing
_MEMO_BYTES = 400  # of one of them, at most
_DENSE = 0.5  # share of rows that need parsing: above it, looking first is lost labour
_BLIND = 15  # blocks that are parsed whole after a dense one


class Look:
    """Remembers, from block to block, which texts hold nothing."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._idle: set[bytes] = set()
        self._blind = 0

    def begin(self) -> None:
        """A new unit of work: what is counted of it must not depend on what was read before."""
        self._idle.clear()
        self._blind = 0

    def __call__(self, block: Undecoded, tally: Tally) -> bool:
        """Add to `block.to_parse` every row in which a detector could find anything.

        False where that is all rows, without a look.
        """
        telling = self._scanner.telling
        if telling.open:
            for batch in block.sample(SAMPLE):
                telling.look(batch)
        if self._scanner.matcher.always_any or self._blind or telling.any:
            self._blind = max(0, self._blind - 1)
            block.to_parse.update(range(len(block)))
            return False
        self._search(block)
        self._examine(block, tally)
        self._blind = _BLIND if len(block.to_parse) > _DENSE * len(block) else 0
        return True

    def _search(self, block: Undecoded) -> None:
        coarse = self._scanner.matcher.coarse
        for view in block.views(1 + MAX_DEPTH):
            labels = coarse.labels(view.text) if view.deep else ()
            block.note(view, _last(coarse.values(view.text)), _last(labels))

    def _examine(self, block: Undecoded, tally: Tally) -> None:
        rows: dict[bytes, list[int]] = {}
        suspects: list[Suspect] = []
        for suspect in block.suspects(self._idle, self._scanner.matcher.names):
            if suspect.memo not in rows:
                suspects.append(suspect)
            rows.setdefault(suspect.memo, []).append(suspect.row)
        holding = self._holding(suspects, tally)
        for number, suspect in enumerate(suspects):
            if number in holding:
                block.to_parse.update(rows[suspect.memo])
            elif len(suspect.memo) <= _MEMO_BYTES:
                self._remember(suspect.memo)

    def _holding(self, suspects: Sequence[Suspect], tally: Tally) -> set[int]:
        """Which of them, by number, hold something, or may."""
        log = UnitLog()
        places = [Place(number, "", s.label, s.part) for number, s in enumerate(suspects)]
        batch = TextBatch(text_array([s.text for s in suspects]), EachPlace(places))
        found = {place.record or 0 for place in self._scanner.holding(batch, log, tally)}
        # Which text a problem came of is found out where it is recorded: in its own row.
        return set(range(len(suspects))) if log.problems else found

    def _remember(self, memo: bytes) -> None:
        if len(self._idle) >= _MEMO:
            self._idle.clear()
        self._idle.add(memo)


def _last(ends: Sequence[int]) -> Any:
    """Offsets of the last bytes of hits that end so."""
    import numpy as np

    return np.maximum(np.array(ends, np.int64) - 1, 0)
