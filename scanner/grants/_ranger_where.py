"""What a Ranger policy is about: its resources as patterns, and when it holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

Window = tuple[datetime | None, datetime | None]
_LEVELS = (
    *("catalog", "database", "schema", "table", "path", "url", "volume", "bucket", "key"),
    *("topic", "object", "collection", "entity"),
)
_NO_DATA = {
    *("udf", "function", "schemafunction", "procedure", "schemaprocedure", "hiveservice"),
    *("sessionproperty", "catalogsessionproperty", "systemproperty", "queryid", "trinouser"),
    *("prestouser", "role", "rolename", "sysinfo"),
}
_MACRO = re.compile(r"\$\{\{.*?\}\}|\{USER\}")
_SCHEMES = {"hive": "hive:/", "impala": "hive:/", "trino": "trino:/", "hdfs": "hdfs:/"}


@dataclass(frozen=True, slots=True)
class Where:
    """Patterns, those taken out, on what else it depends, and the times at which it holds.

    `data` is False for functions and settings, of which nothing is read.
    """

    patterns: tuple[str, ...]
    taken_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    windows: tuple[Window, ...] = ((None, None),)
    data: bool = True


def where(policy: Mapping[str, Any], prefix: str) -> Where:
    """What one policy is about; further resources count as well."""
    service = str(policy.get("serviceType") or policy.get("service") or "ranger").lower()
    found = [
        _tagged(policy, part["tag"], prefix) if "tag" in part else _place(service, part, prefix)
        for part in (policy["resources"], *(policy.get("additionalResources") or []))
    ]
    windows, recurring = _windows(policy)
    notes = dict.fromkeys(n for one in found for n in one.notes)
    notes |= dict.fromkeys(f"condition {c.get('type')}" for c in policy.get("conditions") or [])
    notes |= {"at recurring times": None} if recurring else {}
    return Where(
        tuple(p for one in found for p in one.patterns),
        tuple(p for one in found for p in one.taken_out),
        tuple(notes),
        windows,
        any(one.data for one in found),
    )


def _tagged(policy: Mapping[str, Any], tags: Mapping[str, Any], prefix: str) -> Where:
    """Which tables carry a tag is not in the export; accesses name the service: `hive:select`."""
    items = [i for key, listed in policy.items() if key.endswith(("Items", "Exceptions"))
             for i in listed or [] if isinstance(i, dict)]  # fmt: skip
    types = [str(a.get("type")) for item in items for a in item.get("accesses") or []]
    services = sorted({kind.partition(":")[0] for kind in types if ":" in kind} or {"hive"})
    return Where(
        tuple(f"{prefix or _SCHEMES.get(name, f'ranger://{name}')}/*" for name in services),
        notes=(f"for what is tagged {', '.join(_values(tags))}",),
    )


def _place(service: str, resources: Mapping[str, Any], prefix: str) -> Where:
    part = {str(k): v for k, v in resources.items()}
    column = part.pop("column", None)
    some = column and (column.get("values") != ["*"] or column.get("isExcludes"))
    levels = [name for name in _LEVELS if name in part] or list(part)
    spelled = {name: _values(part[name]) for name in levels}
    excluded = [name for name in levels if part[name].get("isExcludes")]
    named = _patterns(service, spelled, part, prefix)
    notes = ["for some of the columns"] if some else []
    notes += ["where the name holds what is the user's own"] * any(
        _MACRO.search(v) for values in spelled.values() for v in values
    )
    kept = {name: ["*"] if name in excluded else spelled[name] for name in levels}
    return Where(
        tuple(_patterns(service, kept, part, prefix)) if excluded else tuple(named),
        tuple(named) if excluded else (),
        tuple(notes),
        data=not _NO_DATA & part.keys(),
    )


def _patterns(
    service: str, spelled: Mapping[str, list[str]], part: Mapping[str, Any], prefix: str
) -> Iterator[str]:
    levels = list(spelled)
    for values in product(*spelled.values()):
        plain = tuple(_MACRO.sub("*", value) for value in values)
        if levels[:1] in (["path"], ["url"]):
            yield from _paths(plain[0], bool(part[levels[0]].get("isRecursive")))
        else:
            yield _table(service, levels, plain, prefix)


def _paths(value: str, recursive: bool) -> Iterator[str]:
    path = value if "://" in value else f"hdfs://{value}"
    yield path
    if recursive and not path.endswith("*"):
        yield path.rstrip("/") + "/*"


def _table(service: str, levels: list[str], values: tuple[str, ...], prefix: str) -> str:
    """Names of tables count without case, and are kept in lower case."""
    hive = service.startswith(("hive", "hadoop", "impala")) or "database" in levels
    tables = hive or "catalog" in levels
    start = "hive:/" if hive else "trino:/" if tables else f"ranger://{service}"
    whole = "/".join(values) if len(values) > 1 or not hive else f"{values[0]}/*"
    return f"{prefix or start}/{whole.lower() if tables else whole}"


def _values(resource: Mapping[str, Any]) -> list[str]:
    return [str(value) for value in resource["values"]] or ["*"]


def _windows(policy: Mapping[str, Any]) -> tuple[tuple[Window, ...], bool]:
    """The times a policy holds, without a schedule always; and whether these recur."""
    found, recurring = list[Window](), False
    for schedule in policy.get("validitySchedules") or []:
        zone = ZoneInfo(str(schedule.get("timeZone") or "UTC"))
        ends = (schedule.get("startTime"), schedule.get("endTime"))
        found.append((_time(ends[0], zone), _time(ends[1], zone)))
        recurring |= bool(schedule.get("recurrences"))
    return tuple(found) or ((None, None),), recurring


def _time(text: Any, zone: ZoneInfo) -> datetime | None:
    if not text:
        return None
    return datetime.strptime(str(text), "%Y/%m/%d %H:%M:%S").replace(tzinfo=zone).astimezone(UTC)
