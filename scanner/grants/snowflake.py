"""Snowflake: exports of `SHOW GRANTS` in its forms, and of the views GRANTS_TO_ROLES and
GRANTS_TO_USERS of ACCOUNT_USAGE, as CSV or JSON; one file, or a folder of them together.

    SHOW GRANTS ON|TO ...      created_on, privilege, granted_on, name, granted_to, grantee_name
    SHOW GRANTS OF ROLE ...    created_on, role, granted_to, grantee_name
    SHOW GRANTS OF SHARE ...   created_on, share, granted_to, grantee_name
    SHOW FUTURE GRANTS ...     created_on, privilege, grant_on, name, grant_to, grantee_name
    GRANTS_TO_ROLES            ..., name, table_catalog, table_schema, ..., deleted_on
    GRANTS_TO_USERS            created_on, deleted_on, role, granted_to, grantee_name

A table is read with SELECT or OWNERSHIP on it and some privilege on its schema and database,
by the role, every role above it, and the users of all these; what one role of a user lacks
another may give (secondary roles).  Database roles are `DATABASE.ROLE`.  Where what is needed on
schema or database is not in the exports the answer is conditional, as it is for FUTURE grants.
PUBLIC is every user: all staff.  A share, and whom it is with, are accounts outside.
A privilege on a database of which nothing else is exported may be all it takes, if the database
is imported from a share: so its answer is conditional as well.

Resources are `snowflake://DATABASE/SCHEMA/TABLE`, in the case that Snowflake shows.
Option: `resource` instead of `snowflake:/`, for several accounts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.files.tables import bad
from scanner.grants import GrantExport, _tables
from scanner.grants._folders import files_of
from scanner.grants._roles import Roles
from scanner.model import Decision, Grant

_READS = {"SELECT", "OWNERSHIP", "ALL", "ALL PRIVILEGES", "REBUILD SELECT"}
_TABLES = {"TABLE", "VIEW", "MATERIALIZED_VIEW", "EXTERNAL_TABLE", "DYNAMIC_TABLE", "STREAM",
           "ICEBERG_TABLE", "EVENT_TABLE", "HYBRID_TABLE"}  # fmt: skip
_STAGES = {"STAGE": {"READ", "USAGE", "OWNERSHIP"}}
_FORMS = (
    {"privilege", "granted_on", "name", "granted_to", "grantee_name"},
    {"privilege", "grant_on", "name", "grant_to", "grantee_name"},
    {"role", "granted_to", "grantee_name"},
    {"share", "granted_to", "grantee_name"},
)
_SHARED = {"USAGE", "IMPORTED PRIVILEGES"}  # on an imported database: reads all of it
_USER = "user "  # before the names of users, who may be called like a role
_NOBODY: frozenset[str] = frozenset()
_Row = tuple[Grant, str, tuple[str, ...]]
"""A grant, its grantee (users marked as such), and what it is on."""


class Snowflake:
    """Reads exports of Snowflake's grants."""

    options = ("resource",)
    reads_folders = True

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - the content decides
        """True when the first row has the columns of one of the forms."""
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        words = set(re.findall(rb"[a-z_]+", start.split(b"\n", 1)[0].lower()))
        if start[:1] in (b"{", b"["):
            words = set(re.findall(rb'"([a-z_]+)"\s*:', start.lower()))
        return any({name.encode() for name in form} <= words for form in _FORMS)

    def read(self, export: GrantExport, log: UnitLog) -> Iterator[Grant]:
        """Every reader of a table.  A row of another form is counted by its number."""
        prefix = str(export.options.get("resource") or "").rstrip("/")
        account = _Account(prefix or "snowflake:/")
        for path in files_of(export.path):
            for number, cells in _tables.cells_of(path, log):
                if not account.add(cells):
                    bad(log, "a row is none of Snowflake's grants", str(path), number)
        if not account.known:
            hint = "export SHOW GRANTS or the view GRANTS_TO_ROLES, with its columns"
            what = "the export holds no grants of Snowflake"
            raise UnreadableError(what, str(export.path), hint, "grants.form")
        yield from account.grants()


plugin = Snowflake()


