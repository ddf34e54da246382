"""Times of log lines: ISO 8601, a stated format, or epoch numbers of any unit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from scanner.errors import UsageError

_NUMBER = re.compile(r"[0-9]{9,20}(\.[0-9]+)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = (1, 1_000, 1_000_000, 1_000_000_000)
_FIRST, _LAST = 631_152_000, 4_102_444_800  # 1990 and 2100, in seconds
_HINT = "add the option time_zone, for example time_zone: UTC or time_zone: Europe/Berlin"


class Clock:
    """Reads times as the options say: `time_zone` of naive times, `time_format` (strptime)."""

    def __init__(self, options: Mapping[str, Any], where: str) -> None:
        self.where = where
        self.zone = _zone(options.get("time_zone"), where)
        self.format = str(options.get("time_format") or "")

    def read(self, value: Any) -> datetime:
        """The time in UTC.

        Raises ValueError (without the value) when it is no time, UsageError when it names no
        zone and the options name none.
        """
        if isinstance(value, bool):
            raise ValueError
        if isinstance(value, int | float):
            return epoch(value)
        found = value if isinstance(value, datetime) else self._text(str(value).strip())
        if found.tzinfo is None:
            found = found.replace(tzinfo=self._stated_zone())
        try:
            return found.astimezone(UTC)
        except OverflowError:
            raise ValueError from None

    def _text(self, text: str) -> datetime:
        if self.format:
            return datetime.strptime(text, self.format)
        if (
            text.replace(".", "", 1).isdecimal()
            and text.isascii()
            and len(text.split(".", maxsplit=1)[0]) > 8
        ):
            return epoch(float(text) if "." in text else int(text))
        for word in (" UTC", " GMT"):
            text = text.removesuffix(word) + "+00:00" if text.endswith(word) else text
        return datetime.fromisoformat(text)

    def _stated_zone(self) -> tzinfo:
        if self.zone is None:
            raise UsageError("the log has times without a time zone", self.where, _HINT)
        return self.zone


def epoch(value: float) -> datetime:
    """An epoch number as a time; seconds, milli-, micro- or nanoseconds by its size.

    Raises ValueError when none of them gives a time between 1990 and 2100.
    """
    for per_second in _UNITS:
        if _FIRST <= value / per_second < _LAST:
            whole, part = divmod(value, per_second)
            return _EPOCH + timedelta(seconds=whole, microseconds=part * 1e6 / per_second)
    raise ValueError


def _zone(name: Any, where: str) -> tzinfo | None:
    if name is None:
        return None
    if str(name).upper() in ("UTC", "Z", "GMT"):
        return UTC
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(str(name))
    except (KeyError, ValueError, OSError):
        raise UsageError("the option time_zone names no known time zone", where, _HINT) from None
