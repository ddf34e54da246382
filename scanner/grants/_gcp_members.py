"""Members of IAM bindings, entities of Cloud Storage ACLs, entries of BigQuery datasets.

From "Principal identifiers" of the IAM documentation.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.model import Decision


@dataclass(frozen=True, slots=True)
class Member:
    """Whom a grant names, the best answer it can get, and why."""

    principal: str
    type: str
    cap: Decision = Decision.YES
    note: str = ""


_EVERYBODY = {
    "allUsers": Member("*", "public"),
    "allAuthenticatedUsers": Member("*", "public", note="anybody with a Google account"),
    "principalSet://goog/public:all": Member("*", "public"),
}
_KINDS = {"user": "user", "group": "group", "serviceAccount": "service"}
_V2 = (
    (re.compile(r"principal://goog/subject/(.+)"), "user"),
    (re.compile(r"principalSet://goog/group/(.+)"), "group"),
    (re.compile(r"principal://iam\.googleapis\.com/projects/-/serviceAccounts/(.+)"), "service"),
)
CONVENIENCE = re.compile(r"project(Owner|Editor|Viewer):(.+)")


def member(name: str, domains: Collection[str] = ()) -> Member | None:
    """One member; None when it has no known form.  `domains` are the company's own."""
    if name in _EVERYBODY:
        return _EVERYBODY[name]
    if name.startswith("deleted:"):
        found = member(name.removeprefix("deleted:").partition("?uid=")[0], domains)
        return found and Member(found.principal, found.type, Decision.NO, "deleted")
    if CONVENIENCE.fullmatch(name):
        return Member(name, "group", note="by a basic role on the project")
    if name.startswith(("principal://", "principalSet://")):
        return _by_identifier(name)
    return _by_kind(name, domains)


def _by_identifier(name: str) -> Member:
    """A member as deny policies and identity pools write it."""
    for pattern, type_ in _V2:
        if found := pattern.fullmatch(name):
            return Member(found[1], type_)
    return Member(name, "unknown", Decision.CONDITIONAL, "whom this identity pool signs in")


def _by_kind(name: str, domains: Collection[str]) -> Member | None:
    kind, _, rest = name.partition(":")
    if kind == "domain" and rest:
        return domain(rest, domains)
    return Member(rest, _KINDS[kind]) if rest and kind in _KINDS else None


def domain(name: str, ours: Collection[str]) -> Member:
    """Everybody of a domain: all staff, unless the own domains are given and it is another."""
    if ours and name not in ours:
        return Member(name, "account", note="everybody of another company's domain")
    return Member(name, "all_staff", note=f"everybody of {name}")


def of_acl(entity: str, domains: Collection[str]) -> Member | None:
    """An entity of an access control list (`user-a@x.example`, `project-owners-123`)."""
    kind, dash, rest = entity.partition("-")
    if entity in _EVERYBODY:
        return _EVERYBODY[entity]
    if kind == "project" and rest:
        role, _, number = rest.partition("-")
        return Member(f"project{role.rstrip('s').title()}:{number}", "group")
    if kind == "domain" and dash:
        return domain(rest, domains)
    return Member(rest, kind) if kind in ("user", "group") and rest else None


_SPECIAL = {"projectOwners": "Owner", "projectWriters": "Editor", "projectReaders": "Viewer"}


def of_dataset(entry: Mapping[str, Any], project: str, domains: Collection[str]) -> Member | None:
    """Whom an access entry of a dataset names."""
    if name := entry.get("userByEmail"):
        service = str(name).endswith("gserviceaccount.com")
        return Member(str(name), "service" if service else "user")
    if name := entry.get("groupByEmail"):
        return Member(str(name), "group")
    if name := entry.get("domain"):
        return domain(str(name), domains)
    if name := entry.get("specialGroup"):
        basic = _SPECIAL.get(str(name))
        return member(f"project{basic}:{project}" if basic else str(name))
    if name := entry.get("iamMember"):
        return member(str(name), domains)
    return None
