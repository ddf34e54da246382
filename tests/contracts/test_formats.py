"""What every output keeps, whichever it is."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import report_factory as factory

from reports.serial import dump_report, load_report
from scanner import plugins
from scanner.model import Outcome, Report

NAMES = plugins.names("formats")


def made(name: str, report: Report) -> bytes:
    out = io.BytesIO()
    plugins.load("formats", name).write(report, out)
    return out.getvalue()


def test_the_outputs_are_found_by_file_name() -> None:
    assert {"console", "html", "json", "markdown", "sarif"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_describes_itself_in_one_line(name: str) -> None:
    words = plugins.load("formats", name).description
    assert 10 < len(words) < 100
    assert "\n" not in words


@pytest.mark.parametrize("name", NAMES)
def test_the_same_report_gives_the_same_bytes(name: str) -> None:
    report = factory.blocked()
    assert made(name, report) == made(name, load_report(dump_report(report)))


@pytest.mark.parametrize("name", NAMES)
def test_another_process_gives_the_same_bytes(name: str) -> None:
    """Neither hash seed, time zone, locale nor terminal show in an output."""
    code = (
        "import sys; from reports.serial import load_report; from scanner import plugins;"
        "plugins.load('formats', sys.argv[1])"
        ".write(load_report(sys.stdin.buffer.read()), sys.stdout.buffer)"
    )
    odd = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C", "COLUMNS": "33", "TERM": "x"}
    done = subprocess.run(
        [sys.executable, "-c", code, name],
        input=dump_report(factory.blocked()),
        capture_output=True,
        env={**os.environ, **odd},
        cwd=Path(__file__).parents[2],
        check=True,
    )
    assert done.stdout == made(name, factory.blocked())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("title", [i.title for i in factory.blocked().incidents])
def test_every_category_is_in_it(name: str, title: str) -> None:
    assert {i.category for i in factory.blocked().incidents} == set(factory.CATEGORIES)
    text = made(name, factory.all_block()).decode("utf-8")
    incident = next(i for i in factory.blocked().incidents if i.title == title)
    assert title in text
    assert incident.preview in text
    assert incident.severity in text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "report",
    [factory.blocked(), factory.empty(), factory.empty(Outcome.INCOMPLETE, 3), factory.hostile()],
)
def test_it_states_the_verdict_and_is_utf_8(name: str, report: Report) -> None:
    text = made(name, report).decode("utf-8")
    assert report.verdict.outcome in text
    assert text.endswith("\n")


@pytest.mark.parametrize("name", NAMES)
def test_a_report_without_anything_is_no_crash(name: str) -> None:
    bare = replace(factory.empty(), inputs=(), verdict=replace(factory.empty().verdict, reasons=()))
    assert made(name, bare)


@pytest.mark.parametrize("name", NAMES)
def test_unknown_is_said_and_not_zero(name: str) -> None:
    text = made(name, factory.all_block()).decode("utf-8")
    assert "no log covers 1 to 5 Oct 2026" in text
    assert "unknown" in text


@pytest.mark.parametrize("name", [n for n in NAMES if n != "json"])
def test_what_hides_in_text_is_made_visible(name: str) -> None:
    text = made(name, factory.hostile()).decode("utf-8")
    assert "\u2039U+202E\u203a" in text
    assert "\u2039ESC\u203a" in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ufeff]", text)


def test_json_escapes_controls_and_keeps_the_text() -> None:
    data = made("json", factory.hostile())
    assert b"\x1b" not in data
    assert load_report(data).incidents[5].preview == factory.HOSTILE[5]


@pytest.mark.parametrize("name", NAMES)
def test_a_thousand_incidents_take_no_time(name: str) -> None:
    report = factory.large(1000)
    made(name, factory.empty())  # imports and compiled templates
    start = time.process_time()
    data = made(name, report)
    assert time.process_time() - start < 5
    assert len(data) < 12_000_000
