"""Unity Catalog of Databricks: `SHOW GRANTS`, the privilege views of information_schema, and the
answers of the permissions API, as CSV or JSON; one file, or a folder of them together.

    SHOW GRANTS ON ...          Principal, ActionType, ObjectType, ObjectKey
    information_schema          grantee, privilege_type, table_catalog, table_schema, table_name,
                                catalog_name or schema_name, is_grantable, inherited_from
    permissions API             {"privilege_assignments": [{"principal", "privileges"}]}: the
                                file's own name says the object, `table.prod.raw.sessions.json`
                                (or schema., catalog., volume.); or the option `object`.  It is
                                also what `databricks grants get|get-effective` prints

Privileges on a catalog or schema hold for everything in it.  Data is read with SELECT (a table)
or READ VOLUME, or ALL PRIVILEGES, or by the owner; USE CATALOG and USE SCHEMA are needed too:
where they are not in the exports the answer is conditional.  `account users` is all staff.

Resources are `unity://catalog/schema/table`.  Option: `resource` instead of `unity:/`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.files.exports import parse_json, read_text
from scanner.files.tables import bad
from scanner.grants import GrantExport, _tables
from scanner.grants._folders import files_of
from scanner.model import Decision, Grant

_ALL_STAFF = {"account users", "users"}
_READS = {"SELECT", "READ VOLUME", "ALL PRIVILEGES", "OWN", "OWNERSHIP", "READ FILES", "ALL"}
_USES = {"USE CATALOG": 1, "USAGE": 0, "USE SCHEMA": 2, "ALL PRIVILEGES": 0, "OWN": 0}
_DEPTHS = {"METASTORE": 0, "CATALOG": 1, "SCHEMA": 2, "DATABASE": 2}
_DATA = {"TABLE", "VIEW", "VOLUME", "MATERIALIZED VIEW", "EXTERNAL LOCATION", *_DEPTHS}
_FILES = {"READ VOLUME", "READ FILES"}
_API = re.compile(rb'"privilege_assignments"')
_FORMS = ({"principal", "actiontype", "objecttype", "objectkey"}, {"grantee", "privilege_type"})
_KINDED = re.compile(r"(catalog|schema|table|volume|view)[._-](.+)\.json", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Row:
    principal: str
    privilege: str
    kind: str
    name: tuple[str, ...]
    via: str
    option: bool = False
    held: tuple[str, ...] | None = None  # where it was granted, if higher up


class Unity:
    """Reads exports of Unity Catalog's privileges."""

    options = ("resource", "object")
    reads_folders = True

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - the content decides
        """True for the columns of one of the forms, or an answer of the API."""
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if start[:1] in (b"{", b"["):
            words = set(re.findall(rb'"([a-z_]+)"\s*:', start.lower()))
            api = _API.search(start) is not None
        else:
            words, api = set(re.findall(rb"[a-z_]+", start.split(b"\n", 1)[0].lower())), False
        named = any({name.encode() for name in form} <= words for form in _FORMS)
        places = {b"objectkey", b"catalog_name", b"table_catalog", b"schema_name"}
        return api or (named and bool(words & places))

    def read(self, export: GrantExport, log: UnitLog) -> Iterator[Grant]:
        """Every reader.  A row of another form is counted by its number."""
        prefix = str(export.options.get("resource") or "").rstrip("/")
        found = _Found(prefix or "unity:/")
        for path in files_of(export.path):
            _add_file(found, path, export.options, log)
        if not found.rows:
            what, hint = "the export holds no privileges of Unity Catalog", "export SHOW GRANTS"
            raise UnreadableError(what, str(export.path), hint, "grants.form")
        yield from found.grants()


plugin = Unity()


def _add_file(found: _Found, path: Path, options: Mapping[str, Any], log: UnitLog) -> None:
    text = read_text(path)
    if text.lstrip()[:1] == "{" and _API.search(text.encode()[:4096]):
        found.rows += _api_rows(path, parse_json(text, str(path)), options, log)
        return
    for number, cells in _tables.cells_of(path, log):
        row = _row(cells)
        if row is None:
            bad(log, "a row is none of Unity Catalog's privileges", str(path), number)
        else:
            found.rows.append(row)


def _row(cells: _tables.Cells) -> _Row | None:
    principal = cells.get("principal") or cells.get("grantee") or ""
    privilege = cells.get("actiontype") or cells.get("privilege_type") or ""
    if cells.get("objectkey"):
        kind, name = (
            cells.get("objecttype", "").upper(),
            _tables.names(cells["objectkey"].replace("`", '"')),
        )
    else:
        kind, name = _by_columns(cells)
    if not (principal and privilege and name):
        return None
    inherited = cells.get("inherited_from", "")
    via = f"{_plain(privilege)} on {kind.lower()}"
    via += f", inherited from {inherited.lower()}" if inherited not in ("", "NONE") else ""
    return _Row(principal, _plain(privilege), kind, name, via, cells.get("is_grantable") == "YES")


