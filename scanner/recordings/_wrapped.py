"""Events in what recorders and exporters wrap around them.

Arrays in documents and in records, columns as arrays, JSON in texts, lists of attributes
(OpenTelemetry), an act as the name of its key (`{"KeyPress": "KeyA"}`), a time in two members.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from typing import Any

import msgspec

from scanner import pointer
from scanner.about import pairs
from scanner.keystrokes.recorder import Act
from scanner.keystrokes.times import seconds
from scanner.recordings._roles import act_of, members, plain, roles

_PLURAL = 5  # values of an array that may be a column
_DEPTH = 4  # objects and arrays in each other
_ARRAYS = 50  # of a document that may hold events
_TEXT = 1 << 20  # characters of JSON in a text
_LOOSE = frozenset(["name", "which", "code", "state"])  # say less of keys than of other things
_WHOSE = ("user", "session", "window", "field")
_CLOCKS = (
    ("tv_sec", "tv_usec", 1e-6),
    ("tv_sec", "tv_nsec", 1e-9),
    ("sec", "usec", 1e-6),
    ("secs_since_epoch", "nanos_since_epoch", 1e-9),
    ("seconds", "nanos", 1e-9),
)
_VALUES = frozenset(["stringValue", "intValue", "doubleValue", "boolValue"])  # of OTLP
_decoder = msgspec.json.Decoder()
UNDECODED = (msgspec.DecodeError, RecursionError, UnicodeDecodeError, UnicodeEncodeError)
Array = tuple[str, list[Any]]  # the pointer to its elements, with a colon behind; and they


def opened(record: Any) -> Any:
    """A record with what is folded in its members taken out."""
    if not isinstance(record, dict):
        return record
    found: dict[str, Any] = {}
    for name, value in record.items():
        kind = type(value)
        if kind is str and value[:1] in ("{", "["):
            inner = _parsed(value)
            found |= {} if inner is None else {name: opened(inner)}
        elif kind is list and value and (attributes := _attributes(value)):
            found[name] = attributes
        elif kind is dict:
            found |= _taken(name, value)
    if (time := _clock(record)) is not None:
        found["time"] = time
    return record | found if found else record


def _taken(name: str, value: dict[str, Any]) -> dict[str, Any]:
    """What an object of one member, or of a clock, says."""
    if (time := _clock(value)) is not None:
        return {name: time}
    if len(value) != 1:
        return {}
    (tag, inner) = next(iter(value.items()))
    if tag in _VALUES:
        return {name: inner}
    pressed = isinstance(inner, str) and act_of("event", tag) in (Act.DOWN, Act.UP)
    return {name: tag, "key": inner} if pressed else {}


def _attributes(items: list[Any]) -> dict[str, Any]:
    """A list of names and values as one object; what says more of each is something else."""
    two = all(isinstance(item, dict) and len(item) == 2 for item in items[:_PLURAL])
    return pairs(items) if two else {}


def _parsed(text: str) -> Any:
    if len(text) > _TEXT:
        return None
    with suppress(*UNDECODED):
        found = _decoder.decode(text.encode())
        return found if isinstance(found, (dict, list)) else None
    return None


def _clock(record: dict[str, Any]) -> float | None:
    """Seconds of a time that stands in two members."""
    for whole, part, unit in _CLOCKS:
        if whole in record and part in record:
            first, rest = seconds(record[whole]), seconds(record[part])
            return None if first is None or rest is None else first + rest * unit
    return None


def arrays(record: Any) -> Iterator[Array]:
    """The arrays of a document that may hold events; or what it holds by columns, or by time."""
    if not _holds(record):
        return
    found = list(islice(_arrays(record, ""), _ARRAYS))
    other = None if found else _columnar(record) or _timed(record)
    yield from [other] if other else found


def events(record: Any, depth: int = _DEPTH) -> Iterator[Any]:
    """The events of a record: itself, or what is in arrays inside it, with whose it is."""
    record = opened(record)
    inner = list(arrays(record)) if depth else []
    if not inner:
        yield record
        return
    whose = around(record)
    for _, some in inner:
        for one in some:
            yield from events(whose | one if isinstance(one, dict) else one, depth - 1)


def around(record: dict[str, Any]) -> dict[str, Any]:
    """What a record says of all its events: whose they are."""
    paths = dict(members({n: v for n, v in record.items() if not isinstance(v, list)}))
    by_role = roles(paths)
    said = [by_role[role][0] for role in _WHOSE if by_role[role]]
    return {path[-1]: paths[path] for path in said}


def _holds(record: Any) -> bool:
    """True for an object that may hold arrays of events, and is none itself."""
    if not isinstance(record, dict):
        return False
    plainly = [name for name, value in record.items() if not isinstance(value, (list, dict))]
    return len(plainly) < len(record) and not _names_event(tuple(plainly))


@lru_cache(maxsize=4096)
def _names_event(names: tuple[str, ...]) -> bool:
    """A key is named, and something that may say what was done to it."""
    by_role = roles((name,) for name in names)
    keys = {path for path in by_role["key"] if plain(path[0]) not in _LOOSE}
    return bool(keys) and bool(set(by_role["act"]) - keys)


def _arrays(record: Any, at: str, depth: int = _DEPTH) -> Iterator[Array]:
    for name, value in record.items() if isinstance(record, dict) and depth else ():
        if isinstance(value, dict):
            yield from _arrays(value, f"{at}/{pointer.segment(name)}", depth - 1)
        elif isinstance(value, list) and value and isinstance(value[0], (dict, list)):
            here = f"{at}/{pointer.segment(name)}"
            inner = list(_arrays(value[0], f"{here}/0")) if len(value) == 1 else []
            yield from inner or ([] if _attributes(value) else [(here + ":", value)])


def _columnar(record: dict[str, Any]) -> Array | None:
    """Columns as arrays of one length: keys, and when each was pressed and released."""
    lists = {n: v for n, v in record.items() if isinstance(v, list) and len(v) >= _PLURAL}
    if len(lists) < 2:
        return None
    names = {name: name[:-1] if plain(name).endswith("s") else name for name in lists}
    key = next((n for n in lists if roles(((names[n],),))["key"]), None)
    size = len(lists[key]) if key is not None else 0
    same = [n for n in lists if len(lists[n]) == size]
    if key is None or len(same) < 2:
        return None
    rows = zip(*(lists[n] for n in same), strict=True)
    at = f"/{pointer.segment(key)}:"
    return at, [dict(zip([names[n] for n in same], row, strict=True)) for row in rows]


def _timed(record: dict[str, Any]) -> Array | None:
    """Events by their times: the members of the document itself."""
    if len(record) < _PLURAL or not all(isinstance(one, dict) for one in record.values()):
        return None
    times = [seconds(name) for name in record]
    if None in times:
        return None
    return ":", [{"time": time} | one for time, one in zip(times, record.values(), strict=True)]
