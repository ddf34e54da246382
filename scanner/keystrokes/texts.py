"""From readings of fields to batches of texts, each with the way back to its rows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from scanner import pointer
from scanner.batch import EachPlace, Place, TextBatch, Typed, text_array
from scanner.keystrokes.views import Reading, Series, compact
from scanner.model import Part

# The label of what was typed where characters are hidden; no key of a record means this.
SECURE = "\x00typed in a secure field"
BEFORE = "before:"  # rows of the file before this one, counted from its end
BATCH = 1 << 19  # characters
_SECOND = frozenset(["erased", "raw", "apart"])  # readings that only add to what the others hold
_DOUBTFUL = "other-order"
_RECENT = 400  # findings that others are held against
_SEEN = 200_000
_SAME = 0.5  # share of the rows that makes two findings one


@dataclass(slots=True)
class _Found:
    """What was found so far in one unit."""

    seen: set[tuple[str, str, str]] = field(default_factory=set)
    recent: deque[tuple[str, str, str, frozenset[int]]] = field(
        default_factory=lambda: deque(maxlen=_RECENT)
    )  # category, rule, value and rows


@dataclass(slots=True, eq=False)
class _Evidence(Typed):
    """Says of a stretch of a reading which rows it came of (`scanner.batch.Typed`)."""

    reading: Reading
    beside: Callable[[int, int], Sequence[int]]
    last: int
    found: _Found
    prefix: str
    beside_prefix: str
    about: Mapping[str, Any]
    spread: Mapping[int, int]
    _rows: dict[str, frozenset[int]] = field(default_factory=dict)

    def rows(self, start: int, end: int) -> tuple[str, str]:
        rows = frozenset(self.reading.rows(start, end))
        if self.spread:
            rows = frozenset(n for r in rows for n in range(r, self.spread.get(r, r) + 1))
        earlier = [-row for row in rows if row < 0]  # of the file before
        rows = frozenset(row for row in rows if row >= 0) if earlier else rows
        text = self.prefix + compact(rows)
        self._rows = {text: rows}
        beside: Iterable[int] = self.beside(min(rows), max(self.last, *rows)) if rows else ()
        if self.beside_prefix == self.prefix:  # rows of one kind
            beside = set(beside) - rows
        told = [self.beside_prefix + compact(beside)] if beside else []
        return text, " ".join([*told, *([BEFORE + compact(earlier)] if earlier else [])])

    def again(self, rule: str, category: str, value: str, rows: str) -> bool:
        found, own = self.found, self._rows.get(rows, frozenset())
        if not own or (rule, value, rows) in found.seen:
            return True
        if self.reading.kind in _SECOND and any(
            category == other and _alike(own, old) for other, _, _, old in found.recent
        ):
            return True
        if len(found.seen) < _SEEN:
            found.seen.add((rule, value, rows))
        found.recent.append((category, rule, value, own))
        return False

    def instead(self, rule: str, rows: str) -> str:
        if self.reading.kind != _DOUBTFUL:
            return ""
        own = self._rows.get(rows, frozenset())
        known = ((v, old) for _, other, v, old in self.found.recent if other == rule)
        return next((value for value, old in known if _alike(own, old)), "")


def _alike(own: frozenset[int], old: frozenset[int]) -> bool:
    return len(own & old) > _SAME * min(len(own), len(old))


def _about(place: Place, wanted: Callable[[str], bool]) -> Mapping[str, Any] | None:
    """Whose text it is (`scanner.batch.TextBatch.fields`)."""
    del wanted
    return place.typed.about if isinstance(place.typed, _Evidence) else None


def _nothing(first: int, last: int) -> Sequence[int]:  # noqa: ARG001
    return ()


class Texts:
    """Gathers readings; `batches` gives what is full.

    `prefix` is put in front of row ranges, where rows are elements of an array in a document or
    of a table in a database; `beside_prefix` in front of those of collateral.  `spread` gives
    the last row of what begins in a row and takes more than one.
    """

    def __init__(self, prefix: str = "", beside_prefix: str = "") -> None:
        self._prefix, self._found = prefix, _Found()
        self._beside_prefix = beside_prefix or prefix
        self._in_document = bool(prefix) and not beside_prefix
        self._texts, self._places, self.chars = list[str](), list[Place](), 0
        self._count = 0
        self.spread: dict[int, int] = {}

    def taker(self) -> Callable[[Sequence[Reading], int, int], None]:
        """What a recorder without anything beside its events emits to."""

        def take(readings: Sequence[Reading], first: int, last: int) -> None:
            del first
            self.add(readings, last)

        return take

    def add(
        self,
        readings: Sequence[Reading],
        last: int,
        beside: Callable[[int, int], Sequence[int]] | None = None,
        about: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """Take the readings of one field; of equal ones the first stays.

        `about` says whose they are: user, session, window, time.
        """
        if last < 0:  # all of it is in the file before, which has been read as well
            return
        known = set[str]()
        for reading in readings:
            text = reading.text
            if not text.strip() or (text in known and not reading.secure):
                continue
            known.add(text)
            evidence = _Evidence(
                reading,
                beside or _nothing,
                last,
                self._found,
                self._prefix,
                self._beside_prefix,
                about,
                self.spread,
            )
            self._put(text, reading, evidence)

    def _put(self, text: str, reading: Reading, evidence: _Evidence) -> None:
        record = 0 if self._in_document else max(0, reading.first)
        label = SECURE if reading.secure else reading.label
        at = f"/{reading.kind}/{self._count}"
        if isinstance(reading, Series) and reading.member:
            at += "/" + pointer.segment(reading.member)
        self._count += 1
        self._places.append(Place(record, at, label, Part.TYPED, typed=evidence))
        self._texts.append(text)
        self.chars += len(text)

    @property
    def full(self) -> bool:
        return self.chars >= BATCH

    def batches(self) -> Iterator[TextBatch]:
        """All that was taken since the last call."""
        if self._texts:
            texts, places = text_array(self._texts), EachPlace(self._places)
            yield TextBatch(texts, places, fields=_about)
        self._texts, self._places, self.chars = [], [], 0
