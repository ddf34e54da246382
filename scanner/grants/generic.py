"""Grants of any other system, in a documented form: CSV, JSON or JSON Lines.

One row is one grant.  Columns (all but the first two may be left out):

    principal         who, or one of PUBLIC, *, allUsers, allAuthenticatedUsers (everybody),
                      ALL_EMPLOYEES, everyone, all staff, Domain Users (all staff)
    resource          a URI; `*` any characters, `?` one; ending in `/`: everything below
    principal_type    user, group, role, service, account, public, all_staff, unknown
    privilege         as the system calls it: SELECT, viewer, rw, ...
    access_level      read, write, list, admin, none; else told from the privilege
    effect            Allow or Deny
    decision          yes, conditional or no; else from access level and condition
    via, system, granted_by, condition, purpose     texts
    granted_time, expiration_time   ISO 8601, UTC when it names no zone
    except_principals, except_resources   lists; in CSV separated by `|`

Usual other headers (user, grantee, path, object, permission, role, expires, ...) are known.
A JSON file is a list of such objects, or `{"grants": [...]}`.  Options: `resource` (put in
front of resources that are no URIs), `system`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

from scanner import suggest
from scanner.batch import UnitLog
from scanner.errors import UsageError
from scanner.files.tables import bad, rows
from scanner.grants import GrantExport, _names
from scanner.model import Decision, Grant

_ALIASES = {
    "user": "principal",
    "username": "principal",
    "grantee": "principal",
    "member": "principal",
    "identity": "principal",
    "grantee_type": "principal_type",
    "member_type": "principal_type",
    "role": "privilege",
    "permission": "privilege",
    "permissions": "privilege",
    "access": "privilege",
    "level": "access_level",
    "object": "resource",
    "path": "resource",
    "uri": "resource",
    "url": "resource",
    "table": "resource",
    "grantor": "granted_by",
    "granted_at": "granted_time",
    "created": "granted_time",
    "expires": "expiration_time",
    "expires_at": "expiration_time",
    "expiry": "expiration_time",
    "source": "via",
    "reason": "purpose",
}
_COLUMNS = tuple(f.name for f in fields(Grant))
_TIMES = ("granted_time", "expiration_time")
_LISTS = ("except_principals", "except_resources")
_LEVELS = ("read", "write", "list", "admin", "none")
_READS = ("read", "admin")


class Generic:
    """Reads the documented table form."""

    options = ("resource", "system")

    def sniff(self, path: Path, head: bytes) -> bool:
        """True when the header, or the first object, names a principal and a resource."""
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        if start[:1] in (b"{", b"["):
            # Policy documents and Lake Formation have both too, in forms of their own.
            if b'"Statement"' in start or b'"DataLakePrincipalIdentifier"' in start:
                return False
            keys = re.findall(rb'"([A-Za-z_ -]{1,30})"\s*:', start)
        elif path.suffix.lower() in (".csv", ".tsv", ".txt", ""):
            keys = re.split(rb"[,;\t|]", start.partition(b"\n")[0])
        else:
            return False
        names = {_column(k.decode("utf-8", "replace")) for k in keys}
        return {"principal", "resource"} <= names

    def read(self, export: GrantExport, log: UnitLog) -> Iterator[Grant]:
        """One grant per row; a row that cannot be used is counted by its number.

        Raises UsageError on a column that is not known, UnreadableError on a broken file.
        """
        where = str(export.path)
        columns: dict[tuple[str, ...], dict[str, str]] = {}
        for row in rows(export.path, log, "grants", partial(_columns, where=where)):
            header = tuple(row.cells)
            if header not in columns:
                columns[header] = _columns(header, where=where)
            named = {columns[header][k]: v for k, v in row.cells.items()}
            try:
                yield _grant(_Cells(named, row.number, export.path.name), export.options)
            except _BadRowError as error:
                bad(log, error.what, where, row.number, error.hint)


plugin = Generic()


class _BadRowError(Exception):
    """A row that cannot be used, in our words."""

    def __init__(self, what: str, hint: str = "correct the row") -> None:
        super().__init__(what)
        self.what, self.hint = what, hint


class _Cells:
    """The cells of one row by our names."""

    def __init__(self, cells: Mapping[str, Any], number: int, file: str) -> None:
        self.cells, self.number, self.file = cells, number, file

    def text(self, name: str, default: str = "") -> str:
        value = self.cells.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise _BadRowError(f"the {name} of a row is not a text")
        return str(value).strip() or default

    def one_of(self, name: str, known: tuple[str, ...], default: str) -> str:
        value = self.text(name, default).casefold()
        if value not in known:
            raise _BadRowError(f"the {name} of a row is not known", f"use {', '.join(known)}")
        return value

    def time(self, name: str) -> datetime | None:
        text = self.text(name)
        if not text:
            return None
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise _BadRowError(
                f"the {name} of a row is not a time", "write it as 2026-11-30T12:00:00Z"
            ) from None
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.cells.get(name)
        if isinstance(value, list) and all(isinstance(v, str) for v in value):
            return tuple(value)
        return tuple(p.strip() for p in self.text(name).split("|") if p.strip())


def _column(name: str) -> str:
    folded = re.sub(r"[\s-]+", "_", name.strip().strip('"').casefold())
    return _ALIASES.get(folded, folded)


def _columns(header: tuple[str, ...], *, where: str) -> dict[str, str]:
    """Our name of each column.  Raises UsageError on unknown, missing or repeated ones."""
    named = {name: _column(name) for name in header}
    for needed in ("principal", "resource"):
        if needed not in named.values():
            raise UsageError(f"there is no column {needed}", where, "add it to every row")
    for name, column in named.items():
        if column not in _COLUMNS:
            hint = suggest.hint(column, {*_COLUMNS, *_ALIASES})
            raise UsageError(f"the column {suggest.plain(name)} is not known", where, hint)
    if len(set(named.values())) != len(named):
        raise UsageError("two columns mean the same", where, "leave one of them out")
    return named


def _grant(row: _Cells, options: Mapping[str, Any]) -> Grant:
    principal, type_ = _principal(row)
    level = _level(row)
    condition = row.text("condition")
    default = Decision.NO
    if level in _READS:
        default = Decision.CONDITIONAL if condition else Decision.YES
    return Grant(
        principal=principal,
        principal_type=type_,
        privilege=row.text("privilege"),
        access_level=level,
        resource=_resource(row, str(options.get("resource") or "")),
        effect=_effect(row),
        decision=Decision(row.one_of("decision", tuple(Decision), default)),
        via=row.text("via", f"row {row.number} of {row.file}"),
        system=row.text("system", str(options.get("system") or "generic")),
        granted_by=row.text("granted_by"),
        granted_time=row.time("granted_time"),
        expiration_time=row.time("expiration_time"),
        condition=condition,
        purpose=row.text("purpose"),
        except_principals=row.texts("except_principals"),
        except_resources=row.texts("except_resources"),
    )


def _principal(row: _Cells) -> tuple[str, str]:
    name = row.text("principal")
    if not name:
        raise _BadRowError("a row has no principal")
    stated = row.text("principal_type")
    type_ = _names.principal_type(stated) if stated else None
    if stated and type_ is None:
        raise _BadRowError("the principal_type of a row is not known", _types())
    everybody = _names.everybody(name)
    if type_ is None and everybody is not None:
        return name, everybody
    bare, prefixed = _names.by_prefix(name)
    if type_ is None and prefixed is not None:
        return bare, prefixed
    return name, type_ or ("user" if "@" in name else "unknown")


def _types() -> str:
    return f"use {', '.join(sorted(_names.TYPES))}"


def _effect(row: _Cells) -> Literal["Allow", "Deny"]:
    known = ("allow", "deny", "grant")
    return "Deny" if row.one_of("effect", known, "allow") == "deny" else "Allow"


def _level(row: _Cells) -> str:
    if row.text("access_level"):
        return row.one_of("access_level", _LEVELS, "")
    privilege = row.text("privilege")
    if not privilege:
        return "read"
    level = _names.access_level(privilege)
    if level is not None:
        return level
    if row.text("decision"):  # the export says itself what it means for reading
        return "none" if row.text("decision").casefold() == "no" else "read"
    raise _BadRowError(
        "a privilege is of no known kind", f"add a column access_level: {', '.join(_LEVELS)}"
    )


def _resource(row: _Cells, prefix: str) -> str:
    found = row.text("resource")
    if not found:
        raise _BadRowError("a row has no resource")
    if not prefix or "://" in found:
        return found
    return f"{prefix.rstrip('/')}/{found.lstrip('/')}"
