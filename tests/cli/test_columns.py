"""Columns and people through the command line: one incident, a baseline that covers it."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from e2e_house import KEY

from reports.serial import load_report
from scanner import cli
from scanner.model import Report

ROWS = 150


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LEAKGATE_KEY", KEY)
    monkeypatch.chdir(tmp_path)


def shards(folder: Path) -> None:
    folder.mkdir()
    rng = random.Random(7)
    for shard in range(2):
        rows = (
            {
                "user_id": f"u{n % 40}",
                **({"user_email": f"p{n % 40}@corp.tld-example.net"} if n % 2 else {}),
                "app": "Mail",
                "to": f"{rng.getrandbits(40):x}@firm-{rng.randrange(99)}.net",
            }
            for n in range(ROWS)
        )
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{shard}.jsonl").write_text(text, "utf-8")


def gate(name: str, *more: str) -> Report:
    told = ["gate", "data", "--ledger", f"{name}.ledger", "-q", "-j1", "-o", f"json={name}.json"]
    assert cli.run([*told, "--now", "2026-10-05T06:00:00Z", *more]) in (0, 1)
    return load_report(Path(f"{name}.json").read_bytes())


def test_a_column_is_one_incident_counts_people_and_can_be_accepted(tmp_path: Path) -> None:
    shards(tmp_path / "data")
    report = gate("one")
    (column,) = [i for i in report.incidents if i.field == "/to"]
    assert (column.kind, column.occurrences, column.values) == ("column", 2 * ROWS, 2 * ROWS)
    assert 0 < len(column.locations) <= 20
    assert column.subjects == report.subjects == 40
    assert {f.about.application for f in report.findings if f.location.record is not None} == {
        "Mail"
    }
    stats = next(c for c in report.columns if c.field == "/to")
    assert (stats.identity, stats.findings, stats.inputs) == (column.fingerprint, 2 * ROWS, 2)
    assert b"tld-example" not in Path("one.json").read_bytes()

    assert cli.run(["baseline", "one.json", "-o", "b.jsonl"]) == 0
    with (tmp_path / "data" / "1.jsonl").open("a") as more:
        more.write(json.dumps({"user_id": "u1", "to": "new@firm-100.net"}) + "\n")
    again = gate("two", "--baseline", "b.jsonl")
    (grown,) = [i for i in again.incidents if i.field == "/to"]
    assert grown.in_baseline
    assert grown.occurrences == 2 * ROWS + 1


def test_a_second_run_from_kept_results_gives_the_same_bytes(tmp_path: Path) -> None:
    shards(tmp_path / "data")
    first, second = gate("one"), gate("one")
    assert first.columns == second.columns
    assert tuple(first.incidents) == tuple(second.incidents)
    assert tuple(first.findings) == tuple(second.findings)
