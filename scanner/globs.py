"""Resource patterns of grants: globs over URIs, as `scanner.model.Grant` describes them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

Kind = Literal["exact", "prefix", "glob"]
_LIKE = {"*": "%", "?": "_", "%": r"\%", "_": r"\_", "\\": r"\\"}
_STARS = 3  # LIKE tries each again for every place of those before it


def parts(pattern: str) -> tuple[Kind, str]:
    """How to match a pattern, and the fixed text it starts with.

    exact: the resource equals the text.  prefix: it starts with the text (`a/*` and `a/`
    both give `a/`).  glob: it starts with the text, and `matches` must decide the rest.
    """
    pattern = _normal(pattern)
    wild = re.search(r"[*?]", pattern)
    if wild is None:
        return "exact", pattern
    head = pattern[: wild.start()]
    return ("prefix" if pattern[wild.start() :] == "*" else "glob"), head


def matches(pattern: str, resource: str) -> bool:
    """True when the pattern covers this one resource, whose text is taken literally."""
    return glob(_normal(pattern), resource)


def glob(pattern: str, text: str) -> bool:
    """True when `*` and `?` of the pattern can be filled to give the text; `/` is not special.

    Each piece between stars is taken where it first fits, which is linear where a regular
    expression could be made to backtrack.
    """
    first, *rest = _pieces(pattern)
    found = first.match(text)
    if found is None or not rest:
        return found is not None and found.end() == len(text)
    at = found.end()
    for piece in rest[:-1]:
        found = piece.search(text, at)
        if found is None:
            return False
        at = found.end()
    start = len(text) - len(pattern.rpartition("*")[2])
    return start >= at and rest[-1].match(text, start) is not None


def covers(outer: str, inner: str) -> bool:
    """True when everything that `inner` matches is surely matched by `outer` as well.

    False may mean "not sure" for neighbouring `?` and `*` (`a?*` against `a*?`).
    """
    return _covers(_normal(outer), _normal(inner))


def overlaps(one: str, other: str) -> bool:
    """True when some resource is matched by both patterns."""
    return _overlaps(_normal(one), _normal(other))


def regex(pattern: str) -> str:
    """The pattern as a regular expression for a full match (RE2 syntax, `.` spans lines)."""
    return _regex(_normal(pattern))


def like(pattern: str) -> str:
    r"""The pattern for SQL's LIKE with the escape `\\`; "" where LIKE could take long."""
    normal = _normal(pattern)
    if normal.count("*") > _STARS:
        return ""
    return "".join(_LIKE.get(c, c) for c in normal)


def _regex(pattern: str) -> str:
    return "(?s)" + "".join(_REGEX.get(c) or re.escape(c) for c in pattern)


_REGEX = {"*": ".*", "?": "."}


def _normal(pattern: str) -> str:
    text = re.sub(r"\*+", "*", pattern)
    below = text.endswith("/") and "*" not in text and "?" not in text
    return text + "*" if below else text


@lru_cache(maxsize=4096)
def _pieces(pattern: str) -> list[re.Pattern[str]]:
    return [re.compile(_regex(piece)) for piece in pattern.split("*")]


def _covers(outer: str, inner: str) -> bool:
    """Inclusion by states: the places in `outer` that each prefix of `inner` can reach.

    A `*` of `inner` is walked as zero or more characters that no pattern names, so only a
    `*` of `outer` can take them; a `?` as one such character.
    """
    reached = _skip_stars(outer, {0})
    for step in inner:
        if step == "*":
            reached = {i for i in reached if i < len(outer) and outer[i] == "*"}
        else:
            reached = _advance(outer, reached, None if step == "?" else step)
        reached = _skip_stars(outer, reached)
    return len(outer) in reached


def _advance(pattern: str, places: set[int], char: str | None) -> set[int]:
    """The places after one character; None is a character that no pattern names."""
    after = set()
    for i in places:
        if i < len(pattern) and pattern[i] == "*":
            after.add(i)
        elif i < len(pattern) and pattern[i] in ("?", char):
            after.add(i + 1)
    return after


def _skip_stars(pattern: str, places: set[int]) -> set[int]:
    """The places, and those behind the stars that may stand for nothing."""
    found = set(places)
    for i in sorted(places):
        j = i
        while j < len(pattern) and pattern[j] == "*":
            j += 1
            found.add(j)
    return found


def _overlaps(one: str, other: str) -> bool:
    """Walks both patterns at once; O(len * len)."""
    seen: set[tuple[int, int]] = set()
    todo = [(0, 0)]
    while todo:
        i, j = todo.pop()
        if (i, j) in seen:
            continue
        seen.add((i, j))
        if i == len(one) and j == len(other):
            return True
        todo += _pairs(one, other, i, j)
    return False


def _pairs(one: str, other: str, i: int, j: int) -> list[tuple[int, int]]:
    a, b = one[i : i + 1], other[j : j + 1]
    steps = []
    if a == "*":
        steps += [(i + 1, j)] + ([(i, j + 1)] if b else [])
    if b == "*":
        steps += [(i, j + 1)] + ([(i + 1, j)] if a else [])
    if a and b and "*" not in (a, b) and (a == b or "?" in (a, b)):
        steps.append((i + 1, j + 1))
    return steps
