"""The directory export: people, services and groups, and who is in which group.

Forms (a file, or a folder that holds several of them):

JSON   `{"users": [{"id", "name", "email", "department", "manager", "status", "type",
       "aliases": [...]}], "groups": [{"id", "name", "members": [...], "all_staff": true,
       "aliases": [...]}]}`; only `id` is needed.
CSV    users (columns as above; aliases separated by `|`) and memberships (columns
       `member`, `group`), told apart by their header.
SCIM   2.0 resources (RFC 7643) as JSON Lines or a ListResponse: Users with `userName`,
       Groups with `members[].value`.

Vendors   Okta, Microsoft Entra ID (Graph: `{"value": [...]}`) and Google Workspace lists of users
       and groups, as their APIs give them (`scanner.people.forms`).

Users may have `status`, `country`, `started` and `ended` (dates of employment), `manager` (any
name of a person) and `training` (true: it trains models).  `type` is user, service_account or
role (default user).  A group with `all_staff` is one that every employee is in.  An e-mail
address counts as an alias.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from scanner.about import time_from
from scanner.batch import UnitLog
from scanner.errors import UnreadableError, UsageError
from scanner.files.exports import parse_json, read_text
from scanner.files.tables import Row, bad, rows
from scanner.model import Membership, Principal
from scanner.people.forms import plain
from scanner.people.identity import Identities, fold

_TYPES = {
    "": "user",
    "user": "user",
    "person": "user",
    "employee": "user",
    "contractor": "user",
    "external": "user",
    "service": "service_account",
    "service_account": "service_account",
    "serviceaccount": "service_account",
    "bot": "service_account",
    "role": "role",
    "group": "group",
    "all_staff": "all_staff",
}
_HINT = "give every user and group an `id`, unique in the whole directory"


def read_directory(path: Path, log: UnitLog) -> tuple[list[Principal], list[Membership]]:
    """All principals in order of appearance, and all memberships between known ones.

    An export that holds memberships alone gives them by the names it uses.
    Entries that cannot be used, ids that appear twice and members that nobody knows are
    counted in `log`.  Raises UnreadableError when a file cannot be read, UsageError when it
    is no directory export.
    """
    entries: dict[str, Principal] = {}
    pairs: list[tuple[str, str, str]] = []
    for file in _files(path):
        _read_file(file, log, entries, pairs)
    if pairs and not entries:  # a file of memberships alone: its names are resolved later
        return [], list(dict.fromkeys(Membership(member, group) for member, group, _ in pairs))
    if not entries:
        raise UnreadableError(
            "the directory export names nobody", str(path), _HINT, "directory.empty"
        )
    entries = _called(entries)
    return list(entries.values()), list(_memberships(entries, pairs, log))


def _called(entries: Mapping[str, Principal]) -> dict[str, Principal]:
    """Grants call groups by the name that is shown: an alias, where nobody else is called so."""
    used = Counter(fold(n) for p in entries.values() for n in {p.id, p.name, *p.aliases} if n)
    return {
        id_: replace(p, aliases=(*p.aliases, p.name))
        if p.type in ("group", "all_staff") and p.name not in ("", p.id) and used[fold(p.name)] == 1
        else p
        for id_, p in entries.items()
    }


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    known = {".csv", ".json", ".jsonl", ".ndjson", ".tsv"}
    return sorted(p for p in path.iterdir() if p.suffix.lower() in known)


def _read_file(
    file: Path, log: UnitLog, entries: dict[str, Principal], pairs: list[tuple[str, str, str]]
) -> None:
    where = str(file)
    for kind, row in _entries(file, log):
        if kind == "membership":
            pair = (_text(row, "member"), _text(row, "group"), where)
            if all(pair):
                pairs.append(pair)
            else:
                bad(log, "a membership lacks its member or its group", where, row.number)
            continue
        principal = _principal(kind, row.cells)
        if principal is None:
            bad(log, f"a {kind} of the directory has no id", where, row.number, _HINT)
        elif principal.id in entries:
            bad(log, "an id of the directory appears twice", where, row.number, _HINT)
        else:
            entries[principal.id] = principal
            pairs += [(m, principal.id, where) for m in _members(row.cells.get("members"))]


def _entries(file: Path, log: UnitLog) -> Iterator[tuple[str, Row]]:
    """Every entry with its kind: user, group or membership."""
    whole = _whole(file)
    if whole is None:
        for row in rows(file, log, _list_key(file)):
            yield _kind(row, str(file)), Row(row.number, plain(row.cells))
        return
    for kind in ("users", "groups", "memberships"):
        listed = whole.get(kind, [])
        for number, cells in enumerate(listed if isinstance(listed, list) else [None], 1):
            log.records += 1
            if isinstance(cells, dict):
                yield kind.removesuffix("s"), Row(number, plain(cells))
            else:
                bad(log, f"an entry of {kind} is not a JSON object", str(file), number)


def _whole(file: Path) -> dict[str, Any] | None:
    """The file when it is one JSON object with users or groups."""
    if file.suffix.lower() != ".json":
        return None
    found = parse_json(read_text(file), str(file))
    if isinstance(found, list) or (
        isinstance(found, dict) and found.keys() & {"Resources", "value"}
    ):
        return None
    if isinstance(found, dict) and found.keys() & {"users", "groups"}:
        return found
    raise UsageError(
        "the JSON is not a directory export",
        str(file),
        'write it as {"users": [...], "groups": [...]}',
    )


def _list_key(file: Path) -> str:
    """The key of the list: SCIM's, or that of Microsoft Graph."""
    graph = file.suffix.lower() == ".json" and '"value"' in read_text(file)[:4096]
    return "value" if graph and '"Resources"' not in read_text(file) else "Resources"


