"""Names of columns from the text of CREATE TABLE, which is read and not run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""--[^\n]*|/\*.*?(?:\*/|\Z)|\s+|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|'(?:[^']|'')*'"""
    r"""|[(),]|[^\s(),"'`\[]+|.""",
    re.DOTALL,
)
_CONSTRAINTS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN")


@dataclass(frozen=True, slots=True)
class Table:
    """A table: `columns` as their values follow in a record; `alias` is that which is the row id.

    `rowid` is False for a table that is an index: WITHOUT ROWID.
    """

    name: str
    root: int
    columns: tuple[str, ...]
    alias: int = -1
    rowid: bool = True


def table_of(name: str, root: int, sql: str) -> Table:
    """A table from its definition; of what cannot be understood no columns are named."""
    columns, keys, alias = list[str](), list[str](), -1
    inner, after = _body(sql)
    for part in inner:
        words = [word.upper() for word in part]
        if words[0] in _CONSTRAINTS and columns:
            keys += _listed(part, words)
        elif not _is_virtual(words):
            if _is_key(words):
                keys = [_name(part[0])]
                alias = len(columns) if words[1:2] == ["INTEGER"] and "DESC" not in words else -1
            columns.append(_name(part[0]))
    rowid = "WITHOUT" not in after
    if not rowid:
        return Table(name, root, _keys_first(columns, keys), -1, False)
    if alias < 0 and len(keys) == 1:
        alias = _alias(inner, columns, keys[0])
    return Table(name, root, tuple(columns), alias)


def _body(sql: str) -> tuple[list[list[str]], list[str]]:
    """The parts between the outer brackets, in tokens, and the words behind them."""
    parts, after, depth = [list[str]()], list[str](), 0
    for word in _tokens(sql):
        if depth == 1 and word == ",":
            parts.append([])
            continue
        depth -= word == ")"
        if depth >= 1:
            parts[-1].append(word)
        elif word != ")" and parts[-1]:
            after.append(word.upper())
        depth += word == "("
    return [part for part in parts if part], after


def _tokens(sql: str) -> Iterator[str]:
    for found in _TOKEN.finditer(sql):
        word = found[0]
        if not word.isspace() and not word.startswith(("--", "/*")):
            yield word


def _name(word: str) -> str:
    quote = word[0]
    if quote == "[":
        return word[1:-1]
    return word[1:-1].replace(quote * 2, quote) if quote in "\"'`" else word


def _is_key(words: list[str]) -> bool:
    return any(words[i : i + 2] == ["PRIMARY", "KEY"] for i in range(1, len(words)))


def _is_virtual(words: list[str]) -> bool:
    """True for a column that is computed and not kept."""
    return any(words[i : i + 2] == ["AS", "("] for i in range(1, len(words))) and (
        "STORED" not in words
    )


def _listed(part: list[str], words: list[str]) -> list[str]:
    """The columns of a PRIMARY KEY (...) among the table's constraints."""
    if not any(words[i : i + 2] == ["PRIMARY", "KEY"] for i in range(len(words))):
        return []
    start = part.index("(") if "(" in part else len(part)
    depth, found, fresh = 0, list[str](), True
    for word in part[start:]:
        depth += (word == "(") - (word == ")")
        if depth == 1 and word in "(,":
            fresh = True
        elif fresh and word not in "()":
            found.append(_name(word))
            fresh = False
    return found


def _alias(inner: list[list[str]], columns: list[str], key: str) -> int:
    """The column of INTEGER type that a constraint makes the key; -1 for none."""
    for part in inner:
        if _name(part[0]).lower() == key.lower() and [t.upper() for t in part[1:2]] == ["INTEGER"]:
            return next((i for i, c in enumerate(columns) if c.lower() == key.lower()), -1)
    return -1


def _keys_first(columns: list[str], keys: list[str]) -> tuple[str, ...]:
    low = list(dict.fromkeys(key.lower() for key in keys))
    first = [c for key in low for c in columns if c.lower() == key]
    return (*first, *(c for c in columns if c.lower() not in low))
