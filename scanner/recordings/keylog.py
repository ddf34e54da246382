"""Logs of single keys: one press or release (or both, or neither named) a record.

Any format whose records have members: JSON Lines, JSON, CSV, Parquet, Arrow.  Which member is
the key, the action, the time, the user, session, window and field is told by their names and
values; so are columns in which what was typed so far grows row by row.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

from scanner.batch import TextBatch, UnitLog
from scanner.keystrokes.keys import key_of
from scanner.keystrokes.quiet import Quiet
from scanner.keystrokes.recorder import Act
from scanner.keystrokes.texts import BATCH
from scanner.recordings import Peek
from scanner.recordings import _rows as shard_rows
from scanner.recordings._events import Events
from scanner.recordings._roles import act_of, members, plain, roles
from scanner.recordings._session import Sessions

_HINT = re.compile(
    rb"key|press|char|buffer|typed|vk|text|value", re.IGNORECASE
)  # a log of keys speaks of one of these
_MOST = 1500  # records that are looked at
_LEAST = 3  # key events that make a log of keys
_SHARE = 0.2  # of the steps of a column in which values grow
_KEYS = (Act.DOWN, Act.UP)


class _KeyLog:
    general = True

    def recognises(self, peek: Peek) -> bool:
        """Some of the first records are presses or releases of keys, or single characters."""
        if peek.source not in shard_rows.READ:
            return False
        if peek.samples and not any(_HINT.search(sample) for sample in peek.samples):
            return False
        found = list(islice(_flat(shard_rows.sampled(peek)), _MOST))
        return _has_keys(found) or _grows(found)

    def batches(self, peek: Peek, log: UnitLog) -> Iterator[TextBatch]:
        """What was typed, and what values grew to."""
        events, sessions = Events(peek.samples), Sessions()
        take, texts, nests = events.take, sessions.texts, peek.source == "json"
        with Quiet() as quiet:
            for number, record in shard_rows.records(peek.shard, peek.source):
                inner = shard_rows.elements(record) if nests else None
                if inner is None:
                    take(record, number, sessions)
                else:
                    quiet.let()
                    yield from _document(Events(peek.samples), *inner, log)
                    quiet.again()
                if texts.chars >= BATCH:
                    quiet.let()
                    yield from texts.batches()
                    quiet.again()
        yield from sessions.end(log)
        events.tell(log)


def _document(events: Events, prefix: str, records: list[Any], log: UnitLog) -> Iterator[TextBatch]:
    """The texts of events in an array inside one document."""
    sessions = Sessions(prefix)
    for number, record in enumerate(records):
        events.take(record, number, sessions)
    yield from sessions.end(log)
    events.tell(log)


def _flat(records: list[Any]) -> Iterator[dict[str, Any]]:
    for record in records:
        inner = shard_rows.elements(record)
        for one in [record] if inner is None else inner[1][:300]:
            if isinstance(one, dict):
                yield one


def _has_keys(records: list[dict[str, Any]]) -> bool:
    """Presses or releases; or characters alone, in nearly all records that have the member."""
    acted = sum(map(_is_key_event, records))
    if acted >= _LEAST or (acted and acted == len(records)):
        return True
    tried, single = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for record in records:
        by_role = roles(path for path, _ in members(record))
        for path in by_role["key"][:3]:
            value = _at(record, path)
            if isinstance(value, str) and value and plain(path[-1]) not in ("name", "which"):
                tried[path] += 1
                single[path] += len(value) == 1 or key_of(value) is not None
    return any(
        n >= 5 and single[path] >= 0.9 * n and _varied(records, path) for path, n in tried.items()
    )


def _varied(records: list[dict[str, Any]], path: tuple[str, ...]) -> bool:
    """Letters, and not always the same few: a column of classes such as A, B and C is no log."""
    values = [value for record in records if isinstance(value := _at(record, path), str)]
    timed = any(roles(p for p, _ in members(record))["time"] for record in records[:1])
    chars = {value for value in values if len(value) == 1 and value.isalpha()}
    return timed and len(chars) >= min(4, len(values) // 2)


def _is_key_event(record: dict[str, Any]) -> bool:
    named = [(path, value) for path, value in members(record) if value is not None]
    by_role = roles(path for path, _ in named)
    values = dict(named)
    acts = [act_of(plain(path[-1]), values[path]) for path in by_role["act"]]
    if not any(act in _KEYS for act in acts):
        return False
    keys = [key_of(values[path]) for path in by_role["key"] if _plausible(values[path])]
    return any(key is not None for key in keys)


def _plausible(value: Any) -> bool:
    """A key name or character, and no word for what happened to it."""
    if isinstance(value, str):
        return 0 < len(value) <= 40
    return isinstance(value, int) and not isinstance(value, bool)


def _at(record: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        record = record.get(name) if isinstance(record, dict) else None
    return record


def _grows(records: list[dict[str, Any]]) -> bool:
    """Some column's values come of each other, key by key, within a session.

    A step of typing adds or takes a character or two at the end; values of a template, which
    share their first words, do not, and now and then is not often enough.
    """
    last: dict[tuple[object, ...], str] = {}
    grown, steps = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for record in records:
        by_role = roles(path for path, _ in members(record))
        session = tuple(str(_at(record, path)) for path in by_role["session"])
        for path in by_role["buffer"]:
            value = _at(record, path)
            if isinstance(value, str) and value:
                before = last.get((path, session), value)
                steps[path] += value != before
                grown[path] += value != before and _next(before, value)
                last[path, session] = value
    return any(count >= 4 and count >= _SHARE * steps[path] for path, count in grown.items())


def _next(before: str, after: str) -> bool:
    shorter, longer = sorted((before, after), key=len)
    return len(longer) - len(shorter) <= 2 and longer.startswith(shorter)


plugin = _KeyLog()