def _kind(row: Row, where: str) -> str:
    cells = row.cells
    schemas = cells.get("schemas")
    of_group = isinstance(schemas, list) and any(str(s).endswith(":Group") for s in schemas)
    if "member" in cells and "group" in cells:
        return "membership"
    if of_group or "members" in cells or _text(row, "type") == "group" or _vendor_group(cells):
        return "group"
    low = {str(name).casefold() for name in cells}
    if low & {"id", "username", "email", "userprincipalname", "primaryemail", "employee_id"}:
        return "user"
    raise UsageError(
        "the table has neither a column `id` nor the columns `member` and `group`",
        where,
        "name the columns as the documented form does",
    )


def _vendor_group(cells: Mapping[str, Any]) -> bool:
    """A group of Okta (`type` APP_GROUP, ...), Graph (`groupTypes`) or Google (`kind`)."""
    okta = str(cells.get("type", "")) in ("OKTA_GROUP", "APP_GROUP", "BUILT_IN")
    google = str(cells.get("kind", "")).endswith("#group")
    odata = str(cells.get("@odata.type", "")).endswith(".group")
    return okta or google or odata or "groupTypes" in cells or "securityEnabled" in cells


def _principal(kind: str, cells: Mapping[str, Any]) -> Principal | None:
    """One user or group; None when it has no id."""
    user_name, email = _word(cells, "userName"), _email(cells)
    id_ = _word(cells, "id") or user_name or email
    if not id_:
        return None
    aliases = [*_aliases(cells.get("aliases")), email, user_name, _word(cells, "externalId")]
    return Principal(
        id=id_,
        type=_type(kind, cells),
        name=_word(cells, "displayName") or _name(cells),
        department=_word(cells, "department"),
        manager=_word(cells, "manager"),
        status=_word(cells, "status") or _active(cells),
        aliases=tuple(dict.fromkeys(a for a in aliases if a and a != id_)),
        country=_word(cells, "country"),
        started=_day(cells, "started"),
        ended=_day(cells, "ended"),
        training=_word(cells, "training").casefold() in _TRUE,
    )


def _day(cells: Mapping[str, Any], name: str) -> datetime | None:
    found = cells.get(name)
    return time_from(found) if isinstance(found, str | int | float) else None


def _type(kind: str, cells: Mapping[str, Any]) -> str:
    if kind == "group":
        return "all_staff" if str(cells.get("all_staff", "")).lower() in _TRUE else "group"
    return _TYPES.get(_word(cells, "type").casefold().replace(" ", "_"), "user")


_TRUE = {"true", "yes", "1"}


def _word(cells: Mapping[str, Any], name: str) -> str:
    value = cells.get(name)
    return str(value).strip() if isinstance(value, str | int) else ""


def _name(cells: Mapping[str, Any]) -> str:
    found = cells.get("name")
    return _word(found, "formatted") if isinstance(found, dict) else _word(cells, "name")


def _active(cells: Mapping[str, Any]) -> str:
    active = cells.get("active")
    return "" if active is None else "active" if str(active).lower() in _TRUE else "inactive"


def _email(cells: Mapping[str, Any]) -> str:
    listed = cells.get("emails")
    first = listed[0] if isinstance(listed, list) and listed else None
    return _word(cells, "email") or (_word(first, "value") if isinstance(first, dict) else "")


def _aliases(value: Any) -> list[str]:
    parts = value if isinstance(value, list) else str(value or "").split("|")
    return [p.strip() for p in parts if isinstance(p, str) and p.strip()]


def _members(value: Any) -> list[str]:
    """Member names of a group: strings, or SCIM objects with `value`."""
    if not isinstance(value, list):
        return _aliases(value)
    keys = ("value", "id", "email")
    return [_first(v, keys) if isinstance(v, dict) else str(v) for v in value]


def _first(cells: Mapping[str, Any], names: Iterable[str]) -> str:
    return next((word for name in names if (word := _word(cells, name))), "")


def _text(row: Row, name: str) -> str:
    return _word(row.cells, name)


def _memberships(
    entries: Mapping[str, Principal], pairs: list[tuple[str, str, str]], log: UnitLog
) -> Iterator[Membership]:
    """The pairs whose two names are known, each once; the others are counted."""
    known = Identities(list(entries.values()), [])
    for _ in known.shared():
        log.problem(
            "directory.shared_alias",
            "two principals have one alias, so it names neither",
            hint="give each its own aliases and e-mail address",
        )
    seen = set()
    for member, group, where in pairs:
        found = Membership(known.resolve(member) or "", known.resolve(group) or "")
        if not found.member or not found.group:
            unknown = "member" if not found.member else "group"
            log.problem(
                "directory.unknown_member",
                f"a membership names a {unknown} that is not in the directory",
                where,
                "export users and groups of the same moment",
            )
        elif found not in seen:
            seen.add(found)
            yield found
