"""Lines of text logs that tell of keys, taken apart into named members.

Known are the outputs of xev, xinput (test, test-xi2), wev, xkbcli, evtest, libinput, getevent,
showkey, cnee, python-evdev, the keyboard module, xmacro, AutoHotkey's key history, and event
objects as toolkits print them; of any other line the words for pressing and releasing,
`name=value` pairs, and what stands beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from scanner.keystrokes.keys import key_of
from scanner.keystrokes.recorder import Act
from scanner.recordings._roles import ROLES, act_of, plain

_LONGEST = 2000  # characters of a record
_ACT = re.compile(
    r"(?<![a-z])(?:on_?|keystr|wm_(?:sys)?|native_|kcgevent|raw_?|nsevent\w*?)?"
    r"(?:key(?:board)?[ _-]?)?(?P<word>press(?:ed|es)?|release[ds]?|down|up)(?![a-z])",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"^[\s|]*[\[(]?(?P<iso>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?"
    r"(?:Z|[+-]\d\d:?\d\d)?)[\])]?"
    r"|^[\s|]*[\[(]?\s*(?P<first>\d+\.\d+|\d{10,19})[\])]?(?=[\s,;:|])"
    r"|(?<![\w.])\+?(?P<any>\d+\.\d{2,}|\d{10,19})s?(?![\w.])"
)
_PAIR = re.compile(
    r"['\"]?(?P<name>[A-Za-z][\w.]*)['\"]?\s*[=:]\s*"
    r"(?:\"(?P<a>[^\"]*)\"|'(?P<b>'|[^']*)'|(?P<c>[^\s,;:=(){}\[\]<>]+)(?![\w.]*[:=]))"
)
_SPACED = re.compile(  # names that stand before their value without a sign between
    r"\b(?P<name>keycode|keysym|code|scancode|detail|type|val(?:ue)?|state|serial)\s+"
    r"(?P<value>0x[0-9a-f]+|\d+)\b",
    re.IGNORECASE,
)
_SYMBOL = re.compile(r"keysyms? (?:0x[0-9a-f]+, |\[ )(?P<name>[^\s)\]]+)")
_KEY = re.compile(
    r"\bKeyCode\(char=(?P<char>'[^\n]'|\"[^\n]\")|<(?P<shown>Key\.\w+)[^>]*>|\bKey\.\w+"
    r"|\b(?:KEY|VK|XK|BTN)_\w+|\bQt\.Key_\w+|'\\x[0-9a-f]{2}'|'\\\\?[^\n]'|'[^'\n]'|\"[^\n]\""
    r"|\[[^\[\]\n]{1,20}\]|<[^<>\n]{1,20}>|\b0x[0-9a-fA-F]{1,4}\b"
)
_HISTORY = re.compile(
    r"^(?P<vk>[0-9A-F]{2})\s+[0-9A-F]{3}\s+\S?\s*(?P<act>[du])\t[\d.]+\t(?P<key>\S+)"
)
_ASCII = re.compile(r"^.{1,3}?\s+\d{1,3} 0\d{3} 0x(?P<code>[0-9a-f]{2})\s*$")
_CNEE = re.compile(r"^\d,([23]),0,0,0,(\d{1,3}),0,(\d+),")  # replayed by the tool of that name
_EVENT = re.compile(r"^/dev/input/\S+:\s+([0-9a-f]{4})\s+([0-9a-f]{4})\s+([0-9a-f]{8})\s*$")
_SIGNED = re.compile(r"(?:^|\s)(?P<sign>[+-])(?P<key>[^\s\d]\S{0,20}|\d)\s*$")
_WORD = re.compile(
    _ACT.pattern
    + r"|^/dev/input/|^\d,[23],0,0,0,\d|\bcode \d+, type|\bEV_KEY\b|^[0-9A-F]{2}\s+[0-9A-F]{3}\s"
    r"|\s0\d{3} 0x[0-9a-f]{2}\s*$|[+-][^\s\d]\S{0,20}\s*$",
    re.IGNORECASE,
)
_SHORT = 80  # characters of a line that is one key and a time
_NOISE = re.compile(
    r"EV_(?:SYN|MSC|LED|REL|ABS|REP)|SYN_REPORT|KeymapNotify|MotionNotify|^\d,[4-9],\d+,\d+,"
)
_RENAMED = {"detail": "keycode", "sym": "keyname", "utf8": "char", "unicode": "char"}
_RENAMED |= {"val": "value", "ts": "time", "unmodchars": "charactersignoringmodifiers"}
_EMPTY = frozenset(["undefined", "none", "nil", "null"])
_WORDS = re.compile(r"[^\s,;|:=(){}]+")
_KEYS = frozenset(ROLES["key"])
_CODES = 70_000  # larger numbers are no codes of keys
_DOWN, _UP = "press", "release"

Block = tuple[int, int, str]  # the first line, the last, and what they say


def blocks(lines: Iterable[tuple[int, str]]) -> Iterator[Block]:
    """Lines with those that are indented below them; so do many tools write one event."""
    first, last, texts = 0, 0, list[str]()
    for number, line in lines:
        below = texts and line[:2] in ("  ", "\t ", " \t", "\t\t")
        below = below and not (_ACT.search(line) or _ASCII.match(line))
        if not below or len(texts) > 30:
            if texts:
                yield first, last, _joined(texts)
            first, texts = number, []
        if line.strip() or texts:
            last = number
            texts.append(line)
    if texts:
        yield first, last, _joined(texts)


def _joined(texts: list[str]) -> str:
    return " ; ".join([texts[0], *(text.strip() for text in texts[1:])]) if texts[1:] else texts[0]


def record_of(text: str) -> dict[str, Any] | None:
    """What a line or block says, as a record of a log of keys; None where it is of no key."""
    if not 0 < len(text) <= _LONGEST or _NOISE.search(text):
        return None
    return _special(text) or _general(text)


def may_be_key(text: str) -> bool:
    """False for most lines that are of no key; cheap."""
    if len(text) > _LONGEST:
        return False
    if len(text) > _SHORT and not text[:_SHORT].strip():
        return False
    return _WORD.search(text) is not None or (
        len(text) < _SHORT and _alone(_bare(text)) is not None
    )


def _bare(text: str) -> str:
    time = _TIME.search(text)
    return text if time is None else text[: time.start()] + text[time.end() :]


def is_noise(text: str) -> bool:
    """True for what tools print besides keys."""
    return _NOISE.search(text) is not None


def _special(text: str) -> dict[str, Any] | None:
    if found := _HISTORY.match(text):
        return {"event": _DOWN if found["act"] == "d" else _UP, "key": found["key"]}
    if found := _ASCII.match(text):
        return {"event": _DOWN, "key": chr(int(found["code"], 16))}
    if found := _CNEE.match(text):
        act = _DOWN if found[1] == "2" else _UP
        return {"event": act, "keycode": int(found[2]), "time": found[3]}
    if found := _EVENT.match(text):
        kind, code, value = (int(digits, 16) for digits in found.groups())
        return {"type": kind, "code": code, "value": value}
    found = _SIGNED.search(text)
    if found and key_of(found["key"]) is not None:
        time = _TIME.search(text)
        said = {"event": _DOWN if found["sign"] == "+" else _UP, "key": found["key"]}
        return said | ({"time": _clock(time)} if time else {})
    return None


def _general(text: str) -> dict[str, Any] | None:
    record, rest = _members(text)
    acts = list(_ACT.finditer(rest))
    if acts:
        record |= _beside(rest, acts, any(plain(name) in _KEYS for name in record))
    elif not any(name.lower() in ("event", "type", "action", "state", "value") for name in record):
        key = _alone(rest)
        return record | {"key": key} if key is not None else None
    return record


def _members(text: str) -> tuple[dict[str, Any], str]:
    """What is named, and the rest of the text."""
    record: dict[str, Any] = {}
    time = _TIME.search(text)
    if time:
        record["time"] = _clock(time)
        named = text[: time.start()].rstrip().endswith(("=", ":"))
        text = text if named else text[: time.start()] + " " + text[time.end() :]
    for symbol in _SYMBOL.finditer(text):
        record["keyname"] = symbol["name"]
    for pair in (*_PAIR.finditer(text), *_SPACED.finditer(text)):
        name = _RENAMED.get(pair["name"].lower(), pair["name"])
        value = pair[pair.lastgroup or 0]
        if value and value.lower() not in _EMPTY and not _ACT.fullmatch(name):
            record[name] = str(int(value)) if len(value) > 1 and value.isdecimal() else value
    return record, _SPACED.sub(" ", _PAIR.sub(_left, text))


def _left(pair: re.Match[str]) -> str:
    """Of a pair what has to be looked at once more: a word for what happened."""
    value = pair[pair.lastgroup or 0]
    if _ACT.search(pair["name"]):
        return f" {pair['name']} {pair[0][len(pair['name']) :].lstrip(' :=')} "
    return f" {value} " if _ACT.fullmatch(value) else " "


def _clock(found: re.Match[str]) -> str:
    return found["iso"] or found["first"] or found["any"]


def _beside(rest: str, acts: list[re.Match[str]], known: bool) -> dict[str, Any]:
    """The act, and the key that stands beside it.  Up and Down are keys as well."""
    sure = [act for act in acts if act["word"].lower()[0] in "pr" or len(act[0]) > len(act["word"])]
    act = (sure or acts)[0] if len(acts) == 1 or sure else acts[-1]
    word = act["word"].lower()
    said = {"event": _UP if word.startswith(("up", "r")) else _DOWN}
    if known:
        return dict(said)
    after = rest[act.end() :]
    if after[:1] in ("'", '"') and after[:1] == rest[act.start() - 1 : act.start()]:
        after = after[1:]  # the word stands in quotes
    only = after.strip()
    key = only if len(only) == 1 and after[:1].isspace() else None
    key = key or _named(after) or _named(rest[: act.start()], last=True)
    if key is None and not re.search(r"\w", rest[act.end() :]) and rest.rstrip() + "  " == rest:
        key = " "
    return said | ({"key": key} if key is not None else {})


def listed(values: Iterable[Any]) -> dict[str, Any]:
    """A row whose columns have no names, or names that say nothing, by what its cells say."""
    record: dict[str, Any] = {}
    for value in values:
        if isinstance(value, str) and value:
            _hear(record, value)
        elif isinstance(value, float) or (isinstance(value, int) and abs(value) > _CODES):
            record.setdefault("time", value)
        elif isinstance(value, int):
            record.setdefault("code" if "time" in record else "time", value)
    return record


def _hear(record: dict[str, Any], value: str) -> None:
    act, time, key = _said(value) if len(value) <= _SHORT else (None, _is_time(value), False)
    if act in (Act.DOWN, Act.UP) and (value.lower() not in ("up", "down") or "key" in record):
        record.setdefault("event", value)
    elif time:
        record.setdefault("time", value)
    elif key:
        record.setdefault("key", value)


@lru_cache(maxsize=4096)
def _said(value: str) -> tuple[Act | None, bool, bool]:
    """What a short text says has happened; whether it is a time; whether it is a key."""
    act = act_of("type", value) if len(plain(value)) > 1 else None
    return act, _is_time(value), key_of(value) is not None


def _is_time(value: str) -> bool:
    return _TIME.match(value[:_SHORT] + " ") is not None


def _named(text: str, last: bool = False) -> str | None:
    """The key that a stretch of text names: the first, or the last."""
    marked = [match["char"] or match["shown"] or match[0] for match in _KEY.finditer(text)]
    words = [word.strip("[]<>.!'\"") or word for word in _WORDS.findall(text)]
    for some in (marked, words):
        for one in reversed(some) if last else some:
            bare = one[1:-1] if one[:1] in "[<" and len(one) > 2 and one[-1] in "]>" else one
            if key_of(bare) is not None or bare.isdigit():
                return bare
    return None


def _alone(rest: str) -> str | None:
    """A line that is one key and nothing else."""
    bare = rest.strip(" \t:|-") or rest.strip("\r\n")
    if len(bare) > 3 and bare[0] in "[<{" and bare[-1] in "]>}":
        bare = bare[1:-1]
    bare = bare[-1:] if not bare.strip() else bare
    return bare if key_of(bare) is not None and (len(bare) == 1 or not bare.isdigit()) else None
