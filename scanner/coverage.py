"""What access logs cover, told from their own events.

A log that shows a read at two times was on at both; it is taken to have been on between.
Before the first and after the last nothing is known, and a store without a read in the logs
has no derived coverage at all: its log may have been off.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from scanner.model import AccessEvent, LogCoverage

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)  # clocks differ by minutes, and zones by hours
_STORE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/]+/?")


class Derived:
    """Watches events go by and remembers the first and last read by log and store.

    Events of a clock that is wrong (`misdated`) say nothing about when a log was on.
    """

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._spans: dict[tuple[str, str], tuple[datetime, datetime]] = {}

    def watch(self, events: Iterable[AccessEvent]) -> Iterator[AccessEvent]:
        """The events, unchanged."""
        for event in events:
            self.add(event)
            yield event

    def add(self, event: AccessEvent) -> None:
        """Take one event into account; refused reads show that the log was on as well."""
        store = store_of(event.resource)
        if not store or event.activity != "Read" or misdated(event, self._now):
            return
        key = (store, event.log_source)
        first, last = self._spans.get(key, (event.time, event.time))
        self._spans[key] = (min(first, event.time), max(last, event.time))

    def coverage(self) -> list[LogCoverage]:
        """One row per store and log, in order."""
        return [
            LogCoverage(store, first, last, source, "derived")
            for (store, source), (first, last) in sorted(self._spans.items())
        ]


def misdated(event: AccessEvent, now: datetime) -> bool:
    """True for a time that no event of a log can have: before there were such stores, or ahead."""
    return not _EARLIEST <= event.time <= now + _AHEAD


def store_of(resource: str) -> str:
    """The store of a resource: `s3://bucket/` of `s3://bucket/a`; "" where no host is named."""
    found = _STORE.match(resource)
    return found[0].rstrip("/") + "/" if found else ""
