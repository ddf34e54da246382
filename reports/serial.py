"""A report as JSON and back, and the JSON Schema of that JSON.

The JSON is versioned by `schema_version`: a reader takes any report of its own major version
that is not newer than itself.  Times are RFC 3339 in UTC with a `Z`.  `python -m reports.serial`
prints the schema.
"""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, TypeVar, get_type_hints

import msgspec

from scanner.errors import UsageError
from scanner.model import SCHEMA_VERSION, Report

SCHEMA_FILE = files("reports") / "schemas" / f"report-{SCHEMA_VERSION}.schema.json"
_T = TypeVar("_T")
_AGAIN = "make the report again with `leakgate gate ... -o json=FILE`"


class _Head(msgspec.Struct):
    """What is read of a report before anything else."""

    schema_version: str


def dump_report(report: Report) -> bytes:
    """The report as indented JSON that ends with a newline; equal reports give equal bytes."""
    plain = _clean(msgspec.to_builtins(report, builtin_types=(datetime,)))
    return msgspec.json.format(msgspec.json.encode(plain), indent=2) + b"\n"


def load_report(data: bytes, where: str = "") -> Report:
    """The report that `dump_report` wrote; `where` names the file in errors.

    Raises UsageError when the JSON is damaged, is no report, or has another schema version.
    """
    _check_version(_decode(data, _Head, where).schema_version, where)
    return _decode(data, Report, where)


def report_schema() -> bytes:
    """The JSON Schema (draft 2020-12) of what `dump_report` writes."""
    made = msgspec.json.schema(Report)
    for cls in _dataclasses(Report):
        for name in _times(cls):
            made["$defs"][cls.__name__]["properties"][name] |= _as_time(cls, name)
    version = made["$defs"]["Report"]["properties"]["schema_version"]
    version["const"] = SCHEMA_VERSION
    made["$defs"]["Report"]["required"].append("schema_version")
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:leakgate:schema:report-{SCHEMA_VERSION}",
        "title": f"leakgate report {SCHEMA_VERSION}",
    }
    return msgspec.json.format(msgspec.json.encode(head | made), indent=2) + b"\n"


def _decode(data: bytes, to: type[_T], where: str) -> _T:
    # A message of msgspec may quote the file, which may be anything: only a path is taken.
    try:
        return msgspec.json.decode(data, type=to)
    except msgspec.ValidationError as error:
        raise _not_a_report(str(error), where) from None
    except msgspec.DecodeError as error:
        cut = "truncated" in str(error) or not data.strip()
        what = "the report ends in the middle" if cut else "this is not JSON"
        raise UsageError(what, where, _AGAIN) from None
    except (RecursionError, UnicodeDecodeError):
        raise UsageError("this is not JSON that a report can be", where, _AGAIN) from None


def _not_a_report(message: str, where: str) -> UsageError:
    path = re.search(r"at `(\$[\w.\[\]]*)`$", message)
    place = " ".join(filter(None, [where, path and f"at {path[1]}"]))
    return UsageError("this JSON is not a leakgate report, or was changed", place, _AGAIN)


def _check_version(found: str, where: str) -> None:
    if not re.fullmatch(r"\d{1,4}\.\d{1,4}", found):
        raise UsageError("the schema_version of this report is not a version", where, _AGAIN)
    major, minor = (int(part) for part in found.split("."))
    ours = tuple(int(part) for part in SCHEMA_VERSION.split("."))
    if (major, minor) > ours:
        what = f"the report has schema version {found}, this leakgate reads up to {SCHEMA_VERSION}"
        raise UsageError(what, where, "read it with the newer leakgate that wrote it")
    if major < ours[0]:
        what = f"the report has schema version {found}, this leakgate reads {SCHEMA_VERSION}"
        raise UsageError(what, where, _AGAIN)


def _clean(value: Any) -> Any:
    """Times in UTC, and text that UTF-8 can hold (file names may be any bytes)."""
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(item) for item in value]
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "backslashreplace").decode()
    return value


def _dataclasses(cls: Any) -> Iterator[Any]:
    """`cls` and every dataclass its fields speak of, each as often as it is met."""
    if dataclasses.is_dataclass(cls):
        yield cls
        for hint in get_type_hints(cls).values():
            yield from _dataclasses(hint)
    for part in getattr(cls, "__args__", ()):
        yield from _dataclasses(part)


def _times(cls: Any) -> list[str]:
    hints = get_type_hints(cls)
    return [name for name, hint in hints.items() if hint in (datetime, datetime | None)]


def _as_time(cls: Any, name: str) -> dict[str, Any]:
    time = {"type": "string", "format": "date-time"}
    return {"anyOf": [time, {"type": "null"}]} if get_type_hints(cls)[name] != datetime else time


if __name__ == "__main__":
    sys.stdout.buffer.write(report_schema())
