"""Statements other than GRANT that say who holds a role, who owns a table, and where one is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scanner.grants._sql_parse import Grantee, Object, Right, Spoken, name_of
from scanner.grants._sql_script import Script
from scanner.grants._sql_tokens import Token

_NAMES = ("word", "quoted", "text", "filled")
_OWNED = {"TABLE", "VIEW", "SCHEMA", "DATABASE", "MATERIALIZED", "FOREIGN", "AUTHORIZATION"}


def apply(script: Script, tokens: Sequence[Token], line: int) -> bool:
    """Take a statement into account; False when it says nothing of the kind."""
    words = [token.word for token in tokens]
    if words[0] == "USE":
        return _use(script, tokens)
    if words[0] in ("EXEC", "EXECUTE", "CALL"):
        return _procedure(script, tokens, line)
    if words[0] == "CREATE":
        return _created(script, tokens, words, line)
    if words[:2] == ["ALTER", "AUTHORIZATION"]:  # SQL Server: ON OBJECT::t TO name
        return _owner(script, tokens[2:], "TO", line)
    if "OWNER" in words and words[1:2] and words[1] in _OWNED:
        return _owner(script, tokens[1:], "OWNER", line)
    return _altered(script, tokens, words, line)


def _use(script: Script, tokens: Sequence[Token]) -> bool:
    """`USE db`: names without a database are in it from here on."""
    named = [token.text for token in tokens[1:] if token.kind in _NAMES]
    kind = tokens[1].word if len(tokens) > 2 else ""
    if not named or kind in ("ROLE", "WAREHOUSE", "SECONDARY"):
        return False
    target, name = script.target, named[-1]
    in_schema = kind == "SCHEMA"
    script.target = replace(target, schema=name) if in_schema else replace(target, database=name)
    return True


def _procedure(script: Script, tokens: Sequence[Token], line: int) -> bool:
    """`EXEC sp_addrolemember 'role', 'member'` and its relatives of SQL Server."""
    texts = [
        token.text for token in tokens if token.kind in _NAMES and not token.text.startswith("@")
    ]
    called = next((at for at, text in enumerate(texts) if text.lower().startswith("sp_")), -1)
    if called < 0 or len(texts) < called + 3:
        return False
    name, one, other = texts[called].lower(), texts[called + 1], texts[called + 2]
    pairs = {"sp_addrolemember": (one, other), "sp_addsrvrolemember": (other, one),
             "sp_droprolemember": (one, other), "sp_dropsrvrolemember": (other, one)}  # fmt: skip
    if name not in pairs:
        return False
    role, member = pairs[name]
    _held(script, "REVOKE" if "drop" in name else "GRANT", role, [member], line)
    return True


def _created(script: Script, tokens: Sequence[Token], words: list[str], line: int) -> bool:
    """`CREATE ROLE|USER|GROUP name [IN ROLE a, b] [ROLE|USER c] [SUPERUSER]`."""
    if words[1:2] not in (["ROLE"], ["USER"], ["GROUP"], ["LOGIN"]) or len(tokens) < 3:
        return False
    name = tokens[2].text
    script.roles.types[name] = {"USER": "user", "LOGIN": "user"}.get(words[1], "role")
    for at in range(3, len(tokens)):
        if words[at - 1] == "IN" and words[at] in ("ROLE", "GROUP"):
            for role in _list(tokens[at + 1 :]):
                _held(script, "GRANT", role, [name], line)
        elif words[at] in ("ROLE", "USER", "ADMIN") and words[at - 1] not in ("IN", "DEFAULT"):
            _held(script, "GRANT", name, _list(tokens[at + 1 :]), line)
        elif words[at] == "SUPERUSER":
            _held(script, "GRANT", "rds_superuser", [name], line)
    return True


def _altered(script: Script, tokens: Sequence[Token], words: list[str], line: int) -> bool:
    """`ALTER [SERVER] ROLE r ADD MEMBER m`, `ALTER GROUP g ADD USER u, v`, and DROP."""
    at = next((i for i, word in enumerate(words) if word in ("ROLE", "GROUP")), -1)
    if at < 0 or at + 3 >= len(words) or words[at + 3] not in ("MEMBER", "USER"):
        return False
    verb = {"ADD": "GRANT", "DROP": "REVOKE"}.get(words[at + 2])
    if verb is None:
        return False
    _held(script, verb, tokens[at + 1].text, _list(tokens[at + 4 :]), line)
    return True


def _list(tokens: Sequence[Token]) -> list[str]:
    """Names up to what is no name and no comma."""
    found, wanted = list[str](), True
    for token in tokens:
        if token.text == ",":
            wanted = True
        elif wanted and token.kind in _NAMES:
            found.append(token.text)
            wanted = False
        else:
            break
    return found


def _held(script: Script, verb: str, role: str, members: list[str], line: int) -> None:
    grantees = tuple(Grantee(name) for name in members)
    script.apply(Spoken(verb, (Right("ROLE", role, True),), (), grantees), line)


def _owner(script: Script, tokens: Sequence[Token], word: str, line: int) -> bool:
    """`ALTER TABLE t OWNER TO name`; IF EXISTS and ONLY are passed over."""
    at = next((i for i, token in enumerate(tokens) if token.word == word), -1)
    rest = [t for t in tokens[:at] if t.word not in ("ON", "IF", "EXISTS", "ONLY", "MATERIALIZED")]
    after = [t for t in tokens[at + 1 :] if t.word != "TO"]
    if at < 1 or not after or len(rest) < 2:
        return False
    script.owner(Object(rest[0].word, name_of(rest[1:])), after[0].text, line)
    return True
