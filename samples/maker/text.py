"""Texts that remember where a planted value stands in them.

Truth comes from here: spans are counted while a text is put together, never by searching
the finished file for what we hope is in it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Value:
    """One planted value.  `id` is how templates name it, `kind` and `rule` are for readers."""

    id: str
    kind: str
    rule: str  # a hint, not a rule id: what a scanner may call it
    category: str  # credential, pii, term, integrity
    raw: str
    weak: bool = False  # known to be void: a scanner may rank it low

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.raw.encode()).hexdigest()


@dataclass(frozen=True)
class Found:
    """One occurrence; `start` and `end` are code points in the decoded text."""

    value: Value
    start: int
    end: int
    field: str = ""
    part: str = "value"
    layers: tuple[str, ...] = ()
    record: int | None = None
    file: str = ""


@dataclass(frozen=True)
class Text:
    """A string with the planted values in it, in order."""

    text: str
    found: tuple[Found, ...] = ()

    def __add__(self, other: Text) -> Text:
        shift = len(self.text)
        moved = (replace(f, start=f.start + shift, end=f.end + shift) for f in other.found)
        return Text(self.text + other.text, (*self.found, *moved))

    def lines(self) -> Iterator[Text]:
        """The lines of the text; no planted value may run over a line's end."""
        at = 0
        for line in self.text.split("\n"):
            inside = [f for f in self.found if at <= f.start and f.end <= at + len(line)]
            yield Text(line, tuple(replace(f, start=f.start - at, end=f.end - at) for f in inside))
            at += len(line) + 1


@dataclass(frozen=True)
class Json:
    """A JSON document written into a string."""

    inner: Any


@dataclass(frozen=True)
class Number:
    """A planted value written as a number."""

    value: Value


@dataclass(frozen=True)
class Keyed:
    """An object with one entry whose key is a planted value."""

    value: Value
    entry: Any


_HOLE = re.compile(r"\{([a-z]+\.[a-z0-9_.]+)\}")


def fill(template: str, values: Mapping[str, Value]) -> Text:
    """`mail {email.mara}` with the planted value put in; an unknown id is a KeyError."""
    out, at = Text(""), 0
    for hole in _HOLE.finditer(template):
        value = values[hole[1]]
        out += Text(template[at : hole.start()])
        out += Text(value.raw, (Found(value, 0, len(value.raw)),))
        at = hole.end()
    return out + Text(template[at:])


def fill_all(node: Any, values: Mapping[str, Value]) -> Any:
    """The same record with every string in it filled."""
    if isinstance(node, str):
        return fill(node, values)
    if isinstance(node, Json):
        return Json(fill_all(node.inner, values))
    if isinstance(node, dict):
        return {key: fill_all(item, values) for key, item in node.items()}
    if isinstance(node, (list, tuple)):
        return [fill_all(item, values) for item in node]
    return node


def plain(node: Any, at: str = "") -> tuple[Any, list[Found]]:
    """The record as plain JSON data, and what is planted in it, by JSON pointer."""
    if isinstance(node, Text):
        return node.text, [replace(f, field=at) for f in node.found]
    if isinstance(node, Json):
        return _stringified(node, at)
    if isinstance(node, Number):
        size = len(node.value.raw)
        return int(node.value.raw), [Found(node.value, 0, size, at, part="number")]
    if isinstance(node, Keyed):
        # The pointer of a sensitive key would say it, so truth shows it as `*`.
        found = Found(node.value, 0, len(node.value.raw), f"{at}/*", part="key")
        return {node.value.raw: node.entry}, [found]
    return _container(node, at)


def _container(node: Any, at: str) -> tuple[Any, list[Found]]:
    if isinstance(node, dict):
        return _members(node.items(), at, dict)
    if isinstance(node, list):
        return _members(enumerate(node), at, lambda items: [item for _, item in items])
    return node, []


def _members(items: Any, at: str, build: Any) -> tuple[Any, list[Found]]:
    done: list[tuple[Any, Any]] = []
    found: list[Found] = []
    for key, item in items:
        value, inside = plain(item, f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}")
        done.append((key, value))
        found += inside
    return build(done), found


def _stringified(node: Json, at: str) -> tuple[str, list[Found]]:
    data, inside = plain(node.inner)
    found = [replace(f, field=at, layers=(f"json:{f.field}", *f.layers)) for f in inside]
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False), found
