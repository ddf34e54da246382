"""JSON and back, and the published schema."""

from __future__ import annotations

import dataclasses
import io
import json
import traceback
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import jsonschema
import pytest
import report_factory as factory
from hypothesis import given
from hypothesis import strategies as st

from reports.formats.json import plugin
from reports.serial import SCHEMA_FILE, dump_report, load_report, report_schema
from scanner.errors import ExitCode, UsageError
from scanner.model import Outcome, Problem, Report

REPORTS = [factory.blocked(), factory.empty(), factory.empty(Outcome.INCOMPLETE, 3)]


def test_the_shipped_schema_is_the_one_the_types_give() -> None:
    hint = "run: python -m reports.serial > reports/schemas/report-1.2.schema.json"
    assert SCHEMA_FILE.read_bytes() == report_schema(), hint


@pytest.mark.parametrize("report", [*REPORTS, factory.hostile(), factory.large(50)])
def test_what_is_written_is_valid(report: Report) -> None:
    schema = json.loads(SCHEMA_FILE.read_bytes())
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    assert list(check.iter_errors(json.loads(dump_report(report)))) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema_version",), "2.0"),
        (("verdict", "outcome"), "MAYBE"),
        (("verdict", "exit_code"), "1"),
        (("run",), None),
    ],
)
def test_the_schema_refuses_what_is_no_report(path: tuple[str, ...], value: Any) -> None:
    changed = json.loads(dump_report(factory.empty()))
    place = changed
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    check = jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_bytes()))
    assert not check.is_valid(changed)


@pytest.mark.parametrize("report", [*REPORTS, factory.large(50)])
def test_there_and_back(report: Report) -> None:
    assert load_report(dump_report(report)) == report


def test_the_file_is_indented_and_ends_with_a_newline() -> None:
    out = io.BytesIO()
    plugin.write(factory.blocked(), out)
    assert out.getvalue().startswith(b'{\n  "run": {\n    "id"')
    assert out.getvalue().endswith(b"}\n")


@given(st.datetimes(), st.integers(-14 * 60, 14 * 60))
def test_times_are_written_in_utc(naive: datetime, minutes: int) -> None:
    if not datetime(2, 1, 1) < naive < datetime(9998, 1, 1):
        return
    local = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    base = factory.empty()
    report = dataclasses.replace(base, run=dataclasses.replace(base.run, started_at=local))
    written = json.loads(dump_report(report))["run"]["started_at"]
    assert written.endswith("Z")
    assert datetime.fromisoformat(written) == local
    assert load_report(dump_report(report)).run.started_at == local


def test_a_time_without_a_zone_is_utc() -> None:
    base = factory.empty()
    bare = dataclasses.replace(base.run, started_at=datetime(2026, 10, 12, 6))
    assert b'"2026-10-12T06:00:00Z"' in dump_report(dataclasses.replace(base, run=bare))


@given(st.text(st.characters(), max_size=40))
def test_any_text_can_be_written_and_read(text: str) -> None:
    report = dataclasses.replace(factory.empty(), problems=(Problem(text, text, text),))
    again = load_report(dump_report(report))
    if text.isprintable():
        assert again.problems[0].what == text


def test_file_names_that_are_not_unicode_can_be_written() -> None:
    odd = b"caf\xe9.jsonl".decode("utf-8", "surrogateescape")
    report = dataclasses.replace(factory.empty(), problems=(Problem("code", "what", odd),))
    assert load_report(dump_report(report)).problems[0].where == "caf\\udce9.jsonl"


SECRET = "hunter2-" + "in-a-report"
GOOD = dump_report(factory.blocked())


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "ends in the middle"),
        (GOOD[: len(GOOD) // 2], "ends in the middle"),
        (GOOD[:-3], "ends in the middle"),
        (SECRET.encode(), "not JSON"),
        (b'{"schema_version": "1.0", "run": {"id": "\xff' + SECRET.encode() + b'"}}', "not"),
        (b'{"schema_version": "1.0", "run": {"id": "\\ud800 ' + SECRET.encode() + b'"}}', "not"),
        (b"[]", "not a leakgate report"),
        (b"null", "not a leakgate report"),
        (b'{"version": "2.1.0", "runs": []}', "not a leakgate report"),
        (GOOD.replace(b'"BLOCK"', f'"{SECRET}"'.encode()), "not a leakgate report"),
        (GOOD.replace(b'"exit_code": 1', f'"exit_code": "{SECRET}"'.encode()), "not a leakgate"),
        (GOOD.replace(b'"2026-10-12T06:30:00Z"', f'"{SECRET}"'.encode()), "not a leakgate"),
        (GOOD.replace(b'"1.2"', b'"2.0"'), "schema version 2.0, this leakgate reads up to 1.2"),
        (GOOD.replace(b'"1.2"', b'"1.3"'), "schema version 1.3"),
        (GOOD.replace(b'"1.2"', b'"0.9"'), "schema version 0.9, this leakgate reads 1.2"),
        (GOOD.replace(b'"1.2"', f'"{SECRET}"'.encode()), "schema_version of this report is not"),
        (GOOD.replace(b'"1.2"', b'"1.999999999999"'), "schema_version of this report is not"),
        (b"[" * 200_000, "not"),
        (b'{"schema_version": "1.0", "more": ' + b"[" * 200_000, "not JSON"),
    ],
)
def test_a_damaged_report_is_a_clear_error_that_quotes_nothing(data: bytes, says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        load_report(data, "report.json")
    error = caught.value
    assert error.exit_code == ExitCode.USAGE
    assert error.where.startswith("report.json")
    assert error.hint
    assert SECRET not in "".join(traceback.format_exception(error)) + error.diagnostics()


def test_a_wrong_type_is_named_by_its_place() -> None:
    wrong = GOOD.replace(b'"exit_code": 1', b'"exit_code": "one"')
    with pytest.raises(UsageError) as caught:
        load_report(wrong, "report.json")
    assert caught.value.where == "report.json at $.verdict.exit_code"


def test_fields_of_a_later_minor_version_of_ours_do_not_break_reading() -> None:
    more = GOOD.replace(b'"run": {', b'"x_added": [1], "run": {', 1)
    assert load_report(more) == factory.blocked()


def test_the_times_of_the_report_are_in_utc() -> None:
    assert load_report(GOOD).run.started_at == datetime(2026, 10, 12, 6, 30, tzinfo=UTC)
