"""JSON as a scanner must see it: every member of every object, numbers as they are written.

A parsed object is a tuple of (key, value) pairs, so that repeated keys stay; an array is a
list; a number is the bytes it was written with.  The standard parser builds this in C.
"""

from __future__ import annotations

import json
import re
from typing import Any

MAX_NESTING = 200
_TORN = 16  # characters at the end of a beginning that may be half a word, number or escape
_SPACE, _COMMA = re.compile(r"[ \t\r\n]*+"), re.compile(r"[ \t\r\n]*+,")
_SURROGATES = re.compile("[\ud800-\udfff]")
_scan = json.JSONDecoder(
    object_pairs_hook=tuple,
    parse_int=str.encode,
    parse_float=str.encode,
    strict=False,
).scan_once  # type: ignore[attr-defined]


class NotJson(ValueError):
    """The text is no JSON; the reason is in our own words and quotes nothing."""


class TooDeep(NotJson):
    """The text begins and ends as JSON does, but is nested too deeply to be read."""


def parse(text: str, lossy: bool = False) -> Any:
    """The document in the form described above.

    Lone surrogates become U+FFFD one for one; `lossy` says that the text itself has some,
    not only escapes of them.  Control characters in strings are let pass.  Raises NotJson.
    """
    text = text.strip(" \t\r\n")
    try:
        document, end = _scan(text, 0)
    except RecursionError:
        closed = text[-1:] in ("]", "}")
        raise (TooDeep if closed else NotJson)("JSON nested too deeply") from None
    except (ValueError, StopIteration):
        raise NotJson("not valid JSON") from None
    if end != len(text):
        raise NotJson("more text after the JSON value")
    if text.count("[") + text.count("{") > MAX_NESTING and _depth(document) > MAX_NESTING:
        raise TooDeep("JSON nested too deeply")
    return _scrubbed(document) if lossy or "\\ud" in text or "\\uD" in text else document


def unescape(text: str) -> str:
    """The text of a string from what stands between its quotes.  Raises NotJson."""
    if "\\" not in text:
        return text
    try:
        found: str = _scan(f'"{text}"', 0)[0]
    except ValueError:
        raise NotJson("not valid JSON") from None
    return found


def element(text: str, start: int) -> tuple[Any, int] | None:
    """The array element at `start`, as `parse` gives it, and where the one after it begins.

    None where there is no comma, and for what may be nested too deeply.
    """
    try:
        node, end = _scan(text, _SPACE.match(text, start).end())  # type: ignore[union-attr]
    except (ValueError, StopIteration, RecursionError):
        return None
    comma = _COMMA.match(text, end)
    deep = text.count("[", start, end) + text.count("{", start, end) > MAX_NESTING
    if comma is None or deep:
        return None
    surrogates = text.find("\\ud", start, end) >= 0 or text.find("\\uD", start, end) >= 0
    return _scrubbed(node) if surrogates else node, comma.end()


def begins(head: str) -> bool:
    """True when the text could be the beginning of a JSON document."""
    try:
        end = _scan(head, len(head) - len(head.lstrip(" \t\r\n")))[1]
        return not head[end:].strip(" \t\r\n")
    except json.JSONDecodeError as error:
        return error.msg.startswith("Unterminated") or error.pos >= len(head) - _TORN
    except StopIteration as stop:
        return int(stop.value) >= len(head) - _TORN
    except RecursionError:
        return True


def scrub(text: str) -> str:
    """The text with lone surrogates replaced by U+FFFD, one for one."""
    return _SURROGATES.sub("\ufffd", text)


def _depth(document: Any) -> int:
    """How many objects and arrays lie in each other."""
    depth, level = 0, [document]
    while level:
        inner = [i for node in level for i in _members_of(node)]
        level = [node for node in inner if isinstance(node, list | tuple)]
        depth += 1
    return depth


def _members_of(node: Any) -> Any:
    return [value for _, value in node] if isinstance(node, tuple) else node


def _scrubbed(node: Any) -> Any:
    if isinstance(node, str):
        return scrub(node)
    if isinstance(node, list):
        return [_scrubbed(item) for item in node]
    if isinstance(node, tuple):
        return tuple((scrub(key), _scrubbed(value)) for key, value in node)
    return node
