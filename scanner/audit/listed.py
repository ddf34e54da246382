"""The incidents of an audit, worst first, however many: a few in memory, many in a file."""

from __future__ import annotations

import secrets
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from scanner import pile
from scanner.audit.incident_build import About, common
from scanner.ledger.private import PrivateFolder
from scanner.ledger.sorting import ordered
from scanner.model import Confidence, Incident, Location, Severity
from scanner.pile import Lazy, Pile

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class _Row:
    """An incident without what it has in common with others of its set."""

    sid: int
    order: tuple[int, ...]
    id: str
    kind: Literal["value", "resource"]
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
    resources: tuple[str, ...]  # where they are not those of the set
    common: bool  # they are those of the set


_ROW = msgspec.msgpack.Decoder(_Row)
_BLOCK = 1024
_SHIFT = 1 << 62  # makes every number of an order positive: then bytes sort as numbers do
_KEY = struct.Struct(">10Q")
_OWN = tuple(f.name for f in fields(_Row) if f.name not in ("sid", "order", "resources", "common"))


class _Incidents(Lazy[Incident]):
    """Incidents in a sorted file.  The folder is there as long as this object."""

    def __init__(self, folder: PrivateFolder, path: Path, size: int, about: About) -> None:
        self._folder, self._path, self._size = folder, path, size
        self._made = _made(about)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Incident]:
        for batch in pile.batches_of(self._path):
            yield from map(self._made, map(_ROW.decode, batch.column("row").to_pylist()))


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
    path = folder.path
    rows = Pile(_Row, path, (_row(incident, sid, about) for incident, sid in found))
    if path is None or not rows.many:
        made = _made(about)
        return tuple(made(row) for row in sorted(rows, key=lambda row: (row.order, row.id)))
    place = path / f"{secrets.token_hex(8)}.arrow"
    packed = partial(_packed, rows)
    size = pile.save(place, _schema(), ordered(packed, _schema(), "key", path))
    return _Incidents(folder, place, size, about)


def _packed(rows: Iterable[_Row]) -> Iterator[pa.RecordBatch]:
    """Rows as two byte strings each, one to sort by: nested columns take far more memory."""
    import pyarrow as pa

    left = iter(rows)
    while some := list(islice(left, _BLOCK)):
        keys = [_KEY.pack(*row.order) + row.id.encode() for row in some]
        packed = [msgspec.msgpack.encode(row) for row in some]
        yield pa.record_batch([keys, packed], schema=_schema())


def _schema() -> pa.Schema:
    import pyarrow as pa

    return pa.schema([("key", pa.binary()), ("row", pa.binary())])


def _row(incident: Incident, sid: int, about: About) -> _Row:
    own = {name: getattr(incident, name) for name in _OWN}
    shared = incident.resources == about.sets[sid].resources
    resources = () if shared else incident.resources
    order = tuple(number + _SHIFT for number in incident.badness()[0])
    return _Row(sid=sid, order=order, resources=resources, common=shared, **own)
