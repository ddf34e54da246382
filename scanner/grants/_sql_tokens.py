"""Splits SQL scripts of any dialect into statements, and statements into tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|--[^\n]*|\#[ !][^\n]*|/\*.*?(?:\*/|\Z)|(?m:^\s*(?:rem|prompt)\b[^\n]*))
    |(?P<body>\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z))
    |(?P<text>[nN]?'(?:[^'\\]|''|\\.)*(?:'|\Z))
    |(?P<named>\bidentifier\s*\(\s*(?:'[^']*'|"[^"]*"|\$\w+)\s*\))
    |(?P<quoted>(?:\bu&)?"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[(?:[^\]]|\]\])*\])
    |(?P<filled>\$\{[^}]*\}|\{\{.*?\}\}|\$\([^)]*\)|<%.*?%>|<[\w -]+>
      |(?<![\w:]):['"]?\w+['"]?|&&?\w+\.?|%\([^)]*\)s|%s|@\w+)
    |(?P<word>[^\W][\w$\#]*(?:-[\w$\#]+)*)
    |(?P<mark>::|.)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_ESCAPED = re.compile(r"\\(?:\+([0-9A-Fa-f]{6})|([0-9A-Fa-f]{4}))")  # of U&"..."
_BATCH = re.compile(r"(?im)^[ \t]*(go(?:[ \t]+\d+)?|/)[ \t]*\r?$")
_META = re.compile(r"(?m)^[ \t]*\\[^\n]*")  # psql


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """`word` is upper case and "" for what is no keyword; `text` is the name as it counts."""

    kind: str  # word, quoted, text, filled, mark, body
    text: str
    word: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Statement:
    """The tokens of one statement and the line (from 1) of the first."""

    line: int
    tokens: tuple[Token, ...]
    plain: str  # as it is written, for what needs another look


def statements(script: str) -> Iterator[Statement]:
    """Every statement that is not empty.

    They end at `;`, at `GO` or `/` on a line of its own, and at a GRANT, REVOKE or DENY that
    starts a line after a statement of that kind: not every script puts semicolons.
    """
    script = _META.sub(lambda m: " " * len(m[0]), script)
    script = _BATCH.sub(lambda m: ";" + " " * (len(m[0]) - 1), script)
    found: list[tuple[Token, int, int]] = []
    for token, start, end in _tokens(script):
        if token.text == ";" and token.kind == "mark":
            yield from _closed(script, found)
            found = []
        elif found and _begins(token, start, script) and _is_grant(found[0][0]):
            yield from _closed(script, found)
            found = [(token, start, end)]
        else:
            found.append((token, start, end))
    yield from _closed(script, found)


def _closed(script: str, found: list[tuple[Token, int, int]]) -> Iterator[Statement]:
    if found:
        start, end = found[0][1], found[-1][2]
        line = script.count("\n", 0, start) + 1
        yield Statement(line, tuple(token for token, _, _ in found), script[start:end])


def _is_grant(token: Token) -> bool:
    return token.word in ("GRANT", "REVOKE", "DENY")


def _begins(token: Token, start: int, script: str) -> bool:
    """True for a GRANT, REVOKE or DENY at the start of a line, but not `REVOKE GRANT OPTION`."""
    head = script[script.rfind("\n", 0, start) + 1 : start]
    option = re.match(r"\s*option\b", script[start + len(token.text) :], re.IGNORECASE)
    return _is_grant(token) and not head.strip() and option is None


def _tokens(script: str) -> Iterator[tuple[Token, int, int]]:
    for found in _TOKEN.finditer(script):
        kind, text = str(found.lastgroup), found[0]
        if kind == "tag":
            kind = "body"
        if kind == "space":
            continue
        yield _token(kind, text), found.start(), found.end()


def _unescaped(found: re.Match[str]) -> str:
    code = int(found[1] or found[2], 16)
    return chr(code) if code < 0x110000 else found[0]


def _token(kind: str, text: str) -> Token:
    if kind == "word":
        return Token(kind, text, text.upper())
    if kind == "text":
        return Token(kind, text.lstrip("nN").strip("'").replace("''", "'"))
    if kind == "named":  # Snowflake: IDENTIFIER('db.schema.t')
        return Token("quoted", text.partition("(")[2].strip(" \n\t)'\""))
    if kind == "quoted":
        close, inside = text[-1], text.partition(text[-1] if text[0] != "[" else "[")[2][:-1]
        plain = inside.replace(close * 2, close)
        return Token(kind, _ESCAPED.sub(_unescaped, plain) if text[1:2] == "&" else plain)
    return Token(kind, text)
