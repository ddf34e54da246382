"""Texts put together from pieces of records, with the way back from each character."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanner.batch import EachPlace, Place, TextBatch, Typed, text_array
from scanner.keystrokes.views import compact
from scanner.model import Part

Piece = tuple[int, str]  # the number of a record, and what it gives
BATCH = 1 << 19  # characters


@dataclass(slots=True, eq=False)
class _Joined(Typed):
    """Says of a stretch of a joined text which records it came of (`scanner.batch.Typed`)."""

    starts: Sequence[int]
    records: Sequence[int]
    about: Mapping[str, Any]
    prefix: str
    seen: set[tuple[str, str, str]]
    _one: bool = False  # the stretch last asked for lies in one piece

    def rows(self, start: int, end: int) -> tuple[str, str]:
        first, last = self._pieces(start, end)
        self._one = first == last
        return self.prefix + compact(self.records[first : last + 1]), ""

    def _pieces(self, start: int, end: int) -> tuple[int, int]:
        """The first and the last piece of a stretch."""
        last = bisect_right(self.starts, max(start, end - 1)) - 1
        return max(bisect_right(self.starts, start) - 1, 0), max(last, 0)

    def again(self, rule: str, category: str, value: str, rows: str) -> bool:
        """True as well for what stands in one piece: the first reading has it."""
        del category
        known = self._one or (rule, value, rows) in self.seen
        self.seen.add((rule, value, rows))
        return known


@dataclass(frozen=True, slots=True)
class Whole(Typed):
    """A text that stands in rows as a whole (`scanner.batch.Typed`)."""

    ranges: str

    def rows(self, start: int, end: int) -> tuple[str, str]:
        del start, end
        return self.ranges, ""

    def again(self, rule: str, category: str, value: str, rows: str) -> bool:
        """Never: each picture is read once."""
        del rule, category, value, rows
        return False


def _about(place: Place, wanted: Callable[[str], bool]) -> Mapping[str, Any] | None:
    del wanted
    return place.typed.about if isinstance(place.typed, _Joined) else None


@dataclass(slots=True)
class Pieces:
    """Gathers joined texts; `batches` gives what was taken since its last call."""

    prefix: str = ""
    chars: int = 0
    _count: int = 0
    _texts: list[str] = field(default_factory=list)
    _places: list[Place] = field(default_factory=list)
    _seen: set[tuple[str, str, str]] = field(default_factory=set)

    def add(self, pieces: Sequence[Piece], label: str, about: Mapping[str, Any]) -> None:
        """Take a text that these pieces make."""
        starts, at = list[int](), 0
        for _, text in pieces:
            starts.append(at)
            at += len(text)
        records = [record for record, _ in pieces]
        joined = _Joined(starts, records, about, self.prefix, self._seen)
        record = 0 if self.prefix else records[0]
        place = Place(record, f"/joined/{self._count}", label, Part.TYPED, typed=joined)
        self._count += 1
        self._places.append(place)
        self._texts.append("".join(text for _, text in pieces))
        self.chars += at

    def batches(self) -> Iterator[TextBatch]:
        if self._texts:
            yield TextBatch(text_array(self._texts), EachPlace(self._places), fields=_about)
        self._texts, self._places, self.chars = [], [], 0
