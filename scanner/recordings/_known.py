"""Tells logs of keys from all other records."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Any

from scanner.keystrokes.codes import number
from scanner.keystrokes.keys import key_of
from scanner.recordings._events import Events
from scanner.recordings._events import at as _at
from scanner.recordings._learned import learn
from scanner.recordings._roles import members, plain, roles

_LEAST = 3  # key events that make a log of keys
_NO_KEYS = ("name", "which", "value", "arg", "input")  # where nothing says what was done
_LONGEST = 60  # characters of a key's name
_SHARE = 0.2  # of the steps of a column in which values grow


def has_keys(records: list[Any]) -> bool:
    """Presses or releases; or characters alone, in nearly all records that have the member."""
    records = [record for record in records if isinstance(record, dict)]
    if not any(_names_keys(shape) for shape in set(map(_shape, records))):
        return False
    if not any(map(_may_hold_key, records)):
        return False
    acted = max(sum(map(Events((), one).presses, records)) for one in learn(records))
    if acted >= _LEAST or (acted and acted == len(records)):
        return True
    tried, single = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for record in records:
        by_role = roles(_shape(record))
        for path in by_role["key"][:3]:
            value = _at(record, path)
            if isinstance(value, str) and value and plain(path[-1]) not in _NO_KEYS:
                tried[path] += 1
                single[path] += len(value) == 1 or key_of(value) is not None
    return any(
        n >= 5 and single[path] >= 0.9 * n and _varied(records, path) for path, n in tried.items()
    )


def _shape(record: dict[str, Any]) -> tuple[tuple[str, ...], ...]:
    """The paths of its members, as `members` gives them."""
    if dict in map(type, record.values()):
        return tuple(path for path, _ in members(record))
    return tuple((name,) for name in record)


@lru_cache(maxsize=4096)
def _names_keys(shape: tuple[tuple[str, ...], ...]) -> bool:
    """True where some member may be a key, by its name."""
    return bool(roles(shape)["key"]) or any(plain(path[-1]) == "inputtype" for path in shape)


def _may_hold_key(record: dict[str, Any]) -> bool:
    """False where nothing that may be a key, by its name, could be one: texts, and no values."""
    by_role = roles(_shape(record))
    acts = [(plain(path[-1]), path) for path in by_role["act"]]
    if any(name == "inputtype" for name, _ in acts):  # it says itself what is put in
        return True
    named = [path for name, path in acts if name == "name"]
    return any(_may_be_key(_at(record, path)) for path in (*by_role["key"], *named))


def _may_be_key(value: Any) -> bool:
    if not isinstance(value, str):
        return value is not None
    return 0 < len(value) <= _LONGEST and (number(value) is not None or key_of(value) is not None)


def _varied(records: list[dict[str, Any]], path: tuple[str, ...]) -> bool:
    """Letters, and not always the same few: a column of classes such as A, B and C is no log."""
    values = [value for record in records if isinstance(value := _at(record, path), str)]
    timed = any(roles(p for p, _ in members(record))["time"] for record in records[:1])
    chars = {value for value in values if len(value) == 1 and value.isalpha()}
    return timed and len(chars) >= min(4, len(values) // 2)


def grows(records: list[Any]) -> bool:
    """Some column's values come of each other, key by key, within a session.

    A step of typing adds or takes a character or two at the end; values of a template, which
    share their first words, do not, and now and then is not often enough.
    """
    last: dict[tuple[object, ...], str] = {}
    grown, steps = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for record in records:
        if not isinstance(record, dict):
            continue
        by_role = roles(_shape(record))
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
