"""Asks the detectors that read whole texts: in batches, each text once, under a budget.

The budget is counted in words and belongs to one unit of work (a shard, or 16 MiB of it), which
one worker reads from beginning to end: two runs over the same data leave out the same values.
What is left out is counted in the record of the input.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from scanner.batch import TextBatch, UnitLog
from scanner.detectors import Detector, Drop, Match, Reader, Value
from scanner.errors import LeakgateError, crash_site
from scanner.matcher import Candidate

_MEMO = 50_000  # texts of one unit whose answer is remembered

Outcomes = Sequence[Match | Drop]
Told = dict[tuple[str, int], Outcomes]  # by detector and row


@dataclass(slots=True)
class _Account:
    """What one detector has read of one unit."""

    words: int = 0
    spent: bool = False
    known: dict[bytes, Outcomes] = field(default_factory=dict)


class Readings:
    """The reading detectors of a scanner."""

    def __init__(self, detectors: Mapping[str, Detector]) -> None:
        self._keys = {name: _read_keys(detector) for name, detector in detectors.items()}
        self._readers = {n: cast(Reader, d) for n, d in detectors.items() if self._keys[n]}
        self.begin(UnitLog())

    def begin(self, log: UnitLog, first: bool = True) -> None:
        """A new unit of work, of which this is the log: the first of its shard, or a later one."""
        self._log, self._first = log, first
        self._accounts = {name: _Account() for name in self._readers}

    def split(self, candidates: Iterable[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
        """Candidates to be confirmed one by one, and those to be read."""
        both: tuple[list[Candidate], list[Candidate]] = ([], [])
        for one in candidates:
            both[self.reads(one)].append(one)
        return both

    def reads(self, candidate: Candidate) -> bool:
        """True for a candidate that is read, not confirmed."""
        return candidate.key in self._keys[candidate.detector]

    def wanted(self, batch: TextBatch, candidates: Iterable[Candidate]) -> Iterator[int]:
        """The rows that are to be read.  What the budget is spent for is recorded at once."""
        for name, row in dict.fromkeys((one.detector, one.row) for one in candidates):
            if self._readers[name].cost(value_of(batch, row)):
                if self._accounts[name].spent:
                    self._left_out(name)
                else:
                    yield row

    def read(self, batch: TextBatch, candidates: Sequence[Candidate], log: UnitLog) -> Told:
        """What the detectors make of the rows; a batch that one fails on is recorded."""
        if log is not self._log:
            self.begin(log)
        told: Told = {}
        for name in self._readers:
            rows = list(dict.fromkeys(one.row for one in candidates if one.detector == name))
            for row, outcomes in self._read(name, batch, rows) if rows else ():
                told[name, row] = outcomes
        return told

    def _read(
        self, name: str, batch: TextBatch, rows: Sequence[int]
    ) -> Iterator[tuple[int, Outcomes]]:
        account, asked = self._accounts[name], dict[bytes, Value]()
        marks: list[tuple[int, bytes]] = []
        for row in rows:
            value = value_of(batch, row)
            mark = _mark(value)
            if mark in account.known or mark in asked or self._take(name, value):
                marks.append((row, mark))
                if mark not in account.known:
                    asked.setdefault(mark, value)
        fresh = self._ask(name, asked)
        for row, mark in marks:
            yield row, fresh[mark] if mark in fresh else account.known.get(mark, ())
        if len(account.known) < _MEMO:
            account.known.update(fresh)

    def _take(self, name: str, value: Value) -> bool:
        """True when the value is to be read; then it is paid for."""
        reader, account = self._readers[name], self._accounts[name]
        cost = reader.cost(value)
        if not cost:
            return False
        limit = reader.budget.words if self._first else reader.budget.later
        if account.spent or account.words + cost > limit:
            account.spent = True
            self._left_out(name)
            return False
        account.words += cost
        return True

    def _left_out(self, name: str) -> None:
        budget = self._readers[name].budget
        self._log.problem(budget.code, budget.what, f"detector {name}", budget.hint)

    def _ask(self, name: str, asked: Mapping[bytes, Value]) -> Mapping[bytes, Outcomes]:
        if not asked:
            return {}
        where = f"detector {name}"
        try:
            outcomes = self._readers[name].read(list(asked.values()))
            return dict(zip(asked, outcomes, strict=True))
        except LeakgateError as error:
            code = getattr(error, "code", "detector.failed")
            self._log.problem(code, error.what, where, error.hint)
        except Exception as error:  # noqa: BLE001 - a crash is data: recorded, never hidden
            kind = f"{type(error).__name__} at {crash_site(error)}"
            what = f"{where} failed on a batch of {len(asked)} values ({kind})"
            hint = "they count as not scanned; report this as a bug of leakgate or of the model"
            self._log.problem("detector.crashed", what, where, hint)
        return {}


def value_of(batch: TextBatch, row: int) -> Value:
    """The value at a row."""
    # One place speaks for all: equal values of one column have one label.
    place = next(batch.places.of(row))
    return Value(batch.values[row].as_buffer().to_pybytes(), place.label, place.part)


def _read_keys(detector: Detector) -> frozenset[str]:
    return frozenset(pattern.key for pattern in detector.patterns() if pattern.read)


def _mark(value: Value) -> bytes:
    named = f"{value.part}\0{value.label}\0".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(named + value.data, digest_size=16).digest()
