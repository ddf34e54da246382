"""The ways in which texts give a value to a name: code, data formats, shells and prose.

Every pattern is built from the fragments that its anchor is built from, so that the anchor
matches wherever the pattern does.  All are over bytes with ASCII case (`compile_ascii`);
values end at ASCII characters only, so no character is ever cut.
"""

from __future__ import annotations

from dataclasses import dataclass

from scanner.secretnames import CORE

REACH = 1024  # bytes from an anchor's end to the end of a match, at most

_TAIL = r"[A-Za-z0-9_.\-]{0,40}"
_QUOTE = r"\\{0,3}[\"'`]"
_GAP = r"[ \t]{0,8}"
_HEAD = r"(?P<name>[A-Za-z0-9_.$@\-]{0,60}"

# A value in quotes (with its prefix as in b"..."), or bare up to a separator.
_QUOTED = (
    r"(?:[bruf@$LN]{0,2}\"(?P<dq>[^\"\n]{1,600})\"|[bruf@LN]{0,2}'(?P<sq>[^'\n]{1,600})'"
    r"|`(?P<bq>[^`\n]{1,600})`|\\{1,3}\"(?P<eq>[^\"\\\n]{1,600})\\{1,3}\")"
)
_BARE = r"(?P<bare>[^\s\"'`,;&<>)}\]\\][^\s\"'`,;&<>)}\]\\]*)"
_VALUE = rf"(?:{_QUOTED}|{_BARE})"
_EQUALS = rf"(?:{_QUOTE})?\]?{_GAP}(?:=>|:=|={{1,3}}|:){_GAP}"
_TYPE = r"(?:[A-Za-z_][A-Za-z0-9_.\[\]|<>? ]{0,30}[ \t]?=[ \t]{0,4})?"


@dataclass(frozen=True, slots=True)
class Syntax:
    """One way to write it; the groups of `pattern` are `name` and one of the value groups."""

    key: str
    anchor: str
    pattern: str
    prose: bool = False


def _named(core_tail: str) -> str:
    return f"{_HEAD}{core_tail})"


_NAMED = f"{CORE}{_TAIL}"
_SIBLING = r"(?:name|key|id|field|param|parameter|variable|property|label)"
_VALUE_KEY = r"(?:value|val|content|plaintext|default|text|password)"
_IS = r"(?:is|was|are|ist|lautet|est|es|to|=|:)"
_FILLER = r"(?:[ \t]{1,2}[A-Za-z0-9_.'@\-]{1,24}){0,6}?"
_PROSE_NAME = (
    r"(?:pass ?words?|pass ?phrase|pass ?code|passwd|pwd|\bpw|\bpass|passwort|kennwort"
    r"|mot de passe|contrase\xc3\xb1a|senha|haslo|has\xc5\x82o|wachtwoord|secret(?: key)?|token"
    r"|(?:api|access|private|license|encryption)[ _-]?key|credentials?)"
)
_USER = r"[^\s:\"']{1,64}"
_SHELL = (
    r"(?:sshpass[ \t]{1,4}-p[ \t]{0,4}"
    r"|\b(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\n|;&]{0,160}?[ \t]-p"
    r"|\b(?:docker|podman|helm|mongo|mongosh|mongodump|az)\b[^\n|;&]{0,160}?[ \t]-p[ \t]{1,4}"
    r"|\bredis-cli\b[^\n|;&]{0,160}?[ \t]-a[ \t]{1,4}"
    r"|\bsqlcmd\b[^\n|;&]{0,160}?[ \t]-P[ \t]{0,4}"
    r"|\bldap[a-z]{3,8}\b[^\n|;&]{0,160}?[ \t]-w[ \t]{1,4}"
    rf"|\b(?:curl|wget|http)\b[^\n|;&]{{0,200}}?[ \t](?:-u|--user)[ =]{{0,2}}[\"']?{_USER}:)"
)

SYNTAXES = (
    Syntax(
        "assignment",
        rf"{_NAMED}{_EQUALS}[^\s,;]",
        rf"{_named(_NAMED)}{_EQUALS}{_TYPE}{_VALUE}",
    ),
    Syntax(
        "element",
        rf"{_NAMED}(?:\s[^<>]{{0,80}})?>[^<>\s]",
        rf"<(?:[A-Za-z0-9]{{1,20}}:)?{_named(_NAMED)}(?:\s[^<>]{{0,80}})?>"
        r"(?P<dq>[^<>\s][^<>\n]{0,600})</",
    ),
    Syntax(
        "pair",
        rf"{_NAMED}(?:{_QUOTE})?[ \t]{{0,2}}[,;]?\s{{0,40}}(?:{_QUOTE})?{_VALUE_KEY}(?:{_QUOTE})?"
        rf"{_GAP}[:=]",
        rf"{_SIBLING}(?:{_QUOTE})?{_GAP}[:=]{_GAP}(?:{_QUOTE})?{_named(_NAMED)}"
        rf"(?:{_QUOTE})?[ \t]{{0,2}}[,;]?\s{{0,40}}(?:{_QUOTE})?{_VALUE_KEY}(?:{_QUOTE})?"
        rf"{_GAP}[:=]{_GAP}{_VALUE}",
    ),
    Syntax(
        "flag",
        rf"{_NAMED}[ \t]{{1,4}}[^\s-]",
        rf"(?:^|[\s\"'\[,])--?{_named(_NAMED)}[ \t]{{1,4}}(?:{_QUOTED}|"
        r"(?P<bare>[^\s\"'`;&<>)}\]\\-][^\s\"'`;&<>)}\]\\]*))",
    ),
    Syntax(
        "list-flag",
        rf"{_NAMED}[\"'],[ \t]{{0,4}}[\"']",
        rf"[\"']--?{_named(_NAMED)}[\"'],[ \t]{{0,4}}{_QUOTED}",
    ),
    Syntax(
        "call",
        rf"{_NAMED}\([ \t]{{0,4}}[bruf@]{{0,2}}[\"'`]",
        rf"{_named(_NAMED)}\([ \t]{{0,4}}{_QUOTED}[ \t]{{0,4}}\)",
    ),
    Syntax("shell", f"{_SHELL}[^ \\t-]", f"{_SHELL}{_VALUE}"),
    Syntax(
        "prose",
        rf"{_PROSE_NAME}(?:'s|\xe2\x80\x99s)?{_FILLER}[ \t]{{0,2}}{_IS}[ \t]{{0,2}}:?[ \t]{{1,2}}",
        rf"(?P<name>{_PROSE_NAME})(?:'s|\xe2\x80\x99s)?{_FILLER}[ \t]{{0,2}}{_IS}[ \t]{{0,2}}:?"
        rf"[ \t]{{1,2}}(?:{_QUOTED}|(?P<bare>[^\s\"'`<>]+))",
        prose=True,
    ),
)
