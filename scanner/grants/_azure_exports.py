"""The exports of Azure that lie in a file or folder, told apart by their content.

Azure CLI, PowerShell (`ConvertTo-Json`) and the REST form (`{"value": [{"properties": ...}]}`)
are all read; names of members are compared without case.  A container list that does not name
its storage account belongs to the one its folder is named for: `ACCOUNT/containers.json`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.files.exports import parse_json, read_text
from scanner.grants._folders import read_each

_HINT = "give the output of `az ... -o json` as it is"
_ACCOUNT = re.compile(r".*/providers/microsoft\.storage/storageaccounts/([^/]+)(?:/.*)?", re.I)
_CONTAINER = re.compile(r".*/storageaccounts/[^/]+/blobservices/[^/]+/containers/([^/]+)", re.I)


@dataclass(slots=True)
class Account:
    """A storage account.  `public`, `keys`: None where nobody said; `told`: it was exported."""

    name: str
    id: str = ""
    url: str = ""
    public: bool | None = None
    keys: bool | None = None
    networks: bool = False  # only some networks reach it
    told: bool = False
    containers: dict[str, str] = field(default_factory=dict)  # name -> public access

    @property
    def uri(self) -> str:
        return self.url or f"https://{self.name}.blob.core.windows.net"


@dataclass(slots=True)
class Exports:
    """Everything that was found."""

    assignments: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    denies: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    definitions: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)  # of scopes, in lower case
    found: int = 0
    pages: list[bool] = field(default_factory=list)  # of the REST form: whether more follow

    def account(self, name: str, ident: str = "") -> Account:
        account = self.accounts.setdefault(name.lower(), Account(name.lower()))
        account.id = account.id or ident.lower()
        return account


def gather(path: Path, options: Mapping[str, Any], log: UnitLog) -> Exports:
    """Read the folder (or the one file).  Raises UnreadableError when nothing is an export."""
    exports = Exports()

    def read(file: Path, place: PurePosixPath) -> None:
        _Reader(exports, place, file, options, log).read()

    read_each(path, read, log, "grants.not_azure")
    if exports.pages and all(exports.pages):
        what = "a list stops before its last page"
        hint = "export with `az ... list`, which fetches all pages, or add the pages that follow"
        log.problem("grants.azure_truncated", what, str(path), hint)
    if not exports.found:
        what = "nothing here is an export of Azure that says who may read"
        raise UnreadableError(what, str(path), _HINT, "grants.not_azure")
    return exports


def account_of(scope: str) -> str:
    """The storage account that a resource id names, or ""."""
    found = _ACCOUNT.fullmatch(scope)
    return found[1].lower() if found else ""


def container_of(scope: str) -> str:
    """The container that a resource id names, or ""."""
    found = _CONTAINER.fullmatch(scope)
    return found[1] if found else ""


@dataclass(frozen=True, slots=True)
class _Reader:
    """One file, and where it goes."""

    exports: Exports
    place: PurePosixPath
    file: Path
    options: Mapping[str, Any]
    log: UnitLog

    def read(self) -> None:
        found = parse_json(read_text(self.file), str(self.file))
        if isinstance(found, dict) and "value" in found:
            self.exports.pages.append(bool(found.get("nextLink")))
        listed = _values(found)
        if not listed and isinstance(found, list | dict) and found in ([], {"value": []}):
            self.exports.found += 1  # an empty list: nothing is assigned
        for number, raw in enumerate(listed, 1):
            self.log.records += 1
            if isinstance(raw, dict) and self._known(_flat(raw), number):
                self.exports.found += 1
                continue
            what = "this is no export of Azure that says who may read"
            if number == 1:
                raise UnreadableError(what, str(self.file), _HINT, "grants.not_azure")
            self.log.failed_records += 1
            self.log.problem("grants.not_azure", what, str(self.file), _HINT, number)

    def _known(self, raw: dict[str, Any], number: int) -> bool:
        for keys, read in _KINDS:
            if keys <= raw.keys():
                try:
                    read(self, raw, number)
                except (TypeError, AttributeError, KeyError, ValueError):
                    raise self._bad("a part of this export has not the shape it should") from None
                return True
        return False

    def assignment(self, raw: dict[str, Any], number: int) -> None:
        self.exports.assignments.append((f"{self.file}: entry {number}", raw))

    def deny(self, raw: dict[str, Any], number: int) -> None:
        self.exports.denies.append((f"{self.file}: entry {number}", raw))

    def definition(self, raw: dict[str, Any], _number: int) -> None:
        permissions = raw.get("permissions")
        if not isinstance(permissions, list):  # PowerShell writes the lists one level up
            permissions = [raw]
        if not all(isinstance(p, dict) for p in permissions):
            raise TypeError
        for name in (raw.get("rolename"), raw.get("name"), str(raw.get("id", ""))):
            if isinstance(name, str) and name:
                key = name.rpartition("/")[2].casefold()
                self.exports.definitions[key] = [_permission(p) for p in permissions]

    def account(self, raw: dict[str, Any], _number: int) -> None:
        name = str(raw.get("storageaccountname") or raw["name"])
        account = self.exports.account(name, str(raw.get("id", "")))
        account.told = True
        endpoints = _flat(raw.get("primaryendpoints") or {})
        account.url = str(endpoints.get("blob") or "").rstrip("/")
        account.public = _switch(raw.get("allowblobpublicaccess"))
        account.keys = _switch(raw.get("allowsharedkeyaccess"))
        rules = _flat(raw.get("networkruleset") or raw.get("networkacls") or {})
        shut = str(raw.get("publicnetworkaccess") or "").lower() == "disabled"
        account.networks = shut or str(rules.get("defaultaction") or "").lower() in ("deny", "1")

    def container(self, raw: dict[str, Any], _number: int) -> None:
        ident = str(raw.get("id") or "")
        name = account_of(ident) or self._account()
        level = str(raw.get("publicaccess") or "none").lower()
        self.exports.account(name).containers[str(raw["name"])] = level

    def group(self, raw: dict[str, Any], _number: int) -> None:
        """A management group with its children, or an entity with its parent."""
        ident = str(raw["id"]).lower()
        parent = raw.get("parent")
        if isinstance(parent, dict) and parent.get("id"):
            self.exports.parents[ident] = str(parent["id"]).lower()
        for child in raw.get("children") or ():
            below = _flat(child)
            self.exports.parents[str(below["id"]).lower()] = ident
            self.group(below, 0)

    def _account(self) -> str:
        folder = self.place.parent.name
        named = folder or str(self.options.get("account") or "")
        if not re.fullmatch(r"[a-z0-9]{3,24}", named):
            hint = "put it into a folder with the account's name: ACCOUNT/containers.json"
            raise self._bad("nothing says which storage account this is about", hint)
        return named

    def _bad(self, what: str, hint: str = _HINT) -> UnreadableError:
        return UnreadableError(what, str(self.file), hint, "grants.not_azure")


_KINDS = (
    ({"denyassignmentname"}, _Reader.deny),
    ({"roledefinitionid", "scope"}, _Reader.assignment),
    ({"rolename", "permissions"}, _Reader.definition),
    ({"notdataactions", "name"}, _Reader.definition),
    ({"allowblobpublicaccess"}, _Reader.account),
    ({"primaryendpoints"}, _Reader.account),
    ({"publicaccess", "name"}, _Reader.container),
    ({"children", "id"}, _Reader.group),
    ({"parent", "id"}, _Reader.group),
)
_LISTS = ("actions", "notActions", "dataActions", "notDataActions")


def _values(found: Any) -> list[Any]:
    """The entries of a list, of the REST form, or the one object that the file is."""
    if isinstance(found, dict) and isinstance(found.get("value"), list):
        found = found["value"]
    return found if isinstance(found, list) else [found]


def _flat(raw: Any) -> dict[str, Any]:
    """An entry with lower-case names, what stands under `properties` beside the rest."""
    if not isinstance(raw, dict):
        raise TypeError
    inner = raw.get("properties") if isinstance(raw.get("properties"), dict) else {}
    return {str(k).lower(): v for k, v in (raw | (inner or {})).items()}


def _permission(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A permission with the names of the CLI."""
    folded = {str(k).lower(): v for k, v in raw.items()}
    return {name: folded.get(name.lower()) for name in _LISTS}


def permissions(raw: Any) -> Iterator[dict[str, Any]]:
    """The permissions of a deny assignment.  Raises TypeError for another shape."""
    for entry in raw if isinstance(raw, list) else [raw]:
        yield _permission(entry if isinstance(entry, dict) else _flat(entry))


def _switch(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None
