"""Batches from JSON records, and the way back from a location to one of their texts."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import msgspec

from scanner.batch import Place, TextBatch, UnitLog, text_array
from scanner.errors import UnreadableError
from scanner.files.json_parse import NotJson, parse, scrub
from scanner.files.json_walk import Spot, Walker, find
from scanner.files.streams import read_up_to, skip_to
from scanner.model import Location, Part
from scanner.pointer import Named

BATCH = 1 << 20  # characters
_DECODER = msgspec.json.Decoder()  # where a key is repeated, the last value counts
_RAW = Spot(part=Part.RAW)


@dataclass(slots=True)
class _Span:
    """The records of a batch: number and bytes of each, and where its rows end."""

    numbers: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    raws: list[bytes] = field(default_factory=list)

    def place(self, spot: Spot, index: int) -> Place:
        at = self.numbers[index], self.starts[index], self.ends[index]
        return Place(at[0], spot.field, spot.label, spot.part, (), at[1], at[2])

    def fields(self, place: Place, _wanted: Callable[[str], bool]) -> Any:
        """The record of a place; None when it is no JSON, or nested too deeply."""
        index = bisect_left(self.numbers, place.record or 0)
        try:
            return _DECODER.decode(self.raws[index])
        except (msgspec.MsgspecError, UnicodeDecodeError, IndexError, RecursionError):
            return None


@dataclass(frozen=True, slots=True)
class _ValuePlaces:
    """Rows `first` and on of the records' values: one place each."""

    span: _Span
    spots: Sequence[Spot]
    first: int = 0

    def __len__(self) -> int:
        return len(self.spots)

    def of(self, row: int) -> Iterator[Place]:
        yield self.span.place(self.spots[row], bisect_right(self.span.rows, self.first + row))

    def labels(self) -> Iterator[tuple[str, Sequence[int]]]:
        rows: dict[Spot, list[int]] = {}
        for row, spot in enumerate(self.spots):
            rows.setdefault(spot, []).append(row)
        alike: dict[tuple[str, Part], list[int]] = {}
        for spot, found in rows.items():
            alike.setdefault((spot.label, spot.part), []).extend(found)
        yield from ((label, found) for (label, _), found in alike.items())


@dataclass(frozen=True, slots=True)
class _KeyPlaces:
    """Each key once, with all the records that have it."""

    span: _Span
    spots: Sequence[Spot]
    records: Sequence[Sequence[int]]  # by row: indices into the span

    def __len__(self) -> int:
        return len(self.spots)

    def of(self, row: int) -> Iterator[Place]:
        for index in self.records[row]:
            yield self.span.place(self.spots[row], index)

    def labels(self) -> Iterator[tuple[str, Sequence[int]]]:
        yield "", range(len(self.spots))


class Records:
    """Takes raw records, gives batches of their texts; counts the records, or not."""

    def __init__(self, log: UnitLog, counted: bool = True) -> None:
        self._log, self._walker, self._counted = log, Walker(), counted
        self._span, self._chars = _Span(), 0

    @property
    def full(self) -> bool:
        return self._chars >= BATCH

    def add(self, number: int, start: int, raw: bytes) -> None:
        """One record; what cannot be parsed is logged, and its raw text is kept."""
        walker, span, text, lossy = self._walker, self._span, *_decoded(raw)
        if lossy:
            what = "bytes that are not UTF-8 were read as U+FFFD"
            self._log.problem("note.encoding", what, record=number)
        walker.record = len(span.numbers)
        try:
            walker.walk(parse(text, lossy))
        except NotJson as error:
            self._log.bad_record("record.invalid", str(error), number, "its raw text was scanned")
            walker.texts.append(scrub(text))
            walker.spots.append(_RAW)
        span.numbers.append(number)
        span.starts.append(start)
        span.ends.append(start + len(raw))
        span.rows.append(len(walker.texts))
        span.raws.append(raw)
        self._log.records += self._counted
        self._chars += len(raw)

    def batches(self) -> Iterator[TextBatch]:
        """The texts of the records added since the last call."""
        walker, span = self._walker, self._span
        for first, stop in _cuts(walker.texts):
            places = _ValuePlaces(span, walker.spots[first:stop], first)
            yield TextBatch(text_array(walker.texts[first:stop]), places, fields=span.fields)
        keys = [k for k in walker.members() if k[0]]
        if keys:
            names, spots, records = zip(*keys, strict=True)
            places_of_keys = _KeyPlaces(span, spots, records)
            yield TextBatch(text_array(names), places_of_keys, fields=span.fields)
        walker.clear()
        self._span, self._chars = _Span(), 0


def text_in(raw: bytes, location: Location, named: Named) -> str:
    """The text of a record at a location.  Raises UnreadableError when it is not there."""
    text, lossy = _decoded(raw)
    if location.part is Part.RAW:
        return scrub(text)
    try:
        return find(parse(text, lossy), location.field, location.part, named)
    except (NotJson, LookupError):
        raise gone(location) from None


def span(stream: BinaryIO, location: Location) -> bytes:
    """The bytes of the location's record.  Raises UnreadableError when they are not there."""
    start, end = location.record_start or 0, location.record_end or 0
    skip_to(stream, start)
    raw = read_up_to(stream, end - start)
    if len(raw) < end - start:
        raise gone(location)
    return raw


def gone(location: Location) -> UnreadableError:
    """The error for a place that a changed shard no longer has."""
    hint = "the shard has changed since the scan: scan it again"
    return UnreadableError("there is no such value", location.uri, hint, "source.changed")


def _decoded(raw: bytes) -> tuple[str, bool]:
    try:
        return raw.decode("utf-8"), False
    except UnicodeDecodeError:
        return raw.decode("utf-8", "surrogateescape"), True


def _cuts(texts: Sequence[Any]) -> Iterator[tuple[int, int]]:
    """Ranges of texts with about one batch of characters each."""
    first = size = 0
    for i, text in enumerate(texts):
        size += len(text)
        if size >= 4 * BATCH:
            yield first, i + 1
            first, size = i + 1, 0
    if first < len(texts):
        yield first, len(texts)
