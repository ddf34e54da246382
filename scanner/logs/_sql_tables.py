"""Which tables an SQL statement reads, for logs that give the statement only.

This is no parser: it takes the names after FROM, JOIN, USING, TABLE and COPY ... TO, outside of
comments and texts.  Targets of changes, common table expressions and functions are left out.
What a view or a function reads inside is not in the statement, and is not found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_NAME = r'(?:"(?:[^"]|"")+"|`[^`]+`|\[[^\]]+\]|[^\W\d][\w$]*)'
_PATH = rf"{_NAME}(?:\s*\.\s*{_NAME}){{0,3}}"
_NOISE = re.compile(
    r"--[^\n]*|/\*.*?\*/|'(?:[^'\\]|''|\\.)*'|\$(\w*)\$.*?\$\1\$"
    r"|\b(?:extract|trim|substring|overlay|position)\s*\([^()]*\)|\bdistinct\s+from\b",
    re.DOTALL | re.IGNORECASE,
)
_CTE = re.compile(
    rf"(?:\bwith(?:\s+recursive)?|,)\s+({_NAME})\s*(?:\([^()]*\)\s*)?as\s*"
    r"(?:(?:not\s+)?materialized\s*)?\(",
    re.IGNORECASE,
)
_AFTER = re.compile(rf"\b(from|join|using|table|copy)\s+(?:only\s+)?({_PATH})", re.IGNORECASE)
_MORE = re.compile(
    rf"(?:\s*\([^()]*\))?\s*(?:as\s+)?(?:(?!\b(?:where|join|on|group|order|limit)\b){_NAME})?\s*,\s*({_PATH})",
    re.IGNORECASE,
)
_LOAD = re.compile(rf"\s*copy\s+(?:into\s+)?{_PATH}\s*(?:\([^()]*\)\s*)?from\b", re.IGNORECASE)
_TABLE_FIRST = re.compile(
    r"\s*(?:create|drop|alter|truncate|grant|revoke|comment|lock|analyze|vacuum|undrop)\b", re.I
)
_PARTS = re.compile(_NAME)
_NOT_NAMES = frozenset(
    (
        "select",
        "lateral",
        "unnest",
        "values",
        "set",
        "if",
        "exists",
        "table",
        "only",
        "default",
        "into",
    )
)


def read_by(statement: str) -> list[tuple[str, ...]]:
    """The tables a statement reads, each as its name parts unquoted, in order, once.

    `DELETE FROM t` and the like do not read their target; what they select from, they do.
    """
    plain = _NOISE.sub(" ", statement)
    return [] if _LOAD.match(plain) else list(dict.fromkeys(_named(plain)))


def _named(plain: str) -> Iterator[tuple[str, ...]]:
    known = {parts_of(name)[0].lower() for name in _CTE.findall(plain)}
    for hit in _AFTER.finditer(plain):
        if _is_target(plain, hit):
            continue
        for path, end in _with_commas(plain, hit):
            parts = parts_of(path)
            called = plain[end:].lstrip()[:1] == "("
            if not called and _is_table(parts, known):
                yield parts


def _is_target(plain: str, hit: re.Match[str]) -> bool:
    """True for what is changed: `delete from t`, `truncate table t`, `create table t as`."""
    if hit[1].lower() == "table":
        return _TABLE_FIRST.match(plain) is not None
    return plain[: hit.start()].strip().lower() == "delete"


def _with_commas(plain: str, hit: re.Match[str]) -> Iterator[tuple[str, int]]:
    """`from a, b c, d` names three tables."""
    yield hit[2], hit.end()
    end = hit.end()
    while hit[1].lower() == "from":
        more = _MORE.match(plain, end)
        if more is None:
            return
        yield more[1], more.end()
        end = more.end()


def _is_table(parts: tuple[str, ...], known: set[str]) -> bool:
    name = parts[0].lower()
    return not (len(parts) == 1 and (name in known or name in _NOT_NAMES))


def parts_of(path: str) -> tuple[str, ...]:
    """The parts of a dotted name, unquoted."""
    return tuple(_unquoted(part) for part in _PARTS.findall(path))


def _unquoted(part: str) -> str:
    if part[0] == '"':
        return part[1:-1].replace('""', '"')
    return part[1:-1] if part[0] in "`[" else part
