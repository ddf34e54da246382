"""A report as JSON and back, and the JSON Schema of that JSON.

The JSON is versioned by `schema_version`: a reader takes any report of its own major version
that is not newer than itself.  Times are RFC 3339 in UTC with a `Z`.  `python -m reports.serial`
prints the schema.
"""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, TypeVar, get_type_hints, overload

import msgspec

from scanner.errors import UsageError
from scanner.model import SCHEMA_VERSION, Finding, Incident, Report

SCHEMA_FILE = files("reports") / "schemas" / f"report-{SCHEMA_VERSION}.schema.json"
_T = TypeVar("_T")
_LARGE = 64 << 20  # bytes; a smaller report is taken apart at once
_AGAIN = "make the report again with `leakgate gate ... -o json=FILE`"


class _Head(msgspec.Struct):
    """What is read of a report before anything else."""

    schema_version: str


def dump_report(report: Report) -> bytes:
    """The report as indented JSON that ends with a newline; equal reports give equal bytes."""
    return b"".join(dumped(report))


def dumped(report: Report) -> Iterator[bytes]:
    """What `dump_report` returns, in pieces: findings and incidents one after the other."""
    mark = b"{"
    for field in dataclasses.fields(report):
        value = getattr(report, field.name)
        yield b'%s\n  "%s": ' % (mark, field.name.encode())
        yield from _items(value) if isinstance(value, Sequence) else [_indented(value, 1)]
        mark = b","
    yield b"\n}\n"


def _items(values: Sequence[Any]) -> Iterator[bytes]:
    if isinstance(values, str) or not len(values):
        yield _indented(values if isinstance(values, str) else (), 1)
        return
    # What is read from disk came through columns or JSON: whole text, times in UTC.
    written = _clean_json if isinstance(values, tuple) else msgspec.json.encode
    mark = b"["
    for value in values:
        yield b"%s\n    " % mark
        yield _shifted(written(value), 2)
        mark = b","
    yield b"\n  ]"


def _indented(value: Any, depth: int) -> bytes:
    return _shifted(_clean_json(value), depth)


def cleaned(value: Any) -> Any:
    """Plain data of anything of the model, with times in UTC and text that UTF-8 can hold."""
    return _clean(msgspec.to_builtins(value, builtin_types=(datetime,)))


def _clean_json(value: Any) -> bytes:
    return msgspec.json.encode(cleaned(value))


def _shifted(written: bytes, depth: int) -> bytes:
    lines = msgspec.json.format(written, indent=2)
    return lines.replace(b"\n", b"\n" + b"  " * depth)


def load_report(data: bytes, where: str = "") -> Report:
    """The report that `dump_report` wrote; `where` names the file in errors.

    Of a large one findings and incidents stay JSON, and are read from it when they are
    looked at; all of it is checked at once.  Raises UsageError when the JSON is damaged, is
    no report, or has another schema version.
    """
    _check_version(_decode(data, _Head, where).schema_version, where)
    if len(data) <= _LARGE:
        report = _decode(data, Report, where)
        found, incidents = tuple(report.findings), tuple(report.incidents)
        return dataclasses.replace(report, findings=found, incidents=incidents)
    fields = _decode(data, dict[str, msgspec.Raw], where)
    many = _Written(Finding, fields.pop("findings", None), where)
    others = _Written(Incident, fields.pop("incidents", None), where)
    report = _decode(msgspec.json.encode(fields), Report, where)
    return dataclasses.replace(report, findings=many, incidents=others)


class _Written(Sequence[_T]):
    """A sequence that is read from its JSON each time."""

    def __init__(self, cls: type[_T], raw: msgspec.Raw | None, where: str) -> None:
        self._decoder = msgspec.json.Decoder(cls)
        self._items = _decode(raw, list[msgspec.Raw], where) if raw is not None else []
        for item in self._items:
            _decode(item, cls, where)

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[_T]:
        return map(self._decoder.decode, self._items)

    @overload
    def __getitem__(self, index: int) -> _T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[_T, ...]: ...

    def __getitem__(self, index: int | slice) -> _T | tuple[_T, ...]:
        if isinstance(index, slice):
            return tuple(map(self._decoder.decode, self._items[index]))
        return self._decoder.decode(self._items[index])


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


def _decode(data: bytes | msgspec.Raw, to: type[_T], where: str) -> _T:
    # A message of msgspec may quote the file, which may be anything: only a path is taken.
    try:
        return msgspec.json.decode(data, type=to)
    except msgspec.ValidationError as error:
        raise _not_a_report(str(error), where) from None
    except msgspec.DecodeError as error:
        cut = "truncated" in str(error) or not bytes(data).strip()
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
