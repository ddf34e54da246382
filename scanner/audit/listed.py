"""The incidents of an audit, worst first, however many: a few in memory, many in a file."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from scanner import merge
from scanner.audit.incident_build import About, common
from scanner.ledger.private import PrivateFolder
from scanner.model import BlastRadius, Confidence, DerivedCopy, Incident, Location, Severity
from scanner.pile import Lazy


@dataclass(frozen=True, slots=True)
class _Row:
    """An incident without what it has in common with others of its set."""

    sid: int
    id: str
    kind: Literal["value", "column", "resource"]
    title: str
    category: str
    severity: Severity
    confidence: Confidence
    rule_ids: tuple[str, ...]
    fingerprint: str
    preview: str
    occurrences: int
    finding_ids: tuple[str, ...]
    locations: tuple[Location, ...]
    first_seen: datetime | None
    evidence: tuple[str, ...]
    actions: tuple[str, ...]
    in_baseline: bool
    excepted: bool
    subjects: int
    values: int
    field: str
    parts: tuple[str, ...]
    copies: tuple[DerivedCopy, ...]
    opens: tuple[BlastRadius, ...]
    resources: tuple[str, ...]  # where they are not those of the set
    common: bool  # they are those of the set


_ROW = msgspec.msgpack.Decoder(_Row)
_SHIFT = 1 << 62  # makes every number of an order positive: then bytes sort as numbers do
_KEY = struct.Struct(">10Q")
_OWN = tuple(f.name for f in fields(_Row) if f.name not in ("sid", "resources", "common"))


class _Incidents(Lazy[Incident]):
    """Incidents in a sorted file.  The folder is there as long as this object."""

    def __init__(self, folder: PrivateFolder, path: Path, size: int, about: About) -> None:
        self._folder, self._path, self._size = folder, path, size
        self._made = _made(about)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Incident]:
        return (self._made(_ROW.decode(row)) for _, row in merge.read(self._path))


def _made(about: About) -> Callable[[_Row], Incident]:
    """Makes an incident of its row and what is common to its set."""
    sets: dict[int, dict[str, Any]] = {sid: common(each) for sid, each in about.sets.items()}

    def make(row: _Row) -> Incident:
        own = {name: getattr(row, name) for name in _OWN}
        shared = sets[row.sid]
        other = {} if row.common else {"resources": row.resources}
        return Incident(**own, **(shared | other))

    return make


def worst_first(
    found: Iterable[tuple[Incident, int]], about: About, folder: PrivateFolder
) -> Sequence[Incident]:
    """Incidents (with the numbers of their sets) in order: a tuple, or read when it is used."""
    rows, size = merge.Sorter(folder.path), 0
    for incident, sid in found:
        order, name = incident.badness()
        key = _KEY.pack(*(number + _SHIFT for number in order)) + name.encode()
        rows.add(key, msgspec.msgpack.encode(_row(incident, sid, about)))
        size += 1
    if folder.path is None or not rows.many:
        return tuple(map(_made(about), map(_ROW.decode, rows)))
    path = merge.save(folder.path, ((b"", row) for row in rows))
    return _Incidents(folder, path, size, about)


def _row(incident: Incident, sid: int, about: About) -> _Row:
    own = {name: getattr(incident, name) for name in _OWN}
    shared = incident.resources == about.sets[sid].resources
    resources = () if shared else incident.resources
    return _Row(sid=sid, resources=resources, common=shared, **own)
