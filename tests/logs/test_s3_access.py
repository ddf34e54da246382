"""S3 server access logs: requesters, keys, odd quotes, all lengths of line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.batch import UnitLog
from scanner.logs import LogFile
from scanner.logs.s3_access import plugin
from scanner.model import AccessEvent

OWNER = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
TAIL = ' 17 16 "-" "aws-cli/2.0" - aG9zdGlk= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader'


def line(
    requester: str = "arn:aws:iam::111122223333:user/bob",
    operation: str = "REST.GET.OBJECT",
    key: str = "raw/a.json",
    request: str = "GET /raw/a.json HTTP/1.1",
    status: str = "200 -",
    tail: str = TAIL,
    number: int = 1,
) -> str:
    return (
        f"{OWNER} shards [06/Nov/2026:00:00:38 +0000] 192.0.2.3 {requester} ID{number:014d} "
        f'{operation} {key} "{request}" {status} 1024 2048{tail}'
    )


def write_sample(path: Path) -> None:
    """A small believable log of this format."""
    path.write_text("".join(line(number=n) + "\n" for n in range(3)))


def read(folder: Path, *lines: str) -> tuple[list[AccessEvent], UnitLog]:
    file = folder / "2026-11-06-00-17-22-ABCDEF0123456789"
    file.write_text("".join(each + "\n" for each in lines))
    log = UnitLog()
    return list(plugin.read(LogFile(file), log)), log


def one(folder: Path, **parts: str) -> AccessEvent:
    events, log = read(folder, line(**parts))  # type: ignore[arg-type]
    assert log.problems == []
    return events[0]


def test_a_read(tmp_path: Path) -> None:
    event = one(tmp_path)
    assert event.time == datetime(2026, 11, 6, 0, 0, 38, tzinfo=UTC)
    assert (event.activity, event.status, event.bytes_out) == ("Read", "Success", 1024)
    assert event.resource == "s3://shards/raw/a.json"
    assert event.actor == "arn:aws:iam::111122223333:user/bob"


def test_who_asked(tmp_path: Path) -> None:
    assert one(tmp_path, requester="-").actor == "anonymous"
    role = one(
        tmp_path, requester="arn:aws:sts::111122223333:assumed-role/analyst/ana@corp.example"
    )
    assert role.actor == "arn:aws:iam::111122223333:role/analyst"
    assert role.session == "ana@corp.example"


@pytest.mark.parametrize(
    ("key", "uri", "resource"),
    [
        ("a%2520b.json", "GET /a%20b.json HTTP/1.1", "s3://shards/a b.json"),
        ("a%2520b+c", "GET /a%20b%2Bc HTTP/1.1", "s3://shards/a b+c"),
        ("a%252520b", "GET /a%2520b HTTP/1.1", "s3://shards/a%20b"),
        ("my+notes.json", "GET /my%20notes.json HTTP/1.1", "s3://shards/my notes.json"),
        ("a%20b.json", "GET /shards/a+b HTTP/1.1", "s3://shards/a b.json"),
        ("-", "GET /?list-type=2 HTTP/1.1", "s3://shards"),
        ("x", 'GET /x?a="q" HTTP/1.1', "s3://shards/x"),
    ],
)
def test_keys(tmp_path: Path, key: str, uri: str, resource: str) -> None:
    assert one(tmp_path, key=key, request=uri).resource == resource


@pytest.mark.parametrize(
    ("operation", "status", "activity", "outcome"),
    [
        ("REST.COPY.OBJECT_GET", "200 -", "Read", "Success"),
        ("WEBSITE.GET.OBJECT", "206 -", "Read", "Success"),
        ("REST.GET.OBJECT", "403 AccessDenied", "Read", "Failure"),
        ("REST.HEAD.OBJECT", "200 -", "List", "Success"),
        ("REST.PUT.ACL", "200 -", "Update", "Success"),
        ("S3.EXPIRE.OBJECT", "- -", "Delete", "Success"),
        ("REST.GET.BUCKETPOLICY", "200 -", "Other", "Success"),
    ],
)
def test_operations(
    tmp_path: Path, operation: str, status: str, activity: str, outcome: str
) -> None:
    event = one(tmp_path, operation=operation, status=status)
    assert (event.activity, event.status) == (activity, outcome)


def test_lines_of_all_lengths_and_broken_ones(tmp_path: Path) -> None:
    short = line(tail=' 17 16 "-" "x" -')
    long = line(tail=TAIL + " h.s3.amazonaws.com TLSV1.2 arn:aws:s3:::x Yes more fields")
    events, log = read(tmp_path, short, "not a record at all", long, "")
    assert len(events) == 2 and log.records == 3 and log.failed_records == 1
    assert log.problems[0].records == (1,)
