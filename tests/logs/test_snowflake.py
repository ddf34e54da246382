"""Snowflake: both views, as CSV, JSON and Parquet, and one query in both of them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from scanner.batch import UnitLog
from scanner.logs import LogFile
from scanner.logs.snowflake import plugin
from scanner.model import AccessEvent

TABLE = {"objectDomain": "Table", "objectId": 1, "objectName": "PROD.RAW.SESSIONS"}
VIEW = {"objectDomain": "View", "objectId": 2, "objectName": "PROD.RAW.SESSIONS_V"}


def access(number: int = 1, **cells: Any) -> dict[str, Any]:
    """A row of ACCESS_HISTORY, with some cells replaced."""
    return {
        "QUERY_ID": f"01b-{number}",
        "QUERY_START_TIME": "2026-11-03 10:20:30.123456789 -0800",
        "USER_NAME": "ANA",
        "DIRECT_OBJECTS_ACCESSED": [VIEW],
        "BASE_OBJECTS_ACCESSED": [TABLE],
        "OBJECTS_MODIFIED": [],
    } | cells


def query(**cells: Any) -> dict[str, Any]:
    """A row of QUERY_HISTORY, with some cells replaced."""
    return {
        "QUERY_ID": "01b-1",
        "QUERY_TEXT": "select * from raw.sessions",
        "DATABASE_NAME": "PROD",
        "SCHEMA_NAME": "PUBLIC",
        "QUERY_TYPE": "SELECT",
        "USER_NAME": "ANA",
        "ROLE_NAME": "ANALYST",
        "EXECUTION_STATUS": "SUCCESS",
        "START_TIME": "2026-11-03T18:20:30.123Z",
        "BYTES_WRITTEN_TO_RESULT": 2048,
    } | cells


def write_csv(path: Path, *rows: dict[str, Any]) -> None:
    with path.open("w", newline="") as file:
        out = csv.DictWriter(file, fieldnames=list(rows[0]))
        out.writeheader()
        for row in rows:
            out.writerow({k: json.dumps(v) if isinstance(v, list) else v for k, v in row.items()})


def write_sample(path: Path) -> None:
    """A small believable log of this format."""
    write_csv(path, access(1), access(2, BASE_OBJECTS_ACCESSED=[]))


def read(path: Path) -> list[AccessEvent]:
    assert plugin.sniff(path, path.read_bytes()[:4096])
    log = UnitLog()
    found = list(plugin.read(LogFile(path), log))
    assert log.problems == []
    return found


def as_json(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "rows.json"
    path.write_text(json.dumps(rows))
    return path


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "parquet"])
def test_access_history_in_every_form(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"rows.{form}"
    if form == "csv":
        write_csv(path, access())
    elif form == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        row = {k: json.dumps(v) if isinstance(v, list) else v for k, v in access().items()}
        pq.write_table(pa.Table.from_pylist([row]), path)
    else:
        path.write_text(json.dumps([access()]) if form == "json" else json.dumps(access()) + "\n")
    events = read(path)
    assert [e.resource for e in events] == [
        "snowflake://PROD/RAW/SESSIONS_V",
        "snowflake://PROD/RAW/SESSIONS",
    ]
    assert {(e.activity, e.actor) for e in events} == {("Read", "ANA")}
    assert events[0].time.isoformat() == "2026-11-03T18:20:30.123456+00:00"


def test_a_query_in_both_views_is_one_event(tmp_path: Path) -> None:
    (one,) = read(as_json(tmp_path, query()))
    ids = {e.event_id for e in read(as_json(tmp_path, access()))}
    assert one.event_id in ids
    assert (one.session, one.bytes_out, one.status) == ("ANALYST", 2048, "Success")


@pytest.mark.parametrize(
    ("statement", "resource"),
    [
        ("select * from sessions", "snowflake://PROD/PUBLIC/SESSIONS"),
        ('select * from "Odd Name"', "snowflake://PROD/PUBLIC/Odd Name"),
        ("select * from other.raw.sessions", "snowflake://OTHER/RAW/SESSIONS"),
        ("call do_it()", "snowflake://PROD/PUBLIC"),
        ("GET @stg/x file:///tmp", "snowflake://PROD/PUBLIC/STG/"),
        ('select $1 from @raw."s t"/x', "snowflake://PROD/RAW/s t/"),
    ],
)
def test_tables_of_a_statement(tmp_path: Path, statement: str, resource: str) -> None:
    assert [e.resource for e in read(as_json(tmp_path, query(QUERY_TEXT=statement)))] == [resource]


def test_files_outside(tmp_path: Path) -> None:
    read_from = [{"objectDomain": "Stage", "objectName": "P.R.S", "locations": ["s3://b/x/"]}]
    found = read(as_json(tmp_path, access(BASE_OBJECTS_ACCESSED=read_from)))
    assert {"s3://b/x/", "snowflake://P/R/S/"} <= {e.resource for e in found}


def test_failures(tmp_path: Path) -> None:
    (event,) = read(as_json(tmp_path, query(EXECUTION_STATUS="FAIL", ERROR_CODE="2003")))
    assert event.status == "Failure"


def test_a_row_without_a_user_is_counted(tmp_path: Path) -> None:
    path = as_json(tmp_path, query(USER_NAME=""), query())
    log = UnitLog()
    assert len(list(plugin.read(LogFile(path), log))) == 1 and log.failed_records == 1
