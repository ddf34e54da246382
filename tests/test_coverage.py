"""Coverage told from events."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scanner.coverage import Derived, store_of
from scanner.model import AccessEvent, LogCoverage

NOW = datetime(2027, 1, 1, tzinfo=UTC)


def event(
    hour: int, resource: str, activity: str = "Read", source: str = "cloudtrail"
) -> AccessEvent:
    time = datetime(2026, 11, 3, hour, tzinfo=UTC)
    return AccessEvent(
        "", time, 6003, activity, "Success", "bob", "", resource, "", None, "", source, "f", 0
    )


def test_from_first_to_last_read_by_store_and_log() -> None:
    events = [
        event(9, "s3://a/x"),
        event(7, "s3://a/deep/y"),
        event(8, "s3://a"),
        event(5, "s3://a/x", "Write"),
        event(6, "s3://b/x", "Write"),
        event(3, "s3://a/x", source="portal"),
        event(4, "bare"),
    ]
    derived = Derived(NOW)
    assert list(derived.watch(events)) == events
    assert derived.coverage() == [
        LogCoverage("s3://a/", events[1].time, events[0].time, "cloudtrail", "derived"),
        LogCoverage("s3://a/", events[5].time, events[5].time, "portal", "derived"),
    ]


@pytest.mark.parametrize(
    ("resource", "store"),
    [
        ("s3://b/k/x", "s3://b/"),
        ("s3://b", "s3://b/"),
        ("warehouse://h/db", "warehouse://h/"),
        ("file:///data/x", ""),
        ("bare/name", ""),
        ("", ""),
    ],
)
def test_store_of(resource: str, store: str) -> None:
    assert store_of(resource) == store


def test_a_wrong_clock_makes_no_coverage() -> None:
    right, derived = event(1, "s3://a/x"), Derived(NOW)
    for year in (1971, 2031):
        derived.add(replace(right, time=right.time.replace(year=year)))
    derived.add(right)
    assert [(c.start, c.end) for c in derived.coverage()] == [(right.time, right.time)]
