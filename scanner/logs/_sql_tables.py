"""Which tables an SQL statement names, for logs that give the statement only.

This is no parser: it takes the names after FROM, JOIN, INTO, UPDATE, TABLE and COPY, outside of
comments and texts.  Names of common table expressions and of functions are left out.  What a
view or a function reads inside is not in the statement, and is not found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_NAME = r'(?:"(?:[^"]|"")+"|`[^`]+`|\[[^\]]+\]|[^\W\d][\w$]*)'
_PATH = rf"{_NAME}(?:\s*\.\s*{_NAME}){{0,3}}"
_NOISE = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^'\\]|''|\\.)*'|\$(\w*)\$.*?\$\1\$", re.DOTALL)
_CTE = re.compile(
    rf"(?:\bwith(?:\s+recursive)?|,)\s+({_NAME})\s*(?:\([^()]*\)\s*)?as\b[^(,;]{{0,40}}\(", re.I
)
_AFTER = re.compile(rf"\b(from|join|into|update|table|copy)\s+(?:only\s+)?({_PATH})", re.IGNORECASE)
_MORE = re.compile(
    rf"\s*(?:as\s+)?(?:(?!\b(?:where|join|on|group|order|limit)\b){_NAME})?\s*,\s*({_PATH})", re.I
)
_PARTS = re.compile(_NAME)
_NOT_NAMES = frozenset(
    ("select", "lateral", "unnest", "values", "set", "if", "exists", "table", "only", "default")
)
_WRITES = frozenset({"into", "update"})
_CHANGES = re.compile(r"\s*(?:insert|update|delete|merge|truncate|drop|alter|create)\b", re.I)


def read_by(statement: str) -> list[tuple[str, ...]]:
    """The tables a statement reads, each as its name parts unquoted, in order, once.

    `DELETE FROM t` and the like do not read their target; what they select from, they do.
    """
    found = dict.fromkeys(_named(statement))
    return list(found)


def _named(statement: str) -> Iterator[tuple[str, ...]]:
    plain = _NOISE.sub(" ", statement)
    known = {_parts(name)[0].lower() for name in _CTE.findall(plain)}
    target = bool(_CHANGES.match(plain))
    for hit in _AFTER.finditer(plain):
        word = hit[1].lower()
        if word in _WRITES or (target and word in ("from", "table") and _is_target(plain, hit)):
            continue
        for path, end in _with_commas(plain, hit, word):
            parts = _parts(path)
            called = plain[end:].lstrip()[:1] == "(" and word != "copy"
            if not called and _is_table(parts, known):
                yield parts


def _is_target(plain: str, hit: re.Match[str]) -> bool:
    """True for the table right after the verb: `delete from t`, `truncate table t`."""
    before = plain[: hit.start()].split()
    return len(before) == 1


def _with_commas(plain: str, hit: re.Match[str], word: str) -> Iterator[tuple[str, int]]:
    """`from a, b c, d` names three tables."""
    yield hit[2], hit.end()
    end = hit.end()
    while word == "from":
        more = _MORE.match(plain, end)
        if more is None:
            return
        yield more[1], more.end()
        end = more.end()


def _is_table(parts: tuple[str, ...], known: set[str]) -> bool:
    name = parts[0].lower()
    return not (len(parts) == 1 and (name in known or name in _NOT_NAMES))


def _parts(path: str) -> tuple[str, ...]:
    return tuple(_unquoted(part) for part in _PARTS.findall(path))


def _unquoted(part: str) -> str:
    if part[0] == '"':
        return part[1:-1].replace('""', '"')
    return part[1:-1] if part[0] in "`[" else part
