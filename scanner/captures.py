"""Whom and what the records of a shard are about: all of them, not only those with findings.

The rules of a programme (pauses, exemptions, applications, countries, retention) hold for every
record it captured.  Records that say the same within one minute are counted together.  What a
record says is read as `scanner.about` reads it; nothing raw leaves this room.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from scanner import plugins
from scanner.about import Names, Said, said
from scanner.batch import TextBatch, UnitLog
from scanner.errors import LeakgateError
from scanner.files.whole import arrow_file
from scanner.model import Capture
from scanner.persons import People
from scanner.pointer import segment, split
from scanner.recordings import _rows, _wrapped
from scanner.sources import Shard, Source

_KEPT = 100_000  # groups in memory
_CELLS = 8192
_LISTS = ("events", "records", "data", "keystrokes", "actions", "log", "entries", "items")
_OF_TABLES = ("sqlite", "duckdb")  # of which each table counts its own records


def of_shard(shard: Shard, source: str, names: Names, people: People) -> Iterator[Capture]:
    """The records of one shard, gathered.

    What cannot be read is left out: the scan has recorded it.  A shard of which every record
    was looked at yields at least one row, that of records which say nothing.
    """
    census = _Census(shard.uri, people)
    try:
        for number, one in _all_said(shard, source, names):
            census.add(number, one)
            if len(census.groups) >= _KEPT:
                yield from census.taken()
        census.groups.setdefault(("", "", None), _Group())
    except (LeakgateError, OSError, ValueError):
        pass
    yield from census.taken()


@dataclass(slots=True)
class _Group:
    first: datetime | None = None
    last: datetime | None = None
    records: int = 0
    record: int = 0

    def add(self, number: int, time: datetime | None) -> None:
        if not self.records:
            self.first, self.last, self.record = time, time, number
        elif time is not None and self.first is not None and self.last is not None:
            self.first, self.last = min(self.first, time), max(self.last, time)
        self.records += 1


@dataclass(slots=True)
class _Census:
    uri: str
    people: People
    groups: dict[tuple[str, str, datetime | None], _Group] = field(default_factory=dict)
    named: Any = field(init=False)

    def __post_init__(self) -> None:
        self.named = lru_cache(10_000)(self.people.named)

    def add(self, number: int, one: Said) -> None:
        minute = one.time.replace(second=0, microsecond=0) if one.time else None
        key = (*self.named(one.person, one.application), minute)
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = _Group()
        group.add(number, one.time)

    def taken(self) -> Iterator[Capture]:
        """What was gathered so far, which is forgotten."""
        found, self.groups = self.groups, {}
        for (person, application, _), group in found.items():
            made = group.first, group.last, group.records, group.record
            yield Capture(self.uri, person, application, *made)


def _all_said(shard: Shard, source: str, names: Names) -> Iterator[tuple[int, Said]]:
    if source in ("jsonl", "json", "csv"):
        for number, record in _rows.records(shard, source):
            yield from ((number, one) for one in _said_in(record, names))
    elif source == "parquet":
        yield from _columns(shard, names)
    else:
        yield from _by_batches(shard, source, names)


def _said_in(record: Any, names: Names) -> Iterator[Said]:
    """Of a document that holds its events in arrays, each of them."""
    arrays = [a for a in _wrapped.arrays(record) if a[0].rpartition("/")[2][:-1] in _LISTS]
    ways = [split(pointer[:-1]) for pointer, _ in arrays]
    for way, (_, events) in zip(ways, arrays, strict=True):
        outer = _around(record, way, ways, names)
        for event in events:
            one = said(event, "", names)
            yield Said(
                one.person or outer.person,
                application=one.application or outer.application,
                time=one.time or outer.time,
            )
    if not arrays and isinstance(record, dict):
        yield said(record, "", names)


def _around(record: Any, way: list[str], ways: Sequence[list[str]], names: Names) -> Said:
    """What a document says of the events at the end of a way: the objects they are in."""
    told: dict[str, Any] = {}
    for depth, step in enumerate(way):
        if isinstance(record, list):
            record = record[int(step)]
            continue
        inner = {other[depth] for other in ways if other[:depth] == way[:depth] and other[depth:]}
        told |= {k: v for k, v in record.items() if segment(k) not in inner}
        record = next(v for k, v in record.items() if segment(k) == step)
    return said(told, "", names)


def _columns(shard: Shard, names: Names) -> Iterator[tuple[int, Said]]:
    """The rows of a Parquet file: columns that may say something, and those of columns."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(arrow_file(shard), pre_buffer=False)
        columns = [f.name for f in file.schema_arrow if names.wanted(f.name) or _nested(f.type)]
        number = 0
        for batch in file.iter_batches(_CELLS, columns=columns):
            for record in batch.to_pylist():
                yield number, said(record, "", names)
                number += 1
    except pa.ArrowException:
        raise ValueError from None


def _nested(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_struct(kind) or pa.types.is_list(kind) or pa.types.is_map(kind))


def _by_batches(shard: Shard, source: str, names: Names) -> Iterator[tuple[int, Said]]:
    """By what the source says of its records, as it does for findings; members of archives too."""
    reader: Source = plugins.load("sources", source)
    for unit in reader.units(shard):
        seen: dict[str, int] = {}  # records come in order, column after column of a table
        for batch in reader.batches(unit, UnitLog()):
            for place in _places(batch) if batch.fields else ():
                among = place.field.split("/")[1] if source in _OF_TABLES else batch.member
                new = place.record is not None and place.record > seen.get(among, -1)
                if new and batch.fields and among != "sqlite_master":
                    seen[among] = place.record or 0
                    yield seen[among], said(batch.fields(place, names.wanted), "", names)


def _places(batch: TextBatch) -> Iterator[Any]:
    for row in range(len(batch.values)):
        yield from batch.places.of(row)
