"""The comparison with the run before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import report_factory as factory

from scanner import previous
from scanner.ledger import Ledger
from scanner.model import Finding, InputRecord, InputStatus, Location, RunInfo

RUN = factory.run()


def kept(ledger: Ledger, number: int, names: list[str], uri: str = "a", **more: str) -> RunInfo:
    """A run of day `number` that found values of these names."""
    started = RUN.started_at + timedelta(days=number)
    info = replace(RUN, id=f"run-{number}", started_at=started, **more)
    with ledger.run(info.id) as run:
        run.write("runs", [info])
        run.write("inputs", [InputRecord(uri, "text", InputStatus.SCANNED)])
        run.write("findings", [_finding(name) for name in names])
    return info


def _finding(name: str) -> Finding:
    return factory.finding(name, factory.RULES[0], Location("a"), "•••", "made up")


def test_new_and_gone_values_are_told_apart(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    kept(ledger, 1, ["old", "both", "both"])
    before = previous.of(ledger, kept(ledger, 2, ["both", "one", "two"]))
    assert before is not None
    assert (before.id, before.inputs, before.occurrences) == ("run-1", 1, 3)
    assert (before.values, before.new, before.gone) == (2, 2, 1)


def test_only_a_run_that_can_be_compared_is(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    kept(ledger, 1, ["x"], uri="other")
    kept(ledger, 2, ["x"], key_id="another key")
    kept(ledger, 3, ["x"], policy_name="another policy")
    later = kept(ledger, 9, ["x"])
    assert previous.of(ledger, later) is None
    assert previous.of(ledger, kept(ledger, 5, ["x"])) is None  # the later one is not before it


def test_a_broken_run_is_passed_over(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    kept(ledger, 1, ["x"])
    kept(ledger, 2, ["x"])
    ledger.file("run-2", "findings").write_bytes(b"broken")
    ledger.file("run-2", "inputs").write_bytes(b"broken")
    before = previous.of(ledger, kept(ledger, 3, ["x"]))
    assert before is not None
    assert before.id == "run-1"
