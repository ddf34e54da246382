"""From the records of a log of keys to events, by the roles their members have.

Records of one shape (the same member names) are read by one plan; what a pair of values means
is remembered, so that most records cost a few look-ups.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from operator import itemgetter
from string import ascii_lowercase
from typing import Any

from scanner.batch import UnitLog
from scanner.keystrokes.codes import Table, number
from scanner.keystrokes.keys import Key, Kind, key_of
from scanner.keystrokes.recorder import Act, Event, Recorder
from scanner.keystrokes.secure import is_mask, is_secure_type
from scanner.keystrokes.times import seconds
from scanner.recordings._learned import Learned, Path, raw_input
from scanner.recordings._roles import FLAGS, act_of, members, plain, roles
from scanner.recordings._session import HIDDEN, Sessions

_MEMO = 100_000
_KEYS, _ACTS = 4, 4  # members of each role that are tried
_DOWNS = re.compile(rb"key[ _-]?down", re.IGNORECASE)
_FLAGS = ("ctrl", "shift", "alt", "meta")
_UNITS = {"timens": 1e-9, "timestampns": 1e-9, "timeus": 1e-6, "timestampus": 1e-6}
_UNITS |= {"timems": 1e-3, "timestampms": 1e-3, "presstimems": 1e-3, "releasetimems": 1e-3}
STEP = 0.05  # seconds from one event to the next where no record says when

_new: Callable[..., Event] = tuple.__new__  # several times faster than calling Event

Meaning = tuple[Act | None, Key | None, bool]  # the act, the key, and whether a key was named
_Quick = tuple[Act, Key | None, Callable[[Event], None], tuple[str, str]]  # whom to give it to


_WHOSE = ("user", "session", "window", "field", "secure")


class _Plan:
    """How records of one shape are read: `what` happened, and `whose` field it was in.

    What the values of these members mean is remembered.
    """

    def __init__(self, record: dict[str, Any], learned: Learned) -> None:
        paths = [path for path, _ in members(record)]
        by_role = roles(paths)
        self.span: Path = by_role["release"][0] if learned.spans and by_role["release"] else ()
        spans = {self.span, *by_role["press"]} if self.span and by_role["press"] else set[Path]()
        if spans:  # a press and its release both: what else could a flag say
            spans |= {path for path in by_role["act"] if plain(path[-1]) in FLAGS}
        acts = [path for path in by_role["act"] if path not in spans][:_ACTS]
        keys = [p for p in by_role["key"] if p not in acts and p not in spans][:_KEYS]
        keys += [path for path in acts if plain(path[-1]) == "name"]
        keys.sort(key=lambda path: path in learned.codes)  # what is named is sure
        self.tables = [
            learned.codes.get(path, LABELS if path in learned.capitals else None) for path in keys
        ]
        self.numbers = [learned.acts.get(path) for path in acts]
        self.acts = [plain(p[-1]) for p in acts]
        named = {plain(path[-1]) for path in paths}
        self.raw = {"type", "code", "value"} <= named
        self.nested = any(len(path) > 1 for path in paths)
        free = {role: [p for p in found if p not in keys] for role, found in by_role.items()}
        self.what = [*acts, *keys]
        self.get_what = _getter(self.what)
        self.whose = {role: free[role][0] for role in _WHOSE if free[role]}
        self.get_whose = _getter(list(self.whose.values()))
        times = by_role["press"] if spans else free["time"]
        self.time = times[0] if times else ()
        self.clock = self.time[0] if len(self.time) == 1 else ""
        self.unit = learned.units.get(self.time, 0.0)
        if self.time and not self.unit:
            self.unit = _UNITS.get(plain(self.time[-1]), 1.0)
        self.texts = free["text"][:2]
        self.buffers = [path for path in free["buffer"] if path not in acts]
        self.flags = {role: free[role][0] for role in ("mods", *_FLAGS) if free[role]}
        self.bits = learned.bits.get(self.flags.get("mods", ()), {})
        self.known: dict[Any, Meaning] = {}
        self.get_quick = self._quick()
        self.quick: dict[Any, _Quick] = {}
        self.places: dict[Any, tuple[Any, tuple[str, str]]] = {}

    def _quick(self) -> Callable[[dict[str, Any]], Any]:
        """Gives all that a press or release says but its time, where records are that simple."""
        paths = [*self.what, *self.whose.values()]
        more = self.buffers or self.flags or self.span or self.raw or self.nested
        if more or not self.clock or len(paths) < 2:
            return _unknown
        return _getter(paths)

    def remember(self, record: dict[str, Any], act: Act, found: _Quick) -> None:
        """What to do when such a record comes again."""
        if act <= Act.UP and self.get_quick is not _unknown:
            if len(self.quick) > _MEMO:
                self.quick.clear()
            with suppress(TypeError):  # a list among the values
                self.quick[self.get_quick(record)] = found

    def wraps(self, record: dict[str, Any]) -> bool:
        """True when another plan may be needed: what stands in an object is part of the shape."""
        return self.nested or dict in map(type, record.values())


def _unknown(record: dict[str, Any]) -> Any:  # noqa: ARG001
    raise KeyError


def _getter(paths: Sequence[tuple[str, ...]]) -> Callable[[dict[str, Any]], Any]:
    """All the values at once; of a single one the value itself."""
    if not paths:
        return lambda record: None  # noqa: ARG005
    if all(len(path) == 1 for path in paths):
        return itemgetter(*(path[0] for path in paths))
    if len(paths) == 1:
        return lambda record: at(record, paths[0])
    return lambda record: tuple([at(record, path) for path in paths])


def at(record: Any, path: Iterable[str]) -> Any:
    """The value at a path, None where there is none."""
    for name in path:
        record = record.get(name) if isinstance(record, dict) else None
    return record


class Events:
    """Turns records into events, for one `Sessions`.

    `samples`: how the shard begins; `learned`: what it tells; `form`: what is done to a record
    before it is looked at.
    """

    def __init__(
        self,
        samples: Sequence[bytes] = (),
        learned: Learned | None = None,
        form: Callable[[Any], Any] | None = None,
    ) -> None:
        self._plans: dict[tuple[str, ...], _Plan] = {}
        self._learned, self._form = learned or Learned(), form
        self._downs = any(_DOWNS.search(sample) for sample in samples)
        self._clock, self.rejected, self._flags_seen = 0.0, 0, False
        self._rejected_at: list[int] = []

    def again(self) -> Events:
        """For other records of the same log."""
        made = Events((), self._learned, self._form)
        made._downs = self._downs
        return made

    def forget(self) -> None:
        """What was rejected so far is told elsewhere."""
        self.rejected, self._rejected_at = 0, []

    def take_all(self, rows: Iterable[tuple[int, Any]], sessions: Sessions) -> None:
        """The same as `take` for each; what was met before costs three look-ups."""
        plans, take = self._plans, self.take
        for row, record in rows:
            try:
                plan = plans[tuple(record)]
                act, key, give, stream = plan.quick[plan.get_quick(record)]
                time = record[plan.clock]
            except (KeyError, TypeError):  # new, or no record of single values
                take(record, row, sessions)
                continue
            if type(time) is float and 1e8 < time < 1e11:
                self._clock = time
                give(_new(Event, (time, row, act, key, stream, None, "")))
            else:
                take(record, row, sessions)
        sessions.play()

    def take(self, record: Any, row: int, sessions: Sessions) -> None:
        """Give the event of a record, if it is one, to the recorder it is for."""
        if self._form is not None:
            record = self._form(record)
        if not isinstance(record, dict):
            return
        plan = self._plan_of(record)
        if plan.raw and raw_input(dict(members(record))):
            return
        act, key, named = self._meaning(plan, record)
        if act is None and not plan.buffers:
            self._reject(row, named)
            return
        recorder, stream = self._place(plan, record, sessions)
        if plan.buffers:
            self._grow(plan, record, row, (recorder, stream), sessions)
        if act is not None:
            self._give(plan, record, Event(0.0, row, act, key, stream), recorder)
            if self._form is None:
                plan.remember(record, act, (act, key, recorder.later, stream))

    def _give(self, plan: _Plan, record: dict[str, Any], event: Event, recorder: Recorder) -> None:
        """Hand on what happened, with when it did and what else the record says of it."""
        _, row, act, key, stream, _, _ = event
        flags = self._flags(plan, record) if plan.flags else None
        time = self._time(plan, record)
        text = self._text(plan, record) if act > 1 else ""
        if act is Act.CLIP and not text:
            act = Act.BESIDE
        recorder.add(_new(Event, (time, row, act, key, stream, flags, text)))
        if plan.span and act is Act.DOWN:
            until = seconds(at(record, plan.span), plan.unit)
            if until is not None:
                recorder.add(_new(Event, (until, row, Act.UP, key, stream, flags, "")))

    def presses(self, record: dict[str, Any]) -> bool:
        """True for a record that names a key, and says that it was pressed or released."""
        plan = self._plan(record)
        if plan.raw and raw_input(dict(members(record))):
            return False
        act, key, _ = self._meaning(plan, record)
        if act in (Act.TEXT, Act.ERASE):
            return True
        said = plan.span or any(a is not None for a in self._acts(plan, plan.get_what(record)))
        return bool(said) and act in (Act.DOWN, Act.UP) and key is not None

    def _plan_of(self, record: dict[str, Any]) -> _Plan:
        plan = self._plans.get(tuple(record))
        if plan is None or plan.wraps(record):
            return self._plan(record)
        return plan

    def _plan(self, record: dict[str, Any]) -> _Plan:
        shape = tuple(record)
        if any(isinstance(value, dict) for value in record.values()):
            shape = ("", *("/".join(path) for path, _ in members(record)))
        plan = self._plans.get(shape)
        if plan is None:
            plan = _Plan(record, self._learned)
            if len(self._plans) < _MEMO:
                self._plans[shape] = plan
                self._plans.setdefault(tuple(record), plan)
        return plan

    # What happened -----------------------------------------------------------------------

    def _meaning(self, plan: _Plan, record: dict[str, Any]) -> Meaning:
        values = plan.get_what(record)
        try:
            return plan.known[values]
        except KeyError:
            found = self._judge(plan, values)
        except TypeError:  # a list among them
            return self._judge(plan, values)
        if len(plan.known) > _MEMO:
            plan.known.clear()
        plan.known[values] = found
        return found

    def _judge(self, plan: _Plan, values: Any) -> Meaning:
        acts = self._acts(plan, values)
        values = (values,) if len(plan.what) == 1 else values or ()
        count = len(plan.acts)
        act = next((a for a in acts if a is not None), None)
        key, named = _key(values[count:], plan.tables)
        if act is Act.DOWN and self._downs and any(_is_keypress(v) for v in values[:count]):
            act = Act.CHAR
        if act in (Act.DOWN, Act.UP, Act.CHAR) and key is None:
            return None, None, named or act is not Act.DOWN
        silent = plan.span or not any(v is not None for v in values[:count])
        if act is None and key is not None and silent:
            act = Act.DOWN  # keys only, and nothing said of what was done to them
        return act, key, named and not count  # a log of keys alone, and one that is none

    def _acts(self, plan: _Plan, values: Any) -> list[Act | None]:
        """What each member that may say it says has happened."""
        values = (values,) if len(plan.what) == 1 else values or ()
        return [
            act_of(name, value) if numbers is None else numbers.get(number(value) or 0)
            for name, numbers, value in zip(plan.acts, plan.numbers, values, strict=False)
        ]

    def _place(
        self, plan: _Plan, record: dict[str, Any], sessions: Sessions
    ) -> tuple[Recorder, tuple[str, str]]:
        """Whose recorder the event is for, and which field."""
        values = plan.get_whose(record)
        try:
            found = plan.places.get(values)
        except TypeError:
            values, found = str(values), None
        if found is None:
            found = self._find(plan, record, sessions)
            if len(plan.places) > _MEMO:
                plan.places.clear()
            plan.places[values] = found
        return found

    def _find(
        self, plan: _Plan, record: dict[str, Any], sessions: Sessions
    ) -> tuple[Recorder, tuple[str, str]]:
        named = {role: at(record, path) for role, path in plan.whose.items()}
        who = [named.get(role) for role in ("user", "session")]
        who = [str(one) if isinstance(one, (dict, list)) else one for one in who]
        field = _name(named.get("field"))
        if _says_secure(named.get("secure")):
            field += HIDDEN
        return sessions.recorder(tuple(who)), (_name(named.get("window")), field)

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

    def _time(self, plan: _Plan, record: dict[str, Any]) -> float:
        if plan.time:
            value = record[plan.clock] if plan.clock else at(record, plan.time)
            if type(value) is float and 1e8 < value < 1e11:
                self._clock = value
                return value
            found = seconds(value, plan.unit)
            if found is not None:
                self._clock = found
                return found
        self._clock += STEP
        return self._clock

    def _flags(self, plan: _Plan, record: dict[str, Any]) -> frozenset[str] | None:
        found = set[str]()
        for role, path in plan.flags.items():
            value = at(record, path)
            if role == "mods":
                found |= _modifiers(value, plan.bits)
            elif value in (True, 1, "1", "true", "True"):
                found.add(role)
        self._flags_seen = self._flags_seen or bool(found)
        return frozenset(found) if self._flags_seen else None

    def _text(self, plan: _Plan, record: dict[str, Any]) -> str:
        texts = (value for path in plan.texts if isinstance(value := at(record, path), str))
        return next(texts, "")

    def _grow(
        self, plan: _Plan, record: dict[str, Any], row: int, where: Any, sessions: Sessions
    ) -> None:
        for path in plan.buffers:
            value = at(record, path)
            if isinstance(value, str) and not (len(value) > 1 and is_mask(value)):
                recorder, stream = where
                secure = stream[1].endswith(HIDDEN)
                key = id(recorder), stream, path
                name = path[-1]
                sessions.growing.add(key, value, row, label=name, secure=secure, member=name)


LABELS: Table = {ord(c.upper()): Key(Kind.CHAR, c, c, True) for c in ascii_lowercase}


def _key(values: Sequence[Any], tables: Sequence[Table | None] = ()) -> tuple[Key | None, bool]:
    """The key that the first value that means one means; and whether any value names one."""
    named, silent = False, None
    for value, table in zip(values, tables or [None] * len(values), strict=False):
        if value is None or value == "" or isinstance(value, (bool, float)):
            continue
        if not isinstance(value, (str, int)) or (isinstance(value, str) and len(value) > 60):
            continue
        key = _one(value, table)
        named = True
        if key is not None and key.kind is not Kind.NOTHING:
            return key, True
        silent = silent or key
    return silent, named


def _one(value: str | int, table: Table | None) -> Key | None:
    if table is None:
        return key_of(value)
    if table is LABELS:
        label = table.get(ord(value)) if isinstance(value, str) and len(value) == 1 else None
        return label or key_of(value)
    return table.get(number(value) or 0)


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


def _modifiers(value: Any, bits: Mapping[str, int]) -> set[str]:
    if bits:
        mask = number(value) or 0
        return {name for name, some in bits.items() if mask & some}
    if isinstance(value, str):
        value = re.split(r"[^\w]+", value)
    if isinstance(value, dict):
        value = [name for name, on in value.items() if on]
    if not isinstance(value, (list, tuple)):
        return set()
    keys = [key_of(str(name)) for name in value if name and len(str(name)) < 30]
    return {key.char for key in keys if key is not None and key.kind is Kind.MODIFIER}
