"""Who and what a record is about, read from its own fields by their names.

A record may say who acted (`user_id`, `employee.email`, `actor`), in which session,
application and window, and when.  Only rows that hold findings are asked.  What is said is
raw and stays in the worker: `scanner.seal` makes pseudonyms of persons, sessions and windows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import cache, cached_property
from itertools import islice
from typing import Any

from scanner.pointer import key_of, split

# Whoever comes first is whom the record is about, if it names several.
ROLES = (
    *("user", "employee", "staff", "worker", "actor", "account", "member", "customer", "client"),
    *("patient", "student", "person", "participant", "subject", "session_owner", "owner"),
    *("author", "sender", "speaker", "requester", "from"),
)
_KEYS = (
    *("", "id", "email", "email_address", "mail", "login", "uid", "upn", "uuid", "username"),
    *("name", "full_name", "principal_name", "account", "number", "no"),
)
_OF_USERS = (
    *("username", "userid", "uid", "login", "upn", "enduser_id", "usr", "logon_name"),
    *("samaccountname", "login_name", "employeeid", "personnel_number", "operator"),
    *("distinct_id", "mlflow_trace_user"),
)
_BY_KEY = ("subject", "from")  # roles whose name alone is that of other things as well
_MAILS = ("email", "e_mail", "mail", "email_address", "user_mail")
_NAMES = ("full_name", "display_name", "person_name")
SESSION = (
    *("session", "session_id", "sessionid", "session_key", "conversation_id", "chat_id"),
    "mlflow_trace_session",
)
APPLICATION = (
    *("application", "app", "application_name", "app_name", "application_id", "app_id"),
    *("process_name", "process", "program", "executable", "exe", "bundle_id", "service_name"),
)
WINDOW = (
    *("window_title", "window", "active_window", "focused_window", "window_name", "window_text"),
)
TIME = (
    *("time", "timestamp", "ts", "datetime", "event_time", "date_time", "time_stamp", "when"),
    *("created_at", "occurred_at", "observed_at", "start_time", "time_unix_nano"),
    *("start_time_unix_nano", "created", "date", "started_date_time", "create_time", "starttime"),
    *("created_date_time", "sent_date_time", "sent_at", "recorded_at", "captured_at", "logged_at"),
    *("event_timestamp", "timestamp_ms", "request_time", "started_at", "received_at"),
)
_NOBODY = frozenset(
    (
        *("", "-", "0", "unknown", "null", "none", "nil", "anonymous", "n/a", "na", "undefined"),
        *("user", "assistant", "system", "bot", "human", "tool", "guest", "true", "false"),
        *("gpt", "chatgpt", "model", "function", "ai", "observation"),
    )
)
_LONGEST = 320  # characters; what is longer names nobody (RFC 5321: an address has at most 254)
_NODES, _DEPTH = 400, 3  # members of a record that are looked at, and how deep
_KNOWN = 20_000  # members whose names are known
_SCALARS = frozenset((str, int, float, bool, type(None)))
_MAIL = re.compile(r"[^\s<>@:,;\"']+@[^\s<>@:,;\"']+\.[^\s<>@:,;\"'.]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_APART = re.compile(r"[\W_]+")
_PROGRAM = re.compile(r"aw-(?:watcher|client|server)\b.*")  # ActivityWatch calls these clients
_SITE = re.compile(r"https?://[^/?#\s@]{1,80}(?=[/?#]|\Z)")


_TAIL = re.compile(r"^.*\.(?=[^.]*\.id$|(?!id$)[^.]*$)")  # all but the last words of a dotted name
_TAILS = frozenset(("user_id", "user_email", "session_id", "conversation_id"))


@dataclass(frozen=True, slots=True, repr=False)
class Said:
    """What a record says of itself, still raw.

    `person` are the keys of one person as (kind, folded key), the surest first; kind is one
    of email, account, name.
    """

    person: tuple[tuple[str, str], ...] = ()
    session: str = ""
    application: str = ""
    window: str = ""
    time: datetime | None = None


NOTHING = Said()


@dataclass(frozen=True)
class Names:
    """Names of fields, as the policy gives them; they are asked before those known here."""

    user: tuple[str, ...] = ()
    session: tuple[str, ...] = ()
    application: tuple[str, ...] = ()
    window: tuple[str, ...] = ()
    time: tuple[str, ...] = ()

    @cached_property
    def persons(self) -> tuple[tuple[str, ...], ...]:
        """Names that are of one person together, the first group that has a value counts."""
        own = tuple((plain(name),) for name in self.user)
        roles = tuple(_of_role(role) for role in ROLES)
        return (*own, *roles, _MAILS, _NAMES)

    @cached_property
    def groups(self) -> dict[str, tuple[int, ...]]:
        """By name of a field the groups of `persons` that it counts in."""
        found: dict[str, tuple[int, ...]] = {}
        for number, group in enumerate(self.persons):
            for name in group:
                found[name] = (*found.get(name, ()), number)
        return found

    @cached_property
    def others(self) -> dict[str, tuple[str, ...]]:
        """By aspect its names, the surest first."""
        return {
            "session": (*map(plain, self.session), *SESSION),
            "application": (*map(plain, self.application), *APPLICATION),
            "window": (*map(plain, self.window), *WINDOW),
            "time": (*map(plain, self.time), *TIME),
        }

    @cached_property
    def _all(self) -> frozenset[str]:
        groups = (*self.persons, *self.others.values(), ("title", "request_url"))
        return frozenset(name for group in groups for name in group)

    def wanted(self, name: str) -> bool:
        """True for a field of which the value may be asked for."""
        return plain(name) in self._all

    @cached_property
    def _spelled(self) -> dict[tuple[str, Any], tuple[str, ...]]:
        return {}

    def spelled(self, above: str, key: Any) -> tuple[str, ...]:
        """By which names a member is asked for: inside of `above` by that and its own, or none."""
        known = self._spelled.get((above, key))
        if known is None:
            name = plain(key) if isinstance(key, str) and len(key) <= _LONGEST else ""
            asked = [f"{above}_{name}", name] if above else [name]
            tail = plain(_TAIL.sub("", key)) if name and "." in key else ""
            asked += [tail] if tail in _TAILS else []
            known = tuple(n for n in asked if n in self._all) if name else ()
            if len(self._spelled) < _KNOWN:
                self._spelled[above, key] = known
        return known


def _of_role(role: str) -> tuple[str, ...]:
    keys = _KEYS[1:] if role in _BY_KEY else _KEYS
    own = tuple(f"{role}_{key}" if key else role for key in keys)
    return (*own, *_OF_USERS) if role == "user" else own


DEFAULT = Names()


@cache
def plain(name: str) -> str:
    """A name as it is compared: `userId`, `user.id` and `User-ID` are `user_id`."""
    return _APART.sub("_", _HUMP.sub("_", name)).strip("_").lower()


def said(record: Any, pointer: str = "", names: Names = DEFAULT) -> Said:
    """What is said at a place of a decoded record: by the objects around it, or the whole.

    `record` is made of mappings, sequences and scalars; `pointer` leads to the value.
    """
    levels = [_Level(level, names) for level in _levels(record, pointer)]
    levels.reverse()
    if not levels:
        return NOTHING
    others = {a: _first(levels, known) for a, known in names.others.items() if a != "time"}
    if not others["application"]:  # of a request, as browsers export them (HAR)
        site = _SITE.match(_first(levels, ("request_url",)))
        others["application"] = site[0] if site else ""
    if others["application"] and not others["window"]:
        others["window"] = _first(levels, ("title",))
    return Said(_person(levels, names), **others, time=_time_of(levels, names))


@dataclass(slots=True)
class _Level:
    """One object of a record with what is asked for in it, by name."""

    raw: Mapping[Any, Any]
    names: Names
    flat: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.flat = {}
        _gather(self.raw, "", _DEPTH, [_NODES], self)


def _levels(record: Any, pointer: str) -> Iterator[Mapping[Any, Any]]:
    """The objects on the way to a place, from the outside."""
    node = record
    for seg in [*split(pointer), None]:
        if isinstance(node, Mapping):
            yield node
        if seg is None or not isinstance(node, (Mapping, list, tuple)):
            return
        key, repeat = key_of(seg)
        try:
            node = node[key] if isinstance(node, Mapping) else node[int(key)]
        except (KeyError, IndexError, ValueError):
            return
        if repeat:
            return


def _gather(
    node: Mapping[Any, Any], above: str, depth: int, budget: list[int], level: _Level
) -> None:
    """What is asked for in an object: plain members before those of inner objects."""
    inner: list[tuple[Any, Any]] = []
    spelled = level.names.spelled
    for key, value in islice(node.items(), budget[0]):
        if type(value) in _SCALARS or not isinstance(value, (Mapping, list, tuple)):
            for name in spelled(above, key):
                level.flat.setdefault(name, value)
        else:
            inner.append((key, value))
    budget[0] = max(0, budget[0] - len(node))
    for key, value in inner if depth > 1 else ():
        name = plain(key) if isinstance(key, str) and len(key) <= _LONGEST else ""
        held = value if isinstance(value, Mapping) else pairs(value)
        _gather(held, name, depth - 1, budget, level)


def pairs(items: Any) -> dict[str, Any]:
    """A list of `{"key": ..., "value": ...}` as one object (OpenTelemetry, forms, tags)."""
    found: dict[str, Any] = {}
    for item in items[:_NODES]:
        if not isinstance(item, Mapping):
            return {}
        key = item.get("key", item.get("name"))
        if not isinstance(key, str) or "value" not in item:
            return {}
        value = item["value"]
        if isinstance(value, Mapping) and len(value) == 1:  # {"stringValue": "..."}
            value = next(iter(value.values()))
        found.setdefault(key, value)
    return found


def _first(levels: Iterable[_Level], names: Iterable[str]) -> str:
    for level in levels:
        for name in names:
            if name in level.flat and (text := _text(level.flat[name])):
                return text
    return ""


def _person(levels: Sequence[_Level], names: Names) -> tuple[tuple[str, str], ...]:
    given = {number for level in levels for n in level.flat for number in names.groups.get(n, ())}
    for group in map(names.persons.__getitem__, sorted(given)):
        for level in levels:
            keys = _keys(level.flat, group)
            if keys and group[0] not in _MAILS:
                keys |= _keys(level.flat, _MAILS)  # beside the account stands its address
            if keys:
                return tuple(sorted(keys, key=lambda key: (_KINDS.index(key[0]), key[1])))
    return ()


_KINDS = ("email", "account", "name")


def _keys(flat: Mapping[str, Any], names: Iterable[str]) -> set[tuple[str, str]]:
    found = (person_key(_text(flat.get(name))) for name in names if name in flat)
    return {key for key in found if key is not None}


def person_key(text: str) -> tuple[str, str] | None:
    """(kind, folded key) of what names a person; None for what names nobody."""
    folded = unicodedata.normalize("NFKC", text).strip().casefold()
    if folded in _NOBODY or len(folded) > _LONGEST or _PROGRAM.fullmatch(folded):
        return None
    mail = _MAIL.search(folded)
    if mail is not None:
        return "email", mail[0]
    words = folded.split()
    return ("name", " ".join(words)) if len(words) > 1 else ("account", folded)


def _text(value: Any) -> str:
    """A scalar as text; "" for what names nothing."""
    if isinstance(value, str):
        return value if 0 < len(value) <= 4096 else ""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1 << 53 else ""
    return str(value) if isinstance(value, int) else ""


# Times ------------------------------------------------------------------------------------

_UNITS = ((1e8, 1e11, 1.0), (1e11, 1e14, 1e3), (1e14, 1e17, 1e6), (1e17, 1e20, 1e9))


def _time_of(levels: Iterable[_Level], names: Names) -> datetime | None:
    for level in levels:
        for name in names.others["time"]:
            if name in level.flat and (moment := time_from(level.flat[name])) is not None:
                return moment
    return None


def time_from(value: Any) -> datetime | None:
    """A time of day in UTC; None for what is no absolute time.

    A number counts seconds, milli-, micro- or nanoseconds since 1970, by its size; a text is
    ISO 8601 or such a number.  Without a zone it is UTC.
    """
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime.combine(value, time())
    elif isinstance(value, str):
        return _time_in(value.strip())
    else:
        return _since_1970(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _time_in(text: str) -> datetime | None:
    if not 8 <= len(text) <= 40:
        return None
    try:
        if text[4] != "-":
            return _since_1970(float(text))
    except ValueError:
        pass
    try:
        return time_from(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def _since_1970(value: Any) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    unit = next((u for low, high, u in _UNITS if low <= value < high), 0.0)
    if not unit:
        return None
    try:
        moment = datetime.fromtimestamp(value / unit, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if 1990 <= moment.year < 2100 else None
