"""Azure: role assignments, storage accounts and container public access of a file or folder.

Name a folder with its system, `{path: exports/azure, system: azure}`; files are told apart by
their content, each the output of a command as it is (`-o json`):

    az role assignment list --all --include-inherited     who has which role where
    az role definition list, az role deny-assignment list (or their REST form)
    az storage account list                               keys, public access, networks
    az storage container list, container-rm list          `publicAccess` of each container
    az account management-group show --expand --recurse   what lies below which group

Resources are `https://ACCOUNT.blob.core.windows.net/container/blob`.  A role reads by its data
actions, or by the account's keys where its actions list them and the account allows shared
keys (system `azure keys`: a deny assignment on data does not stop a key).  Roles hold at
their scope and below; those of no export are known for the usual built-in roles.  Attribute
conditions are decided for container names, others are conditional, and so is a role that is
only eligible (Privileged Identity Management).  Shared access signatures are in no export.

Options: `account` (of container lists that lie in no account's folder).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scanner.batch import UnitLog
from scanner.grants import GrantExport
from scanner.grants._azure_conditions import narrowed
from scanner.grants._azure_exports import (
    Account,
    Exports,
    account_of,
    container_of,
    gather,
    permissions,
)
from scanner.grants._azure_roles import READ, Gives, allows, by_definition, by_name, keys_of
from scanner.grants._zones import Zone, capped, join
from scanner.model import Decision, Grant

_MARKS = (
    b'"roledefinitionid"',
    b'"notdataactions"',
    b'"allowblobpublicaccess"',
    b'"denyassignmentname"',
    b'"publicaccess"',
    b"microsoft.management/managementgroups",
)
_HINT = "export it again with: az role assignment list --all -o json"
_TYPES = {
    "user": "user",
    "group": "group",
    "serviceprincipal": "service",
    "application": "service",
    "msi": "service",
    "foreigngroup": "group",
    "everyone": "all_staff",
}
_EVERYBODY = "00000000-0000-0000-0000-000000000000"
_ANY = "https://*.blob.core.windows.net/*"


class Azure:
    """Reads exports of Azure."""

    options = "account"
    reads_folders = True

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - the content decides
        """True for JSON with role assignments or one of the other exports named above."""
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        return start[:1] in (b"{", b"[") and any(m in start for m in _MARKS)

    def read(self, export: GrantExport, log: UnitLog) -> Iterator[Grant]:
        """Rows for every assignment on blobs, and for every open container."""
        yield from _World(export, log).rows()


plugin = Azure()


@dataclass(frozen=True, slots=True)
class _Holder:
    """Who holds a role, since when and until when, and on what it depends."""

    principal: str
    type: str
    role: str
    scope: str
    condition: str
    start: datetime | None
    end: datetime | None
    by: str
    note: str


class _World:
    """All exports together."""

    def __init__(self, export: GrantExport, log: UnitLog) -> None:
        self.log, self.where = log, str(export.path)
        self.exports: Exports = gather(export.path, export.options, log)
        self.names = {
            str(_first(raw, "principalid", "objectid")).lower(): _principal(raw)
            for _, raw in self.exports.assignments
        }

    def rows(self) -> Iterator[Grant]:
        for where, raw in self.exports.assignments:
            yield from self._of_assignment(where, raw)
        for where, raw in self.exports.denies:
            yield from self._of_deny(where, raw)
        for account in self.exports.accounts.values():
            for name, level in account.containers.items():
                yield _container(account, name, level)

    def _of_assignment(self, where: str, raw: Mapping[str, Any]) -> Iterator[Grant]:
        holder = _holder(raw)
        if holder is None:
            self.log.failed_records += 1
            what = "a role assignment lacks its principal, role or scope"
            self.log.problem("grants.assignment", what, where, _HINT)
            return
        found = self._gives(holder, str(raw.get("roledefinitionid") or ""))
        if found is None:
            self._missing(holder)
            unsure = replace(holder, note=join(holder.note, "what this role gives is not exported"))
            yield from self._as_data(unsure)
        else:
            yield from self._as_data(holder) if found.reads else ()
            yield from self._by_keys(holder) if found.keys else ()
            yield self._other(holder, found)

    def _gives(self, holder: _Holder, ident: str) -> Gives | None:
        for name in (ident.rpartition("/")[2].casefold(), holder.role.casefold()):
            if name in self.exports.definitions:
                return by_definition(self.exports.definitions[name])
        return by_name(holder.role, ident)

    def _missing(self, holder: _Holder) -> None:
        hint = "add the output of: az role definition list -o json"
        what = "what a role gives is not known"
        self.log.problem("grants.missing_role", what, f"{self.where}: {holder.role}", hint)

    def _as_data(self, holder: _Holder) -> Iterator[Grant]:
        for place in self._places(holder.scope):
            zone = narrowed(place, holder.condition)
            if zone is not None:
                yield _row(holder, zone, "azure")

    def _by_keys(self, holder: _Holder) -> Iterator[Grant]:
        """What the keys open; they come from the account, so a container gives none."""
        if container_of(holder.scope):
            return
        for place in self._places(holder.scope):
            account = self._account_at(place.resource)
            if account is not None and account.keys is False:
                continue
            told = account is not None and account.told
            note = "" if told else "if the account allows shared keys"
            cap = Decision.YES if told else Decision.CONDITIONAL
            row = _row(holder, capped(place, cap, note), "azure keys")
            yield replace(row, via=f"{row.via}, by the keys of the account")

    def _other(self, holder: _Holder, found: Gives) -> Grant:
        """The assignment itself: what it gives besides reading."""
        level = "admin" if found.admin else "write" if found.write or found.keys else "list"
        place = next(iter(self._places(holder.scope)), Zone(f"azure:/{holder.scope}"))
        row = _row(holder, place, "azure")
        level = level if place.resource.startswith("https:") else "none"
        return replace(row, access_level=level, decision=Decision.NO)

    def _account_at(self, resource: str) -> Account | None:
        found = (a for a in self.exports.accounts.values() if resource.startswith(f"{a.uri}/"))
        return next(found, None)

    def _places(self, scope: str) -> Iterator[Zone]:
        """The blobs at and below a scope, capped by what their account's networks let in."""
        name, container = account_of(scope), container_of(scope)
        if name:
            account = self.exports.accounts.get(name) or Account(name)
            inside = f"/{container}/*" if container else "/*"
            yield from [_reached(account, inside)] if _about_blobs(scope) else []
            return
        if "/providers/" in scope.lower() and "managementgroups" not in scope.lower():
            return  # a resource of another kind
        below = [a for a in self.exports.accounts.values() if self._is_below(a.id, scope)]
        yield from (_reached(a, "/*") for a in below)
        lost = [a for a in self.exports.accounts.values() if not a.id]
        for account in lost:
            note = f"if the account lies below {_short(scope)}"
            yield capped(_reached(account, "/*"), Decision.CONDITIONAL, note)
        if not below and not lost:
            known = tuple(sorted(f"{a.uri}/*" for a in self.exports.accounts.values()))
            note = f"accounts below {_short(scope)}, which are not exported"
            yield capped(Zone(_ANY, known), Decision.CONDITIONAL, note)

    def _is_below(self, ident: str, scope: str) -> bool:
        scope = scope.lower().rstrip("/")
        if not ident or not scope:
            return bool(ident)
        if ident == scope or ident.startswith(f"{scope}/"):
            return True
        upper = "/".join(ident.split("/")[:3])  # its subscription
        seen = {upper}
        while (upper := self.exports.parents.get(upper, "")) and upper not in seen:
            if upper == scope:
                return True
            seen.add(upper)
        return False

    def _of_deny(self, where: str, raw: Mapping[str, Any]) -> Iterator[Grant]:
        try:
            listed = list(permissions(raw.get("permissions")))
            denied = [self._denied(p) for p in raw.get("principals") or ()]
            spared = [self._denied(p)[0] for p in raw.get("excludeprincipals") or ()]
        except (TypeError, AttributeError):
            self.log.failed_records += 1
            self.log.problem(
                "grants.assignment", "a deny assignment is not understood", where, _HINT
            )
            return
        data = any(allows(p, READ, "dataActions") for p in listed)
        keys = any(keys_of(p) for p in listed)
        name = str(raw.get("denyassignmentname") or "")
        for principal, type_ in denied:
            holder = _Holder(
                principal, type_, name, str(raw.get("scope") or "/"), "", None, None, "", ""
            )
            for system in ("azure",) * data + ("azure keys",) * keys:
                for place in self._places(holder.scope):
                    row = _row(holder, place, system)
                    yield replace(
                        row,
                        effect="Deny",
                        via=f"deny assignment {name}",
                        except_principals=tuple(spared),
                    )

    def _denied(self, raw: Mapping[str, Any]) -> tuple[str, str]:
        """A principal of a deny assignment, by the name that its role assignments use."""
        ident = str(raw.get("id") or raw.get("ObjectId") or "")
        if ident == _EVERYBODY:
            return "*", "public"
        return self.names.get(ident.lower()) or (ident, _type(raw.get("type")))


