"""All records of a shard by whom and what they are about, whatever format they are kept in."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scanner import captures, inputs
from scanner.about import Names
from scanner.audit import AuditOptions, audit
from scanner.config.policy import Governance
from scanner.ledger import Ledger
from scanner.ledger.schema import Alias
from scanner.model import Capture, Consent, InputRecord, InputStatus, Principal, StoredObject
from scanner.persons import People
from scanner.seal import Sealer

NINE = datetime(2026, 10, 5, 9, tzinfo=UTC)
SEALER = Sealer(b"k" * 32, NINE)
ROWS = [
    {
        "ts": (NINE + timedelta(seconds=40 * n)).isoformat(),
        "user_id": ("ana", "ben")[n % 2],
        "app_name": "Deskmate",
        "text": "nothing to find here",
    }
    for n in range(4)
]


def _csv(path: Path) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(ROWS[0]))
    writer.writeheader()
    writer.writerows(ROWS)
    path.write_text(text.getvalue())


def _sqlite(path: Path) -> None:
    with sqlite3.connect(path) as con:
        con.execute(f"CREATE TABLE t ({', '.join(ROWS[0])})")
        con.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", [tuple(r.values()) for r in ROWS])
    con.close()


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("inner/a.jsonl", "\n".join(map(json.dumps, ROWS)))


def _feather(path: Path) -> None:
    table = pa.Table.from_pylist(ROWS)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as out:
        out.write_table(table)


WRITERS: dict[str, Any] = {
    "a.jsonl": lambda p: p.write_text("\n".join(map(json.dumps, ROWS))),
    "a.json": lambda p: p.write_text(json.dumps({"session": "s", "events": ROWS})),
    "a.csv": _csv,
    "a.parquet": lambda p: pq.write_table(pa.Table.from_pylist(ROWS), p),
    "a.arrow": _feather,
    "a.sqlite": _sqlite,
    "a.zip": _zip,
}


def looked_at(path: Path) -> list[Capture]:
    (shard,) = inputs.discover([str(path)])
    assert isinstance(shard, inputs.Shard)
    people = People(SEALER, str)
    return list(captures.of_shard(shard, inputs.source_for(shard), Names(), people))


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_every_record_counts_once(name: str, tmp_path: Path) -> None:
    WRITERS[name](tmp_path / name)
    found = [c for c in looked_at(tmp_path / name) if c.records]
    ana, ben = (SEALER.person("account", who) for who in ("ana", "ben"))
    said = sorted((c.first, c.last, c.person, c.application, c.records) for c in found)
    times = [NINE + timedelta(seconds=40 * n) for n in range(4)]
    assert said == [
        (time, time, who, "Deskmate", 1) for time, who in zip(times, (ana, ben) * 2, strict=True)
    ]


def test_every_array_of_a_document_counts_with_what_is_said_of_it(tmp_path: Path) -> None:
    buckets = {
        f"watcher_{who}": {"user": who, "events": [{"timestamp": NINE.isoformat(), "data": {}}] * n}
        for who, n in (("ana", 2), ("ben", 1))
    }
    (tmp_path / "a.json").write_text(json.dumps({"buckets": buckets}))
    found = {c.person: c.records for c in looked_at(tmp_path / "a.json") if c.records}
    assert found == {SEALER.person("account", "ana"): 2, SEALER.person("account", "ben"): 1}


def test_records_of_one_minute_are_told_together(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    rows = [{"ts": (NINE + timedelta(seconds=n)).isoformat(), "user": "ana"} for n in (9, 3, 5)]
    file.write_text("\n".join(map(json.dumps, rows)))
    (one,) = (c for c in looked_at(file) if c.records)
    assert (one.first, one.last) == (NINE + timedelta(seconds=3), NINE + timedelta(seconds=9))
    assert (one.records, one.record) == (3, 0)


def test_a_shard_that_says_nothing_was_looked_at_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "hello"}\n')
    assert sum(c.records for c in looked_at(tmp_path / "a.jsonl")) == 1
    (tmp_path / "b.jsonl").write_text("no json\n")
    assert [c.records for c in looked_at(tmp_path / "b.jsonl")] == [0]


def test_rules_of_the_programme_hold_for_records_without_findings(tmp_path: Path) -> None:
    ana, ben = "~p01", "~p02"
    ten = NINE + timedelta(hours=1)
    with Ledger(tmp_path).run("r") as run:
        run.write("inputs", [InputRecord("a", "jsonl", InputStatus.SCANNED)])
        run.write("objects", [StoredObject("a", "s3://b/a", "s", "", NINE)])
        run.write("principals", [Principal("ana", "user"), Principal("ben", "user")])
        run.write("aliases", [Alias(ana, "ana"), Alias(ben, "ben")])
        run.write("consents", [Consent("ana", "pause", NINE, ten), Consent("ana", "consent")])
        run.write("captures", [
            Capture("a", ana, "Deskmate", NINE, NINE + timedelta(seconds=50), 7),
            Capture("a", ana, "Bank", ten, ten, 5),
            Capture("a", ben, "Deskmate", ten, ten, 2),
        ])  # fmt: skip
    options = AuditOptions(ten, governance=Governance(applications=("Desk*",)))
    states = {c.id: c.state for c in audit(Ledger(tmp_path), ["r"], options).checks}
    assert states["captured-in-pause"] == "violated"
    assert states["captured-without-consent"] == "violated"
    assert states["outside-applications"] == "violated"
    assert states["captured-exempt"] == "ok"


def test_records_that_name_nobody_leave_the_rules_on_people_unknown(tmp_path: Path) -> None:
    with Ledger(tmp_path).run("r") as run:
        run.write("inputs", [InputRecord("a", "jsonl", InputStatus.SCANNED)])
        run.write("objects", [StoredObject("a", "s3://b/a", "s", "", NINE)])
        run.write("principals", [Principal("ana", "user")])
        run.write("consents", [Consent("ana", "pause", NINE, NINE)])
        named = Capture("a", "ana", "Deskmate", NINE, NINE, 1)
        run.write("captures", [named, Capture("a", "", "Deskmate", NINE, NINE, 2)])
    checks = {c.id: c for c in audit(Ledger(tmp_path), ["r"], AuditOptions(NINE)).checks}
    assert checks["captured-in-pause"].state == "unknown"
    assert checks["captured-in-pause"].note == "2 of 3 records do not say whom they are about"
