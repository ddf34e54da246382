"""Databricks: delivered JSON and system table, credentials handed out, statements."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.batch import UnitLog
from scanner.logs import LogFile
from scanner.logs.databricks import plugin
from scanner.model import AccessEvent


def record(number: int = 1, **parts: Any) -> dict[str, Any]:
    """A delivered record of Unity Catalog, with some parts replaced."""
    return {
        "version": "2.0",
        "auditLevel": "ACCOUNT_LEVEL",
        "timestamp": 1793701230123,
        "orgId": "0",
        "accountId": "acc",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "spark",
        "sessionId": None,
        "userIdentity": {"email": "ana@corp.example", "subjectName": None},
        "serviceName": "unityCatalog",
        "actionName": "generateTemporaryTableCredential",
        "requestId": f"r-{number}",
        "requestParams": {"operation": "READ", "table_full_name": "prod.raw.sessions"},
        "response": {"statusCode": 200, "errorMessage": None, "result": None},
    } | parts


def write_sample(path: Path) -> None:
    """A small believable log of this format."""
    path.write_text("".join(json.dumps(record(n)) + "\n" for n in range(3)))


def read(path: Path) -> list[AccessEvent]:
    assert plugin.sniff(path, path.read_bytes()[:4096])
    log = UnitLog()
    found = list(plugin.read(LogFile(path), log))
    assert log.problems == []
    return found


def some(folder: Path, **parts: Any) -> list[AccessEvent]:
    path = folder / "audit.json"
    path.write_text(json.dumps(record(**parts)) + "\n")
    return read(path)


def test_a_read(tmp_path: Path) -> None:
    (event,) = some(tmp_path)
    assert (event.activity, event.actor) == ("Read", "ana@corp.example")
    assert event.resource == "unity://prod/raw/sessions"
    assert event.time.isoformat() == "2026-11-03T10:20:30.123000+00:00"


@pytest.mark.parametrize(
    ("action", "asked", "told"),
    [
        ("getTable", {"full_name_arg": "prod.raw.s"}, [("List", "unity://prod/raw/s")]),
        (
            "generateTemporaryPathCredential",
            {"url": "s3://b/p", "operation": "PATH_READ"},
            [("Read", "s3://b/p")],
        ),
        ("read", {"path": "/Volumes/prod/raw/v/f.csv"}, [("Read", "unity://prod/raw/v/f.csv")]),
        (
            "commandSubmit",
            {"commandText": "select * from prod.raw.a join `prod.raw.b` using (id)"},
            [("Read", "unity://prod/raw/a"), ("Read", "unity://prod/raw/b")],
        ),
        ("filesGet", {"path": "/Volumes/a/b/v/f.csv"}, [("Read", "unity://a/b/v/f.csv")]),
        (
            "deltaSharingQueriedTable",
            {"share": "sh", "schema": "raw", "name": "s", "recipient_name": "partner"},
            [("Read", "unity://sh/raw/s")],
        ),
        ("login", {"user": "x"}, []),
    ],
)
def test_actions(
    tmp_path: Path, action: str, asked: dict[str, Any], told: list[tuple[str, str]]
) -> None:
    found = some(tmp_path, actionName=action, requestParams=asked)
    assert [(e.activity, e.resource) for e in found] == told


def test_who_takes_a_share_is_its_recipient(tmp_path: Path) -> None:
    asked = {"share": "sh", "schema": "raw", "name": "s", "recipient_name": "partner"}
    parts = {"actionName": "deltaSharingQueriedTable", "requestParams": asked}
    assert some(tmp_path, userIdentity={"email": "unknown"}, **parts)[0].actor == "partner"


def test_refusals(tmp_path: Path) -> None:
    assert some(tmp_path, response={"statusCode": 403})[0].status == "Failure"


def test_the_system_table(tmp_path: Path) -> None:
    path = tmp_path / "audit.csv"
    path.write_text(
        "event_time,user_identity,service_name,action_name,request_params,response,event_id\n"
        '2026-11-03T10:20:30.000Z,"{""email"":""ana@corp.example""}",unityCatalog,'
        'generateTemporaryTableCredential,"{""table_full_name"":""prod.raw.sessions""}",'
        '"{""status_code"":200}",e1\n'
    )
    (event,) = read(path)
    assert (event.actor, event.resource) == ("ana@corp.example", "unity://prod/raw/sessions")


def test_a_record_without_action_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "audit.json"
    path.write_text(json.dumps(record(actionName=None)) + "\n" + json.dumps(record()) + "\n")
    log = UnitLog()
    assert len(list(plugin.read(LogFile(path), log))) == 1 and log.failed_records == 1
