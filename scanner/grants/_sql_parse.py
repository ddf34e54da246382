"""GRANT, REVOKE and DENY of the SQL dialects, as one form.

Written from the reference manuals of PostgreSQL, MySQL, SQL Server, Oracle, Db2, Snowflake,
Redshift, BigQuery, Databricks, Hive, Trino, ClickHouse, Cassandra, Teradata, Vertica and
SAP HANA.  The parts of a statement stand in the same order in all of them: what, ON which
objects, TO or FROM whom, and options.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from scanner.grants._sql_tokens import TEMPLATE, Token

Name = tuple[str, ...]  # the parts of a dotted name; "*" stands for anything


class NotStructuredError(Exception):
    """A statement of another form than the dialects have; `str` says what, in our words."""


@dataclass(frozen=True, slots=True)
class Object:
    """What a statement speaks of.  `scope` is one, all (that there are) or future."""

    kind: str  # TABLE, SCHEMA, DATABASE, ... in upper case; "" where it is not said
    name: Name
    scope: str = "one"
    filled: bool = False  # a part of its name is filled in when the script runs


@dataclass(frozen=True, slots=True)
class Grantee:
    """Whom it concerns; `kind` is user, role, group, share or "" where it is not said."""

    name: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Right:
    """A privilege, or a role: without ON only the system knows which.

    `word` is upper case without `PRIVILEGES` and the like, `name` as it is written.
    """

    word: str
    name: str
    is_role: bool = False  # `GRANT ROLE x` says so
    columns: bool = False  # for named columns only


@dataclass(frozen=True, slots=True)
class Spoken:
    """One statement."""

    verb: str  # GRANT, REVOKE, DENY
    rights: tuple[Right, ...]
    objects: tuple[Object, ...]
    grantees: tuple[Grantee, ...]
    options: frozenset[str] = field(default_factory=frozenset)  # GRANT, ADMIN
    option_only: bool = False  # REVOKE GRANT OPTION FOR


_BARE = {"DATABASE", "ACCOUNT", "SERVER", "METASTORE", "SYSTEM", "DATALAKE", "CATALOG", "GLOBAL"}
_WHOLE = {"ANY FILE": "FILE", "ANONYMOUS FUNCTION": "FUNCTION"}  # Databricks
_GRANTEE_KINDS = {
    "ROLE": "role", "USER": "user", "GROUP": "group", "SHARE": "share", "APPLICATION": "role",
    "PRINCIPAL": "user", "ACCOUNT": "account", "RECIPIENT": "share", "LOGIN": "user",
    "CONSUMER": "share", "NAMESPACE": "share", "IAM_ROLE": "role", "IAMROLE": "role",
    "DATABASE": "", "SERVICE": "", "EXTERNAL": "", "RLS": "service", "MASKING": "service",
    "POLICY": "",
    "ALL": "", "PROCEDURE": "", "FUNCTION": "", "PACKAGE": "", "PERMANENT": "",
}  # fmt: skip
_ENDS = {
    *("WITH", "CASCADE", "RESTRICT", "GRANTED", "AS", "IDENTIFIED", "REQUIRE", "COPY", "REVOKE"),
    *("FOR", "BY", "CONTAINER", "FORCE", "ON", "INCLUDE", "IGNORE", "USING", "EXCEPT", "VIA"),
    *("IN", "WITHOUT"),
}
_JOINTS = ("@", "%", ":", "/", "-", "*", "?")
_FILLERS = {"PRIVILEGES", "PRIVILEGE", "PERMISSIONS", "PERMISSION"}


def parse(tokens: Sequence[Token]) -> Spoken:
    """One GRANT, REVOKE or DENY.  Raises NotStructuredError for what has another form."""
    verb, rest = tokens[0].word, list(tokens[1:])
    rest, option_only = _option_for(rest)
    at = find(rest, ("TO",) if verb != "REVOKE" else ("FROM", "TO"))
    if at < 0:
        raise NotStructuredError("it names nobody")
    what, whom = rest[:at], rest[at + 1 :]
    on = find(what, ("ON", "FOR"))
    rights = tuple(_right(part) for part in split(what if on < 0 else what[:on]))
    objects = () if on < 0 else tuple(objects_of(what[on + 1 :]))
    if on >= 0 and any(t.text == "(" and t.kind == "mark" for t in what[on:]):
        rights = tuple(replace(right, columns=True) for right in rights)
    grantees, end = _grantees(whom)
    return Spoken(verb, rights, objects, grantees, _options(whom[end:]), option_only)


def _option_for(rest: list[Token]) -> tuple[list[Token], bool]:
    """Past what may stand first: `GRANT OPTION FOR`, `IF EXISTS`, `ON CLUSTER c`."""
    words = [token.word for token in rest[:3]]
    if words[1:3] == ["OPTION", "FOR"]:
        return rest[3:], True
    if words[:2] == ["ON", "CLUSTER"]:
        return rest[3:], False
    if words[:2] == ["ON", "COMMIT"]:  # Oracle: the privilege ON COMMIT REFRESH
        return rest[1:], False
    return (rest[2:] if words[:2] == ["IF", "EXISTS"] else rest), False


def find(tokens: Sequence[Token], words: tuple[str, ...]) -> int:
    """The first of the words that stands in no parentheses and is no part of a name."""
    depth = 0
    for at, token in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(token.text if token.kind == "mark" else "", 0)
        dotted = at and tokens[at - 1].text == "."
        if depth == 0 and token.word in words and not dotted:
            return at
    return -1


def split(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """At the commas that stand in no parentheses."""
    part, depth = list[Token](), 0
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.text if token.kind == "mark" else "", 0)
        if token.text == "," and token.kind == "mark" and depth == 0:
            yield part
            part = []
        else:
            part.append(token)
    yield part


def _right(part: Sequence[Token]) -> Right:
    """One privilege or role.  Raises NotStructuredError for another form."""
    named = _before_parenthesis(part)
    words = [token.word for token in named]
    if not named or any(t.kind in ("mark", "body") and t.text not in ".:*@-!" for t in named):
        raise NotStructuredError("its privileges have another form")
    lead = _leading_role(words)
    if lead:
        called = named[lead:] or list(part[lead:])
        return Right("ROLE", "".join(t.text for t in called), True)
    spoken = [t for t in named if t.word not in _FILLERS] or named
    if all(token.kind == "word" for token in spoken):
        name = " ".join(token.text for token in spoken)
    else:
        name = "".join(token.text for token in spoken)
    word = name.upper().removesuffix("_PRIV")  # Doris
    return Right(word, name, False, len(named) < len(part))


def _leading_role(words: list[str]) -> int:
    """How many words say that a role follows: `ROLE x`, `DATABASE ROLE db.x`."""
    for size in (2, 1):
        lead = words[:size]
        if (
            len(words) > size
            and lead[-1] == "ROLE"
            and lead[0] in ("ROLE", "DATABASE", "APPLICATION", "SERVICE")
        ):
            return size
    return 0


def _before_parenthesis(part: Sequence[Token]) -> list[Token]:
    at = next((i for i, t in enumerate(part) if t.text == "(" and t.kind == "mark"), len(part))
    return list(part[:at])


def objects_of(tokens: Sequence[Token]) -> Iterator[Object]:
    """What stands behind ON: one, several, or all of a kind inside of others."""
    second = find(tokens, ("ON",))  # Vertica: LOCATION '/data' ON node
    rest = list(tokens if second < 0 else tokens[:second])
    scope = (
        {"FUTURE": "future", "ALL": "all", "EXISTING": "all"}.get(rest[0].word, "") if rest else ""
    )
    inside = find(rest, ("IN",))
    if inside > 0:
        yield from _within(rest[1 if scope else 0 : inside], rest[inside + 1 :], scope or "all")
        return
    if scope and len(rest) == 2:  # ALL KEYSPACES
        yield Object(_singular(rest[1].word), ("*",), scope)
        return
    kind = ""
    for part in split(rest):
        said, named = _kind(part)
        kind = said or kind
        yield Object(kind, name_of(named) if named else ("*",), "one", _is_filled(named))


def _within(what: list[Token], where: list[Token], scope: str) -> Iterator[Object]:
    """`TABLES IN SCHEMA a, b`: everything of a kind that these hold; `BRANCH b IN t` is of t."""
    kind = _singular(what[-1].word if what else "")
    if len(what) > 1 and what[-1].word and _singular(what[0].word) == what[0].word != "":
        kind = _singular(what[-1].word) if what[-1].word.endswith("S") else what[0].word
    database = find(where, ("DATABASE",))
    above = name_of(where[database + 1 :]) if database > 0 else ()
    for part in split(where[:database] if database > 0 else where):
        _, named = _kind(part) if part[:1] and part[0].word != "ALL" else ("", [])
        if not named:
            yield Object(kind, ("*",), scope)
            continue
        yield Object(kind, (*above, *name_of(named), "*"), scope, _is_filled(where))


def _kind(part: list[Token]) -> tuple[str, list[Token]]:
    """The words before the name say what it is: a name is never followed by a word.

    `DATABASE` alone, of some dialects, is the one that is open.
    """
    run = 0
    while run < len(part) and part[run].kind == "word":
        run += 1
    after = part[run].text if run < len(part) else ""
    words = [token.word for token in part[:run]]
    whole = _WHOLE.get(" ".join(words))
    if whole and not after:
        return whole, []
    if after == "::" or (after not in (".", "(", "*", "@", ":", "?", "-", "") and run):
        return _singular(words[-1]), part[run:]
    if run == 1 and not after and words[0] in _BARE:
        return words[0], []
    if run > 1:
        return _singular(words[run - 2]), part[run - 1 :]
    return "", part


def _singular(word: str) -> str:
    if word.endswith("IES"):
        return word[:-3] + "Y"
    return word[:-1] if word.endswith("S") and not word.endswith(("SS", "US")) else word


def name_of(part: Sequence[Token]) -> Name:
    """A dotted name; signatures of functions, `*` and templates are understood.

    Raises NotStructuredError for what has no name, or another form.
    """
    parts, is_open = list[str](), True
    for token in _before_parenthesis(part):
        if token.text == "::" and not parts:
            continue
        if token.text == "." and token.kind == "mark":
            parts += [""] if is_open else []
            is_open = True
        elif is_open and (token.kind not in ("mark", "body") or token.text == "*"):
            parts, is_open = [*parts, *_dotted(replace(token, text=_text(token)))], False
        elif parts and (
            token.text in _JOINTS or token.kind == "filled" or parts[-1][-1:] in "@/-:"
        ):
            parts[-1] += _text(token)
        else:
            raise NotStructuredError("its objects have another form")
    if not parts:
        raise NotStructuredError("it names no object")
    return tuple(parts)


def _is_filled(part: Sequence[Token]) -> bool:
    return any(_text(token) != token.text for token in part)


def _text(token: Token) -> str:
    """A part of a name, with `*` for what is filled in: `db_{{ env }}` is `db_*`."""
    text = TEMPLATE.sub("*", token.text) if token.kind in ("filled", "quoted") else token.text
    whole = token.kind == "filled" and text == token.text and not text.startswith("@")
    return "*" if whole else text


def _dotted(token: Token) -> list[str]:
    """One part in back quotes may hold dots: `project.dataset`; a URI keeps them."""
    whole = token.kind != "quoted" or "://" in token.text or "@" in token.text
    return [token.text] if whole else token.text.split(".") or [token.text]


def _grantees(tokens: Sequence[Token]) -> tuple[tuple[Grantee, ...], int]:
    end = next((i for i, t in enumerate(tokens) if _ends(tokens, i)), len(tokens))
    found = tuple(_grantee(part) for part in split(tokens[:end]))
    return found, end


def _ends(tokens: Sequence[Token], at: int) -> bool:
    """True for a word that can only be an option; the first word of a name is none."""
    first = at == 0 or tokens[at - 1].text == ","
    return tokens[at].word in _ENDS and not first


def _grantee(part: Sequence[Token]) -> Grantee:
    kind, rest = "", list(part)
    while len(rest) > 1 and rest[0].word in _GRANTEE_KINDS and rest[1].text not in ("@", "."):
        kind = _GRANTEE_KINDS[rest[0].word] or kind
        rest = rest[1:]
    if not rest or any(t.kind == "body" for t in rest):
        raise NotStructuredError("it names nobody")
    if any(t.kind == "mark" and t.text not in "@.%:/-*\\" for t in rest):
        raise NotStructuredError("those it names have another form")
    if len(rest) > 1 and all(t.kind in ("word", "quoted") for t in rest):
        raise NotStructuredError("those it names have another form")
    return Grantee("".join(t.text for t in rest), kind)


def _options(tokens: Sequence[Token]) -> frozenset[str]:
    """GRANT or ADMIN where they may be passed on.  What else stands here changes no reader."""
    words = [t.word for t in tokens]
    pairs = set(pairwise(words))
    found = {name for name in ("GRANT", "ADMIN") if (name, "OPTION") in pairs}
    return frozenset(found)
