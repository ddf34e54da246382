"""The outputs for other systems, against what those systems say of their formats."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date
from typing import Any

import jsonschema
import pytest
import report_factory as factory
from hypothesis import given
from hypothesis import strategies as st

from reports.formats import csv as csv_format
from scanner import plugins
from scanner.belonging import Belonging
from scanner.model import ExceptionRecord, Finding, Incident, Location, Part, Report

HOSTILE = factory.hostile()
BLOCKED = factory.blocked()


def made(name: str, report: Report) -> str:
    out = io.BytesIO()
    plugins.load("formats", name).write(report, out)
    return out.getvalue().decode("utf-8")


def lines(name: str, report: Report) -> list[dict[str, Any]]:
    return [json.loads(line) for line in made(name, report).splitlines()]


def excepted() -> Report:
    """The worst incident is excepted, by somebody, until a day."""
    first, *rest = BLOCKED.incidents
    record = ExceptionRecord(
        first.identity, "accept", "active", "the key rotates", "ana", "", None, date(2026, 12, 1)
    )
    incidents = (replace(first, excepted=True), *rest)
    return replace(BLOCKED, incidents=incidents, exceptions=(record,))


# --- GitLab --------------------------------------------------------------------------------

_TEXT = {"type": "string", "minLength": 1}
_TIME = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$"}
_TOOL = {
    "type": "object",
    "required": ["id", "name", "version", "vendor"],
    "properties": {"id": _TEXT, "name": _TEXT, "version": _TEXT, "vendor": {
        "type": "object", "required": ["name"], "properties": {"name": _TEXT}}},
}  # fmt: skip
# What schema 15.0.7 asks of a secret detection report, and 15.2.1 the same; checked against the
# copies that GitLab's own source has under lib/gitlab/ci/parsers/security/validators/schemas.
GITLAB = {
    "type": "object",
    "required": ["scan", "version", "vulnerabilities"],
    "properties": {
        "version": {"pattern": r"^[0-9]+\.[0-9]+\.[0-9]+$"},
        "schema": {"pattern": "^https?://.+"},
        "scan": {
            "type": "object",
            "required": ["analyzer", "end_time", "scanner", "start_time", "status", "type"],
            "properties": {
                "analyzer": _TOOL, "scanner": _TOOL, "start_time": _TIME, "end_time": _TIME,
                "status": {"enum": ["success", "failure"]}, "type": {"enum": ["secret_detection"]},
                "messages": {"type": "array", "items": {
                    "required": ["level", "value"],
                    "properties": {"level": {"enum": ["info", "warn", "fatal"]}, "value": _TEXT}}},
            },
        },
        "vulnerabilities": {"type": "array", "items": {
            "type": "object",
            "required": ["id", "identifiers", "location"],
            "properties": {
                "id": _TEXT, "name": {"type": "string", "maxLength": 255},
                "description": {"type": "string", "maxLength": 1_048_576},
                "solution": {"type": "string", "maxLength": 7000},
                "severity": {"enum": ["Info", "Unknown", "Low", "Medium", "High", "Critical"]},
                "identifiers": {"type": "array", "minItems": 1, "items": {
                    "required": ["type", "name", "value"],
                    "properties": {"type": _TEXT, "name": _TEXT, "value": _TEXT,
                                   "url": {"pattern": "^(https?|ftp)://.+"}}}},
                "flags": {"type": "array", "items": {
                    "required": ["type", "origin", "description"],
                    "properties": {"type": {"enum": ["flagged-as-likely-false-positive"]},
                                   "origin": _TEXT, "description": _TEXT}}},
                "tracking": {"required": ["items"], "properties": {
                    "type": {"const": "source"},
                    "items": {"type": "array", "items": {
                        "required": ["signatures"],
                        "properties": {"signatures": {"type": "array", "minItems": 1, "items": {
                            "required": ["algorithm", "value"],
                            "properties": {"algorithm": {"enum": ["hash"]}, "value": _TEXT}}}}}}}},
                "location": {"required": ["commit"], "properties": {
                    "file": {"type": "string"}, "class": {"type": "string"},
                    "start_line": {"type": "number"}, "end_line": {"type": "number"},
                    "commit": {"required": ["sha"], "properties": {"sha": _TEXT}}}},
            },
        }},
    },
}  # fmt: skip


@pytest.mark.parametrize("report", [BLOCKED, HOSTILE, factory.empty(), excepted()])
def test_gitlab_takes_the_report(report: Report) -> None:
    found = json.loads(made("gitlab", report))
    jsonschema.Draft202012Validator(GITLAB).validate(found)
    assert "raw_source_code_extract" not in json.dumps(found)
    assert len({v["id"] for v in found["vulnerabilities"]}) == len(report.incidents)


def test_gitlab_tells_two_values_of_one_rule_in_one_file_apart() -> None:
    """Its identity of a vulnerability is rule, file and line, where no signature says better."""
    one = BLOCKED.incidents[-1]
    twin = replace(one, id="inc-twin", fingerprint=factory.digest("twin"))
    found = json.loads(made("gitlab", replace(BLOCKED, incidents=(one, twin))))["vulnerabilities"]
    assert found[0]["location"] == found[1]["location"]
    values = [v["tracking"]["items"][0]["signatures"][0]["value"] for v in found]
    assert sorted(values) == sorted([one.fingerprint, twin.fingerprint])


def test_gitlab_ids_stay_and_what_is_accepted_is_flagged() -> None:
    first, again = (json.loads(made("gitlab", r)) for r in (BLOCKED, excepted()))
    ids = [{v["id"] for v in r["vulnerabilities"]} for r in (first, again)]
    assert ids[0] == ids[1]
    (flagged,) = [v for v in again["vulnerabilities"] if "rotates" in json.dumps(v.get("flags"))]
    assert "excepted until 2026-12-01 by ana" in flagged["flags"][0]["description"]


# --- JUnit ---------------------------------------------------------------------------------


@pytest.mark.parametrize("report", [BLOCKED, HOSTILE, factory.empty(), factory.large(300)])
def test_junit_counts_what_it_holds(report: Report) -> None:
    root = ET.fromstring(made("junit", report))
    for suite in [root, *root]:
        cases = list(suite.iter("testcase"))
        assert int(suite.attrib["tests"]) == len(cases)
        for kind in ("failure", "error", "skipped") if suite is not root else ("failure", "error"):
            wanted = int(suite.attrib[kind if kind == "skipped" else f"{kind}s"])
            assert wanted == sum(case.find(kind) is not None for case in cases)


# junit-10.xsd of Jenkins' xunit plug-in: what stands in an element, what it must say, and may.
_OUTCOME: tuple[set[str], set[str], set[str]] = set(), set(), {"type", "message"}
JUNIT: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": ({"testsuite"}, set(), {"name", "time", "tests", "failures", "errors"}),
    "testsuite": (
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log",
         "url"},
    ),
    "testcase": (
        {"skipped", "error", "failure", "system-out", "system-err"},
        {"name"},
        {"time", "classname", "group"},
    ),
    "skipped": _OUTCOME, "error": _OUTCOME, "failure": _OUTCOME,
}  # fmt: skip


@pytest.mark.parametrize("report", [BLOCKED, HOSTILE, factory.empty(), excepted()])
def test_junit_is_what_jenkins_takes(report: Report) -> None:
    for element in ET.fromstring(made("junit", report)).iter():
        inside, must, may = JUNIT[element.tag]
        assert {child.tag for child in element} <= inside
        assert must <= element.attrib.keys() <= must | may


def test_junit_has_a_case_for_each_rule_and_input_and_shows_passes() -> None:
    root = ET.fromstring(made("junit", excepted()))
    states = {c.get("name"): [k.tag for k in c] for s in root for c in s}
    assert states["pii.high"] == []
    assert states["exports/mail/archive.zip!2026/09.mbox"] == ["error"]
    for rule in BLOCKED.rules:
        assert rule.id in states
    unread = {i.uri for i in BLOCKED.inputs if i.status in ("failed", "skipped")}
    assert unread
    assert not unread & {c.get("classname") for c in root.iter("testcase")}
    skipped = [c for c in root.iter("skipped") if "excepted until" in c.get("message", "")]
    assert skipped


# --- CSV -----------------------------------------------------------------------------------


@given(st.text(max_size=20), st.sampled_from(["", " ", "\t", "'", '"']))
def test_no_cell_is_a_formula(words: str, before: str) -> None:
    for sign in "=+-@":
        cell = csv_format.safe(before + sign + words)
        assert not cell.lstrip(" \"'\t\r\n").startswith(tuple("=+-@")) or cell[0] == "'"
    assert not re.search("[\x00-\x1f]", csv_format.safe(words))


def test_csv_has_one_row_an_incident_worst_first() -> None:
    rows = list(csv.DictReader(io.StringIO(made("csv", BLOCKED))))
    assert rows[0]["title"].startswith("BLOCK: ")
    found = [r for r in rows if r["kind"] in ("value", "column", "resource")]
    worst = sorted(BLOCKED.incidents, key=Incident.badness)
    assert [r["id"] for r in found] == [i.id for i in worst]
    assert all(None not in r and None not in r.values() for r in rows)
    assert "unknown" in {r["people_did"] for r in found}


# --- OCSF ----------------------------------------------------------------------------------

# Attributes of OCSF 1.6.0 after events/ and objects/ of the schema's repository: those that must
# be there and those that leakgate uses; an attribute that a class lacks is an error for consumers.
_INT, _STR, _TIME_MS = (
    {"type": "integer"},
    {"type": "string"},
    {"type": "integer", "minimum": 10**12},
)
_STRS = {"type": "array", "items": _STR}


def _object(required: str, **properties: Any) -> dict[str, Any]:
    closed = {"type": "object", "additionalProperties": False, "properties": properties}
    return closed | {"required": required.split()}


_USER = _object("", uid=_STR, name=_STR, type=_STR, type_id={"enum": [0, 1, 2, 3, 4, 99]}) | {
    "anyOf": [{"required": ["uid"]}, {"required": ["name"]}],
    "if": {"required": ["type_id"], "properties": {"type_id": {"const": 99}}},
    "then": {"required": ["type"]},
}
_ANALYTIC = _object(
    "type_id", type_id={"enum": [0, 1, 2, 3, 4, 99]}, type=_STR, uid=_STR, name=_STR
)
_INFO = _object(
    "uid title", uid=_TEXT, title=_STR, types=_STRS, analytic=_ANALYTIC,
    created_time=_TIME_MS, first_seen_time=_TIME_MS,
)  # fmt: skip
_PRODUCT = _object("vendor_name", name=_STR, vendor_name=_STR, version=_STR)
_BASE = {
    "activity_id": {"const": 1}, "activity_name": {"const": "Create"},
    "category_uid": {"const": 2}, "category_name": {"const": "Findings"},
    "class_uid": _INT, "class_name": _STR, "type_uid": _INT, "type_name": _STR,
    "time": _TIME_MS, "severity_id": {"enum": [1, 2, 3, 4, 5]}, "severity": _STR,
    "metadata": _object("product version", product=_PRODUCT, version={"const": "1.6.0"},
                        correlation_uid=_STR, profiles=_STRS),
    "message": _STR, "status_id": {"enum": [1, 2, 3, 4, 5, 6]}, "status": _STR,
    "status_detail": _STR, "unmapped": {"type": "object"},
}  # fmt: skip
_MUST = "activity_id category_uid class_uid metadata severity_id status_id time type_uid"
_FINDING = _BASE | {
    "confidence_id": {"enum": [1, 2, 3]}, "confidence": _STR, "finding_info": _INFO,
    "resources": {"type": "array", "items": _object("uid name", uid=_STR, name=_STR, owner=_USER)},
}  # fmt: skip
_DATA = _object(
    "category_id detection_system_id", category_id={"enum": [1, 4, 6, 99]}, category=_STR,
    detection_system_id={"const": 4}, detection_system=_STR, detection_pattern=_STR,
    data_lifecycle_state_id={"const": 1}, data_lifecycle_state=_STR, pattern_match=_STR,
    policy=_object("name", name=_STR, uid=_STR), total=_INT,
)  # fmt: skip
_ACCESSORS = {"type": "array", "minItems": 1, "items": _USER}
OCSF = {
    2005: _object(
        f"{_MUST} finding_info_list assignee_group",
        **_BASE | {"status_id": {"enum": [1, 2, 3, 4, 5]}}, desc=_STR,
        is_suspected_breach={"type": "boolean"}, verdict_id={"enum": [2, 7]}, verdict=_STR,
        finding_info_list={"type": "array", "minItems": 1, "items": _INFO},
        assignee_group=_object("name", name=_STR),
    ),
    2006: _object(
        f"{_MUST} finding_info", **_FINDING, data_security=_DATA,
        file=_object("name type_id", name=_STR, path=_STR, type_id={"const": 1}),
    ),
    2008: _object(
        f"{_MUST} finding_info access_analysis_result", **_FINDING,
        remediation=_object("desc", desc=_STR),
        access_analysis_result=_object("accessors", accessors=_ACCESSORS, access_level=_STR,
                                       access_type=_STR),
    ),
}  # fmt: skip


@pytest.mark.parametrize("report", [BLOCKED, HOSTILE, factory.empty(), excepted()])
def test_ocsf_events_have_what_their_classes_ask_for(report: Report) -> None:
    events = lines("ocsf", report)
    for event in events:
        jsonschema.Draft202012Validator(OCSF[event["class_uid"]]).validate(event)
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
    assert [e["class_uid"] for e in events].count(2005) == 1
    access = sum(i.category == "access" for i in report.incidents)
    assert [e["class_uid"] for e in events].count(2008) == access
    assert len(events) == len(report.incidents) + 1


def test_ocsf_suppresses_what_is_accepted() -> None:
    events = lines("ocsf", excepted())
    told = [e for e in events if "ana" in e.get("status_detail", "")]
    assert [e["status_id"] for e in told] == [3]


# --- JSON Lines and quarantine -------------------------------------------------------------


def test_jsonl_has_every_finding_with_its_incident() -> None:
    prints = {i.preview: i.fingerprint for i in BLOCKED.incidents}
    findings = tuple(replace(f, fingerprint=prints[f.preview]) for f in BLOCKED.findings)
    rows = lines("jsonl", replace(BLOCKED, findings=findings))
    found = [r for r in rows if r["kind"] == "finding"]
    assert rows[0]["verdict"]["outcome"] == "BLOCK"
    assert len(found) == len(BLOCKED.findings)
    names = {i.fingerprint: i.id for i in BLOCKED.incidents}
    for row in found:
        assert row["incident"]["id"] == names[row["finding"]["fingerprint"]]


def _paired() -> Report:
    """A key id stands in a row of its own, and belongs to the secret in another."""
    worst = BLOCKED.incidents[-1]
    secret = replace(BLOCKED.findings[0], fingerprint=worst.fingerprint, column="", belongs="")
    at = replace(secret.location, record=977)
    alone = replace(secret, id="f" * 16, fingerprint="id" * 32, location=at)
    beside = replace(alone, id="e" * 16, belongs=worst.fingerprint, location=secret.location)
    return replace(BLOCKED, findings=(alone, secret, beside), incidents=(worst,))


def test_what_belongs_to_a_secret_is_part_of_its_incident() -> None:
    report = _paired()
    (incident,) = report.incidents
    found = [r for r in lines("jsonl", report) if r["kind"] == "finding"]
    assert [r["incident"]["id"] for r in found] == [incident.id] * 3
    leaving = [r["record"] for r in lines("quarantine", report) if r["kind"] == "row"]
    assert 977 in leaving


def test_what_belongs_to_several_is_an_incident_of_its_own() -> None:
    first, *rest = _paired().findings
    two = [replace(first, belongs=name * 32) for name in ("a1", "b2")]
    belonging = Belonging((*two, *rest))
    assert belonging.identity(first) == first.fingerprint


def _typed(place: Location) -> Report:
    worst = BLOCKED.incidents[-1]
    base = replace(BLOCKED.findings[0], fingerprint=worst.fingerprint)
    found: tuple[Finding, ...] = (replace(base, location=place),)
    return replace(BLOCKED, findings=found, incidents=(replace(worst, locations=()),))


def test_quarantine_names_the_rows_of_typed_text_as_well() -> None:
    place = Location("keys.jsonl", record=12, field="/key", rows="12-40,43", collateral="41")
    (row,) = [r for r in lines("quarantine", _typed(place)) if r["kind"] == "row"]
    assert (row["uri"], row["record"], row["rows"], row["collateral"]) == (
        "keys.jsonl", 12, "12-40,43", "41",
    )  # fmt: skip
    assert not row["whole"]


def test_quarantine_of_a_file_name_holds_back_the_whole_file() -> None:
    (row,) = [r for r in lines("quarantine", _typed(Location("a/b.csv"))) if r["kind"] == "row"]
    assert row["whole"]


def test_quarantine_holds_no_file_back_for_statistics_that_go_with_the_row() -> None:
    row = Location("a.parquet", record=3, field="/note")
    footer = Location("a.parquet", field="/note/0/max", part=Part.STATISTICS)
    alone = replace(_typed(footer), verdict=BLOCKED.verdict)
    assert [r["whole"] for r in lines("quarantine", alone) if r["kind"] == "row"] == [True]
    (finding,) = alone.findings
    both = replace(alone, findings=(replace(finding, location=row), finding))
    assert [r["record"] for r in lines("quarantine", both) if r["kind"] == "row"] == [3]


def test_quarantine_names_a_row_once_and_only_for_what_blocks() -> None:
    rows = lines("quarantine", BLOCKED)
    named = {i for r in BLOCKED.verdict.reasons for i in r.incident_ids if r.outcome == "BLOCK"}
    assert {r["id"] for r in rows if r["kind"] == "incident"} == named
    places = [(r["uri"], r["member"], r["record"], r["rows"]) for r in rows if r["kind"] == "row"]
    assert len(places) == len(set(places))
    unread = [r["uri"] for r in rows if r["kind"] == "unread"]
    assert unread == [i.uri for i in BLOCKED.inputs if i.status in ("failed", "partial")]
    assert [r["kind"] for r in lines("quarantine", factory.empty())] == ["verdict"]


def test_sarif_suppresses_what_is_excepted_and_says_until_when() -> None:
    results = json.loads(made("sarif", excepted()))["runs"][0]["results"]
    said = [s["justification"] for r in results for s in r["suppressions"]]
    assert any("excepted until 2026-12-01 by ana: the key rotates" in s for s in said)
