"""From the records of a log of keys to events, by the roles their members have.

Records of one shape (the same member names) are read by one plan; what a pair of values means
is remembered, so that most records cost a few look-ups.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

from scanner.batch import UnitLog
from scanner.keystrokes.keys import Key, Kind, key_of
from scanner.keystrokes.recorder import Act, Event
from scanner.keystrokes.secure import is_mask, is_secure_type
from scanner.keystrokes.times import seconds
from scanner.recordings._roles import WRAPPERS, act_of, members, plain, roles
from scanner.recordings._session import HIDDEN, Sessions

_MEMO = 100_000
_KEYS, _ACTS = 4, 4  # members of each role that are tried
_DOWNS = re.compile(rb"key[ _-]?down", re.IGNORECASE)
_FLAGS = ("ctrl", "shift", "alt", "meta")
_UNITS = {"timens": 1e-9, "timestampns": 1e-9, "timeus": 1e-6, "timestampus": 1e-6}
_UNITS |= {"timems": 1e-3, "timestampms": 1e-3}
STEP = 0.05  # seconds from one event to the next where no record says when

Meaning = tuple[Act | None, Key | None, bool]  # the act, the key, and whether a key was named


class _Plan:
    """How records of one shape are read: `get` gives all values at once, `at` says where."""

    def __init__(self, record: dict[str, Any]) -> None:
        paths = [path for path, _ in members(record)]
        by_role = roles(paths)
        acts = by_role["act"][:_ACTS]
        keys = [path for path in by_role["key"] if path not in acts][:_KEYS]
        keys += [path for path in acts if plain(path[-1]) == "name"]
        self.acts, self.keys = [plain(p[-1]) for p in acts], len(keys)
        self.wrapped = [name for name in record if plain(name) in WRAPPERS]
        self.nested = any(len(path) > 1 for path in paths)
        wanted = [*acts, *keys]
        self.meaning = len(wanted)
        self.where: dict[str, int] = {}
        for role in ("time", "user", "session", "window", "field", "secure", "mods", *_FLAGS):
            found = [path for path in by_role[role] if path not in keys]
            if found:
                self.where[role] = len(wanted)
                wanted.append(found[0])
        self.texts = [path for path in by_role["text"] if path not in keys][:2]
        self.buffers = [path for path in by_role["buffer"] if path not in keys and path not in acts]
        self.unit = _unit(by_role["time"][:1])
        self.get = _getter(wanted)
        self.flagged = [role for role in ("mods", *_FLAGS) if role in self.where]
        self.rest = bool(self.buffers or self.flagged or "secure" in self.where)
        self.useful = bool(keys) or bool(self.buffers)
        w = self.where
        self.time, self.user = w.get("time", -1), w.get("user", -1)
        self.session, self.window = w.get("session", -1), w.get("window", -1)
        self.field = w.get("field", -1)

    def wraps(self, record: dict[str, Any]) -> bool:
        """True when another plan may be needed: what stands in a wrapper is part of the shape."""
        return self.nested or any(isinstance(record[name], dict) for name in self.wrapped)


def _unit(paths: Sequence[tuple[str, ...]]) -> float:
    return _UNITS.get(plain(paths[0][-1]), 1.0) if paths else 1.0


def _getter(paths: Sequence[tuple[str, ...]]) -> Callable[[dict[str, Any]], Sequence[Any]]:
    if len(paths) > 1 and all(len(path) == 1 for path in paths):
        return itemgetter(*(path[0] for path in paths))
    return lambda record: [at(record, path) for path in paths]


def at(record: Any, path: Iterable[str]) -> Any:
    """The value at a path, None where there is none."""
    for name in path:
        record = record.get(name) if isinstance(record, dict) else None
    return record


class Events:
    """Turns records into events.  `samples`: how the shard begins."""

    def __init__(self, samples: Sequence[bytes] = ()) -> None:
        self._plans: dict[tuple[str, ...], _Plan] = {}
        self._known: dict[tuple[Any, ...], Meaning] = {}
        self._downs = any(_DOWNS.search(sample) for sample in samples)
        self._clock, self.rejected, self._flags_seen = 0.0, 0, False
        self._rejected_at: list[int] = []

    def take(self, record: Any, row: int, sessions: Sessions) -> None:
        """Give the event of a record, if it is one, to the recorder it is for."""
        if not isinstance(record, dict):
            return
        plan = self._plans.get(tuple(record))
        if plan is None or (plan.wrapped and plan.wraps(record)):
            plan = self._plan(record)
        values = plan.get(record) if plan.meaning or plan.where else ()
        act, key, named = self._meaning(plan, values)
        if act is None and not plan.buffers:
            self._reject(row, named)
            return
        who = (
            values[plan.user] if plan.user >= 0 else None,
            values[plan.session] if plan.session >= 0 else None,
        )
        stream = self._stream(plan, values)
        if plan.buffers:
            self._grow(plan, record, row, (who, stream), sessions)
        if act is None:
            return
        flags = self._flags(plan, values) if plan.flagged else None
        event = Event(self._time(plan, values), row, act, key, stream, flags)
        if act > Act.UP:
            event = self._other(event, plan, record)
        try:
            recorder = sessions.recorder(who)
        except TypeError:
            recorder = sessions.recorder(str(who))
        recorder.add(event)

    def _plan(self, record: dict[str, Any]) -> _Plan:
        shape = tuple(record)
        if any(isinstance(value, dict) for value in record.values()):
            shape = ("", *("/".join(path) for path, _ in members(record)))
        plan = self._plans.get(shape)
        if plan is None:
            plan = _Plan(record)
            if len(self._plans) < _MEMO:
                self._plans[shape] = plan
                self._plans.setdefault(tuple(record), plan)
        return plan

    # What happened -----------------------------------------------------------------------

    def _meaning(self, plan: _Plan, values: Sequence[Any]) -> Meaning:
        some = (id(plan), *values[: plan.meaning])
        try:
            return self._known[some]
        except KeyError:
            pass
        except TypeError:
            return self._judge(
                plan, [str(v) if isinstance(v, (dict, list)) else v for v in some[1:]]
            )
        if len(self._known) > _MEMO:
            self._known.clear()
        found = self._known[some] = self._judge(plan, some[1:])
        return found

    def _judge(self, plan: _Plan, values: Sequence[Any]) -> Meaning:
        count = len(plan.acts)
        acts = [act_of(name, value) for name, value in zip(plan.acts, values, strict=False)]
        act = next((a for a in acts if a is not None), None)
        key, named = _key(values[count : plan.meaning])
        if act is Act.DOWN and self._downs and any(_is_keypress(v) for v in values[:count]):
            act = Act.CHAR
        if act in (Act.DOWN, Act.UP, Act.CHAR) and key is None:
            return None, None, named or act is not Act.DOWN
        if act is None and key is not None and not any(v is not None for v in values[:count]):
            act = Act.DOWN  # keys only, and nothing said of what was done to them
        return act, key, False

    def _reject(self, row: int, named: bool) -> None:
        if named:
            self.rejected += 1
            if len(self._rejected_at) < 20:
                self._rejected_at.append(row)

    def tell(self, log: UnitLog) -> None:
        """Say how many events were not understood."""
        if self.rejected:
            what = "events of keys that could not be understood were left out of what was typed"
            hint = "compare the records named with the others: a key's name, or what was done to it"
            for row in self._rejected_at:
                log.problem("events.rejected", what, "", hint, row)
            last = log.problems[-1]
            log.problems[-1] = type(last)(
                last.code, last.what, "", hint, self.rejected, tuple(self._rejected_at)
            )

    # Everything about it -----------------------------------------------------------------

    def _time(self, plan: _Plan, values: Sequence[Any]) -> float:
        if plan.time >= 0:
            value = values[plan.time]
            if type(value) is float and 1e8 < value < 1e11:
                self._clock = value
                return value
            found = seconds(value, plan.unit)
            if found is not None:
                self._clock = found
                return found
        self._clock += STEP
        return self._clock

    def _stream(self, plan: _Plan, values: Sequence[Any]) -> tuple[str, str]:
        window = values[plan.window] if plan.window >= 0 else None
        field = values[plan.field] if plan.field >= 0 else None
        if type(window) is not str:
            window = _name(window)
        if type(field) is not str:
            field = _name(field)
        if "secure" in plan.where and _says_secure(values[plan.where["secure"]]):
            field += HIDDEN
        return window, field

    def _flags(self, plan: _Plan, values: Sequence[Any]) -> frozenset[str] | None:
        found = set[str]()
        for role in plan.flagged:
            value = values[plan.where[role]]
            if role == "mods":
                found |= _modifiers(value)
            elif value in (True, 1, "1", "true", "True"):
                found.add(role)
        self._flags_seen = self._flags_seen or bool(found)
        return frozenset(found) if self._flags_seen else None

    def _other(self, event: Event, plan: _Plan, record: dict[str, Any]) -> Event:
        texts = [value for path in plan.texts if isinstance(value := at(record, path), str)]
        text = texts[0] if texts else ""
        if event.act == Act.CLIP and not text:
            return event._replace(act=Act.BESIDE)
        return event._replace(text=text)

    def _grow(
        self, plan: _Plan, record: dict[str, Any], row: int, where: Any, sessions: Sessions
    ) -> None:
        for path in plan.buffers:
            value = at(record, path)
            if isinstance(value, str) and not (len(value) > 1 and is_mask(value)):
                (_, (_, field)) = where
                secure = field.endswith(HIDDEN)
                sessions.growing.add((str(where), path), value, row, path[-1], secure)


def _key(values: Sequence[Any]) -> tuple[Key | None, bool]:
    """The key that the first value that means one means; and whether any value names one."""
    named, silent = False, None
    for value in values:
        if value is None or value == "" or isinstance(value, (bool, float)):
            continue
        if not isinstance(value, (str, int)) or (isinstance(value, str) and len(value) > 60):
            continue
        key = key_of(value)
        named = True
        if key is not None and key.kind is not Kind.NOTHING:
            return key, True
        silent = silent or key
    return silent, named


def _is_keypress(value: Any) -> bool:
    return isinstance(value, str) and plain(value) == "keypress"


def _name(value: Any) -> str:
    """A window or field as one name."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return " ".join(str(value.get(n)) for n in ("app", "title", "name", "id") if value.get(n))
    return str(value)


def _says_secure(value: Any) -> bool:
    if isinstance(value, str):
        return value.lower() in ("true", "1", "yes") or is_secure_type(value)
    return value is True or value == 1


def _modifiers(value: Any) -> set[str]:
    if isinstance(value, str):
        value = re.split(r"[^\w]+", value)
    if isinstance(value, dict):
        value = [name for name, on in value.items() if on]
    if not isinstance(value, (list, tuple)):
        return set()
    keys = [key_of(str(name)) for name in value if name and len(str(name)) < 30]
    return {key.char for key in keys if key is not None and key.kind is Kind.MODIFIER}
