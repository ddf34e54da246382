"""Statements other than GRANT that say who holds a role, who owns a table, and where one is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import dropwhile, pairwise

from scanner.grants._sql_parse import Grantee, Object, Right, Spoken, name_of, objects_of, split
from scanner.grants._sql_script import Script
from scanner.grants._sql_tokens import Token

_NAMES = ("word", "quoted", "text", "filled")
_OWNED = {
    *("TABLE", "VIEW", "SCHEMA", "DATABASE", "MATERIALIZED", "FOREIGN", "CATALOG", "VOLUME"),
    *("NAMESPACE", "EXTERNAL"),
}
_SHARES = ("SHARE", "DATASHARE")
_NO_NAMES = ("ON", "IF", "EXISTS", "ONLY", "MATERIALIZED", "SET")
_BEFORE_OWNERS = ("TO", "USER", "ROLE", "GROUP")


def apply(script: Script, tokens: Sequence[Token], line: int) -> bool:
    """Take a statement into account; False when it says nothing of the kind."""
    words = [token.word for token in tokens]
    if words[0] == "USE":
        return _use(script, tokens)
    if words[0] in ("EXEC", "EXECUTE", "CALL"):
        return _procedure(script, tokens, line)
    made = _created if words[0] == "CREATE" else _changed
    return made(script, tokens, words, line)


def _changed(script: Script, tokens: Sequence[Token], words: list[str], line: int) -> bool:
    """`ALTER ...`"""
    if words[:2] == ["ALTER", "AUTHORIZATION"]:  # SQL Server: ON OBJECT::t TO name
        return _owner(script, tokens[2:], words[2:].index("TO") if "TO" in words else 0, line)
    if words[1:2] and words[1] in _OWNED and (at := _new_owner(words)):
        return _owner(script, tokens[1:], at - 1, line)
    if words[1:2] and words[1] in _SHARES:
        return _share(script, tokens, words, line)
    return _altered(script, tokens, words, line)


def _new_owner(words: list[str]) -> int:
    """Where `OWNER TO`, `SET OWNER` or Trino's `SET AUTHORIZATION` stands; 0 is nowhere."""
    pairs = [] if "RENAME" in words else list(pairwise(words))
    for pair, after in ((("OWNER", "TO"), 0), (("SET", "OWNER"), 1), (("SET", "AUTHORIZATION"), 1)):
        if pair in pairs:
            return pairs.index(pair) + after
    return 0


def _share(script: Script, tokens: Sequence[Token], words: list[str], line: int) -> bool:
    """`ALTER SHARE s ADD TABLE t`, `ADD ACCOUNTS = a, b`: what a share holds, and who takes it."""
    at = next((i for i, word in enumerate(words) if word in ("ADD", "REMOVE", "SET")), -1)
    verb = "REVOKE" if at > 0 and words[at] == "REMOVE" else "GRANT"
    if at < 3 or at + 2 >= len(words):
        return False
    share = Grantee(".".join(name_of(tokens[2:at])), "share")
    if words[at + 1] in ("ACCOUNTS", "ACCOUNT"):
        named = [t for t in tokens[at + 2 :] if t.text != "="]
        members = tuple(Grantee(".".join(name_of(p)), "account") for p in split(named) if p)
        script.apply(Spoken(verb, (Right("ROLE", share.name, True),), (), members), line)
        return True
    rest = tokens[at + 1 :]
    end = next((i for i, t in enumerate(rest) if t.word in ("AS", "COMMENT", "WITH")), len(rest))
    held = tuple(objects_of(rest[:end]))
    right = Right("SELECT", "SELECT")
    script.apply(Spoken(verb, (right,), held, (share,)), line)
    return True


def _use(script: Script, tokens: Sequence[Token]) -> bool:
    """`USE db`, `USE SCHEMA db.s`: names without these are in them from here on."""
    kind = tokens[1].word if len(tokens) > 2 and tokens[2].text != "." else ""
    named = [token.text for token in tokens[2 if kind else 1 :] if token.kind in _NAMES]
    if not named or kind in ("ROLE", "WAREHOUSE", "SECONDARY"):
        return False
    target = script.target
    if len(named) > 1:
        script.target = replace(target, database=named[0], schema=named[1])
    elif {"SCHEMA": "schema", "CATALOG": "database"}.get(kind, target.dialect.use) == "schema":
        script.target = replace(target, schema=named[0])
    else:
        script.target = replace(target, database=named[0])
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
    _superuser(script, tokens, words, line)
    return True


def _altered(script: Script, tokens: Sequence[Token], words: list[str], line: int) -> bool:
    """`ALTER [SERVER] ROLE r ADD MEMBER m`, `ALTER GROUP g ADD USER u, v`, and DROP."""
    if words[1:2] in (["ROLE"], ["USER"]) and _superuser(script, tokens, words, line):
        return True
    if words[1] == "USER" and words[4:6] == ["CONNECT", "THROUGH"]:  # Oracle: act as
        _held(script, words[3], tokens[2].text, _list(tokens[6:]), line)
        return True
    at = next((i for i, word in enumerate(words) if word in ("ROLE", "GROUP")), -1)
    if at < 0 or at + 3 >= len(words) or words[at + 3] not in ("MEMBER", "USER"):
        return False
    verb = {"ADD": "GRANT", "DROP": "REVOKE"}.get(words[at + 2])
    if verb is None:
        return False
    _held(script, verb, tokens[at + 1].text, _list(tokens[at + 4 :]), line)
    return True


def _superuser(script: Script, tokens: Sequence[Token], words: list[str], line: int) -> bool:
    """`CREATE|ALTER ROLE r SUPERUSER`; Redshift says CREATEUSER for it."""
    verbs = {"SUPERUSER": "GRANT", "NOSUPERUSER": "REVOKE"}
    if script.target.dialect.prefix == "redshift://":
        verbs |= {"CREATEUSER": "GRANT", "NOCREATEUSER": "REVOKE"}
    said = [verbs[word] for word in words[3:] if word in verbs]
    for verb in said:
        _held(script, verb, "rds_superuser", [tokens[2].text], line)
    return bool(said)


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


def _owner(script: Script, tokens: Sequence[Token], at: int, line: int) -> bool:
    """`ALTER TABLE t OWNER TO name`, with the place of OWNER; IF EXISTS is passed over."""
    rest = [t for t in tokens[:at] if t.word not in _NO_NAMES]
    after = list(dropwhile(lambda t: t.word in _BEFORE_OWNERS, tokens[at + 1 :]))
    if at < 1 or not after or len(rest) < 2:
        return False
    script.owner(Object(rest[0].word, name_of(rest[1:])), after[0].text, line)
    return True