def _by_columns(cells: _tables.Cells) -> tuple[str, tuple[str, ...]]:
    catalog = cells.get("table_catalog") or cells.get("catalog_name") or cells.get("volume_catalog")
    schema = cells.get("table_schema") or cells.get("schema_name") or cells.get("volume_schema")
    last = cells.get("table_name") or cells.get("volume_name")
    kind = (
        "VOLUME"
        if cells.get("volume_name")
        else ("CATALOG", "SCHEMA", "TABLE")[bool(schema) + bool(last)]
    )
    return kind, tuple(part for part in (catalog, schema, last) if part)


def _api_rows(path: Path, document: Any, options: Mapping[str, Any], log: UnitLog) -> list[_Row]:
    """One object's assignments; what object it is the file's name or the option says."""
    named = _KINDED.fullmatch(
        str(options.get("object") or path.name).removesuffix(".json") + ".json"
    )
    if named is None:
        hint = "call the file after the object: table.prod.raw.sessions.json"
        raise UnreadableError("the export does not say of what object it is", str(path), hint)
    kind, name = named[1].upper(), _tables.names(named[2])
    assignments = document.get("privilege_assignments")
    rows = []
    for number, entry in enumerate(assignments if isinstance(assignments, list) else [], 1):
        log.records += 1
        principal, held = _assigned(entry)
        if not principal:
            bad(log, "an assignment names no principal", str(path), number)
        for privilege, source in held:
            via = f"{_plain(privilege)} on {kind.lower()}" + (
                f", inherited from {source}" if source else ""
            )
            above = _tables.names(source) or None
            rows.append(_Row(principal, _plain(privilege), kind, name, via, held=above))
    return rows


def _assigned(entry: Any) -> tuple[str, list[tuple[str, str]]]:
    """Principal, and privileges with what they are inherited from (effective permissions)."""
    if not isinstance(entry, dict):
        return "", []
    held = []
    for one in entry.get("privileges") or []:
        if isinstance(one, dict):
            held.append((str(one.get("privilege")), str(one.get("inherited_from_name") or "")))
        else:
            held.append((str(one), ""))
    return str(entry.get("principal") or ""), held


def _plain(privilege: str) -> str:
    return privilege.upper().replace("_", " ")


@dataclass(slots=True)
class _Found:
    prefix: str
    rows: list[_Row] = field(default_factory=list)

    def grants(self) -> Iterator[Grant]:
        uses = self._uses()
        for row in self.rows:
            found = self._grant(row, uses)
            yield found
            if found.decision is Decision.CONDITIONAL and row.kind == "CATALOG":
                for name in sorted(self._held(row, uses)):
                    if len(name) == 2 and name[:1] == row.name:
                        yield self._grant(replace(row, kind="SCHEMA", name=name), uses)

    def _held(self, row: _Row, uses: Mapping[str, set[tuple[str, ...]]]) -> set[tuple[str, ...]]:
        """What a principal may use: its own and what everybody may."""
        own = uses.get(row.principal, set[tuple[str, ...]]())
        return own.union(*(uses.get(name, ()) for name in _ALL_STAFF))

    def _uses(self) -> dict[str, set[tuple[str, ...]]]:
        """What each principal may use: catalogs as (catalog,), schemas as (catalog, schema)."""
        found: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for row in self.rows:
            depth = _USES.get(row.privilege)
            at = row.held or row.name
            if depth is not None and len(at) <= 2:
                found[row.principal].add(at)
                if depth != 1 and len(at) == 1:
                    found[row.principal].add((at[0], "*"))
        return found

    def _grant(self, row: _Row, uses: Mapping[str, set[tuple[str, ...]]]) -> Grant:
        reads = row.privilege in _READS and row.kind in _DATA
        missing = self._missing(row, uses) if reads else ""
        decision = Decision.CONDITIONAL if missing else Decision.YES
        return Grant(
            principal=row.principal,
            principal_type="all_staff"
            if row.principal.lower() in _ALL_STAFF
            else _type(row.principal),
            privilege=row.privilege + (" WITH GRANT OPTION" if row.option else ""),
            access_level="read" if reads else "none",
            resource=self._resource(row),
            effect="Allow",
            decision=decision if reads else Decision.NO,
            via=row.via,
            system="unity",
            condition=missing,
        )

    def _resource(self, row: _Row) -> str:
        if "://" in row.name[0]:
            return row.name[0].rstrip("/") + "/*"
        below = "/*" if row.kind in _DEPTHS else "/" if row.kind == "VOLUME" else ""
        if row.privilege in _FILES and row.kind in _DEPTHS:  # volumes lie a level below tables
            below = "/*" * (4 - len(row.name))
        return f"{self.prefix}/{'/'.join(row.name)}{below}"

    def _missing(self, row: _Row, uses: Mapping[str, set[tuple[str, ...]]]) -> str:
        """What else is needed; a principal's own privileges and those of everybody count."""
        if row.kind == "EXTERNAL LOCATION":
            return ""
        held = self._held(row, uses)
        catalog = row.name[:1]
        if catalog not in held:
            return f"with USE CATALOG on {catalog[0]}"
        schema = row.name[:2] if len(row.name) > 1 else (*catalog, "*")
        fine = schema in held or (*catalog, "*") in held
        return "" if fine else f"with USE SCHEMA on {'.'.join(schema)}"


def _type(name: str) -> str:
    """People are e-mail addresses, service principals are application ids, the rest are groups."""
    if "@" in name:
        return "user"
    return (
        "service"
        if re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", name)
        else "group"
    )
