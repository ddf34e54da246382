"""Columns that say by their values what their names do not.

Rules for numbers with a mere check digit fire only where a word says what the number is: one
number in ten or eleven passes by chance.  A column in which nearly all numbers pass says it
as clearly as a word.  So a few values of each column are tried; where they tell, all values
of that column are, for as long as the unit is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from scanner.about import time_from
from scanner.batch import TextBatch
from scanner.detectors import Detector, Match, Value
from scanner.model import Part

_TRIED, _FEWEST = 60, 20  # values of a column that are tried, and that must be different
_SHARE = 0.8  # of them must pass
_FIRST = 8  # values of which half must pass, or the others are not tried
_CHANCE = 0.2  # at most, may pass a check by chance that is to tell anything
_BATCHES = 3  # of a unit are looked at: columns begin where a unit begins
_LABELS = 200  # columns of a batch that are looked at
SAMPLE = 80  # records of the first block that are parsed for this
_SIZES = range(5, 33)  # characters of a number; at least five are digits

Key = tuple[str, str]  # a detector and a pattern of it


class Telling:
    """Which columns of the unit that is read tell of which rules, by label."""

    def __init__(self, detectors: Mapping[str, Detector]) -> None:
        self._detectors = detectors
        self._left, self._keys = _BATCHES, dict[str, tuple[Key, ...]]()

    def begin(self) -> None:
        """Forget all columns: another unit is read."""
        self._left, self._keys = _BATCHES, {}

    @property
    def any(self) -> bool:
        """True when some column tells something, so that all its rows are of interest."""
        return any(self._keys.values())

    @property
    def open(self) -> bool:
        """True at the beginning of a unit: columns are still to be looked at."""
        return self._left > 0

    def look(self, batch: TextBatch) -> None:
        """Try some values of each column of a batch, if it is one of the first."""
        if not self.open or batch.pieces or len(batch.values) < _FEWEST:
            return
        self._left -= 1
        for label, rows in islice(batch.places.labels(), _LABELS):
            if label and len(rows) >= _FEWEST and not self._keys.get(label):
                self._keys[label] = self._told(batch, label, rows)

    def matches(self, batch: TextBatch) -> Iterator[tuple[int, Match]]:
        """(row, match) of the columns that tell, where no word does."""
        if not self.any or batch.pieces:
            return
        for label, rows in batch.places.labels():
            for name, key in self._keys.get(label, ()):
                for row in rows:
                    value = _value(batch, row, label)
                    match = value and self._instead(name, key, value)
                    if match:
                        yield row, match

    def _told(self, batch: TextBatch, label: str, rows: Sequence[int]) -> tuple[Key, ...]:
        values, others = dict[str, Value](), 0
        for row in rows[: 4 * _TRIED]:
            value = _value(batch, row, label)
            if value is not None and value.text not in values and len(values) < _TRIED:
                values[value.text] = value
                others += not _is_number(value.text)
                if others > (1 - _SHARE) * _TRIED:
                    return ()  # too many, whatever follows
        tried = [v for v in values.values() if _is_number(v.text)]
        if len(tried) < max(_FEWEST, _SHARE * len(values)):
            return ()
        if all(time_from(v.text) is not None for v in tried):
            return ()  # times since 1970, the numbers that most data is full of
        found = (k for k in self._weak() if self._share(k, tried) >= _SHARE)
        return tuple(key for key in found if self._proves(*key))

    def _share(self, key: Key, values: Sequence[Value]) -> float:
        failed = 0
        for nth, value in enumerate(values):
            failed += self._instead(*key, value) is None
            if nth < _FIRST and failed > _FIRST // 2:
                return 0.0
            if failed > (1 - _SHARE) * len(values):
                return 0.0
        return 1 - failed / len(values)

    def _weak(self) -> Iterator[Key]:
        for name, detector in self._detectors.items():
            weak = getattr(detector, "weak", None)
            yield from ((name, key) for key in (weak() if weak is not None else ()))

    def _proves(self, name: str, rule_id: str) -> bool:
        chance: float | None = self._detectors[name].chance(rule_id)  # type: ignore[attr-defined]
        return chance is not None and chance <= _CHANCE

    def _instead(self, name: str, key: str, value: Value) -> Match | None:
        """What the rule would say of a whole value, if it asked for no word."""
        try:
            found: Match | None = self._detectors[name].alone(value, key)  # type: ignore[attr-defined]
        except Exception:  # noqa: BLE001 - recorded where it is asked as a candidate
            return None
        return found


def _value(batch: TextBatch, row: int, label: str) -> Value | None:
    scalar = batch.values[row]
    if not scalar.is_valid:
        return None
    part = next(batch.places.of(row)).part
    if part not in (Part.VALUE, Part.NUMBER):
        return None
    data = scalar.as_buffer().to_pybytes()
    return Value(data, label, part) if len(data) <= 4 * _SIZES.stop else None


def _is_number(text: str) -> bool:
    return len(text) in _SIZES and sum(c.isdigit() for c in text) >= _SIZES.start
