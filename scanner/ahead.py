"""Small batches that are matched together before each is scanned by itself.

One pass over the values of many files costs little more than one over those of a single file.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from scanner.batch import Place, Places, TextBatch
from scanner.decoders import Decoder
from scanner.distinct import distinct
from scanner.matcher import Candidate, Matcher

if TYPE_CHECKING:
    import pyarrow as pa

_NONE: Mapping[str, Decoder] = MappingProxyType({})
_MOST = 256 << 10  # bytes of a batch that is worth it

Encoded = Mapping[str, list[int]]  # as `Matcher.encoded` gives it


class _Seen(NamedTuple):
    """What was seen in some values, which are held so that their identity stays their own."""

    values: pa.Array
    candidates: Sequence[Candidate]
    encoded: Encoded
    wanted: Encoded  # for each replacing decoder, its rows


class Ahead:
    """Answers as the matcher does, and at once for batches that were looked at together."""

    def __init__(self, matcher: Matcher, replacing: Mapping[str, Decoder] = _NONE) -> None:
        self._matcher, self._replacing = matcher, replacing
        self._distinct: dict[int, tuple[TextBatch, TextBatch]] = {}
        self._narrow: dict[int, TextBatch] = {}  # by the identity of the batch
        self._seen: dict[int, _Seen] = {}  # by the identity of the values

    def look(self, batches: Iterable[TextBatch]) -> None:
        """Match the values of these in one pass; what was seen before is forgotten."""
        known = [(batch, distinct(batch)) for batch in batches if _is_small(batch)]
        self._distinct = {id(batch): (batch, one) for batch, one in known}
        self._narrow, self._seen = {}, {}
        if len(known) > 1:
            self._look(known)

    def _look(self, known: Sequence[tuple[TextBatch, TextBatch]]) -> None:
        import pyarrow as pa

        parts = [one for _, one in known]
        places = _Joined([one.places for one in parts])
        joined = TextBatch(pa.concat_arrays([one.values for one in parts]), places)
        candidates = [*self._matcher.candidates(joined)]
        encoded = self._matcher.encoded(joined.values)
        wanted = {name: one.wanted(joined.values) for name, one in self._replacing.items()}
        rows = _together([c.row for c in candidates], *encoded.values(), *wanted.values())
        values = joined.values.take(pa.array(rows, pa.int64()))
        by_part, found = places.parted(rows), _Found(places, candidates, encoded, wanted)
        start = 0
        for number, (batch, one) in enumerate(known):
            own = by_part[number]
            some = values.slice(start, len(own))
            start += len(own)
            self._narrow[id(batch)] = replace(one, values=some, places=_Some(one.places, own))
            self._seen[id(some)] = found.of(number, some, own)

    def distinct(self, batch: TextBatch) -> TextBatch:
        """As `scanner.distinct`."""
        known = self._distinct.pop(id(batch), None)
        return distinct(batch) if known is None else known[1]

    def narrowed(self, batch: TextBatch) -> TextBatch:
        """The same, with nothing but the rows in which anything may be found, if that is known."""
        return self._narrow.pop(id(batch), None) or self.distinct(batch)

    def candidates(self, batch: TextBatch) -> Iterable[Candidate]:
        """As `Matcher.candidates`."""
        seen = self._seen.get(id(batch.values))
        return self._matcher.candidates(batch) if seen is None else seen.candidates

    def encoded(self, values: pa.Array) -> Encoded:
        """As `Matcher.encoded`."""
        seen = self._seen.get(id(values))
        return self._matcher.encoded(values) if seen is None else seen.encoded

    def wanted(self, name: str, decoder: Decoder, values: pa.Array) -> list[int]:
        """The rows that a replacing decoder wants."""
        seen = self._seen.get(id(values))
        return decoder.wanted(values) if seen is None else seen.wanted[name]

    def left(self, values: pa.Array, rows: Collection[int], rest: pa.Array) -> None:
        """Some rows of these values are null in `rest`; what is known of the others stays."""
        seen = self._seen.get(id(values))
        if seen is not None and rest is not values:
            gone = frozenset(rows)
            kept = [one for one in seen.candidates if one.row not in gone]
            encoded, wanted = _less(seen.encoded, gone), _less(seen.wanted, gone)
            self._seen[id(rest)] = _Seen(rest, kept, encoded, wanted)


class _Found:
    """What was seen in joined values, by part."""

    def __init__(
        self,
        places: _Joined,
        candidates: Sequence[Candidate],
        encoded: Encoded,
        wanted: Encoded,
    ) -> None:
        self._each = iter(candidates)
        self._hits = places.parted([candidate.row for candidate in candidates])
        self._encoded = {name: places.parted(rows) for name, rows in encoded.items()}
        self._wanted = {name: places.parted(rows) for name, rows in wanted.items()}

    def of(self, part: int, values: pa.Array, rows: Sequence[int]) -> _Seen:
        """Of the next part: its rows are counted among those given."""
        at = {row: nth for nth, row in enumerate(rows)}
        candidates = [replace(next(self._each), row=at[row]) for row in self._hits[part]]
        encoded = {n: [at[row] for row in its[part]] for n, its in self._encoded.items()}
        wanted = {n: [at[row] for row in its[part]] for n, its in self._wanted.items()}
        return _Seen(values, candidates, encoded, wanted)


def _together(*rows: Iterable[int]) -> list[int]:
    return sorted(set().union(*rows))


def _less(found: Encoded, gone: Collection[int]) -> Encoded:
    return {name: [row for row in rows if row not in gone] for name, rows in found.items()}


def _is_small(batch: TextBatch) -> bool:
    import pyarrow as pa

    return (
        not batch.pieces
        and batch.values.type == pa.large_string()
        and (batch.values.nbytes <= _MOST)
    )


@dataclass(frozen=True, slots=True)
class _Some:
    """The places of some rows."""

    outer: Places
    rows: Sequence[int]

    def __len__(self) -> int:
        return len(self.rows)

    def of(self, row: int) -> Iterator[Place]:
        return self.outer.of(self.rows[row])

    def labels(self) -> Iterator[tuple[str, Sequence[int]]]:
        nth = {outer: row for row, outer in enumerate(self.rows)}
        for label, rows in self.outer.labels():
            if some := [nth[row] for row in rows if row in nth]:
                yield label, some


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
                yield label, _moved(rows, start)

    def parted(self, rows: Iterable[int]) -> dict[int, list[int]]:
        """Rows, in order, by the number of the part, counted from its start."""
        found: dict[int, list[int]] = defaultdict(list)
        part = 0
        for row in rows:
            while row >= self.starts[part + 1]:
                part += 1
            found[part].append(row - self.starts[part])
        return found


def _moved(rows: Sequence[int], start: int) -> Sequence[int]:
    if isinstance(rows, range) and rows.step == 1:
        return range(rows.start + start, rows.stop + start)
    return [row + start for row in rows]
