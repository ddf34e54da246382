"""Scripts of GRANT, REVOKE and DENY, in the SQL of any of the usual systems, dumps included.

Statements are applied in their order: what is taken back again is gone.  Roles are followed to
those who hold them (`GRANT role TO`, `ALTER ROLE r ADD MEMBER`, `ALTER GROUP g ADD USER`,
`sp_addrolemember`, `CREATE USER u IN ROLE r`), shares to those who are given them (`ALTER SHARE
s ADD TABLE t`), and whom somebody may act as (PROXY, IMPERSONATE) to them.  Owners read what they
own.  `ALTER DEFAULT PRIVILEGES` and FUTURE grants are conditional: they are for objects made
later; so are names that are filled in when the script runs, `db_{{ env }}.raw.t`: any part may
stand there.  PUBLIC is every account of the system: all staff.  A statement that is not
understood, and one inside of code that a procedure runs, is a problem with its line.  Everything
else in a script is passed over.

Options:

    dialect    postgres, redshift, mysql, sqlserver, oracle, db2, snowflake, bigquery, databricks,
               hive, trino, clickhouse, cassandra, teradata, hana: the case of names, the URI
               scheme of resources, and whether tables inherit what is granted on a schema
    resource   URI prefix instead of the dialect's: postgres://prod/
    database   the database that the script is run in, where names do not say it
    schema     the schema of tables that are named without one
    system     what the grants are called, instead of the dialect
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scanner import suggest
from scanner.batch import UnitLog
from scanner.errors import UnreadableError, UsageError
from scanner.files.exports import read_text
from scanner.grants import GrantExport, _sql_dialects
from scanner.grants import _sql_members as _members
from scanner.grants._sql_dialects import DIALECTS, Dialect
from scanner.grants._sql_parse import NotStructuredError, Object, find, parse
from scanner.grants._sql_script import Script, Target
from scanner.grants._sql_tokens import Statement, Token, statements
from scanner.model import Grant

_SUFFIXES = {".sql", ".hql", ".cql", ".ddl", ".pgsql"}
_SPEAKS = re.compile(
    rb"^[ \t]*(grant|revoke|deny)\s[^;]{1,400}?\b(to|from)\b", re.IGNORECASE | re.MULTILINE
)
_INSIDE = re.compile(r"\b(grant|revoke|deny)\b[^;']{1,200}\b(to|from)\b", re.IGNORECASE)
_VERBS = ("GRANT", "REVOKE", "DENY")
_AROUND = ("IF", "BEGIN", "ELSE", "END", "WHILE")  # T-SQL: taken as if the condition held
_SQL = frozenset(
    (
        *(*_VERBS, "ALTER", "CREATE", "DROP", "SET", "USE", "SELECT", "INSERT", "UPDATE", "DELETE"),
        *("BEGIN", "COMMIT", "COMMENT", "DO", "EXEC", "EXECUTE", "CALL", "DECLARE", "IF", "PRINT"),
        *("COPY", "TRUNCATE", "WITH", "MERGE", "ANALYZE", "START", "SHOW", "REASSIGN", "SECURITY"),
    )
)


class Sql:
    """Reads scripts of grants."""

    options = ("dialect", "resource", "database", "schema", "system")

    def sniff(self, path: Path, head: bytes) -> bool:
        """True when a line starts a GRANT, REVOKE or DENY; for files named as SQL, always."""
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if start[:1] in (b"{", b"[") or b"\0" in head:
            return False
        return path.suffix.lower() in _SUFFIXES or _SPEAKS.search(head) is not None

    def read(self, export: GrantExport, log: UnitLog) -> Iterator[Grant]:
        """What the script leaves standing.  A statement not understood is counted by its line."""
        where, is_sql = str(export.path), False
        script = Script(_target(export.options, where))
        for statement in statements(read_text(export.path)):
            is_sql |= statement.tokens[0].word in _SQL
            if statement.is_open:
                what = "a quote is not closed: the rest of the script was taken for text"
                log.bad_record("grants.statement", what, statement.line, f"look at {where}")
            try:
                _apply(script, statement, log)
            except NotStructuredError as error:
                log.bad_record("grants.statement", f"a statement is not understood: {error}",
                               statement.line, f"look at that line of {where}")  # fmt: skip
        if not is_sql:
            hint = "name the script that holds the grants, or the system the export is of"
            raise UnreadableError("the file is no SQL", where, hint, "grants.no_sql")
        yield from script.grants()


plugin = Sql()


def _target(options: Mapping[str, Any], where: str) -> Target:
    suggest.only(options, Sql.options, "is no option of SQL scripts", where)
    name = str(options.get("dialect") or "")
    if name not in DIALECTS:
        raise UsageError("the option dialect names none that is known", where,
                         suggest.hint(name, [d for d in DIALECTS if d]))  # fmt: skip
    dialect = DIALECTS[name]
    prefix = str(options.get("resource") or dialect.prefix)
    return Target(
        dialect,
        prefix if prefix.endswith("/") else f"{prefix}/",
        str(options.get("system") or name or "sql"),
        str(options.get("database") or ""),
        str(options.get("schema") or ""),
    )


def _apply(script: Script, statement: Statement, log: UnitLog) -> None:
    tokens = [_folded(token, script.target.dialect) for token in statement.tokens]
    words = [token.word for token in tokens]
    if words[0] in _VERBS:
        script.apply(parse(tokens), statement.line)
    elif words[:3] == ["ALTER", "DEFAULT", "PRIVILEGES"]:
        _default(script, tokens, statement.line)
    elif words[0] in ("ALTER", "CREATE", "EXEC", "EXECUTE", "CALL", "USE"):
        if not _members.apply(script, tokens, statement.line) and _holds(statement, words):
            raise NotStructuredError("it grants inside of code")
    elif words[0] in _AROUND and (at := find(tokens, _VERBS)) > 0:
        script.apply(parse(tokens[at:]), statement.line)
    elif _hidden(statement):
        raise NotStructuredError("it grants inside of code")
    else:
        return
    log.records += 1


def _folded(token: Token, dialect: Dialect) -> Token:
    """Names without quotes in the case that the system keeps them in."""
    text = _sql_dialects.folded(token.text, token.kind not in ("word", "filled"), dialect)
    return replace(token, text=text)


def _default(script: Script, tokens: list[Token], line: int) -> None:
    """`ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO r`: for what comes later."""
    at = next((i for i, t in enumerate(tokens) if i > 2 and t.word in _VERBS), -1)
    if at < 0:
        raise NotStructuredError("it changes no privilege")
    spoken = parse(tokens[at:])
    head = tokens[3:at]
    inside = next((i for i, t in enumerate(head) if t.word == "SCHEMA"), -1)
    schemas = [t.text for t in head[inside + 1 :] if t.text != ","] if inside >= 0 else ["*"]
    kind = (
        {"TABLES": "TABLE"}.get(spoken.objects[0].name[0].upper(), "OTHER")
        if spoken.objects
        else ""
    )
    objects = tuple(Object(kind, (schema, "*"), "future") for schema in schemas)
    script.apply(replace(spoken, objects=objects), line)


def _holds(statement: Statement, words: list[str]) -> bool:
    """True for a procedure that grants; `GRANT TO` of a row access policy gives no privilege."""
    at = find(statement.tokens, _VERBS)
    return _hidden(statement) or (at > 0 and words[at + 1 : at + 2] != ["TO"])


def _hidden(statement: Statement) -> bool:
    """True for a body of code, or a text that is run, which holds a grant."""
    runs = re.match(
        r"\s*(exec|execute|call|do|begin|declare|create|alter|prepare)\b", statement.plain, re.I
    )
    held = any(
        token.kind in ("body", "text") and _INSIDE.search(token.text) for token in statement.tokens
    )
    return held and runs is not None
