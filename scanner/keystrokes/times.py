"""Times as recorders write them, in seconds; the unit is told for each value by its size."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

_ISO = re.compile(r"\d{4}[-/]\d\d?[-/]\d\d?[T ]\d\d?:\d\d|\d\d?\.\d\d?\.\d{4} \d\d?:\d\d")
_DOTTED = ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M:%S.%f", "%d.%m.%Y %H:%M:%S")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d{1,3})?")
_LATEST = 1e11  # seconds: the year 5138; what is larger counts smaller units
EPOCH = 1e8  # seconds; a smaller time is that of a clock of its own, which began somewhere else


def seconds(value: Any, unit: float = 1.0) -> float | None:
    """Seconds since 1970, or since the recorder's own zero; None for what is no time.

    `unit` are the seconds of one tick of clocks that do not count from 1970.  Nanoseconds,
    microseconds and milliseconds since 1970 are told from seconds by their size.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _scaled(value, unit)
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if not isinstance(value, str) or len(value) > 40:
        return None
    value = value.strip()
    if _NUMBER.fullmatch(value):
        return _scaled(float(value) if not value.lstrip("+-").isdigit() else int(value), unit)
    return _iso(value) if _ISO.match(value) else None


def _scaled(value: float, unit: float) -> float | None:
    size = abs(value)
    if not size <= 1e22:  # not a number, or beyond any clock
        return None
    if unit != 1.0:
        value, size = value * unit, size * unit
    while size > _LATEST:
        value, size = value / 1000, size / 1000
    return value


def _iso(text: str) -> float | None:
    text = text.replace(",", ".").replace("/", "-")
    for kind in _DOTTED:
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            try:
                found = datetime.strptime(text, kind)
            except ValueError:
                continue
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    return None
