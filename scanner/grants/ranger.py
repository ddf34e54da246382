"""Apache Ranger: policies as `GET /service/plugins/policies/exportJson` or the policy API give
them (`{"policies": [...]}` or a list), with roles (`{"roles": [...]}`) in the same file or beside
it in one folder.

Within a policy: an allow item less its allow exceptions, a deny item less its deny exceptions; a
deny of any policy goes before every allow, but for an allow of a policy with priority
("override").  A policy that denies all else denies everybody whom it does not let in.  Disabled
policies are passed over.  Conditional are: conditions on items and policies, policies for some
of the columns or for tags, `{USER}`, `{OWNER}` and other macros, schedules that recur, and for
those named by masking or row-filter policies what they read.  Validity schedules bound the rows
in time.  The group `public` is everybody with an account: all staff.

Resources: Hive and Trino tables are `hive://database/table` (with a catalog in front for Trino),
in lower case; paths of HDFS `hdfs://path/*`, anything else `ranger://service/value/...`.
Option: `resource` instead of that prefix, for tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, Literal

from scanner import globs
from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.files.exports import parse_json, read_text
from scanner.grants import GrantExport
from scanner.grants._folders import files_of
from scanner.grants._ranger_where import Where, where
from scanner.grants._roles import Roles, spread
from scanner.model import Decision, Grant

_READS = {"select", "read", "all", "get", "consume", "rwx", "admin"}
_ITEMS: tuple[tuple[str, str, Literal["Allow", "Deny"]], ...] = (
    ("policyItems", "allowExceptions", "Allow"),
    ("denyPolicyItems", "denyExceptions", "Deny"),
)
_LIMITS = (("dataMaskPolicyItems", "masked"), ("rowFilterPolicyItems", "row filter"))
_MACROS = {"{OWNER}": "for who owns it", "{USER}": "for what is their own"}


class Ranger:
    """Reads policies of Apache Ranger."""

    options = ("resource",)
    reads_folders = True

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - the content decides
        """True for JSON with policy items near its start."""
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        marks = (
            b'"policyItems"',
            b'"isEnabled"',
            b'"policyType"',
            b'"isExcludes"',
            b'"policyName"',
        )
        return start[:1] in (b"{", b"[") and sum(mark in start for mark in marks) >= 2

    def read(self, export: GrantExport, log: UnitLog) -> Iterator[Grant]:
        """What every enabled policy gives and denies.  A broken policy is counted by number."""
        prefix = str(export.options.get("resource") or "").rstrip("/")
        roles, policies = Roles(), list[tuple[str, int, Any]]()
        for path in files_of(export.path):
            document = parse_json(read_text(path), str(path))
            found = document.get("policies", []) if isinstance(document, dict) else document
            policies += [
                (str(path), n, p) for n, p in enumerate(found if isinstance(found, list) else [], 1)
            ]
            _add_roles(roles, document)
        if not policies:
            hint = "export them with /service/plugins/policies/exportJson"
            raise UnreadableError(
                "the export holds no policies", str(export.path), hint, "grants.form"
            )
        rows, first = list[Grant](), list[Grant]()
        for at, number, policy in policies:
            log.records += 1
            try:
                found = list(spread(_rows(policy, prefix, roles), roles))
            except (KeyError, TypeError, ValueError, AttributeError):
                what = "a policy has not the form of one"
                log.bad_record("grants.policy", what, number, f"look at that policy of {at}")
                continue
            (first if policy.get("policyPriority") else rows).extend(found)
        yield from first
        yield from _overridden(rows, [row for row in first if row.effect == "Allow"])


plugin = Ranger()


def _add_roles(roles: Roles, document: Any) -> None:
    listed = document.get("roles") if isinstance(document, dict) else None
    for role in listed if isinstance(listed, list) else []:
        name = f"role {role.get('name')}"
        roles.types[name] = "role"
        for kind, key in (("user", "users"), ("group", "groups"), ("role", "roles")):
            for member in role.get(key) or []:
                called = member.get("name") if isinstance(member, dict) else member
                called = f"role {called}" if kind == "role" else str(called)
                roles.types.setdefault(called, kind)
                roles.add(called, name)


def _rows(policy: Mapping[str, Any], prefix: str, roles: Roles) -> Iterator[Grant]:
    if policy.get("isEnabled") is False:
        return
    place = where(policy, prefix)
    name = str(policy.get("name") or policy.get("id"))
    for key, exceptions, effect in _ITEMS:
        excepted = _named(policy.get(exceptions))
        for row in _items(policy.get(key), effect, f"policy {name}, {effect.lower()}", place):
            if row.principal not in excepted:
                yield replace(row, except_principals=tuple(sorted(excepted)))
    for key, what in _LIMITS:
        for row in _items(policy.get(key), "Deny", f"policy {name}, {what}", place):
            yield replace(row, decision=Decision.CONDITIONAL, condition=f"{what} by policy")
    if policy.get("isDenyAllElse"):
        yield from _all_else(policy, f"policy {name}, deny all else", place, roles)


def _all_else(policy: Mapping[str, Any], via: str, place: Where, roles: Roles) -> Iterator[Grant]:
    """Everybody is denied but those the policy lets in; those it takes out again are, too."""
    excepted = _named(policy.get("allowExceptions"))
    let_in = _named(policy.get("policyItems")) - excepted
    let_in |= {held.name for name in let_in for held in roles.holders(name)}
    item = {"accesses": [{"type": "read"}], "groups": ["public"], "users": sorted(excepted)}
    for row in _item(item, "Deny", via, place):
        spared = tuple(sorted(let_in)) if row.principal_type == "all_staff" else ()
        yield replace(row, except_principals=spared)


def _overridden(rows: Iterable[Grant], allows: Iterable[Grant]) -> Iterator[Grant]:
    """The rows; a Deny does not hold for those whom a policy with priority lets in."""
    for row in rows:
        split = [row]
        for allow in allows if row.effect == "Deny" else ():
            split = [part for one in split for part in _less(one, allow)]
        yield from split


def _less(deny: Grant, allow: Grant) -> Iterator[Grant]:
    """A Deny without what an Allow with priority gives back."""
    if allow.decision is Decision.NO or not globs.overlaps(allow.resource, deny.resource):
        yield deny
        return
    inside = deny
    if not globs.covers(allow.resource, deny.resource):
        yield replace(deny, except_resources=(*deny.except_resources, allow.resource))
        if globs.covers(deny.resource, allow.resource):
            inside = replace(deny, resource=allow.resource)
    dated = allow.granted_time or allow.expiration_time
    bounded = allow.except_resources or allow.except_principals or dated
    if bounded or allow.decision is not Decision.YES:
        note = "unless a policy with priority lets them"
        yield replace(inside, decision=Decision.CONDITIONAL, condition=note)
    elif allow.principal_type != "all_staff":
        yield replace(inside, except_principals=(*deny.except_principals, allow.principal))


def _items(items: Any, effect: Literal["Allow", "Deny"], via: str, place: Where) -> Iterator[Grant]:
    for number, item in enumerate(items or [], 1):
        yield from _item(item, effect, f"{via} item {number}", place)


def _named(items: Any) -> set[str]:
    """Everybody whose reading items are about."""
    return {name for item in items or [] if _reads(item) for name, _ in _principals(item)}


def _types(item: Mapping[str, Any]) -> list[str]:
    return [str(a.get("type")) for a in item.get("accesses") or [] if a.get("isAllowed", True)]


def _reads(item: Mapping[str, Any]) -> bool:
    return any(kind.rpartition(":")[2].lower() in _READS for kind in _types(item))


def _principals(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for kind, key in (("user", "users"), ("group", "groups"), ("role", "roles")):
        for name in item.get(key) or []:
            if name in _MACROS or (kind == "group" and name == "public"):
                yield str(name), "all_staff"
            else:
                yield (f"role {name}" if kind == "role" else str(name)), kind


def _item(
    item: Mapping[str, Any], effect: Literal["Allow", "Deny"], via: str, place: Where
) -> Iterator[Grant]:
    reads = _reads(item) and place.data
    conditions = [f"condition {c.get('type')}" for c in item.get("conditions") or []]
    for (name, kind), pattern, window in product(_principals(item), place.patterns, place.windows):
        notes = [*place.notes, *conditions, *([_MACROS[name]] if name in _MACROS else [])]
        decision = Decision.CONDITIONAL if notes else Decision.YES
        yield Grant(
            principal=name,
            principal_type=kind,
            privilege=", ".join(_types(item))
            + (" WITH GRANT OPTION" if item.get("delegateAdmin") else ""),
            access_level="read" if reads else "none",
            resource=pattern,
            effect=effect,
            decision=decision if reads else Decision.NO,
            via=via,
            system="ranger",
            granted_time=window[0],
            expiration_time=window[1],
            condition="; ".join(notes),
            except_resources=place.taken_out,
        )
