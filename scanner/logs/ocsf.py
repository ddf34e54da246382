"""OCSF events: File System Activity (1001), API Activity (6003), Datastore Activity (6005) and
File Hosting Activity (6006), as JSON Lines, a JSON list or Parquet (Amazon Security Lake).

Activity and status are told by their numbers, which the schema fixes, and else by their names.
Events of other classes are passed over.  `raw_offset` is the event's number, from 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scanner.batch import UnitLog
from scanner.logs import LogFile, _s3_operations, _words
from scanner.logs._cloudtrail_identity import ANONYMOUS, of_arn
from scanner.logs._events import Cells, Form, RejectedError, at, count, first, of_table
from scanner.logs._rows import parquet_columns
from scanner.logs._times import Clock
from scanner.model import AccessEvent

_UTC = Clock({"time_zone": "UTC"}, "")
_ANY = re.compile(rb'"class_uid"\s*:\s*\d{4}\b')
_SHAPE = (b'"metadata"', b'"activity_id"', b'"actor"', b'"severity_id"', b'"type_uid"')
_SOME, _READ, _LIST, _WRITE, _DELETE, _UPDATE = "Other", "Read", "List", "Write", "Delete", "Update"
# activity_id of each class, from the OCSF schema (1.1 to 1.6)
_ACTIVITIES = {
    1001: {1: _WRITE, 2: _READ, 3: _WRITE, 4: _DELETE, 5: _UPDATE, 6: _UPDATE, 7: _UPDATE,
           8: _LIST, 9: _LIST, 14: _READ},
    6003: {1: _WRITE, 2: _READ, 3: _UPDATE, 4: _DELETE},
    6005: {1: _READ, 2: _UPDATE, 4: _READ, 5: _WRITE, 6: _WRITE, 7: _DELETE, 8: _LIST},
    6006: {1: _WRITE, 2: _READ, 3: _WRITE, 4: _DELETE, 5: _UPDATE, 6: _READ, 7: _UPDATE,
           8: _WRITE, 9: _READ, 12: _UPDATE, 13: _UPDATE, 14: _READ, 15: _READ, 17: _UPDATE},
}  # fmt: skip
_BUCKETS = {1: "s3://", 3: "gs://"}  # type_id of a databucket
_STATUS = {1: "Success", 2: "Failure"}


class Ocsf:
    """Reads events that are in OCSF already."""

    options = ()

    def sniff(self, path: Path, head: bytes) -> bool:
        """True for JSON with a class number and two more of OCSF's own names."""
        if head.startswith(b"PAR1"):
            return set(parquet_columns(path)) >= {"class_uid", "activity_id", "metadata", "time"}
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        shaped = sum(mark in start for mark in _SHAPE) >= 2
        return start[:1] in (b"{", b"[") and shaped and _ANY.search(start) is not None

    def read(self, log_file: LogFile, log: UnitLog) -> Iterator[AccessEvent]:
        """Every access.  An event that cannot be understood is counted by its number."""
        form = Form("an OCSF event", _events, ("class_uid", "time"))
        yield from of_table(log_file.path, log, form)


plugin = Ocsf()


def _events(cells: Cells, where: str, number: int) -> Iterator[AccessEvent]:
    class_uid = count(cells.get("class_uid"))
    if class_uid is None:
        raise RejectedError("an event names no class")
    if class_uid not in _ACTIVITIES:
        return
    if cells.get("time") is None and cells.get("time_dt") is None:
        raise RejectedError("an event has no time")
    resources = list(_resources(cells, class_uid))
    if not resources:
        raise RejectedError("an event names no resource")
    uid = first(at(cells, "metadata", "uid"), at(cells, "api", "request", "uid"))
    actor, person = of_arn(_who(cells))
    for resource in dict.fromkeys(resources):
        yield AccessEvent(
            event_id=(f"{uid}/{resource}" if len(resources) > 1 else uid) or f"{where}#{number}",
            time=_UTC.read(cells.get("time") or cells.get("time_dt")),
            class_uid=class_uid,
            activity=_activity(cells, class_uid),
            status=_status(cells),
            actor=actor,
            session=person or _session(cells),
            resource=resource,
            operation=first(at(cells, "api", "operation"), cells.get("activity_name")),
            bytes_out=count(at(cells, "traffic", "bytes_out")),
            src_endpoint=first(
                at(cells, "src_endpoint", "ip"), at(cells, "src_endpoint", "domain")
            ),
            log_source=first(at(cells, "metadata", "product", "name"), "ocsf"),
            raw_file=where,
            raw_offset=number,
        )


