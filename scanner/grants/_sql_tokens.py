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
    |(?P<named>\bidentifier\s*\([^()]*\))
    |(?P<quoted>(?:\bu&)?"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[(?:[^\]]|\]\])*\])
    |(?P<filled>\w*+(?:(?:\$\{[^}]*\}|\{\{.*?\}\}|\$\([^)]*\)|&\{\w+\})[\w$\#]*)+|<%.*?%>|<[\w -]+>
      |(?<![\w:]):['"]?\w+['"]?|&&?\w+\.?|%\([^)]*\)s|%s|@\w+)
    |(?P<word>[^\W][\w$\#]*(?:-[\w$\#]+)*)
    |(?P<mark>::|.)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
TEMPLATE = re.compile(r"\$\{[^}]*\}|\{\{.*?\}\}|\$\([^)]*\)|&\{\w+\}", re.DOTALL)
_OPTION = re.compile(r"\s*option\b", re.IGNORECASE)
_OPENS = ("IF", "BEGIN", "ELSE", "END", "WHILE")
_STARTS = frozenset(
    (
        *("ALTER", "BEGIN", "COMMIT", "CREATE", "DECLARE", "DROP", "ELSE", "END", "EXEC"),
        *("EXECUTE", "IF", "INSERT", "PRINT", "RETURN", "ROLLBACK", "SELECT", "USE"),
    )
)
_LONG = 200  # tokens of a statement that are looked at
_TEXT = re.compile(r"[nN]?'(?:[^'\\]|''|\\.)*'", re.DOTALL)
_ESCAPED = re.compile(r"\\(?:\+([0-9A-Fa-f]{6})|([0-9A-Fa-f]{4}))")  # of U&"..."
_BATCH = re.compile(r"(?im)^[ \t]*(go(?:[ \t]+\d+)?|/)[ \t]*\r?$")
_META = re.compile(r"(?m)^[ \t]*\\[^\n]*")  # psql
_OPENED = re.compile(  # psql: \connect database
    r"""[ \t]*\\c(?:onnect)?[ \t]+(?:-reuse-previous=\w+[ \t]+)?"""
    r"""("[^"\n]+"|[^\s"'=-][^\s=]*)[ \t\r]*\Z"""
)
_ROWS = re.compile(  # pg_dump: rows of a table, which are no SQL
    r"(?ims)^(copy\s[^;]{1,9999}?\sfrom\s+stdin\b[^;\n]*;[ \t\r]*\n)(.*?)^\\\.[ \t\r]*$"
)


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
    is_open: bool = False  # a quote in it is not closed: what follows was taken for text


def statements(script: str) -> Iterator[Statement]:
    """Every statement that is not empty.

    They end at `;`, at `GO` or `/` on a line of its own, and, as not every script puts
    semicolons, before a line that starts another: a GRANT, REVOKE or DENY after one of these or
    after IF and BEGIN, and what can only be a statement after a whole GRANT.
    """
    script = _ROWS.sub(lambda m: m[1] + "\n" * m[2].count("\n"), script)
    script = _META.sub(_used, script)
    script = _BATCH.sub(lambda m: ";" + " " * (len(m[0]) - 1), script)
    cut, found = _Cut(script), list[tuple[Token, int, int]]()
    for token, start, end in _tokens(script):
        if token.text == ";" and token.kind == "mark":
            yield from cut.statement(found)
            found = []
        elif found and _begins(token, start, script, found):
            yield from cut.statement(found)
            found = [(token, start, end)]
        else:
            found.append((token, start, end))
    yield from cut.statement(found)


class _Cut:
    """Makes statements of a script, in order, and counts its lines once."""

    def __init__(self, script: str) -> None:
        self.script, self.at, self.line = script, 0, 1

    def statement(self, found: list[tuple[Token, int, int]]) -> Iterator[Statement]:
        if found:
            start, (last, begun, end) = found[0][1], found[-1]
            self.line += self.script.count("\n", self.at, start)
            self.at = start
            tokens = tuple(token for token, _, _ in found)
            is_open = end == len(self.script) and _unclosed(last, self.script[begun:])
            yield Statement(self.line, tokens, self.script[start:end], is_open)


def _unclosed(token: Token, text: str) -> bool:
    """True for a text or body, the last of its script, without its end."""
    if token.kind == "body":
        mark = text[: text.index("$", 1) + 1]
        return len(text) < 2 * len(mark) or not text.endswith(mark)
    return token.kind == "text" and _TEXT.fullmatch(text) is None


def _used(found: re.Match[str]) -> str:
    """A command of psql: the database that it opens, or nothing."""
    opened = _OPENED.match(found[0])
    return f"USE {opened[1]};" if opened else " " * len(found[0])


def _is_grant(token: Token) -> bool:
    return token.word in ("GRANT", "REVOKE", "DENY")


def _begins(token: Token, start: int, script: str, found: list[tuple[Token, int, int]]) -> bool:
    """True for a token that starts a line and, after those found, a statement of its own."""
    if not (_is_grant(token) or token.word in _STARTS):
        return False
    if script[script.rfind("\n", 0, start) + 1 : start].strip():
        return False
    first, last = found[0][0], found[-1][0]
    if _is_grant(token):  # but not `REVOKE` before `GRANT OPTION`
        after = _is_grant(first) or first.word in _OPENS
        return after and not _OPTION.match(script, start + len(token.text))
    named = any(each.word in ("TO", "FROM") for each, _, _ in found[:_LONG])
    return _is_grant(first) and named and last.text != "," and last.word not in ("TO", "FROM")


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
    if kind == "named":  # Snowflake: IDENTIFIER('db.schema.t'), or of a variable
        inside = text.partition("(")[2].strip(" \n\t)")
        known = re.fullmatch(r"'[^']*'|\"[^\"]*\"", inside)
        return Token("quoted", inside.strip("'\"")) if known else Token("filled", "{{}}")
    if kind == "quoted":
        close, inside = text[-1], text.partition(text[-1] if text[0] != "[" else "[")[2][:-1]
        plain = inside.replace(close * 2, close)
        return Token(kind, _ESCAPED.sub(_unescaped, plain) if text[1:2] == "&" else plain)
    return Token(kind, text)
