"""Findings and incidents that are too many for memory give what a few give, byte for byte."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import scanner.ledger
from reports import facts, summary
from reports.serial import dump_report, dumped, load_report
from scanner import gate, merge, pile
from scanner.audit import AuditOptions, AuditResult, audit
from scanner.audit.crowds import bits, positions
from scanner.config.policy import BlockClause, Gate
from scanner.ledger import Ledger
from scanner.model import (
    Confidence,
    Finding,
    Location,
    Outcome,
    Report,
    RunInfo,
    Severity,
    StoredObject,
    Verdict,
)

NOW = datetime(2026, 10, 15, tzinfo=UTC)
MANY = 400


def _findings() -> list[Finding]:
    """Some values once, some in many places; deliberately out of order."""
    picked = random.Random(1)
    found = []
    for number in range(MANY):
        value = number if number % 3 else 0
        place = Location(f"data/{number % 7}.jsonl", record=number, field="/t\u00e9", end=4)
        severity = picked.choice(list(Severity))
        found.append(
            Finding(
                f"{number:016x}",
                f"rule-{number % 5}",
                "pii",
                severity,
                picked.choice(list(Confidence)),
                place,
                f"{value:064x}",
                "x\u2022",
                NOW,
                ("tld",) if number % 2 else (),
            )
        )
    picked.shuffle(found)
    return found


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    ledger = Ledger(tmp_path / "ledger")
    with ledger.run("r") as run:
        run.write("findings", _findings())
        objects = [
            StoredObject(f"data/{n}.jsonl", f"s3://lake/{n}", "lake", "owner") for n in range(5)
        ]
        run.write("objects", objects)
    return ledger


def _audit(ledger: Ledger) -> AuditResult:
    known = frozenset({f"{n:064x}" for n in range(1, 30)})
    return audit(ledger, ["r"], AuditOptions(NOW, known=known))


@pytest.fixture
def few(ledger: Ledger) -> AuditResult:
    return _audit(ledger)


@pytest.fixture
def many(few: AuditResult, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> AuditResult:
    monkeypatch.setattr(pile, "FEW", 10)
    monkeypatch.setattr(pile, "_BLOCK", 16)
    monkeypatch.setattr(merge, "PART", 20)
    monkeypatch.setattr(scanner.ledger, "FEW", 10)
    return _audit(ledger)


def test_incidents_on_disk_are_those_in_memory(few: AuditResult, many: AuditResult) -> None:
    assert isinstance(few.incidents, tuple) and not isinstance(many.incidents, tuple)
    assert len(few.incidents) == len(many.incidents) == 1 + MANY - MANY // 3 - 1
    assert tuple(many.incidents) == few.incidents == tuple(many.incidents)
    assert many.used == few.used == {f"rule-{n}" for n in range(5)} | many.used
    assert sum(i.occurrences for i in many.incidents if i.kind == "value") == MANY


def test_they_are_worst_first_and_can_be_cut(few: AuditResult, many: AuditResult) -> None:
    assert list(few.incidents) == sorted(few.incidents, key=lambda i: i.badness())
    assert many.incidents[0] == few.incidents[0]
    assert many.incidents[-1] == few.incidents[-1]
    assert many.incidents[5:20:3] == few.incidents[5:20:3]
    with pytest.raises(IndexError):
        many.incidents[len(few.incidents)]


def test_their_folder_goes_with_them(many: AuditResult, ledger: Ledger) -> None:
    (folder,) = (ledger.path / ".tmp").iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    assert all(p.stat().st_mode & 0o077 == 0 for p in folder.iterdir())
    del many


def _report(result: AuditResult, ledger: Ledger, verdict: Verdict) -> Report:
    run = RunInfo("r", "gate", NOW, "k", "", "", "", "")
    return Report(run, verdict, findings=ledger.findings("r"), incidents=result.incidents)


GATE = Gate(block=(BlockClause(category="any", min_severity=Severity.HIGH, more_than=0),))


def _verdict(result: AuditResult) -> Verdict:
    return gate.decide(gate.Facts(incidents=result.incidents), GATE)


def test_the_verdict_is_the_same(few: AuditResult, many: AuditResult) -> None:
    assert _verdict(few) == _verdict(many)
    assert _verdict(many).outcome is Outcome.BLOCK


def test_a_sentence_names_the_worst_only(
    many: AuditResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = _verdict(many).reasons[0]
    monkeypatch.setattr(gate, "MOST_IDS", 7)
    cut = _verdict(many).reasons[0]
    assert (cut.count, cut.incident_ids) == (whole.count, whole.incident_ids[:7])
    assert whole.count > 7


@pytest.mark.parametrize("lazy", [False, True])
def test_reports_are_the_same_bytes(
    few: AuditResult, many: AuditResult, ledger: Ledger, lazy: bool
) -> None:
    verdict = _verdict(few)
    in_memory = replace(_report(few, ledger, verdict), findings=tuple(ledger.findings("r")))
    shown = _report(many, ledger, verdict) if lazy else in_memory
    assert isinstance(shown.findings, tuple) is not lazy
    assert b"".join(dumped(shown)) == dump_report(in_memory)
    assert load_report(dump_report(shown)) == in_memory


def test_what_people_are_told_is_the_same(
    few: AuditResult, many: AuditResult, ledger: Ledger
) -> None:
    one, other = (_report(r, ledger, _verdict(few)) for r in (few, many))
    assert facts.tiles(one) == facts.tiles(other)
    assert facts.steps(one) == facts.steps(other)
    assert facts.by_severity(one) == facts.by_severity(other)
    assert summary.of(one).by_check == summary.of(other).by_check
    assert list(facts.worst_first(other)[:9]) == list(facts.worst_first(one)[:9])


def test_a_large_report_is_read_piece_by_piece(
    few: AuditResult, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = replace(_report(few, ledger, _verdict(few)), findings=tuple(ledger.findings("r")))
    data = dump_report(whole)
    monkeypatch.setattr("reports.serial._LARGE", 1000)
    read = load_report(data)
    assert not isinstance(read.findings, tuple)
    assert (tuple(read.findings), tuple(read.incidents)) == (whole.findings, whole.incidents)
    assert read.incidents[3:5] == whole.incidents[3:5] and read.findings[-1] == whole.findings[-1]
    assert dump_report(read) == data
    broken = data.replace(b'"severity": "high"', b'"severity": "hi"', 1)
    with pytest.raises(scanner.errors.UsageError):
        load_report(broken)


@pytest.mark.parametrize("size", [0, 1, 5, 48, 49, 500])
def test_members_of_a_set_and_the_first_of_them(size: int) -> None:
    members = sorted(random.Random(size).sample(range(3_000), size))
    found = bits(members) if members else 0
    assert list(positions(found)) == members
    for first in (1, 3, 48, 49, 100):
        assert list(positions(found, first)) == members[:first]