def _first(raw: Mapping[str, Any], *names: str) -> Any:
    return next((raw[n] for n in names if raw.get(n)), "")


def _type(text: Any) -> str:
    return _TYPES.get(str(text or "").lower(), "unknown")


def _principal(raw: Mapping[str, Any]) -> tuple[str, str]:
    """Users and groups by name, services by object id, as the access logs have them."""
    type_ = _type(_first(raw, "principaltype", "objecttype"))
    ident = str(_first(raw, "principalid", "objectid"))
    name = str(_first(raw, "principalname", "signinname", "displayname"))
    return (name if name and type_ in ("user", "group") else ident), type_


def _holder(raw: Mapping[str, Any]) -> _Holder | None:
    principal, type_ = _principal(raw)
    role = str(_first(raw, "roledefinitionname") or "")
    scope = raw.get("scope")
    if not principal or not isinstance(scope, str) or not (role or raw.get("roledefinitionid")):
        return None
    eligible = "roleeligibilityscheduleid" in raw
    return _Holder(
        principal,
        type_,
        role or str(raw["roledefinitionid"]).rpartition("/")[2],
        scope,
        str(raw.get("condition") or ""),
        _time(_first(raw, "startdatetime", "createdon")),
        _time(raw.get("enddatetime")),
        str(raw.get("createdby") or ""),
        "only when the role is activated" if eligible else "",
    )


