"""PostgreSQL: the catalogs of a database, as the query beside this file exports them.

    psql -X -At -d prod -f postgres.sql > prod.json

For every role and every table, view and foreign table: whether it may read it, and how
(`granted, via analysts > readers`, `owner`, `superuser`, `pg_read_all_data`).  A privilege that
needs SET ROLE first, one without USAGE of the schema or CONNECT to the database, one for some
columns, and one that row security limits are conditional.  PUBLIC is every role of the server:
all staff.  Default privileges are conditional: they are for tables made later.

Resources are `postgres://database/schema/table`.  Option: `resource` instead of
`postgres://database`, for several servers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.files.exports import parse_json, read_text
from scanner.grants import GrantExport
from scanner.grants._postgres_roles import PUBLIC, Held, Roles, items
from scanner.model import Decision, Grant

_KINDS = {"r": "table", "p": "table", "v": "view", "m": "materialized view", "f": "foreign table"}
_MARK = b'"leakgate_export"'


class Postgres:
    """Reads exports of PostgreSQL's catalogs."""

    options = ("resource",)

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - the content decides
        """True for a document that says so."""
        return _MARK in head and b'"postgres/1"' in head

    def read(self, export: GrantExport, log: UnitLog) -> Iterator[Grant]:
        """Who may read each relation.  Raises UnreadableError for another document."""
        where = str(export.path)
        document = parse_json(read_text(export.path), where)
        try:
            catalog = _Catalog(document, export.options)
        except (KeyError, TypeError, AttributeError, ValueError):
            raise _other(where) from None
        for number, relation in enumerate(document["relations"]):
            log.records += 1
            try:
                yield from list(catalog.readers(relation))
            except (KeyError, TypeError, AttributeError):
                what = "a relation has not the form that the query gives"
                log.bad_record("grants.relation", what, number, "export it again")
        yield from catalog.defaults()


plugin = Postgres()


def _other(where: str) -> UnreadableError:
    hint = "make it with psql -X -At -f postgres.sql, as it is"
    return UnreadableError("not an export of PostgreSQL's catalogs", where, hint, "grants.form")


class _Catalog:
    def __init__(self, document: Mapping[str, Any], options: Mapping[str, Any]) -> None:
        self.document, self.roles = document, Roles(document)
        prefix = str(options.get("resource") or f"postgres://{document['database']}")
        self.prefix = prefix.rstrip("/")
        owner = str(document["database_owner"])
        acl = document["database_acl"]
        self.connect = items(acl) if acl is not None else {PUBLIC: "Tc", owner: "CTc"}
        self.owner = owner
        self.schemas = {str(s["name"]): s for s in document["schemas"]}

    def readers(self, relation: Mapping[str, Any]) -> Iterator[Grant]:
        """PUBLIC first, then every role that can do more than PUBLIC."""
        owner, acl = str(relation["owner"]), relation["acl"]
        letters = items(acl) if acl is not None else {owner: "arwdDxt"}
        columns = [items(one) for one in (relation.get("column_acl") or {}).values()]
        everybody = self._public(relation, letters)
        if everybody is not None:
            yield everybody
        for name in sorted(self.roles.all):
            held = self._read(name, relation, letters, columns)
            if held is None or (everybody and everybody.decision.at_least(held.decision)
                                and held.via.startswith("granted to PUBLIC")):  # fmt: skip
                continue
            yield self._row(relation, name, self.roles.type(name), held)

    def _public(self, relation: Mapping[str, Any], letters: Mapping[str, str]) -> Grant | None:
        if "r" not in letters.get(PUBLIC, ""):
            return None
        schema = self.schemas.get(str(relation["schema"])) or {}
        usable = "U" in items(schema.get("acl")).get(PUBLIC, "")
        held = Held(Decision.YES, "granted to PUBLIC")
        if not usable:
            held = _less(held, "with USAGE of the schema")
        if "c" not in self.connect.get(PUBLIC, ""):
            held = _less(held, "with CONNECT to the database")
        if relation.get("row_security"):
            held = _less(held, "as its row security lets")
        return self._row(relation, "PUBLIC", "all_staff", held)

    def _read(
        self,
        name: str,
        relation: Mapping[str, Any],
        letters: Mapping[str, str],
        columns: list[dict[str, str]],
    ) -> Held | None:
        """How a role reads a relation, with everything that stands in its way."""
        owner = str(relation["owner"])
        held = self.roles.held(name, letters, "r", owner)
        if held is None:
            some = [h for c in columns if (h := self.roles.held(name, c, "r", ""))]
            if not some:
                return None
            held = _less(some[0], "for some of the columns")
        if not self._uses(name, str(relation["schema"])):
            held = _less(held, "with USAGE of the schema")
        if self.roles.held(name, self.connect, "c", self.owner) is None:
            held = _less(held, "with CONNECT to the database")
        if relation.get("row_security") and not self._past_rows(name, relation):
            held = _less(held, "as its row security lets")
        return held

    def _uses(self, name: str, schema: str) -> bool:
        found = self.schemas.get(schema) or {}
        owner, acl = str(found.get("owner") or ""), found.get("acl")
        letters = items(acl) if acl is not None else {owner: "UC"}
        held = self.roles.held(name, letters, "U", owner)
        return held is not None and held.decision is Decision.YES

    def _past_rows(self, name: str, relation: Mapping[str, Any]) -> bool:
        role = self.roles.all[name]
        if role.get("superuser") or role.get("bypassrls"):
            return True
        owns = self.roles.is_in(name, str(relation["owner"]))
        return owns and not relation.get("force_row_security")

    def _row(self, relation: Mapping[str, Any], name: str, kind: str, held: Held) -> Grant:
        what = _KINDS.get(str(relation["kind"]), "relation")
        return Grant(
            principal=name,
            principal_type=kind,
            privilege="SELECT" + (" WITH GRANT OPTION" if held.option else ""),
            access_level="read",
            resource=f"{self.prefix}/{relation['schema']}/{relation['name']}",
            effect="Allow",
            decision=held.decision,
            via=f"{what}: {held.via}",
            system="postgres",
            condition=held.condition,
        )

    def defaults(self) -> Iterator[Grant]:
        """What tables made later will give."""
        for entry in self.document.get("default_acls") or ():
            if entry.get("kind") != "r":
                continue
            schema = str(entry.get("schema") or "*")
            for name, letters in items(entry.get("acl")).items():
                if "r" not in letters or name == entry.get("role"):
                    continue
                why = f"for tables that {entry.get('role')} makes later"
                held = Held(Decision.CONDITIONAL, "default privileges", why, "r*" in letters)
                row = self._row({"kind": "r", "schema": schema, "name": "*"}, name or "PUBLIC",
                                self.roles.type(name) if name else "all_staff", held)  # fmt: skip
                yield replace(row, resource=row.resource.replace("/*/*", "/*"))


def _less(held: Held, condition: str) -> Held:
    conditions = "; ".join(filter(None, (held.condition, condition)))
    return replace(held, decision=Decision.CONDITIONAL, condition=conditions)
