"""Condition tests on the time of the request, as the time window in which a grant holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from scanner.grants._aws_conditions import TIME_KEYS, Test

_FAMILIES = ("datelessthan", "dategreaterthan", "numericlessthan", "numericgreaterthan")


def window(
    tests: Iterable[Test],
) -> tuple[datetime | None, datetime | None, list[Test]]:
    """From when, until when (exclusive), and the tests that are not about time.

    Several values of one test are alternatives: the widest counts.  A time that cannot be
    read leaves its test among the others, where it makes the answer conditional.
    """
    starts, ends, rest = [], [], []
    for test in tests:
        times = _times(test)
        if not times:
            rest.append(test)
        elif "lessthan" in test.base:
            ends.append(max(times))
        else:
            starts.append(min(times))
    return max(starts, default=None), min(ends, default=None), rest


def _times(test: Test) -> list[datetime]:
    """The times of a before/after test on the clock; none when it is another test."""
    if test.key not in TIME_KEYS or not test.base.startswith(_FAMILIES) or test.quantifier:
        return []
    found = [moment(v) for v in test.values]
    return [t for t in found if t is not None] if None not in found else []


def moment(text: str) -> datetime | None:
    """An ISO 8601 time (UTC when it names no zone) or epoch seconds; None when neither."""
    try:
        if text.replace(".", "", 1).isdigit():
            return datetime.fromtimestamp(float(text), UTC)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