def _time(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _row(holder: _Holder, zone: Zone, system: str) -> Grant:
    decision = Decision.CONDITIONAL if holder.note else Decision.YES
    zone = capped(zone, decision, holder.note)
    return Grant(
        principal=holder.principal,
        principal_type=holder.type,
        privilege=holder.role,
        access_level="read",
        resource=zone.resource,
        effect="Allow",
        decision=zone.decision,
        via=f"role {holder.role} on {_short(holder.scope)}",
        system=system,
        granted_by=holder.by,
        granted_time=holder.start,
        expiration_time=holder.end,
        condition=zone.note,
        except_resources=zone.excepts,
    )


def _reached(account: Account, inside: str) -> Zone:
    zone = Zone(account.uri + inside)
    if not account.networks:
        return zone
    return capped(zone, Decision.CONDITIONAL, "only from the networks that the account lets in")


def _about_blobs(scope: str) -> bool:
    """False for the queues, tables and file shares of an account."""
    inside = scope.lower().partition("/storageaccounts/")[2].partition("/")[2]
    return not inside or inside.startswith("blobservices")


def _container(account: Account, name: str, level: str) -> Grant:
    """Anonymous access to one container, or that it has none."""
    zone = _reached(account, f"/{name}/*")
    open_ = level in ("blob", "container")
    if not account.told:
        zone = capped(zone, Decision.CONDITIONAL, "if the account allows public access")
    note = "the account forbids public access" if open_ and account.public is False else ""
    shut = not open_ or bool(note)
    return Grant(
        principal="*",
        principal_type="public",
        privilege=f"public access: {level}",
        access_level="read" if open_ else "none",
        resource=zone.resource,
        effect="Allow",
        decision=Decision.NO if shut else zone.decision,
        via=f"public access of container {name}",
        system="azure",
        condition=join(zone.note, note) if open_ else "",
    )


def _short(scope: str) -> str:
    """The last two parts of a resource id: its kind and its name."""
    return "/".join(scope.strip("/").split("/")[-2:]) or "/"
