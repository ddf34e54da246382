"""Mapped logs: forms, fields, times, activities, and lines that cannot be used."""

from __future__ import annotations

import contextlib
import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.batch import UnitLog
from scanner.errors import LeakgateError, UnreadableError, UsageError
from scanner.logs import LogFile
from scanner.logs._times import epoch
from scanner.logs.generic import plugin
from scanner.model import AccessEvent

SAMPLE = """time,actor,resource,activity,status,bytes_out
2026-11-03T10:20:30Z,bob@corp.example,s3://shards/a.json,download,200,1024
2026-11-03T12:20:31+01:00,eve@corp.example,s3://shards/b.json,list,403,
"""
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


def write_sample(path: Path) -> None:
    """A small believable log of this format."""
    path.write_text(SAMPLE)


def read(path: Path, data: str | bytes, **options: Any) -> tuple[list[AccessEvent], UnitLog]:
    file = path / "access.log"
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    log = UnitLog()
    return list(plugin.read(LogFile(file, options), log)), log


def one(path: Path, **cells: Any) -> AccessEvent:
    row = {"time": "2026-11-03T12:00:00Z", "actor": "bob", "resource": "s3://b/k", "op": "get"}
    events, log = read(path, json.dumps(row | cells))
    assert log.problems == []
    return events[0]


def test_the_sample(tmp_path: Path) -> None:
    (first, second), log = read(tmp_path, SAMPLE)
    assert (log.records, log.problems) == (2, [])
    where = str(tmp_path / "access.log")
    offset = SAMPLE.index("2026-11-03T10")
    assert first == AccessEvent(
        event_id=f"{where}#{offset}",
        time=datetime(2026, 11, 3, 10, 20, 30, tzinfo=UTC),
        class_uid=6005,
        activity="Read",
        status="Success",
        actor="bob@corp.example",
        session="",
        resource="s3://shards/a.json",
        operation="download",
        bytes_out=1024,
        src_endpoint="",
        log_source="generic",
        raw_file=where,
        raw_offset=offset,
    )
    assert (second.activity, second.status, second.bytes_out) == ("List", "Failure", None)
    assert second.time == datetime(2026, 11, 3, 11, 20, 31, tzinfo=UTC)
    assert SAMPLE[second.raw_offset :].startswith("2026-11-03T12")


def test_mapping_prefix_and_activities(tmp_path: Path) -> None:
    text = "when;who;what;how\n1793707200;bob;raw/a.json;dl\n"
    events, log = read(
        tmp_path,
        text,
        mapping={"time": "when", "actor": "who", "resource": "what", "activity": "how"},
        activities={"DL": "Read"},
        resource_prefix="s3://shards/",
        log_source="portal",
    )
    assert log.problems == []
    assert (events[0].resource, events[0].activity) == ("s3://shards/raw/a.json", "Read")
    assert (events[0].operation, events[0].log_source) == ("dl", "portal")


def test_ocsf_events_need_no_mapping(tmp_path: Path) -> None:
    event = {
        "time": 1793707200123,
        "class_uid": 6003,
        "activity_name": "Read",
        "actor": {"user": {"name": "bob"}, "session": {"uid": "s1"}},
        "api": {"operation": "GetObject"},
        "resources": [{"uid": "s3://b/k"}],
        "src_endpoint": {"ip": "198.51.100.7"},
        "status": "Success",
        "metadata": {"uid": "m1"},
    }
    found = read(tmp_path, json.dumps(event))[0][0]
    assert (found.event_id, found.class_uid, found.actor) == ("m1", 6003, "bob")
    assert (found.session, found.operation, found.resource) == ("s1", "GetObject", "s3://b/k")
    assert (found.src_endpoint, found.time.microsecond) == ("198.51.100.7", 123000)


@pytest.mark.parametrize("name", ["a.parquet", "renamed.log"])
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_parquet(tmp_path: Path, name: str, unit: str) -> None:
    file = tmp_path / name
    times = pa.array([NOON, NOON + timedelta(seconds=1)]).cast(pa.timestamp(unit, "UTC"))
    table = pa.table({"ts": times, "user": ["bob", "eve"], "path": ["/a", "/b"], "op": ["get"] * 2})
    pq.write_table(table, file)
    assert plugin.sniff(file, file.read_bytes()[:4096])
    events = list(plugin.read(LogFile(file), UnitLog()))
    assert [e.time for e in events] == [NOON, NOON + timedelta(seconds=1)]
    assert [e.raw_offset for e in events] == [0, 1]


TIMES = [
    "2026-11-03T12:00:00Z",
    "2026-11-03 12:00:00 UTC",
    "2026-11-03T13:00:00.000000+0100",
    "20261103T120000Z",
    1793707200,
    1793707200.0,
    1793707200000,
    1793707200000000,
    1793707200000000000,
    "1793707200",
    "1793707200000",
]


@pytest.mark.parametrize("text", TIMES)
def test_times(tmp_path: Path, text: Any) -> None:
    assert one(tmp_path, time=text).time == NOON


def test_naive_times_need_a_stated_zone(tmp_path: Path) -> None:
    text = SAMPLE.replace("Z,", ",").replace("+01:00", "")
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text)
    assert "time_zone" in caught.value.hint
    events, _ = read(tmp_path, text, time_zone="Europe/Berlin")
    assert events[0].time == datetime(2026, 11, 3, 9, 20, 30, tzinfo=UTC)
    with pytest.raises(UsageError, match="no known time zone"):
        read(tmp_path, text, time_zone="Atlantis")


