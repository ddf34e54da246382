"""The dial of noise: it hides, counts what it hides, and never changes the verdict."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
import report_factory as factory

from scanner import plugins
from scanner.model import Confidence, Severity
from scanner.persona import shown

QUIET = tuple(
    replace(i, severity=Severity.LOW, confidence=Confidence.LOW, id=f"low-{n}")
    for n, i in enumerate(factory.blocked().incidents)
)
REPORT = replace(factory.blocked(), incidents=(*factory.blocked().incidents, *QUIET))


def test_hunt_sees_everything() -> None:
    assert shown(REPORT, "hunt") is REPORT


def test_the_quieter_ones_leave_out_more_and_say_how_many() -> None:
    sizes = [len(shown(REPORT, name).incidents) for name in ("gate", "review", "hunt")]
    assert sizes[0] <= sizes[1] < sizes[2]
    seen = shown(REPORT, "review")
    told = seen.verdict.reasons[-1]
    assert told.rule == "persona: review"
    assert told.count == len(REPORT.incidents) - len(seen.incidents)


def test_the_verdict_stays_and_what_blocks_is_shown() -> None:
    seen = shown(REPORT, "gate")
    assert seen.verdict.outcome == REPORT.verdict.outcome
    assert seen.verdict.exit_code == REPORT.verdict.exit_code
    named = {i for r in REPORT.verdict.reasons for i in r.incident_ids if r.outcome == "BLOCK"}
    assert named <= {i.id for i in seen.incidents}


def test_nothing_left_out_is_nothing_said() -> None:
    empty = factory.empty()
    assert shown(empty, "gate") is empty


NAMES = [n for n in plugins.names("formats") if not hasattr(plugins.load("formats", n), "whole")]


@pytest.mark.parametrize("name", NAMES)
def test_every_output_that_leaves_incidents_out_says_so(name: str) -> None:
    out = io.BytesIO()
    plugins.load("formats", name).write(shown(REPORT, "review"), out)
    told = " ".join(out.getvalue().decode().split())
    assert "not shown to the persona review" in told
