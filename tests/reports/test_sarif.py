"""SARIF against the standard's own schema, and what the schema cannot say.

`tests/data/sarif-2.1.0.schema.json` is the schema published by OASIS with the standard, in the
JSON Schema 2020-12 form that the npm package @microsoft/sarif (MIT) carries.
"""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import jsonschema
import pytest
import report_factory as factory

from reports.formats import sarif
from scanner.model import InputRecord, InputStatus, Location, Outcome, Report

SCHEMA = json.loads((Path(__file__).parents[1] / "data/sarif-2.1.0.schema.json").read_text())


def run(report: Report) -> dict[str, Any]:
    out = io.BytesIO()
    sarif.plugin.write(report, out)
    return dict(json.loads(out.getvalue())["runs"][0])


def located(place: Location, *inputs: InputRecord) -> dict[str, Any]:
    incident = factory.incident("x", factory.RULES[0], "AK••", (place,))
    made = run(replace(factory.empty(), incidents=(incident,), inputs=inputs))
    return dict(made["results"][0]["locations"][0])


@pytest.mark.parametrize(
    "report",
    [
        factory.blocked(),
        factory.empty(),
        factory.empty(Outcome.INCOMPLETE, 3),
        factory.hostile(),
        factory.large(100),
    ],
)
def test_it_is_valid(report: Report) -> None:
    out = io.BytesIO()
    sarif.plugin.write(report, out)
    check = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    assert [e.message for e in check.iter_errors(json.loads(out.getvalue()))] == []


def test_one_result_per_incident_worst_first_with_its_rule() -> None:
    made = run(factory.blocked())
    rules = made["tool"]["driver"]["rules"]
    assert [r["properties"]["severity"] for r in made["results"]] == [
        "critical", "high", "high", "high", "medium", "low", "critical",
    ]  # fmt: skip
    for result in made["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    aws = rules[made["results"][0]["ruleIndex"]]
    assert aws["properties"]["security-severity"] == "9.5"
    assert {"security", "credential", "external/cwe/cwe-798"} <= set(aws["properties"]["tags"])
    assert aws["help"]["text"].startswith("Deactivate the key in IAM")
    assert aws["helpUri"].startswith("https://docs.aws.amazon.com/")


def test_a_check_that_an_incident_names_becomes_a_rule() -> None:
    rules = {r["id"]: r for r in run(factory.blocked())["tool"]["driver"]["rules"]}
    text = rules["all-staff-read"]["shortDescription"]["text"]
    assert text == "No sensitive data is readable by all staff"


def test_levels_fingerprints_and_suppressions() -> None:
    results = run(factory.blocked())["results"]
    assert [r["level"] for r in results] == ["error"] * 4 + ["warning", "note", "error"]
    marks = [r["partialFingerprints"]["leakgateFingerprint/v1"] for r in results]
    assert [r["partialFingerprints"]["primaryLocationLineHash"] for r in results] == marks
    assert len(set(marks)) == len(marks)
    assert marks[0] == factory.digest("aws")
    assert [len(r["suppressions"]) for r in results] == [0, 0, 0, 0, 0, 0, 1]
    assert results[-1]["suppressions"][0]["kind"] == "external"


def test_the_invocation_tells_what_was_not_read() -> None:
    ran = run(factory.blocked())["invocations"][0]
    assert (ran["executionSuccessful"], ran["exitCode"]) == (False, 1)
    notes = {n["descriptor"]["id"]: n for n in ran["toolExecutionNotifications"]}
    assert {"input.failed", "input.skipped", "source.checksum", "grants.missing"} <= set(notes)
    assert notes["input.failed"]["level"] == "error"
    assert "encrypted" in notes["input.failed"]["message"]["text"]
    whole = run(factory.empty())["invocations"][0]
    assert (whole["executionSuccessful"], whole["toolExecutionNotifications"]) == (True, [])


def test_limits_are_kept_and_what_was_cut_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (sarif.MOST_RESULTS, sarif.MOST_LOCATIONS) == (25_000, 100)
    monkeypatch.setattr(sarif, "MOST_RESULTS", 40)
    made = run(factory.large(100))
    assert len(made["results"]) == 40
    notes = made["invocations"][0]["toolExecutionNotifications"]
    assert "60 incidents, the least severe, were left out" in notes[-1]["message"]["text"]


def test_an_incident_names_at_most_a_hundred_places_and_counts_all() -> None:
    places = factory.places("a.jsonl", "/text", list(range(500)))
    incident = factory.incident("x", factory.RULES[0], "AK••", places)
    result = run(replace(factory.empty(), incidents=(incident,)))["results"][0]
    assert (len(result["locations"]), result["occurrenceCount"]) == (100, 500)


def test_many_problems_are_cut_with_a_word() -> None:
    failed = InputRecord("a", "jsonl", InputStatus.FAILED, reason="gone")
    inputs = tuple(replace(failed, uri=f"a{n}") for n in range(1500))
    notes = run(replace(factory.empty(), inputs=inputs))["invocations"][0]
    shown = notes["toolExecutionNotifications"]
    assert len(shown) == 1001
    assert "500 more problems" in shown[-1]["message"]["text"]


def test_lines_and_bytes_only_where_a_viewer_would_see_them() -> None:
    plain = InputRecord("a.jsonl", "jsonl", InputStatus.SCANNED)
    place = Location("a.jsonl", record=4, field="/text", record_start=100, record_end=180)
    region = located(place, plain)["physicalLocation"]["region"]
    assert region == {"startLine": 5, "byteOffset": 100, "byteLength": 80}
    packed = replace(place, uri="a.jsonl.gz")
    assert "region" not in located(packed, replace(plain, uri="a.jsonl.gz"))["physicalLocation"]
    table = replace(place, uri="a.parquet", record_start=None, record_end=None)
    found = located(table, InputRecord("a.parquet", "parquet", InputStatus.SCANNED))
    assert "region" not in found["physicalLocation"]
    assert found["logicalLocations"][0]["fullyQualifiedName"] == "record 4, /text"


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("data/a b.jsonl", "data/a%20b.jsonl"),
        ("/data/ä.jsonl", "file:///data/%C3%A4.jsonl"),
        ("s3://bucket/a b#1?.jsonl", "s3://bucket/a%20b%231%3F.jsonl"),
        ("50%.jsonl", "50%25.jsonl"),
        ("a:b.jsonl", "./a:b.jsonl"),
        ("javascript:alert(1)", "./javascript:alert(1)"),
        ("caf\udce9", "caf%E9"),
        ("https://x.example/a%20b?c=d", "https://x.example/a%20b?c=d"),
    ],
)
def test_file_names_become_uris(name: str, uri: str) -> None:
    found = located(Location(name, record=1))["physicalLocation"]["artifactLocation"]["uri"]
    assert found == uri
    assert urlsplit(found).scheme in ("", "file", "s3", "https")
    assert unquote_to_bytes(found)


def test_messages_hold_no_links_and_no_placeholders() -> None:
    for result in run(factory.hostile())["results"]:
        words = result["message"]["text"]
        assert "](" not in words
        assert "{" not in words.replace("{{", "")
        assert "\x1b" not in words
        assert "\u202e" not in words
