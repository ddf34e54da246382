"""Beginnings of a value that grew row by row belong to the whole."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scanner import columns
from scanner.ledger import grown
from scanner.model import Confidence, Finding, Location, Part, Severity


def finding(name: str, category: str = "credential", **at) -> Finding:
    place = Location("a.jsonl", **at)
    time = datetime(2026, 10, 1, tzinfo=UTC)
    return Finding(
        name, "r", category, Severity.HIGH, Confidence.HIGH, place, f"print-{name}", "", time
    )


def whole(rows: str) -> Finding:
    return finding("whole", record=3, field="/value/0/text", part=Part.TYPED, rows=rows)


def told(*found: Finding) -> dict[str, str]:
    batch = columns.batch(Finding, found)
    (result,) = grown.folded([batch], grown.grown([batch]))
    return {row["id"]: row["belongs"] for row in result.select(["id", "belongs"]).to_pylist()}


@pytest.mark.parametrize(
    ("rows", "at", "belongs"),
    [
        ("3-5,9", {"record": 5, "field": "/data/text"}, True),
        ("3-5,9", {"record": 9, "field": "/data/text"}, True),
        ("3-5,9", {"record": 6, "field": "/data/text"}, False),
        ("3-5,9", {"record": 5, "field": "/data/title"}, False),
        ("/events:3-5", {"record": 0, "field": "/events/4/data/text"}, True),
        ("/events:3-5", {"record": 0, "field": "/events/7/data/text"}, False),
        ("/events:3-5", {"record": 4, "field": "/data/text"}, False),
        ("3-5", {"record": 4, "field": "/data/text", "member": "x"}, False),
    ],
)
def test_what_stands_in_a_row_of_the_whole(rows, at, belongs):
    assert told(whole(rows), finding("some", **at))["some"] == ("print-whole" if belongs else "")


def test_other_categories_stay_by_themselves():
    assert told(whole("3-5"), finding("some", "pii", record=4, field="/text"))["some"] == ""


def test_nothing_is_changed_where_nothing_grew():
    assert told(finding("some", record=4, field="/text")) == {"some": ""}
