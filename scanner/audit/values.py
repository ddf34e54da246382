"""Findings gathered by value: one pass over findings that are sorted on disk.

What is common to many values, who could and did read their resources, is worked out once for
each distinct set of resources; here each value only gets the number of its set.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from scanner import columns
from scanner.model import Confidence, Location, Severity

SHOWN = 20  # findings of a value that are named

COLUMNS = (
    "id, rule_id, category, severity, confidence, fingerprint, preview, observed_at, evidence, "
    'location, subject, "column", parts, '
    "coalesce(nullif(\"column\", ''), secret, fingerprint) AS identity"
)
BY_VALUE = (
    "identity, location.uri, location.member, location.record NULLS LAST, location.field, "
    'location."start", location."end", id, run DESC'
)

# An identifier that stood near one secret only, in all of the runs, is no incident of its own.
SORTED = f"""
SELECT {COLUMNS} FROM findings LEFT JOIN (
  SELECT fingerprint, min(belongs) AS secret FROM findings WHERE belongs <> ''
  GROUP BY fingerprint HAVING min(belongs) = max(belongs)) USING (fingerprint)
ORDER BY {BY_VALUE}"""  # noqa: S608 - our own constants

_SEVERITIES, _CONFIDENCES = tuple(Severity), tuple(Confidence)
_SEVERITY = {s.value: n for n, s in enumerate(Severity)}
_CONFIDENCE = {c.value: n for n, c in enumerate(Confidence)}


@dataclass(frozen=True, slots=True)
class Value:
    """One sensitive value, or column of them, with all its occurrences.

    `sid` numbers its set of resources.
    """

    fingerprint: str
    occurrences: int
    severity: Severity
    confidence: Confidence
    rule_id: str  # of its worst finding, and so is the category
    category: str
    rule_ids: tuple[str, ...]
    preview: str
    first_seen: datetime | None
    evidence: tuple[str, ...]
    finding_ids: tuple[str, ...]
    locations: tuple[Location, ...]
    sid: int
    subjects: int = 0
    values: int = 0  # distinct ones, of a column
    field: str = ""  # of a column
    parts: tuple[str, ...] = ()


class Sets:
    """Numbers distinct sets of resources, from 1; 0 is the empty one."""

    def __init__(self) -> None:
        self.numbers: dict[tuple[int, ...], int] = {(): 0}

    def number(self, rids: Iterable[int]) -> int:
        return self.numbers.setdefault(tuple(sorted(set(rids))), len(self.numbers))


def gather(
    batches: Iterable[Any], resources: Mapping[str, tuple[int, ...]], sets: Sets
) -> Iterator[Value]:
    """The values of record batches of findings (with `run`) that are ordered `BY_VALUE`.

    `resources` are the numbers of resources by uri.  A finding of several runs counts once.
    """
    rows = (row for batch in batches for row in batch.to_pylist())
    for fingerprint, found in groupby(rows, key=lambda row: row["identity"]):
        seen = _Seen()
        for row in found:
            seen.add(row)
        rids = (rid for uri in seen.uris for rid in resources.get(uri, ()))
        yield seen.value(fingerprint, sets.number(rids))


_location = columns.builder(Location)


@dataclass(slots=True)
class _Seen:
    """What is known of one value so far; it grows with its kinds and places, not its number."""

    count: int = 0
    last: str = ""
    preview: str = ""
    severity: int = 0
    confidence: int = 0
    worst: tuple[int, int, str, str] | None = None
    first: datetime | None = None
    rules: set[str] = field(default_factory=set)
    evidence: set[str] = field(default_factory=set)
    uris: set[str] = field(default_factory=set)
    parts: set[str] = field(default_factory=set)
    shown: list[tuple[str, Location]] = field(default_factory=list)
    column: str = ""
    subjects: array[int] = field(default_factory=lambda: array("Q"))  # eight bytes a finding
    prints: array[int] = field(default_factory=lambda: array("Q"))

    def add(self, row: Mapping[str, Any]) -> None:
        if row["id"] == self.last:  # of another run; ids are in order within a place
            return
        severity, confidence = _SEVERITY[row["severity"]], _CONFIDENCE[row["confidence"]]
        rank = (-severity, -confidence, row["rule_id"], row["category"])
        if not self.count or row["fingerprint"] == row["identity"]:  # not of its identifier
            self.preview = row["preview"]
        self.count, self.last = self.count + 1, row["id"]
        self.severity = max(self.severity, severity)
        self.confidence = max(self.confidence, confidence)
        self.worst = min(self.worst or rank, rank, key=lambda known: known[:3])
        self.first = min(self.first or row["observed_at"], row["observed_at"])
        self.rules.add(row["rule_id"])
        self.evidence.update(row["evidence"])
        self.uris.add(row["location"]["uri"])
        self.parts.update(row["parts"] if len(self.parts) < SHOWN else ())
        self._count(row)
        if len(self.shown) < SHOWN:
            self.shown.append((row["id"], _location(row["location"])))

    def _count(self, row: Mapping[str, Any]) -> None:
        """Persons, and the values of a column."""
        if row["subject"]:
            self.subjects.append(int(row["subject"][-16:], 16))
        if row["column"]:
            self.column = self.column or pattern(row["location"])
            self.prints.append(int(row["fingerprint"][:16], 16))

    def value(self, fingerprint: str, sid: int) -> Value:
        _, _, rule_id, category = self.worst or (0, 0, "", "")
        return Value(
            fingerprint,
            self.count,
            _SEVERITIES[self.severity],
            _CONFIDENCES[self.confidence],
            rule_id,
            category,
            tuple(sorted(self.rules)),
            self.preview,
            self.first and self.first.astimezone(UTC),
            tuple(sorted(self.evidence)),
            tuple(name for name, _ in self.shown),
            tuple(location for _, location in self.shown),
            sid,
            len(set(self.subjects)),
            len(set(self.prints)),
            self.column,
            tuple(sorted(self.parts - {fingerprint}))[:SHOWN],
        )


def pattern(location: Mapping[str, Any]) -> str:
    """The column of a place: its field, with `*` for places in arrays."""
    shown = re.sub(r"/[0-9]+\b", "/*", location["field"], flags=re.ASCII)
    layers = re.sub(r"\b[0-9]+\b", "*", " > ".join(location["layers"]), flags=re.ASCII)
    return f"{shown} > {layers}" if layers else shown
