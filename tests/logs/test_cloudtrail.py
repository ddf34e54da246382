"""CloudTrail: callers, resources, copies, envelopes, damage."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from scanner.batch import UnitLog
from scanner.errors import LeakgateError, UnreadableError
from scanner.files.streams import open_text, stored_at
from scanner.logs import LogFile
from scanner.logs.cloudtrail import plugin
from scanner.model import AccessEvent

ROLE = "arn:aws:iam::111122223333:role/analyst"


def record(**parts: Any) -> dict[str, Any]:
    """A record of S3 as the service writes it, with some parts replaced."""
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLEEXAMPLE01",
            "arn": "arn:aws:iam::111122223333:user/bob",
            "accountId": "111122223333",
        },
        "eventTime": "2026-11-03T10:20:30Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.7",
        "requestParameters": {"bucketName": "shards", "Host": "h", "key": "raw/a b.json"},
        "responseElements": None,
        "additionalEventData": {"bytesTransferredOut": 1024.0, "bytesTransferredIn": 0},
        "eventID": "8d96391c-83f4-3491-bb84-4b389122ffb9",
        "readOnly": True,
    } | parts


def write_sample(path: Path) -> None:
    """A small believable log of this format."""
    records = [record(eventID=f"e{i}") for i in range(3)]
    path.write_bytes(gzip.compress(json.dumps({"Records": records}).encode()))


def read(path: Path, data: bytes) -> tuple[list[AccessEvent], UnitLog]:
    file = path / "trail.json.gz"
    file.write_bytes(data)
    log = UnitLog()
    return list(plugin.read(LogFile(file), log)), log


def one(path: Path, **parts: Any) -> AccessEvent:
    events, log = read(path, json.dumps({"Records": [record(**parts)]}).encode())
    assert log.problems == []
    return events[0]


def test_a_read(tmp_path: Path) -> None:
    assert one(tmp_path) == AccessEvent(
        event_id="8d96391c-83f4-3491-bb84-4b389122ffb9",
        time=datetime(2026, 11, 3, 10, 20, 30, tzinfo=UTC),
        class_uid=6003,
        activity="Read",
        status="Success",
        actor="arn:aws:iam::111122223333:user/bob",
        session="",
        resource="s3://shards/raw/a b.json",
        operation="GetObject",
        bytes_out=1024,
        src_endpoint="198.51.100.7",
        log_source="cloudtrail",
        raw_file=str(tmp_path / "trail.json.gz"),
        raw_offset=0,
    )


SESSION = "arn:aws:sts::111122223333:assumed-role/analyst/bob@corp.example"
ISSUER = {"sessionIssuer": {"type": "Role", "arn": ROLE}}
CALLERS = [
    ({"type": "AssumedRole", "arn": SESSION, "sessionContext": ISSUER}, ROLE, "bob@corp.example"),
    (
        {"type": "AssumedRole", "principalId": "AROAX:bob", "sessionContext": ISSUER},
        ROLE,
        "bob",
    ),
    (
        {
            "type": "AssumedRole",
            "arn": SESSION,
            "sessionContext": ISSUER | {"sourceIdentity": "eve"},
        },
        ROLE,
        "eve",
    ),
    ({"type": "AssumedRole", "arn": SESSION}, SESSION, "bob@corp.example"),
    ({"type": "Root", "arn": "arn:aws:iam::1:root"}, "arn:aws:iam::1:root", ""),
    ({"type": "AWSService", "invokedBy": "athena.amazonaws.com"}, "athena.amazonaws.com", ""),
    ({"type": "AWSAccount", "principalId": "", "accountId": ""}, "anonymous", ""),
    ({"type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL"}, "anonymous", ""),
    ({"type": "AWSAccount", "accountId": "anonymous"}, "anonymous", ""),
    ({"type": "AWSAccount", "principalId": "AROAX:eve", "accountId": "4444"}, "AROAX", "eve"),
    ({"type": "AWSAccount", "accountId": "444455556666"}, "444455556666", ""),
    (
        {"type": "AWSAccount", "principalId": "AROAX:eve", "accountId": "444455556666"},
        "444455556666", "eve",
    ),
    ({"type": "SAMLUser", "principalId": "p:eve", "userName": "eve"}, "p", "eve"),
    ({"type": "IdentityCenterUser", "onBehalfOf": {"userId": "u1"}, "principalId": "x"}, "x", "u1"),
    ({"type": "Unknown"}, "unknown", ""),
    (None, "unknown", ""),
]  # fmt: skip


@pytest.mark.parametrize(("identity", "actor", "session"), CALLERS)
def test_callers(tmp_path: Path, identity: Any, actor: str, session: str) -> None:
    event = one(tmp_path, userIdentity=identity)
    assert (event.actor, event.session) == (actor, session)


@pytest.mark.parametrize(
    ("operation", "activity"),
    [
        ("GetObject", "Read"),
        ("SelectObjectContent", "Read"),
        ("HeadObject", "List"),
        ("ListObjectsV2", "List"),
        ("PutObject", "Write"),
        ("CompleteMultipartUpload", "Write"),
        ("DeleteObject", "Delete"),
        ("PutBucketPolicy", "Update"),
        ("GetObjectTagging", "Other"),
    ],
)
def test_activities(tmp_path: Path, operation: str, activity: str) -> None:
    assert one(tmp_path, eventName=operation).activity == activity


def test_a_copy_reads_its_source(tmp_path: Path) -> None:
    request = {
        "bucketName": "copy",
        "key": "x",
        "x-amz-copy-source": "/shards/raw/a%20b%2Bc.json?versionId=1",
    }
    data = json.dumps([record(eventName="CopyObject", requestParameters=request)]).encode()
    source, target = read(tmp_path, data)[0]
    assert (source.activity, source.resource) == ("Read", "s3://shards/raw/a b+c.json")
    assert (target.activity, target.resource, target.bytes_out) == ("Write", "s3://copy/x", None)
    assert source.event_id != target.event_id


POINT = "arn:aws:s3:eu-west-1:111122223333:accesspoint/x"
ARNS = [
    {"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::shards", "accountId": "1"},
    {"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::shards/raw/a b"},
]


@pytest.mark.parametrize(
    ("request_", "resources", "resource"),
    [
        ({"bucketName": "b", "key": "k%20x"}, None, "s3://b/k%20x"),
        ({"bucketName": "shards", "key": "raw/a%20b"}, ARNS, "s3://shards/raw/a b"),
        ({"bucketName": "b"}, ARNS, "s3://b"),
        (None, ARNS, "s3://shards/raw/a b"),
        ({}, ARNS[:1], "s3://shards"),
        (None, None, ""),
        ({"bucketName": POINT, "key": "raw/a b"}, [{"ARN": POINT}, *ARNS], "s3://shards/raw/a b"),
        ({"bucketName": "x-hrzrl-s3alias", "key": "raw/a b"}, ARNS, "s3://shards/raw/a b"),
    ],
)
def test_resources(tmp_path: Path, request_: Any, resources: Any, resource: str) -> None:
    assert one(tmp_path, requestParameters=request_, resources=resources).resource == resource


def test_refused_calls_are_failures(tmp_path: Path) -> None:
    assert one(tmp_path, errorCode="AccessDenied").status == "Failure"


@pytest.mark.parametrize("count", [None, "x", -1, True, 1e300])
def test_byte_counts_that_are_none(tmp_path: Path, count: Any) -> None:
    assert one(tmp_path, additionalEventData={"bytesTransferredOut": count}).bytes_out is None


def forms() -> dict[str, bytes]:
    records = [record(eventID=f"e{i}") for i in range(3)]
    delivered = json.dumps({"Records": records}).encode()
    lines = "\n".join(map(json.dumps, records)).encode()
    halves = gzip.compress(lines[:100]) + gzip.compress(lines[100:])
    wrapped = [{"detail-type": "AWS API Call via CloudTrail", "detail": r} for r in records]
    return {
        "delivered": delivered,
        "gzip": gzip.compress(delivered),
        "zstd": zstandard.compress(delivered),
        "two gzip members": halves,
        "indented": json.dumps({"Records": records}, indent=2).encode(),
        "list": json.dumps(records).encode(),
        "lines": lines,
        "lines with gaps": b"\xef\xbb\xbf" + lines.replace(b"\n", b"\r\n\r\n"),
        "envelopes": "\n".join(map(json.dumps, wrapped)).encode(),
        "indented list": json.dumps(records, indent=1).encode(),
        "list of envelopes": json.dumps(wrapped).encode(),
        "utf-16 of PowerShell": delivered.decode().encode("utf-16"),
        "xz": lzma.compress(delivered),
        "bzip2": bz2.compress(delivered),
        **{name: json.dumps(found, indent=2).encode() for name, found in asked(records).items()},
    }


def asked(records: list[dict[str, Any]]) -> dict[str, Any]:
    """The answers of commands, and what CloudWatch Logs hands on: records as JSON in texts."""
    texts = [{"timestamp": 1, "message": json.dumps(r)} for r in records]
    return {
        "lookup-events": {"Events": [{"CloudTrailEvent": json.dumps(r)} for r in records]},
        "filter-log-events": {"events": texts, "searchedLogStreams": []},
        "subscription": {"messageType": "DATA_MESSAGE", "logEvents": texts},
    }


@pytest.mark.parametrize("form", sorted(forms()))
def test_forms_of_a_file(tmp_path: Path, form: str) -> None:
    events, log = read(tmp_path, forms()[form])
    assert [e.event_id for e in events] == ["e0", "e1", "e2"]
    assert [e.raw_offset for e in events] == [0, 1, 2]
    assert (log.records, log.failed_records, log.problems) == (3, 0, [])
    with open_text(stored_at(tmp_path / "trail.json.gz")) as stream:
        assert plugin.sniff(tmp_path, stream.read(4096))


@pytest.mark.parametrize(
    "other",
    [
        {"awsAccountId": "111122223333", "digestS3Bucket": "trail", "logFiles": []},
        {"Records": [{"eventType": "AwsCloudTrailInsight", "eventTime": "2026-11-03T10:20:30Z"}]},
    ],
)
def test_digests_and_insights_are_no_events(tmp_path: Path, other: dict[str, Any]) -> None:
    events, log = read(tmp_path, json.dumps(other).encode())
    assert (events, log.problems) == ([], [])


def test_other_services_are_passed_over(tmp_path: Path) -> None:
    odd = record(eventSource="iam.amazonaws.com", requestParameters="text", resources="x")
    events, log = read(tmp_path, json.dumps([odd, record()]).encode())
    assert len(events) == 1
    assert (log.records, log.problems) == (2, [])


@pytest.mark.parametrize(
    "bad",
    [
        {"eventTime": "2026-11-03T10:20:30"},
        {"eventTime": "yesterday-Sekret"},
        {"eventTime": None},
        {"eventName": 5},
        {"userIdentity": "Sekret"},
        {"requestParameters": "Sekret"},
    ],
)
def test_bad_records_are_counted(tmp_path: Path, bad: dict[str, Any]) -> None:
    data = json.dumps([record(), record(**bad), record()]).encode()
    events, log = read(tmp_path, data)
    assert [e.raw_offset for e in events] == [0, 2]
    assert (log.records, log.failed_records) == (3, 1)
    assert log.problems[0].records == (1,)
    assert "Sekret" not in repr(log)


def test_a_bad_line_among_lines(tmp_path: Path) -> None:
    good = json.dumps(record()).encode()
    events, log = read(tmp_path, b"\n".join([good, b'{"eventTime": "Sek', good]))
    assert (len(events), log.failed_records) == (2, 1)


@pytest.mark.parametrize("cut", [1, 5, 200])
@pytest.mark.parametrize("form", ["gzip", "zstd", "delivered", "indented", "list"])
def test_what_stands_before_damage_stays(tmp_path: Path, form: str, cut: int) -> None:
    many = [record(eventID=f"e{i}", extra=f"{i * 7919 % 10007:x}" * 40) for i in range(300)]
    text = json.dumps({"Records": many}, indent=1 if form == "indented" else None).encode()
    text = json.dumps(many).encode() if form == "list" else text
    packed = {"gzip": gzip.compress, "zstd": zstandard.compress}.get(form, bytes)(text)
    file = tmp_path / "t.json"
    file.write_bytes(packed[:-cut])
    events = []
    with pytest.raises(UnreadableError) as caught:
        for event in plugin.read(LogFile(file), UnitLog()):
            events.append(event)
    assert caught.value.code == "log.truncated"
    assert [e.event_id for e in events] == [f"e{i}" for i in range(len(events))]
    assert len(events) >= (250 if form != "zstd" else 0)


def test_damage_inside_gzip(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(json.dumps([record()] * 50).encode()))
    packed[len(packed) // 2] ^= 0xFF
    with pytest.raises(UnreadableError):
        read(tmp_path, bytes(packed))


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError) as caught:
        list(plugin.read(LogFile(tmp_path / "none"), UnitLog()))
    assert caught.value.hint


def test_notifications_of_s3_are_not_cloudtrail() -> None:
    head = b'{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","userIdentity":{}}]}'
    assert not plugin.sniff(Path("x"), head)


@given(st.binary(max_size=200))
def test_anything_raises_our_errors_only(data: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        try:
            read(Path(folder), b'{"Records":[' + data)
        except LeakgateError as error:
            assert error.hint