@dataclass(slots=True)
class _Account:
    """What is known of one account."""

    prefix: str
    known: int = 0
    rows: list[_Row] = field(default_factory=list)
    databases: list[_Row] = field(default_factory=list)  # of privileges on them
    local: set[str] = field(default_factory=set)  # databases that hold something of ours
    roles: Roles = field(default_factory=Roles)
    inside: dict[tuple[str, ...], set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, cells: _tables.Cells) -> bool:
        """Take one row into account; False for a row of another form."""
        kind = (cells.get("granted_to") or cells.get("grant_to") or "").upper().replace("_", " ")
        if not kind or not cells.get("grantee_name"):
            return False
        self.known += 1
        grantee = _grantee(kind, cells)
        privilege = cells.get("privilege", "").upper()
        of = (cells.get("granted_on") or cells.get("grant_on") or "").upper().replace(" ", "_")
        group = cells.get("role") or _last(cells.get("share", ""))
        if not privilege and group:
            self._member(grantee, kind, group, cells)
        elif of in ("ROLE", "DATABASE_ROLE", "APPLICATION_ROLE") and privilege == "USAGE":
            self._member(grantee, kind, ".".join(_tables.names(_joined(cells))), cells)
        elif not privilege or not cells.get("name"):
            return False
        else:
            self._object(privilege, of, grantee, kind, cells)
        return True

    def _member(self, member: str, kind: str, role: str, cells: _tables.Cells) -> None:
        if not cells.get("deleted_on"):
            self.roles.types.setdefault(member, _type(kind, member))
            self.roles.add(member, role)

    def _object(
        self, privilege: str, of: str, grantee: str, kind: str, cells: _tables.Cells
    ) -> None:
        name = _tables.names(_joined(cells))
        self.local.update(name[:1] if len(name) > 1 else ())
        inside = of in ("DATABASE", "SCHEMA") and "grant_on" not in cells
        if inside and not cells.get("deleted_on"):
            self.inside[name].add(grantee)
        whole = of == "DATABASE" and privilege in _SHARED and kind != "SHARE"
        reads = privilege in _READS if of in _TABLES else privilege in _STAGES.get(of, ())
        if not (reads or whole):
            return
        if "grant_on" in cells:
            name = (*(part for part in name if not part.startswith("<")), "*")
        row = replace(
            self._row(privilege, of, name, cells),
            principal=grantee.removeprefix(_USER),
            principal_type=_type(kind, grantee),
        )
        (self.databases if whole else self.rows).append((row, grantee, name))

    def _row(self, privilege: str, of: str, name: tuple[str, ...], cells: _tables.Cells) -> Grant:
        future = name[-1] == "*"
        option = cells.get("grant_option", "").lower() == "true"
        return Grant(
            principal="",
            principal_type="",
            privilege=privilege + (" WITH GRANT OPTION" if option else ""),
            access_level="admin" if privilege == "OWNERSHIP" else "read",
            resource=f"{self.prefix}/{'/'.join(name)}{'/' if of in _STAGES else ''}",
            effect="Allow",
            decision=Decision.CONDITIONAL if future else Decision.YES,
            via=f"{privilege} on {'future ' if future else ''}{of.lower()}",
            system="snowflake",
            granted_by=cells.get("granted_by", ""),
            granted_time=_tables.moment(cells.get("created_on", "")),
            expiration_time=_tables.moment(cells.get("deleted_on", "")),
            condition="for objects made after the grant" if future else "",
        )

    def grants(self) -> Iterator[Grant]:
        """Every row, and the same for each who holds its role."""
        self.rows += [_imported(each) for each in self.databases if each[2][0] not in self.local]
        roles_of = self._roles_of()
        for row, grantee, name in self.rows:
            yield self._needing(row, name, grantee, roles_of)
            for held in self.roles.holders(grantee):
                kind = self.roles.types.get(held.name, "unknown")
                spread = replace(row, principal=held.name.removeprefix(_USER), principal_type=kind,
                                 via=f"{row.via}, via {held.path}")  # fmt: skip
                yield self._needing(spread, name, held.name, roles_of)

    def _roles_of(self) -> dict[str, set[str]]:
        """Every role that somebody holds and that is granted something, by who."""
        found: dict[str, set[str]] = defaultdict(lambda: {"PUBLIC"})
        for role in {grantee for _, grantee, _ in self.rows}.union(*self.inside.values()):
            found[role].add(role)
            for held in self.roles.holders(role):
                found[held.name].add(role)
        return found

    def _needing(
        self, row: Grant, name: tuple[str, ...], who: str, roles_of: dict[str, set[str]]
    ) -> Grant:
        """Less sure where a privilege on the schema or the database is missing."""
        if row.principal_type == "account":
            return row
        above = (of for of in (name[:1], name[:2]) if len(of) < len(name) and of[-1] != "*")
        missing = next(
            (of for of in above if self.inside.get(of, _NOBODY).isdisjoint(roles_of[who])), None
        )
        if missing is None:
            return row
        why = f"with a privilege on {'.'.join(missing)}"
        both = "; ".join(filter(None, (row.condition, why)))
        return replace(row, decision=Decision.CONDITIONAL, condition=both)


def _imported(row: _Row) -> _Row:
    """All of a database of which nothing is exported: imported from a share, maybe."""
    grant, grantee, name = row
    why = "if the database is imported from a share"
    grant = replace(grant, resource=f"{grant.resource}/*", access_level="read",
                    decision=Decision.CONDITIONAL, condition=why)  # fmt: skip
    return grant, grantee, name


def _joined(cells: _tables.Cells) -> str:
    """The whole name; the views of ACCOUNT_USAGE hold it in three columns."""
    above = [cells.get(name, "") for name in ("table_catalog", "table_schema")]
    name = cells.get("name", "")
    if not any(above) or name.count(".") >= 2:
        return name
    return ".".join(f'"{part}"' for part in (*filter(None, above), name.strip('"')))


def _grantee(kind: str, cells: _tables.Cells) -> str:
    """The name of a grantee; a database role is of the database whose objects it is granted."""
    name = cells["grantee_name"]
    if kind == "DATABASE ROLE":
        home = () if "." in name else _tables.names(_joined(cells))[:1]
        return ".".join((*home, name))
    return f"{_USER}{name}" if kind == "USER" else _last(name) if kind == "SHARE" else name


def _last(name: str) -> str:
    """A share without its organisation and account."""
    return name.rpartition(".")[2]


def _type(kind: str, name: str) -> str:
    if name == "PUBLIC":
        return "all_staff"
    return {"USER": "user", "SHARE": "account", "ACCOUNT": "account"}.get(kind, "role")
