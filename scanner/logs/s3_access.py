"""S3 server access logs: one request a line, 18 to 26 and more fields, in the order of the
Amazon S3 User Guide, "Amazon S3 server access log format".

Events become OCSF class 6003 (API Activity).  A requester of `-` is anonymous; an assumed role
is the role with the session's name.  A COPY is written as two lines, of which `..._GET` reads.
`raw_offset` is the byte offset of the line in the decompressed file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, unquote_plus

from scanner.batch import UnitLog
from scanner.logs import LogFile
from scanner.logs._cloudtrail_identity import ANONYMOUS, of_arn
from scanner.logs._stream import Line, lines
from scanner.model import AccessEvent

_CLASS = 6003
# Quotes inside the three quoted fields are not escaped: they end where the next field begins.
_LINE = re.compile(
    r"(?P<owner>\S+) (?P<bucket>\S+) \[(?P<time>[^\]]{20,32})\] (?P<ip>\S+) (?P<requester>\S+) "
    r"(?P<id>\S+) (?P<operation>\S+) (?P<key>\S+) (?P<uri>-|\".*?\") (?P<status>\d{3}|-) "
    r"(?P<error>\S+) (?P<sent>\d+|-) (?P<size>\d+|-) (?P<total>\d+|-) (?P<turn>\d+|-)(?: |$)"
)
_HEAD = re.compile(rb"[0-9a-f]{64} [a-z0-9][a-z0-9.-]+ \[\d\d/[A-Z][a-z]{2}/\d{4}:")
_ACTIVITIES = {
    **dict.fromkeys(("GET.OBJECT", "COPY.OBJECT_GET", "COPY.PART_GET", "GET.TORRENT"), "Read"),
    **dict.fromkeys(("POST.SELECT", "SELECT.OBJECT", "GET.OBJECT_TORRENT"), "Read"),
    **dict.fromkeys(("GET.BUCKET", "GET.BUCKETVERSIONS", "HEAD.OBJECT", "HEAD.BUCKET"), "List"),
    **dict.fromkeys(("GET.UPLOADS", "GET.UPLOAD", "GET.SERVICE", "GET.OBJECT_ATTRIBUTES"), "List"),
    **dict.fromkeys(("PUT.OBJECT", "POST.OBJECT", "COPY.OBJECT", "PUT.PART", "COPY.PART"), "Write"),
    **dict.fromkeys(("POST.UPLOADS", "POST.UPLOAD", "POST.OBJECT_RESTORE"), "Write"),
    **dict.fromkeys(("DELETE.OBJECT", "POST.MULTI_OBJECT_DELETE", "DELETE.UPLOAD"), "Delete"),
    **dict.fromkeys(("EXPIRE.OBJECT", "CREATE.DELETEMARKER", "DELETE.BUCKET"), "Delete"),
}


class S3Access:
    """Reads S3 server access logs."""

    options = ()

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - the content decides
        """True when the file starts with a canonical owner id, a bucket and a time in brackets."""
        return _HEAD.match(head) is not None

    def read(self, log_file: LogFile, log: UnitLog) -> Iterator[AccessEvent]:
        """Every request.  A line of another form is counted by its number."""
        where = str(log_file.path)
        for number, line in enumerate(lines(log_file.path)):
            log.bytes += len(line.data) + 1
            if line.torn or not line.data.strip():
                continue
            log.records += 1
            event = _event(line, where)
            if event is None:
                what = "a line is no S3 server access record"
                log.bad_record("log.line", what, number, f"look at the line in {where}")
            else:
                yield event


plugin = S3Access()


def _event(line: Line, where: str) -> AccessEvent | None:
    found = _LINE.match(line.data.decode("utf-8", "replace"))
    time = _time(found["time"]) if found else None
    if found is None or time is None:
        return None
    actor, session = _who(found["requester"])
    return AccessEvent(
        # One request may be logged as several lines (batch delete, copy): the key tells them apart.
        event_id=f"{found['id']}/{found['operation']}/{found['key']}",
        time=time,
        class_uid=_CLASS,
        activity=_activity(found["operation"]),
        status=_status(found["status"]),
        actor=actor,
        session=session,
        resource=_resource(found),
        operation=found["operation"],
        bytes_out=int(found["sent"]) if found["sent"] != "-" else 0,
        src_endpoint=found["ip"] if found["ip"] != "-" else "",
        log_source="s3_access",
        raw_file=where,
        raw_offset=line.offset,
    )


def _time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%d/%b/%Y:%H:%M:%S %z")
    except ValueError:
        return None


def _who(requester: str) -> tuple[str, str]:
    if requester in ("-", "Anonymous"):
        return ANONYMOUS, ""
    return of_arn(requester)


def _activity(operation: str) -> str:
    """By the part after `REST.`, `WEBSITE.`, `SOAP.`, `BATCH.` or `S3.`."""
    what = operation.partition(".")[2]
    if what in _ACTIVITIES:
        return _ACTIVITIES[what]
    verb = what.partition(".")[0]
    return {"PUT": "Update", "POST": "Update", "DELETE": "Update"}.get(verb, "Other")


def _status(status: str) -> str:
    if status == "-":  # by S3 itself: lifecycle and batch lines
        return "Success"
    return "Success" if status[0] in "23" else "Failure"


def _resource(found: re.Match[str]) -> str:
    """`s3://bucket/key`.  Keys are encoded once more than in the request itself, some with `+`
    for a space; the request tells which way is meant."""
    if found["key"] == "-":
        return f"s3://{found['bucket']}"
    key, asked = unquote(found["key"]), unquote(found["uri"])
    meant = (way for way in (unquote(key), unquote_plus(key)) if way in asked)
    return f"s3://{found['bucket']}/{next(meant, key)}"
