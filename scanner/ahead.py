"""Small batches that are matched together before each is scanned by itself.

One pass over the values of many files costs little more than one over those of a single file.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from scanner.batch import Place, Places, TextBatch
from scanner.distinct import distinct
from scanner.matcher import Candidate, Matcher

if TYPE_CHECKING:
    import pyarrow as pa

_MOST = 256 << 10  # bytes of a batch that is worth it

Encoded = dict[str, list[int]]  # as `Matcher.encoded` gives it


class _Seen(NamedTuple):
    """What was seen in a batch, which is held so that its identity stays its own."""

    batch: TextBatch
    candidates: Sequence[Candidate]
    encoded: Encoded


class Ahead:
    """Answers as the matcher does, and at once for batches that were looked at together."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._distinct: dict[int, tuple[TextBatch, TextBatch]] = {}
        self._seen: dict[int, _Seen] = {}  # by the identity of the values

    def look(self, batches: Iterable[TextBatch]) -> None:
        """Match the values of these in one pass; what was seen before is forgotten."""
        known = [(batch, distinct(batch)) for batch in batches if _is_small(batch)]
        self._distinct = {id(batch): (batch, one) for batch, one in known}
        self._seen = {}
        some = [one for _, one in known]
        if len(some) > 1:
            self._look(some)

    def _look(self, some: Sequence[TextBatch]) -> None:
        import pyarrow as pa

        places = _Joined([one.places for one in some])
        joined = TextBatch(pa.concat_arrays([one.values for one in some]), places)
        found, encoded = [*self._matcher.candidates(joined)], self._matcher.encoded(joined.values)
        rows = {name: places.parted(its) for name, its in encoded.items()}
        hits = places.parted([candidate.row for candidate in found])
        each = iter(found)
        for number, one in enumerate(some):
            its = [Candidate(row, *_rest(next(each))) for row in hits[number]]
            own = {name: parted[number] for name, parted in rows.items()}
            self._seen[id(one.values)] = _Seen(one, its, own)

    def distinct(self, batch: TextBatch) -> TextBatch:
        """As `scanner.distinct`."""
        known = self._distinct.pop(id(batch), None)
        return distinct(batch) if known is None else known[1]

    def candidates(self, batch: TextBatch) -> Iterable[Candidate]:
        """As `Matcher.candidates`."""
        seen = self._seen.get(id(batch.values))
        return self._matcher.candidates(batch) if seen is None else seen.candidates

    def encoded(self, values: pa.Array) -> Encoded:
        """As `Matcher.encoded`."""
        seen = self._seen.pop(id(values), None)
        return self._matcher.encoded(values) if seen is None else seen.encoded


def _is_small(batch: TextBatch) -> bool:
    import pyarrow as pa

    return (
        not batch.pieces
        and batch.values.type == pa.large_string()
        and (batch.values.nbytes <= _MOST)
    )


def _rest(one: Candidate) -> tuple[str, str, tuple[int, ...]]:
    return one.detector, one.key, one.hits


@dataclass(frozen=True, slots=True)
class _Joined:
    """The places of several batches, one after the other."""

    parts: Sequence[Places]
    starts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts", [0, *accumulate(map(len, self.parts))])

    def __len__(self) -> int:
        return self.starts[-1]

    def of(self, row: int) -> Iterator[Place]:
        part = bisect_right(self.starts, row) - 1
        return self.parts[part].of(row - self.starts[part])

    def labels(self) -> Iterator[tuple[str, Sequence[int]]]:
        for start, part in zip(self.starts, self.parts, strict=False):
            for label, rows in part.labels():
                yield label, [start + row for row in rows]

    def parted(self, rows: Iterable[int]) -> dict[int, list[int]]:
        """Rows, in order, by the number of the part, counted from its start."""
        found: dict[int, list[int]] = defaultdict(list)
        part = 0
        for row in rows:
            while row >= self.starts[part + 1]:
                part += 1
            found[part].append(row - self.starts[part])
        return found
