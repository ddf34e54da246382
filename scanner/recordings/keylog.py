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
from scanner.recordings import Peek, Plain
from scanner.recordings import _rows as shard_rows
from scanner.recordings._before import numbered
from scanner.recordings._events import Events
from scanner.recordings._known import grows, has_keys
from scanner.recordings._learned import learn
from scanner.recordings._session import Sessions
from scanner.recordings._spoken import listed
from scanner.recordings._wrapped import around, arrays, events, opened
from scanner.sources import Shard

_HINT = re.compile(
    rb"\"k\"|key|press|down|taste|touche|tecla|char|buffer|typed|vk|text|value", re.IGNORECASE
)  # a log of keys speaks of one of these
_MOST, _SOME = 1500, 300  # events that are looked at, and of one array


class _KeyLog(Plain):
    general = True

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
        form = opened if has_keys(found) or grows(found) else _listed
        nests = peek.source == "json" or any(any(arrays(opened(one))) for one in sample)
        plain = not nests and form is opened and all(opened(one) is one for one in sample)
        for nth, learned in enumerate(learn(map(form, found))):
            events = Events(peek.samples, learned, None if plain else form)
            reader = _Reader(events, log if nth == 0 else UnitLog())
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
            inner = list(arrays(opened(record))) if peek.source == "json" else []
            if not inner:
                self._each(number, record)
            for at, some in inner:
                yield from _array(self.events.again(), at, around(record), some, self.log)
            if self.sessions.texts.full:
                yield from self.sessions.texts.batches()
        yield from self._end()

    def _each(self, number: int, record: Any) -> None:
        """The events of one row."""
        for one in events(record):
            self.events.take(one, number, self.sessions)

    def _end(self) -> Iterator[TextBatch]:
        yield from self.sessions.end(self.log)
        self.events.tell(self.log)


def _array(
    reading: Events, at: str, whose: dict[str, Any], records: list[Any], log: UnitLog
) -> Iterator[TextBatch]:
    """The texts of events in an array inside one document."""
    sessions = Sessions(at)
    for number, record in enumerate(records):
        for one in events(whose | record if isinstance(record, dict) else record):
            reading.take(one, number, sessions)
    yield from sessions.end(log)
    reading.tell(log)


def _flat(records: list[Any]) -> Iterator[Any]:
    """The first events of all arrays."""
    for record in records:
        inner = [some for _, some in arrays(opened(record))]
        for some in inner or [[record]]:
            for one in some[:_SOME]:
                found = islice(events(one), _SOME)
                yield from (event for event in found if isinstance(event, (dict, list)))


def _listed(record: Any) -> Any:
    """By what the values say, where names say nothing but whose they are."""
    if not isinstance(record, dict):
        return listed(record) if isinstance(record, Iterable) else record
    whose = around(record)
    return whose | listed(value for name, value in record.items() if name not in whose)


plugin = _KeyLog()