def test_a_stated_format(tmp_path: Path) -> None:
    text = "time,actor,resource,op\n03/Nov/2026:12:00:00 +0000,bob,/a,get\n"
    events, log = read(tmp_path, text, time_format="%d/%b/%Y:%H:%M:%S %z")
    assert (events[0].time, log.problems) == (NOON, [])


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (200, "Success"),
        ("206", "Success"),
        ("OK", "Success"),
        (True, "Success"),
        (404, "Failure"),
        ("Denied", "Failure"),
        (False, "Failure"),
        (None, "Success"),
        ("", "Success"),
        ("unknown", "Unknown"),
    ],
)
def test_statuses(tmp_path: Path, value: Any, status: str) -> None:
    assert one(tmp_path, status=value).status == status


def test_an_unknown_operation_is_other_and_a_problem(tmp_path: Path) -> None:
    events, log = read(tmp_path, SAMPLE.replace("download", "frobnicate"))
    assert events[0].activity == "Other"
    assert [(p.code, p.records) for p in log.problems] == [("log.activity", (0,))]
    assert read(tmp_path, SAMPLE.replace("download", "odd"), activity="Read")[1].problems == []


def test_an_unknown_outcome_is_a_problem(tmp_path: Path) -> None:
    events, log = read(tmp_path, SAMPLE.replace("200", "so-so"))
    assert [e.status for e in events] == ["Unknown", "Failure"]
    assert [(p.code, p.records) for p in log.problems] == [("log.status", (0,))]


@pytest.mark.parametrize(
    "options",
    [
        {"maping": {}},
        {"mapping": {"tme": "x"}},
        {"mapping": {"time": "absent"}},
        {"mapping": "time"},
        {"activities": {"x": "Reed"}},
        {"activity": "Look"},
    ],
)
def test_options_that_do_not_fit(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, SAMPLE, **options)
    assert caught.value.hint


@pytest.mark.parametrize("column", ["time", "actor", "resource", "activity"])
def test_a_missing_column_says_what_to_add(tmp_path: Path, column: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, SAMPLE.replace(column, "zzz", 1))
    assert f"mapping: {{{column}:" in caught.value.hint


def test_bad_lines_are_counted_and_never_quoted(tmp_path: Path) -> None:
    good = SAMPLE.splitlines()[1]
    bad = [
        "Sekret",
        "Sekret,bob,s3://b/k,get,200,1",
        "2026-11-03T10:20:30Z,,s3://b/Sekret,get,200,1",
        "2026-11-03T10:20:30Z,bob,,get,200,1",
        ",bob,s3://b/Sekret,get,200,1",
    ]
    text = "\n".join([SAMPLE.splitlines()[0], good, *bad, good, ""])
    events, log = read(tmp_path, text.encode() + b"2026-11-03T10:20:30Z,\xffSekret,/a,get,200,1\n")
    assert len(events) == 2
    assert (log.records, log.failed_records) == (8, 6)
    assert sorted(n for p in log.problems for n in p.records) == [1, 2, 3, 4, 5, 7]
    assert "Sekret" not in repr(log)
    assert text[events[1].raw_offset :].strip() == good


def test_bad_json_lines(tmp_path: Path) -> None:
    good = json.dumps({"time": 1793707200, "user": "bob", "path": "/a", "op": "get"})
    events, log = read(tmp_path, "\n".join([good, '{"Sekret', "", "[1]", good]))
    assert [e.raw_offset for e in events] == [0, len(good) + 15]
    assert (log.records, log.failed_records) == (4, 2)
    assert "Sekret" not in repr(log)


def test_a_quoted_line_break_keeps_offsets(tmp_path: Path) -> None:
    head, first, second = SAMPLE.splitlines()
    first = first.replace("bob@corp.example", '"bob\nx"')
    text = f"{head}\n{first}\n{second}\n"
    events, _ = read(tmp_path, text)
    assert events[0].actor == "bob\nx"
    assert text[events[1].raw_offset :] == f"{second}\n"


@pytest.mark.parametrize("cut", [1, 9, 40])
def test_truncated_gzip_keeps_what_was_read(tmp_path: Path, cut: int) -> None:
    lines = [f"2026-11-03T10:20:{i % 60:02}Z,u{i * 7919 % 1009},s3://b/{i},get" for i in range(500)]
    packed = gzip.compress("\n".join(["time,actor,resource,op", *lines]).encode())
    file = tmp_path / "x.csv.gz"
    file.write_bytes(packed[:-cut])
    events = []
    with pytest.raises(UnreadableError):
        for event in plugin.read(LogFile(file), UnitLog()):
            events.append(event)
    assert len(events) >= 400
    assert all(e.resource == f"s3://b/{i}" for i, e in enumerate(events))


def test_a_damaged_parquet_file(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table({"ts": [1]}), file)
    with pytest.raises(UnreadableError):
        read(tmp_path, file.read_bytes()[:-9])
    assert not plugin.sniff(tmp_path / "access.log", b"PAR1")


@given(st.datetimes(datetime(1991, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)))
def test_epoch_units_agree(moment: datetime) -> None:
    micro = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert epoch(micro) == moment
    assert epoch(micro * 1000) == moment
    assert epoch(micro // 1000) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert epoch(micro // 1000000) == moment.replace(microsecond=0)


@given(st.binary(max_size=200))
def test_anything_raises_our_errors_only(data: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(LeakgateError):
        read(Path(folder), b"time,actor,resource,op\n" + data)
