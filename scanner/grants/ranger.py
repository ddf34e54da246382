"""Apache Ranger: policies as `GET /service/plugins/policies/exportJson` or the policy API give
them (`{"policies": [...]}` or a list), with roles (`{"roles": [...]}`) in the same file or beside
it in one folder.

Within a policy: an allow item less its allow exceptions, a deny item less its deny exceptions; a
deny of any policy goes before every allow.  Disabled policies are passed over.  Conditional
are: conditions on items, policies for some of the columns, `{USER}` and other macros, and for
those named by masking or row-filter policies what they read.  Validity schedules bound the rows
in time.  The group `public` is everybody with an account: all staff.

Resources: Hive and Trino tables are `hive://database/table` (with a catalog in front for Trino),
paths of HDFS `hdfs://path/*`, anything else `ranger://service/value/...`.  Option: `resource`
instead of that prefix, for tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.files.exports import parse_json, read_text
from scanner.grants import GrantExport, _tables
from scanner.grants._roles import Roles, spread
from scanner.model import Decision, Grant

_READS = {"select", "read", "all", "get", "consume", "rwx", "admin", "use"}
_DATA = (
    *("catalog", "database", "schema", "table", "path", "url", "bucket", "volume", "key"),
    *("topic", "object", "collection", "entity"),
)
_ITEMS: tuple[tuple[str, str, Literal["Allow", "Deny"]], ...] = (
    ("policyItems", "allowExceptions", "Allow"),
    ("denyPolicyItems", "denyExceptions", "Deny"),
)
_LIMITS = (("dataMaskPolicyItems", "masked"), ("rowFilterPolicyItems", "row filter"))


class Ranger:
    """Reads policies of Apache Ranger."""

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
        for path in _tables.files_of(export.path):
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
        for where, number, policy in policies:
            log.records += 1
            try:
                rows = list(_rows(policy, prefix))
            except (KeyError, TypeError, ValueError, AttributeError):
                what = "a policy has not the form of one"
                log.bad_record("grants.policy", what, number, f"look at that policy of {where}")
                continue
            yield from spread(rows, roles)


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


@dataclass(frozen=True, slots=True)
class _Where:
    """What a policy is about: patterns, those taken out, and whether it is about some columns."""

    patterns: tuple[str, ...]
    taken_out: tuple[str, ...] = ()
    columns: bool = False
    windows: tuple[tuple[datetime | None, datetime | None], ...] = field(default=((None, None),))


def _rows(policy: Mapping[str, Any], prefix: str) -> Iterator[Grant]:
    if policy.get("isEnabled") is False:
        return
    where = _where(policy, prefix)
    name = str(policy.get("name") or policy.get("id"))
    for key, exceptions, effect in _ITEMS:
        excepted = _named(policy.get(exceptions))
        for row in _items(policy.get(key), effect, f"policy {name}, {effect.lower()}", where):
            if row.principal not in excepted:
                yield replace(row, except_principals=tuple(sorted(excepted)))
    for key, what in _LIMITS:
        for row in _items(policy.get(key), "Deny", f"policy {name}, {what}", where):
            yield replace(row, decision=Decision.CONDITIONAL, condition=f"{what} by policy")


def _items(
    items: Any, effect: Literal["Allow", "Deny"], via: str, where: _Where
) -> Iterator[Grant]:
    for number, item in enumerate(items or [], 1):
        yield from _item(item, effect, f"{via} item {number}", where)


def _named(items: Any) -> set[str]:
    """Everybody that items name."""
    return {name for item in items or [] for name, _ in _principals(item)}


def _principals(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for kind, key in (("user", "users"), ("group", "groups"), ("role", "roles")):
        for name in item.get(key) or []:
            if kind == "group" and name == "public":
                yield "public", "all_staff"
            else:
                yield (f"role {name}" if kind == "role" else str(name)), kind


def _item(
    item: Mapping[str, Any], effect: Literal["Allow", "Deny"], via: str, where: _Where
) -> Iterator[Grant]:
    types = [str(a.get("type")) for a in item.get("accesses") or [] if a.get("isAllowed", True)]
    reads = any(kind.rpartition(":")[2].lower() in _READS for kind in types)
    conditions = [str(c.get("type")) for c in item.get("conditions") or []]
    notes = [f"condition {name}" for name in conditions]
    notes += ["for some of the columns"] * where.columns
    decision = Decision.NO if not reads else Decision.CONDITIONAL if notes else Decision.YES
    for (name, kind), pattern, window in product(_principals(item), where.patterns, where.windows):
        own = ["whoever asks for what is their own"] if "{USER}" in (name, pattern) else []
        yield Grant(
            principal=name,
            principal_type=kind,
            privilege=", ".join(types)
            + (" WITH GRANT OPTION" if item.get("delegateAdmin") else ""),
            access_level="read" if reads else "none",
            resource=pattern.replace("{USER}", "*"),
            effect=effect,
            decision=Decision.CONDITIONAL if own and reads else decision,
            via=via,
            system="ranger",
            granted_time=window[0],
            expiration_time=window[1],
            condition="; ".join((*notes, *own)),
            except_resources=where.taken_out,
        )


def _where(policy: Mapping[str, Any], prefix: str) -> _Where:
    """The resources of a policy as patterns; further resources count as well."""
    service = str(policy.get("serviceType") or policy.get("service") or "ranger")
    patterns, out, columns = list[str](), list[str](), False
    for resources in (policy["resources"], *(policy.get("additionalResources") or [])):
        part = {str(k): v for k, v in resources.items()}
        column = part.pop("column", None)
        columns |= column is not None and (
            column.get("values") != ["*"] or bool(column.get("isExcludes"))
        )
        levels = [name for name in _DATA if name in part] or list(part)
        spelled = [_values(part[name]) for name in levels]
        excluded = [name for name in levels if part[name].get("isExcludes")]
        found = [_uri(service, levels, values, part, prefix) for values in product(*spelled)]
        if excluded:
            out += found
            kept = [["*"] if name in excluded else _values(part[name]) for name in levels]
            found = [_uri(service, levels, values, part, prefix) for values in product(*kept)]
        patterns += found
    return _Where(tuple(patterns), tuple(out), columns, _windows(policy))


def _values(resource: Mapping[str, Any]) -> list[str]:
    return [str(value) for value in resource["values"]] or ["*"]


def _uri(
    service: str, levels: list[str], values: tuple[str, ...], part: Mapping[str, Any], prefix: str
) -> str:
    if levels and levels[0] in ("path", "url"):
        path = values[0] if "://" in values[0] else f"hdfs://{values[0]}"
        recursive = part[levels[0]].get("isRecursive") and not path.endswith("*")
        return path.rstrip("/") + "/*" if recursive else path
    hive = service.lower().startswith(("hive", "hadoop")) or "database" in levels
    start = prefix or (
        "hive:/" if hive else "trino:/" if "catalog" in levels else f"ranger://{service}"
    )
    whole = "/".join(values) if len(values) > 1 or not hive else f"{values[0]}/*"
    return f"{start}/{whole}"


def _windows(policy: Mapping[str, Any]) -> tuple[tuple[datetime | None, datetime | None], ...]:
    """The times a policy holds; without a schedule always."""
    found = []
    for schedule in policy.get("validitySchedules") or []:
        zone = ZoneInfo(str(schedule.get("timeZone") or "UTC"))
        ends = (schedule.get("startTime"), schedule.get("endTime"))
        found.append((_time(ends[0], zone), _time(ends[1], zone)))
    return tuple(found) or ((None, None),)


def _time(text: Any, zone: ZoneInfo) -> datetime | None:
    if not text:
        return None
    return datetime.strptime(str(text), "%Y/%m/%d %H:%M:%S").replace(tzinfo=zone).astimezone(UTC)
