"""Exceptions: what is required of them, how long they may last, and how they are told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import exceptions
from scanner.config.policy import Gate, Longest
from scanner.errors import UsageError
from scanner.exceptions import Applied, Entry, Exceptions
from scanner.gate import Facts, decide
from scanner.model import Confidence, Incident, InputRecord, InputStatus, Outcome, Severity

TODAY = date(2026, 10, 15)
PRINT = "f" * 64
INCIDENT = Incident(
    "i", "value", "a token", "credential", Severity.HIGH, Confidence.HIGH, ("r",), PRINT
)
GOOD = Entry(PRINT, "accept", "rotates on Friday", "ana", TODAY, TODAY + timedelta(days=5), "r")


def _state(entry: Entry, incident: Incident | None = INCIDENT) -> tuple[bool, str]:
    applied = Applied(Exceptions("k", {entry.identity: entry}), TODAY, Longest())
    accepted = applied(incident) if incident else False
    (record,) = applied.records()
    assert bool(record.note) == (record.state != "active")
    return accepted, record.state


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({}, "active"),
        ({"expires": TODAY}, "active"),
        ({"expires": TODAY - timedelta(days=1)}, "expired"),
        ({"expires": None}, "expired"),
        ({"reason": "  "}, "invalid"),
        ({"owner": ""}, "invalid"),
        ({"added": None}, "invalid"),
        ({"added": TODAY + timedelta(days=1)}, "invalid"),
        ({"expires": TODAY + timedelta(days=30)}, "active"),
        ({"expires": TODAY + timedelta(days=31)}, "too_long"),
    ],
)
def test_only_a_whole_exception_that_is_not_too_long_accepts(
    change: dict[str, object], state: str
) -> None:
    assert _state(replace(GOOD, **change)) == (state == "active", state)


def test_one_about_nothing_is_unused_and_a_worse_incident_may_be_excepted_for_less() -> None:
    assert _state(GOOD, None) == (False, "unused")
    assert _state(GOOD, replace(INCIDENT, fingerprint="e" * 64)) == (False, "unused")
    worse = replace(INCIDENT, severity=Severity.CRITICAL)
    long = replace(GOOD, expires=TODAY + timedelta(days=20))
    assert _state(long) == (True, "active")
    assert _state(long, worse) == (False, "too_long")


def test_the_file_comes_back_and_equal_ones_are_equal_bytes(tmp_path: Path) -> None:
    path, other = tmp_path / "e.jsonl", replace(GOOD, identity="a" * 64)
    exceptions.write(exceptions.merge(Exceptions("k"), [GOOD, other]), path)
    first = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    again = exceptions.read(path, "k")
    exceptions.write(again, path)
    assert path.read_bytes() == first
    assert again.entries == {GOOD.identity: GOOD, other.identity: other}


@pytest.mark.parametrize("day", ["", "2026-13-01", "20261201", "tomorrow", None, 5, "2026-1-1"])
def test_a_malformed_day_counts_as_over(tmp_path: Path, day: object) -> None:
    path = tmp_path / "e.jsonl"
    row = {"fingerprint": PRINT, "reason": "r", "owner": "o", "added": "2026-10-15", "expires": day}
    path.write_text('{"leakgate_exceptions": 1, "key_id": "k"}\n' + json.dumps(row) + "\n")
    applied = Applied(exceptions.read(path, "k"), TODAY, Longest())
    assert not applied(INCIDENT)
    assert applied.records()[0].state == "expired"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "not a leakgate exceptions file"),
        ('{"leakgate_exceptions": 2, "key_id": "k"}', "of version 1"),
        ('{"leakgate_exceptions": 1, "key_id": "other"}', "made with key other"),
        ('{"leakgate_exceptions": 1, "key_id": "k"}\n<<<<<<< ours', "not a JSON object"),
        ('{"leakgate_exceptions": 1, "key_id": "k"}\n{"reason": "x"}', "names no fingerprint"),
        (
            '{"leakgate_exceptions": 1, "key_id": "k"}\n{"fingerprint": "a"}\n'
            '{"fingerprint": "a", "owner": "ana"}',
            "two exc",
        ),
    ],
)
def test_a_broken_file_is_told_before_the_scan(tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "e.jsonl"
    path.write_text(text)
    with pytest.raises(UsageError) as told:
        exceptions.read(path, "k")
    assert what in told.value.what
    assert told.value.hint


def test_the_gate_lets_an_excepted_incident_pass_and_tells_of_every_exception() -> None:
    scanned = InputRecord("a.jsonl", "jsonl", InputStatus.SCANNED, records=1, values=1)
    gate = Gate.model_validate({"block": [{"category": "credential"}]})
    unused = replace(GOOD, identity="e" * 64)
    applied = Applied(Exceptions("k", {e.identity: e for e in (GOOD, unused)}), TODAY, Longest())
    marked = replace(INCIDENT, excepted=applied(INCIDENT))
    verdict = decide(Facts([scanned], [marked], exceptions=applied.records()), gate)
    told = {r.rule: r.text for r in verdict.reasons}
    assert verdict.outcome is Outcome.PASS
    assert told["gate.block[0]"] == "0 credential incidents (besides 1 excepted); allowed: 0"
    assert "the next exception ends on 2026-10-20" in told["exceptions: active"]
    assert "about nothing that this run found" in told["exceptions: unused"]
    assert decide(Facts([scanned], [INCIDENT]), gate).outcome is Outcome.BLOCK


@given(st.integers(0, 400), st.integers(0, 400), st.sampled_from(list(Severity)))
def test_no_exception_is_in_force_beyond_the_longest_time(
    ago: int, ahead: int, severity: Severity
) -> None:
    entry = replace(GOOD, added=TODAY - timedelta(days=ago), expires=TODAY + timedelta(days=ahead))
    accepted, _ = _state(entry, replace(INCIDENT, severity=severity))
    assert accepted == (ago + ahead <= Longest().days(severity))
