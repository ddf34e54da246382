"""What a script of grants leaves standing: grants added, taken back, roles given on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from operator import itemgetter

from scanner import globs
from scanner.grants import _names, _sql_dialects
from scanner.grants._roles import Roles, spread
from scanner.grants._sql_dialects import READ_ALL_ROLES, READ_NONE_ROLES, Dialect
from scanner.grants._sql_parse import Grantee, Name, Object, Right, Spoken
from scanner.model import Decision, Grant

_EVERYBODY = {"public": "all_staff", "account users": "all_staff", "users": "all_staff"}
_LATER = ": future "  # in `via`, of what is for objects made later
_SERVERS = ("postgres://", "redshift://", "sqlserver://")  # prefixes that hold no database yet
_BECOMES = ("PROXY", "IMPERSONATE")  # who may act as somebody reads what they read
_SHARES = ("SHARE", "DATASHARE")  # who is given a share reads what was put into it
_HOST = re.compile(r"([^@]*)@([\w.%:/-]*)")


@dataclass(frozen=True, slots=True)
class Target:
    """Where the names of a script stand: below a prefix, in a database and schema if it says so."""

    dialect: Dialect
    prefix: str
    system: str
    database: str = ""
    schema: str = ""

    def resource(self, of: Object | None) -> str:
        """The URI pattern of an object; None is everything."""
        if of is None or of.name == ("*",):
            return f"{self.prefix}*"
        if "://" in of.name[0] or of.name[0].startswith(("/", "arn:")):
            return of.name[0] + ("*" if of.kind in ("URI", "LOCATION") else "")
        if "://" in of.name[-1]:  # delta.`s3://bucket/table`
            return of.name[-1].rstrip("/") + "/*"
        name = self._whole(of.name, _sql_dialects.is_container(of))
        if self.dialect.hosts and name[-1] == "*":
            name = tuple(map(_sql_dialects.databases, name))
        below = "/*" if _sql_dialects.is_container(of) or of.kind in ("VOLUME", "STAGE") else ""
        return (self.prefix + "/".join(name) + below).replace("/*/*", "/*")

    def _whole(self, name: Name, container: bool) -> Name:
        parts = tuple(part for part in name if part)
        if len(parts) == 1 and not container and (schema := self.schema or self.dialect.schema):
            parts = (schema, *parts)
        bare = self.prefix == self.dialect.prefix and self.prefix in _SERVERS
        short = self.dialect.depth + bare - len(parts) - (1 if container else 0)
        return (self.database, *parts) if self.database and short > 0 else parts


@dataclass(slots=True)
class Script:
    """The state while statements are applied in order."""

    target: Target
    rows: dict[str, list[tuple[int, Grant]]] = field(default_factory=dict)  # by principal
    count: int = 0
    roles: Roles = field(default_factory=Roles)

    def apply(self, spoken: Spoken, line: int) -> None:
        """Add what a statement gives, or take away what it takes."""
        if spoken.option_only:
            return
        for right, grantee in product(spoken.rights, spoken.grantees):
            if not spoken.objects and _is_role(right):
                self._member(spoken, right, grantee)
            for of in map(self._seen, spoken.objects) if spoken.objects else (self._open(right),):
                self._apply(spoken, right, of, grantee, line)

    def _apply(
        self, spoken: Spoken, right: Right, of: Object | None, grantee: Grantee, line: int
    ) -> None:
        """One privilege on one object; None is everything."""
        if of is not None and (right.word in _BECOMES or of.kind in _SHARES):
            self._member(spoken, Right("ROLE", ".".join(of.name), True), grantee)
        row = self._row(spoken, right, of, grantee, line)
        if spoken.verb == "REVOKE":
            self._revoke(row, right, of is not None and of.filled)
        elif of is not None or row.decision is not Decision.NO or not _is_role(right):
            self._add(row)

    def owner(self, of: Object, name: str, line: int) -> None:
        """`ALTER TABLE t OWNER TO name`: owners read."""
        spoken = Spoken("GRANT", (Right("OWNERSHIP", "OWNERSHIP"),), (of,), (Grantee(name),))
        self.apply(spoken, line)

    def grants(self) -> Iterator[Grant]:
        """Every row that is left, and the same for those who hold its principal as a role."""
        for name in sorted(READ_ALL_ROLES | READ_NONE_ROLES):
            if any(True for _ in self.roles.holders(name)):
                self._add(self._built_in(name))
        rows = sorted((pair for listed in self.rows.values() for pair in listed), key=itemgetter(0))
        yield from spread((row for _, row in rows), self.roles)

    def _add(self, row: Grant) -> None:
        self.count += 1
        self.rows.setdefault(row.principal.casefold(), []).append((self.count, row))

    def _seen(self, of: Object) -> Object:
        """A name alone is a database, where the system has it so."""
        alone = self.target.dialect.databases and not of.kind and len(of.name) == 1
        return replace(of, kind="DATABASE") if alone else of

    def _open(self, right: Right) -> Object | None:
        """The database that is open, of a privilege without ON; None is everything."""
        known = right.word in _sql_dialects.NO_ROLES - {"ALL"} and self.target.database
        return Object("DATABASE", (self.target.database,)) if known else None

    def _member(self, spoken: Spoken, right: Right, grantee: Grantee) -> None:
        member, kind = self._principal(grantee.name, grantee.kind)
        built_in = right.name.lower() in READ_ALL_ROLES | READ_NONE_ROLES
        role = right.name.lower() if built_in else self._principal(right.name)[0]
        self.roles.types.setdefault(member, kind)
        if spoken.verb == "GRANT":
            self.roles.add(member, role)
        else:
            self.roles.remove(member, role)

    def _row(
        self, spoken: Spoken, right: Right, of: Object | None, grantee: Grantee, line: int
    ) -> Grant:
        decision, condition = _sql_dialects.decide(right, of, self.target.dialect)
        principal, kind = self._principal(grantee.name, grantee.kind)
        level = _sql_dialects.level(right)
        reads = decision is not Decision.NO
        if spoken.verb == "DENY" and right.columns:
            decision = Decision.CONDITIONAL
        return Grant(
            principal=principal,
            principal_type=kind,
            privilege=right.name + (" WITH GRANT OPTION" if spoken.options else ""),
            access_level=level if reads or level not in ("read",) else "none",
            resource=self.target.resource(of),
            effect="Deny" if spoken.verb == "DENY" else "Allow",
            decision=decision,
            via=f"line {line}: {_said(of)}",
            system=self.target.system,
            condition=condition,
        )

    def _revoke(self, gone: Grant, right: Right, is_filled: bool) -> None:
        """Take away from each earlier row what a REVOKE speaks of.

        A name that is filled in takes away only what was given on the same.
        """
        kept = []
        for n, row in self.rows.get(gone.principal.casefold(), ()):
            stays = row.privilege == "OWNERSHIP" and right.word == "ALL" and not self._owners_lose
            stays |= (_LATER in row.via) != (_LATER in gone.via)
            stays |= is_filled and row.resource != gone.resource
            if stays or not _takes(right, row, gone):
                kept.append((n, row))
            elif not globs.covers(gone.resource, row.resource):
                less = (*row.except_resources, gone.resource)
                kept.append((n, replace(row, except_resources=less)))
        self.rows[gone.principal.casefold()] = kept

    @property
    def _owners_lose(self) -> bool:
        """True where REVOKE ALL takes its own privileges from the owner, too."""
        return self.target.dialect.prefix in ("postgres://", "redshift://")

    def _principal(self, name: str, kind: str = "") -> tuple[str, str]:
        """Name and type; `'ana'@'10.%'` of MySQL is ana, whatever the host."""
        name, prefixed = _names.by_prefix(name)
        host = _HOST.fullmatch(name)
        if host and host[1] and (self.target.dialect.hosts or _is_host(host[2])):
            name = host[1]
        known = _EVERYBODY.get(name.lower()) or ("public" if name.startswith("all") else None)
        everybody = known if name.lower() in _EVERYBODY else _names.everybody(name) and known
        kinds = {"share": "account", "account": "account"}
        return name, everybody or kinds.get(kind) or kind or prefixed or "unknown"

    def _built_in(self, role: str) -> Grant:
        return Grant(
            principal=role,
            principal_type="role",
            privilege=role,
            access_level="read",
            resource=f"{self.target.prefix}*",
            effect="Deny" if role in READ_NONE_ROLES else "Allow",
            decision=Decision.YES,
            via=f"built-in role {role}",
            system=self.target.system,
        )


def _takes(right: Right, row: Grant, gone: Grant) -> bool:
    """True when a REVOKE speaks of a row: its privilege, or ALL, on the same or a wider object."""
    held = row.privilege.removesuffix(" WITH GRANT OPTION").upper()
    named = right.word in (held, "ALL") or (
        held == "ALL" and row.decision is not Decision.NO and gone.decision is not Decision.NO
    )
    return named and globs.overlaps(gone.resource, row.resource)


def _is_role(right: Right) -> bool:
    """A single word without ON may be a role or a privilege; one that is no role gives nothing."""
    if right.word in _sql_dialects.NO_ROLES:
        return right.is_role
    return right.is_role or (" " not in right.word and not right.name.startswith("roles/"))


def _is_host(text: str) -> bool:
    """True for what can only stand behind the `@` of an account, not of an e-mail address."""
    return "%" in text or "." not in text or re.fullmatch(r"[0-9.:/]+", text) is not None


def _said(of: Object | None) -> str:
    if of is None:
        return "the whole system"
    what = {"": "table", "OBJECT": "table"}.get(of.kind, of.kind.lower())
    return {"all": f"all of kind {what}", "future": f"future {what}"}.get(of.scope, what)
