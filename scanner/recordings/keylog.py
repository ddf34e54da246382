"""Logs of single keys: one press or release (or both, or neither named) a record.

Any format whose records have members: JSON Lines, JSON, CSV, Parquet, Arrow.  Which member is
the key, the action, the time, the user, session, window and field is told by their names and
values; so are columns in which what was typed so far grows row by row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from scanner.batch import TextBatch, UnitLog
from scanner.keystrokes.quiet import Quiet
from scanner.keystrokes.texts import BATCH
from scanner.recordings import Peek
from scanner.recordings import _rows as shard_rows
from scanner.recordings._before import numbered
from scanner.recordings._events import Events
from scanner.recordings._known import grows, has_keys
from scanner.recordings._learned import learn
from scanner.recordings._session import Sessions
from scanner.recordings._spoken import listed
from scanner.sources import Shard

_HINT = re.compile(
    rb"\"k\"|key|press|down|taste|touche|tecla|char|buffer|typed|vk|text|value", re.IGNORECASE
)  # a log of keys speaks of one of these
_MOST = 1500  # records that are looked at


class _KeyLog:
    general = True
    apart = False

    def recognises(self, peek: Peek) -> bool:
        """Some of the first records are presses or releases of keys, or single characters."""
        if peek.source not in shard_rows.READ:
            return False
        if peek.samples and not any(_HINT.search(sample) for sample in peek.samples):
            return False
        found = list(islice(_flat(shard_rows.sampled(peek)), _MOST))
        return has_keys(found) or grows(found) or has_keys([_listed(one) for one in found])

    def batches(self, peek: Peek, log: UnitLog) -> Iterator[TextBatch]:
        """What was typed, and what values grew to."""
        sample = shard_rows.sampled(peek)
        found = list(islice(_flat(sample), _MOST))
        by_name = has_keys(found) or grows(found)
        form = shard_rows.opened if by_name and _folded(sample) else None if by_name else _listed
        nests = peek.source == "json" or any(map(shard_rows.elements, sample))
        for nth, learned in enumerate(learn(map(form or _as_is, found))):
            reader = _Reader(Events(peek.samples, learned, form), log if nth == 0 else UnitLog())
            earlier = list(numbered(peek.before(self)))
            yield from reader.nested(peek, earlier) if nests else reader.flat(peek, earlier)

    def ending(self, shard: Shard, source: str) -> list[Any]:
        """The last records, whatever they are."""
        return shard_rows.ending(shard, source)


@dataclass(slots=True)
class _Reader:
    """Reads a log once."""

    events: Events
    log: UnitLog
    sessions: Sessions = field(default_factory=Sessions)

    def flat(self, peek: Peek, earlier: list[tuple[int, Any]]) -> Iterator[TextBatch]:
        """A record is an event."""
        sessions, texts = self.sessions, self.sessions.texts
        self.events.take_all(earlier, sessions)
        self.events.forget()
        with Quiet() as quiet:
            for some in shard_rows.many(peek.shard, peek.source):
                self.events.take_all(some, sessions)
                if texts.chars >= BATCH:
                    quiet.let()
                    yield from texts.batches()
                    quiet.again()
        yield from self._end()

    def nested(self, peek: Peek, earlier: list[tuple[int, Any]]) -> Iterator[TextBatch]:
        """A record may hold many events: a document rows of its own, a line one row for all."""
        for number, record in earlier:
            self._each(number, record)
        self.events.forget()
        for number, record in shard_rows.records(peek.shard, peek.source):
            inner = shard_rows.elements(record) if peek.source == "json" else None
            if inner is None:
                self._each(number, record)
            else:
                yield from _document(self.events.again(), *inner, self.log)
            if self.sessions.texts.full:
                yield from self.sessions.texts.batches()
        yield from self._end()

    def _each(self, number: int, record: Any) -> None:
        """The events of one row."""
        _, inner = shard_rows.elements(record) or ("", None)
        for one in [record] if inner is None else inner:
            event = one if inner is None else shard_rows.below(record, one)
            self.events.take(event, number, self.sessions)

    def _end(self) -> Iterator[TextBatch]:
        yield from self.sessions.end(self.log)
        self.events.tell(self.log)


def _document(events: Events, prefix: str, records: list[Any], log: UnitLog) -> Iterator[TextBatch]:
    """The texts of events in an array inside one document."""
    sessions = Sessions(prefix)
    for number, record in enumerate(records):
        events.take(record, number, sessions)
    yield from sessions.end(log)
    events.tell(log)


def _flat(records: list[Any]) -> Iterator[Any]:
    for record in records:
        inner = shard_rows.elements(record)
        for one in [record] if inner is None else inner[1][:300]:
            if isinstance(one, (dict, list)):
                yield shard_rows.opened(one)


def _folded(sample: list[Any]) -> bool:
    """Some record holds what happened as JSON in a text."""
    return any(shard_rows.opened(record) is not record for record in sample)


def _as_is(record: Any) -> Any:
    return record


def _listed(record: Any) -> Any:
    """By what the values say, where names say nothing."""
    values = record.values() if isinstance(record, dict) else record
    return listed(values) if isinstance(values, Iterable) else record


plugin = _KeyLog()
