"""AWS CloudTrail: events of S3, as AWS delivers them (`.json.gz` with `{"Records": [...]}`),
as a JSON list, as JSON Lines of records, or wrapped by EventBridge or CloudWatch Logs.

Events become OCSF class 6003 (API Activity), which is how OCSF maps CloudTrail.  A copy is two
events: the read of its source under the record's id, the write of its target under that id
and `#target`.  HeadObject counts as List: it shows that an object is there, not its data.
Events of other services, Insights events and digest files are passed over.  `raw_offset` is the
record's number in the file, from 0.  Object keys stand in CloudTrail as they are; only the
source of a copy is encoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec

from scanner.batch import UnitLog
from scanner.logs import LogFile, _records
from scanner.logs._cloudtrail_identity import Identity, who
from scanner.logs._s3_operations import COPIES, activity
from scanner.model import AccessEvent

_CLASS = 6003
_TRAIL = "cloudtrail.amazonaws.com"
_SOURCES = {"s3.amazonaws.com", "s3express.amazonaws.com", "s3-outposts.amazonaws.com", _TRAIL}
_POINT = re.compile(r"^arn:|-s3alias$|--ol-s3$")  # an access point by its ARN or its alias
_DELIVERED = re.compile(rb'"AWS API Call via Clo|"CloudTrailEvent"|"digestS3Bucket"')
_OF_TRAILS = {"StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"}


class _Parameters(msgspec.Struct, gc=False):
    name: Any = None
    trailName: Any = None
    bucketName: Any = None
    key: Any = None
    copy_source: Any = msgspec.field(default=None, name="x-amz-copy-source")


class _Additional(msgspec.Struct, gc=False):
    bytesTransferredOut: Any = None


class _Resource(msgspec.Struct, gc=False):
    ARN: Any = None


class _Record(msgspec.Struct, gc=False):
    eventTime: str
    eventSource: str
    eventName: str
    eventID: str = ""
    userIdentity: Identity | None = None
    sourceIPAddress: str | None = None
    requestParameters: _Parameters | None = None
    additionalEventData: _Additional | None = None
    errorCode: str | None = None
    resources: list[_Resource] | None = None


class CloudTrail:
    """Reads CloudTrail files."""

    options = ()

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - the content decides
        """True for CloudTrail records; S3 notifications look alike but come from `aws:s3`."""
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        if start[:1] not in (b"{", b"[") or b'"aws:s3"' in start:
            return False
        if b"".join(start.split()) == b'{"Records":[]}':
            return True
        marks = (b"eventSource", b"userIdentity", b"eventName", b"eventVersion")
        found = sum(re.search(mark + rb'\\?"', start) is not None for mark in marks)
        return found >= 2 or _DELIVERED.search(start) is not None

    def read(self, log_file: LogFile, log: UnitLog) -> Iterator[AccessEvent]:
        """Every S3 event.  A record that cannot be understood is counted by its number."""
        where = str(log_file.path)
        for number, raw in enumerate(_records.split(log_file.path, log)):
            try:
                yield from _events(raw, where, number)
            except (msgspec.MsgspecError, ValueError, RecursionError):
                if _of_another_service(raw):
                    continue
                log.bad_record(
                    "log.record",
                    "a CloudTrail record has not the form of one",
                    number,
                    f"look at the record in {where}",
                )


plugin = CloudTrail()

_decode = msgspec.json.Decoder(_Record, strict=False).decode


def _events(raw: bytes | msgspec.Raw, where: str, number: int) -> Iterable[AccessEvent]:
    """The events of one record; none when it is of another service."""
    record = _decode(raw)
    other = record.eventSource == _TRAIL and record.eventName not in _OF_TRAILS
    if other or record.eventSource not in _SOURCES:
        return ()
    event = _event(record, where, number)
    if record.eventName not in COPIES:
        return (event,)
    target = replace(event, event_id=f"{event.event_id}#target", bytes_out=None)
    source = _copy_source(record)
    read = replace(event, activity="Read", resource=source)
    return (read, target) if source else (target,)


class _Source(msgspec.Struct, gc=False):
    eventSource: str = _TRAIL
    eventType: str = ""
    digestS3Bucket: str = ""


def _of_another_service(raw: bytes | msgspec.Raw) -> bool:
    """Records of other services may have other forms; they are none of ours."""
    try:
        record = msgspec.json.decode(raw, type=_Source)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
    if record.digestS3Bucket or record.eventType == "AwsCloudTrailInsight":
        return True
    return record.eventSource not in _SOURCES


def _event(record: _Record, where: str, number: int) -> AccessEvent:
    actor, session = who(record.userIdentity)
    return AccessEvent(
        event_id=record.eventID or f"{where}#{number}",
        time=_records.moment(record.eventTime),
        class_uid=_CLASS,
        activity=activity(record.eventName),
        status="Failure" if record.errorCode else "Success",
        actor=actor,
        session=session,
        resource=_resource(record),
        operation=record.eventName,
        bytes_out=_bytes_out(record.additionalEventData),
        src_endpoint=record.sourceIPAddress or "",
        log_source="cloudtrail",
        raw_file=where,
        raw_offset=number,
        credential=(record.userIdentity and record.userIdentity.accessKeyId) or "",
    )


def _resource(record: _Record) -> str:
    """`s3://bucket/key` from the request, else from the resources the record names."""
    request = record.requestParameters
    if record.eventSource == _TRAIL:
        return f"cloudtrail://{(request and (request.name or request.trailName)) or ''}"
    bucket = request.bucketName if request else None
    named = _from_arns(record.resources or [])
    if not isinstance(bucket, str) or not bucket or (named and _POINT.search(bucket)):
        return named
    key = request.key if request else None
    if not isinstance(key, str) or not key:
        return f"s3://{bucket}"
    found = f"s3://{bucket}/{key}"
    return named if "%" in key and unquote(found) == named else found


def _from_arns(resources: Iterable[_Resource]) -> str:
    """The most exact S3 ARN: the one of the object, else that of the bucket."""
    arns = [r.ARN for r in resources if isinstance(r.ARN, str)]
    paths = [a.split(":::", 1)[1] for a in arns if re.match(r"arn:[a-z-]+:s3:::", a)]
    found = max(paths, key=lambda p: "/" in p, default="")
    return f"s3://{found}" if found else ""


def _copy_source(record: _Record) -> str:
    """The object that was copied; its header is `/bucket/key` or `bucket/key`, encoded."""
    request = record.requestParameters
    header = request.copy_source if request else None
    if not isinstance(header, str):
        return ""
    path = unquote(header.partition("?versionId=")[0]).lstrip("/")
    return f"s3://{path}" if "/" in path else ""


def _bytes_out(data: _Additional | None) -> int | None:
    """CloudTrail writes counts as floats (`1024.0`)."""
    value = data.bytesTransferredOut if data else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**63:
        return None
    return int(value)
