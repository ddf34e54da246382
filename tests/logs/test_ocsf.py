"""OCSF: the four classes, JSON and Parquet, names and numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.batch import UnitLog
from scanner.logs import LogFile
from scanner.logs.ocsf import plugin
from scanner.model import AccessEvent


def event(number: int = 1, **parts: Any) -> dict[str, Any]:
    """A Datastore Activity event, with some parts replaced."""
    return {
        "class_uid": 6005,
        "category_uid": 6,
        "activity_id": 1,
        "type_uid": 600501,
        "severity_id": 1,
        "status_id": 1,
        "time": 1793701230123,
        "metadata": {"uid": f"e{number}", "version": "1.3.0", "product": {"name": "Warehouse"}},
        "actor": {"user": {"email_addr": "ana@corp.example", "uid": "u1"}, "session": {"uid": "s"}},
        "src_endpoint": {"ip": "198.51.100.7"},
        "resources": [{"uid": "warehouse://prod/sessions", "type": "table"}],
        "traffic": {"bytes_out": 512},
    } | parts


def write_sample(path: Path) -> None:
    """A small believable log of this format."""
    path.write_text("".join(json.dumps(event(n)) + "\n" for n in range(3)))


def read(path: Path) -> list[AccessEvent]:
    assert plugin.sniff(path, path.read_bytes()[:4096])
    log = UnitLog()
    found = list(plugin.read(LogFile(path), log))
    assert log.problems == []
    return found


def one(folder: Path, **parts: Any) -> AccessEvent:
    path = folder / "events.json"
    path.write_text(json.dumps([event(**parts)], indent=1))
    (found,) = read(path)
    return found


def test_an_address_says_more_than_a_number(tmp_path: Path) -> None:
    arn = "arn:aws:iam::123456789012:user/ana"
    for uid, expected in (("u1", "ana@corp.example"), (arn, arn)):
        user = {"name": "ana@corp.example", "uid": uid}
        assert one(tmp_path, actor={"user": user}).actor == expected


def test_a_read(tmp_path: Path) -> None:
    found = one(tmp_path)
    assert (found.activity, found.status, found.bytes_out) == ("Read", "Success", 512)
    assert (found.actor, found.session) == ("ana@corp.example", "s")
    assert found.resource == "warehouse://prod/sessions" and found.log_source == "Warehouse"
    assert found.time.isoformat() == "2026-11-03T10:20:30.123000+00:00"


@pytest.mark.parametrize(
    ("parts", "activity", "resource"),
    [
        (
            {"class_uid": 1001, "activity_id": 14, "file": {"path": "/srv/a", "name": "a"}},
            "Read",
            "file:///srv/a",
        ),
        (
            {"class_uid": 6006, "activity_id": 2, "file": {"url": {"url_string": "https://d/x"}}},
            "Read",
            "https://d/x",
        ),
        (
            {
                "class_uid": 6003,
                "activity_id": 2,
                "api": {"operation": "HeadObject", "service": {"name": "s3.amazonaws.com"}},
                "resources": [{"uid": "arn:aws:s3:::b"}, {"uid": "arn:aws:s3:::b/k"}],
            },
            "List",
            "s3://b/k",
        ),
        (
            {"databucket": {"name": "b", "type_id": 1, "file": {"path": "k"}}, "resources": []},
            "Read",
            "s3://b/k",
        ),
        (
            {"activity_id": 99, "activity_name": "export", "databucket": {"uid": "s3://b"}},
            "Read",
            "s3://b",
        ),
    ],
)
def test_classes(tmp_path: Path, parts: dict[str, Any], activity: str, resource: str) -> None:
    cells = {"resources": None} | parts
    found = one(tmp_path, **cells)
    assert (found.activity, found.resource) == (activity, resource)


def test_an_assumed_role_is_the_role_and_the_person(tmp_path: Path) -> None:
    arn = "arn:aws:sts::111122223333:assumed-role/analyst/ana@corp.example"
    found = one(tmp_path, actor={"user": {"uid": arn, "name": "ana@corp.example"}})
    told = (found.actor, found.session)
    assert told == ("arn:aws:iam::111122223333:role/analyst", "ana@corp.example")


def test_status_by_number_and_word(tmp_path: Path) -> None:
    assert one(tmp_path, status_id=2).status == "Failure"
    assert one(tmp_path, status_id=None, status="denied").status == "Failure"
    assert one(tmp_path, status_id=None).status == "Unknown"


def test_parquet(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "events.parquet"
    pq.write_table(pa.Table.from_pylist([event(1), event(2)]), path)
    assert [e.event_id for e in read(path)] == ["e1", "e2"]


def test_other_classes_are_passed_over_and_broken_events_counted(tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    lines = [event(1), event(2, class_uid=2004), event(3, time=None), event(4, resources=[])]
    path.write_text("".join(json.dumps(each) + "\n" for each in lines))
    log = UnitLog()
    assert len(list(plugin.read(LogFile(path), log))) == 1
    assert log.failed_records == 2 and log.records == 4
