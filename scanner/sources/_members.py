"""What stands round a string of an undecoded JSON row: the key it belongs to, and its kind."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import Any

from scanner.files.json_names import (
    CONTAINERS,
    HOLDING,
    KEY_BYTES,
    NAMING,
    SENSITIVE,
    VALUES,
    WRAPPERS,
    like_a_name,
)
from scanner.files.json_parse import parse
from scanner.files.json_rows import Strings
from scanner.regexes.linear import compile_re

COLONS = (b":", b": ")
_SHORT_NUMBER = rb"\s*-?\d{1,6}(?:\.\d{1,6})?\s*"
_SHORT_NUMBERS = re.compile(rb"\[(?:%b(?:,%b)*|\s*)\]" % (_SHORT_NUMBER, _SHORT_NUMBER))
_COLON = re.compile(rb"\s*:\s*")


class Unclear(Exception):
    """What a text is called cannot be told without parsing its row."""


class Kind(Enum):
    """What a key says of the texts that belong to it."""

    PLAIN = auto()
    NAMING = auto()  # its text may name a sibling
    HOLDING = auto()  # its text may be named by a sibling
    WRAPPER = auto()  # its text goes by the name of what is round it


@dataclass(frozen=True, slots=True)
class Key:
    text: str
    kind: Kind


@lru_cache(4096)
def key_of(raw: bytes) -> Key:
    """The key that is written so, between its quotation marks."""
    text = parse(f'"{raw.decode()}"')
    low = text.lower()
    if low in WRAPPERS:
        return Key(text, Kind.WRAPPER)
    if low in HOLDING or low in VALUES:
        return Key(text, Kind.HOLDING)
    return Key(text, Kind.NAMING if low in NAMING else Kind.PLAIN)


def is_key(raw: bytes, end: int) -> bool:
    """True for the string whose closing quotation mark stands at `end`."""
    return raw[end + 1] == ord(":") or _COLON.match(raw, end + 1) is not None


def after_colon(raw: bytes, at: int) -> int:
    """The offset of what follows the colon at or after `at`."""
    found = _COLON.match(raw, at)
    return found.end() if found else at


def tells(key: bytes) -> bool:
    """True for a key that says of its siblings, or of what is below it, that they are secrets."""
    low = key.decode("utf-8", "replace").lower()
    return "\\" in low or low == SENSITIVE or low in CONTAINERS


def owner(strings: Strings, token: int) -> bytes:
    """The raw key that a string, or the array it is an element of, belongs to.

    Raises Unclear when it takes a parser to know.
    """
    for before in range(token - 1, max(-1, token - 65), -1):
        gap = strings.raw[int(strings.ends(before)) + 1 : int(strings.starts(before + 1)) - 1]
        if gap in COLONS or gap.strip() == b":":
            if before == token - 1:
                return text_of(strings, before)
            raise Unclear
        if b"".join(gap.split()) == b":[":
            return text_of(strings, before)
        if gap.strip() != b",":
            raise Unclear
    raise Unclear


def text_of(strings: Strings, token: int) -> bytes:
    """A string as it is written."""
    return strings.raw[int(strings.starts(token)) : int(strings.ends(token))]


def holds_nothing(raw: bytes, start: int) -> bool:
    """True for an array of short numbers, in which nothing can be hidden."""
    found = _SHORT_NUMBERS.match(raw, start)
    return found is not None and found[0].count(b",") != KEY_BYTES - 1


def may_be_named(row: bytes, at: int) -> bool:
    """True when a sibling or the object round it may name the text there in the row."""
    if _NAMES.search(row) is not None or row.count(b"{", 0, at) > 1:
        return True
    return any(b"\\" in i[1] or _like_a_name(i[1]) for i in _IDS.finditer(row) if i[1])


def _like_a_name(raw: bytes) -> bool:
    return like_a_name(raw.decode("utf-8", "replace"))


def may_name(row: bytes) -> bool:
    """True when the row has a member that a sibling may name."""
    return _HOLDS.search(row) is not None


def may_wrap(row: bytes) -> bool:
    """True when the row has a member that goes by the name of what is round it."""
    return _WRAPS.search(row) is not None


def _keys(names: Iterable[str], then: str = "") -> Any:
    # A key may be written with escapes as well: then it might be any of them.
    listed = "|".join(map(re.escape, sorted(names)))
    return compile_re(rf'(?:"(?i:{listed})"|\\\\u[^"]*")\s*:{then}')


_NAMES = _keys(set(NAMING) - {"id"}, r'\s*"')
_IDS = compile_re(r'"(?i:id)"\s*:\s*"([^"]*)')
_HOLDS = _keys(HOLDING | {"key"})
_WRAPS = _keys(WRAPPERS | VALUES)