def _activity(cells: Cells, class_uid: int) -> str:
    """For API calls of S3 the operation says more than the activity, which calls a HEAD a read."""
    operation = first(at(cells, "api", "operation"))
    service = first(at(cells, "api", "service", "name")).lower()
    if class_uid == 6003 and operation and service.startswith("s3"):
        return _s3_operations.activity(operation)
    number = count(cells.get("activity_id"))
    known = _ACTIVITIES[class_uid].get(number or 0)
    return known or _words.activity(first(cells.get("activity_name"))) or _SOME


def _status(cells: Cells) -> str:
    known = _STATUS.get(count(cells.get("status_id")) or 0)
    if known:
        return known
    word = first(cells.get("status"))
    return _words.status(word) if word else "Unknown"


def _session(cells: Cells) -> str:
    return first(at(cells, "actor", "session", "uid"), at(cells, "actor", "session", "issuer"))


def _who(cells: Cells) -> str:
    user = at(cells, "actor", "user")
    name, uid = first(at(user, "name")), first(at(user, "uid"))
    by_name = "@" in name and not uid.startswith("arn:")  # the uid is a number of the product
    names = ("email_addr", "name") if by_name else ("email_addr", "uid_alt", "uid", "name")
    named = first(*(at(user, name) for name in names), at(cells, "actor", "invoked_by"))
    return named or first(at(cells, "actor", "app_name")) or ANONYMOUS


def _resources(cells: Cells, class_uid: int) -> Iterator[str]:
    """What was accessed: the file, the table, the bucket, or what the event lists."""
    bucket = _bucket(cells)
    file = cells.get("file")
    path = first(at(file, "url", "url_string"), at(file, "uri"), at(file, "path"), at(file, "name"))
    if class_uid == 1001 and path.startswith("/"):
        yield f"file://{path}"
        return
    listed = [first(at(r, "uid"), at(r, "name")) for r in _list(cells)]
    if path:
        yield path
    elif found := first(at(cells, "table", "uid"), bucket and _inside(bucket, cells), bucket):
        yield _s3(found)
    elif database := first(at(cells, "database", "uid"), at(cells, "database", "name")):
        table = first(at(cells, "table", "name"))
        yield f"{database}/{table}" if table else database
    yield from (_s3(name) for name in _most_exact(listed))


def _bucket(cells: Cells) -> str:
    """The bucket with the scheme of its kind, where it is a name only."""
    name = first(at(cells, "databucket", "uid"), at(cells, "databucket", "name"))
    scheme = _BUCKETS.get(count(at(cells, "databucket", "type_id")) or 0, "")
    return name if not name or ":" in name else scheme + name


def _list(cells: Cells) -> list[Any]:
    found = cells.get("resources") or cells.get("web_resources")
    return found if isinstance(found, list) else []


def _inside(bucket: str, cells: Cells) -> str:
    key = first(at(cells, "databucket", "file", "path"), at(cells, "databucket", "file", "name"))
    return f"{bucket.rstrip('/')}/{key.lstrip('/')}" if key else bucket


def _most_exact(names: list[str]) -> list[str]:
    """Without those that are only the start of another: the bucket beside its object."""
    named = [name for name in names if name]
    return [
        n for n in named if not any(o != n and o.startswith(n.rstrip("/") + "/") for o in named)
    ]


def _s3(name: str) -> str:
    return "s3://" + name.split(":::", 1)[1] if re.match(r"arn:[\w-]+:s3:::", name) else name
