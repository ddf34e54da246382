"""Parquet: every column of every row group, page checksums on, and what the footer holds.

Columns are read one by one, so that a damaged page costs its column in its row group only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from scanner.batch import Place, TextBatch, UnitLog
from scanner.errors import UnreadableError
from scanner.files.json_names import numbered
from scanner.files.streams import head_of
from scanner.files.whole import arrow_file
from scanner.model import Location, Part
from scanner.pointer import Named, join, rename, segment, split
from scanner.sources import Shard, Unit
from scanner.sources._beside import Beside, may_tell, packed, simple
from scanner.sources._leaves import batches as column_batches
from scanner.sources._leaves import has_dictionary
from scanner.sources._parquet_file import PAGE, File, Sealed
from scanner.sources._records import gone
from scanner.sources._schema import (
    Texts,
    batch_of,
    damage,
    damaged,
    schema_texts,
    text_among,
    text_in_batches,
)

_UNIT_BYTES = 64 << 20
_BATCH = 4 << 20
_ROWS = 16 << 10
_DICTIONARY = 64 << 20  # bytes; a larger column is read in parts, dictionary or not
_MANY = 256 << 10
_ENCRYPTED = b"PARE"  # where the footer is encrypted as well
_BESIDE = 64 << 20  # bytes of a column that is read for what it tells of rows with findings


class Parquet:
    """Units are ranges of row groups; the footer belongs to the first."""

    suffixes = frozenset({".parquet", ".pq"})

    def sniff(self, head: bytes) -> bool:
        return head[:4] in (b"PAR1", _ENCRYPTED)

    def units(self, shard: Shard) -> Iterator[Unit]:
        file = _open(shard)
        start = first = rows = size = 0
        for group in range(file.metadata.num_row_groups):
            if size >= _UNIT_BYTES:
                yield Unit(shard, "parquet", start, group, first)
                start, first, size = group, rows, 0
            rows += file.group(group).num_rows
            size += file.group(group).total_byte_size
        yield Unit(shard, "parquet", start, file.metadata.num_row_groups, first)

    def batches(self, unit: Unit, log: UnitLog) -> Iterator[TextBatch]:
        file = _open(unit.shard)
        if unit.start == 0:
            yield from batch_of(_footer_texts(file, unit.shard))
        first = unit.first_record
        for group in range(unit.start, unit.stop or 0):
            about = file.group(group)
            fields = Beside(partial(_beside, file, group), first).fields
            for index in range(len(file.schema)):
                for batch in _column(file, group, index, first, log):
                    yield replace(batch, fields=fields)
            first += about.num_rows
            log.records += about.num_rows
            log.bytes += about.total_byte_size

    def value_at(self, shard: Shard, location: Location, named: Named) -> str:
        file = _open(shard)
        if location.record is None:
            return text_among(_footer_texts(file, shard), location, named)
        first = 0
        for group in range(file.metadata.num_row_groups):
            rows = file.group(group).num_rows
            if location.record < first + rows:
                return text_in_batches(
                    _around(file, group, first, location, named), location, named
                )
            first += rows
        raise gone(location)


def _open(shard: Shard) -> File:
    try:
        file = File(arrow_file(shard))
        schema_texts(file.schema, file.metadata.metadata)  # names may be damaged too
        return file
    except damage():
        raise _no_footer(shard) from None


def _no_footer(shard: Shard) -> UnreadableError:
    if head_of(shard).startswith(_ENCRYPTED):
        hint = "scan the table before it is encrypted, or write it again without encryption"
        return UnreadableError("the Parquet file is encrypted", shard.uri, hint, "source.encrypted")
    hint = "write the file again from its origin"
    return UnreadableError("the Parquet footer cannot be read", shard.uri, hint, "source.corrupt")


def _column(file: File, group: int, index: int, first: int, log: UnitLog) -> Iterator[TextBatch]:
    """The texts of one top-level column in one row group."""
    name, nth = list(numbered(file.schema.names))[index]
    where = f"row group {group}, column {index}"
    try:
        if file.largest_page(group, index) > PAGE:
            hint = "write it again with smaller pages or values; every other part was scanned"
            log.problem(
                "source.too_large", "a column's pages are too large to be read", where, hint
            )
            return
        for array in _arrays(file, group, index):
            yield from column_batches(array, name, nth, first, log)
            first += len(array)
    except Sealed:
        hint = "scan the table before it is encrypted, or write it again without encryption"
        log.problem("source.encrypted", "an encrypted column was not read", where, hint)
    except damage():
        damaged(log, "a column of a row group cannot be read", where)


def _arrays(file: File, group: int, index: int) -> Iterator[Any]:
    """One top-level column of a row group in slices; whole when dictionaries are in it.

    A column is named by the indices of its leaves: its name may be in the file twice.
    """
    kind = file.schema.field(index).type
    if not _scannable(kind):
        return
    indices = list(file.leaves[index])
    rows = _rows(file, group, indices, kind)
    for batch in file.reader.iter_batches(
        rows, row_groups=[group], column_indices=indices, use_threads=False
    ):
        yield batch.column(0)


def _beside(file: File, group: int, wanted: Callable[[str], bool]) -> dict[str, Any]:
    """The columns of a row group that may tell whom its rows are about."""
    found = dict[str, Any]()
    for index, (name, _) in enumerate(numbered(file.schema.names)):
        indices = list(file.leaves[index])
        if may_tell(name, file.schema.field(index).type, wanted):
            try:
                if _size(file, group, indices) > _BESIDE:
                    continue
                found.setdefault(name, _packed(file, group, indices))
            except damage():
                continue  # told where the column itself is read
    return found


def _packed(file: File, group: int, indices: list[int]) -> Any:
    """A whole column, held as its distinct values where it is of text."""
    import pyarrow as pa

    parts = file.reader.iter_batches(
        _ROWS, row_groups=[group], column_indices=indices, use_threads=False
    )
    return pa.chunked_array([packed(simple(part.column(0))) for part in parts])


def _size(file: File, group: int, indices: list[int]) -> int:
    return sum(file.chunk(group, leaf).total_uncompressed_size for leaf in indices)


def _rows(file: File, group: int, indices: list[int], kind: Any) -> int:
    """How many rows to decode at a time: all, when each part would bring the dictionary along."""
    rows: int = max(1, file.group(group).num_rows)
    size = _size(file, group, indices)
    if has_dictionary(kind):
        return rows if size < _DICTIONARY else min(rows, _MANY)
    return min(_ROWS, max(1, rows * _BATCH // max(1, size)))


def _around(
    file: File, group: int, first: int, location: Location, named: Named
) -> Iterator[TextBatch]:
    """The texts of one record, in the columns that the location can mean."""
    log, record = UnitLog(), location.record or 0
    top = split(location.field)[:1]
    for index, (name, nth) in enumerate(numbered(file.schema.names)):
        if location.part is Part.METADATA:
            yield from _column(file, group, index, first, log)
        elif split(rename(join([segment(name, nth)]), named)) == top:
            start = first
            for array in _arrays(file, group, index):
                if start <= record < start + len(array):
                    row = array.slice(record - start, 1)
                    yield from column_batches(row, name, nth, record, log)
                start += len(array)


def _scannable(kind: Any) -> bool:
    """False for flat columns that hold no text and no long whole numbers."""
    from pyarrow import types

    tests = types.is_boolean, types.is_temporal, types.is_null, types.is_float16, types.is_float32
    return not any(test(kind) for test in tests)


def _footer_texts(file: File, shard: Shard) -> Texts:
    texts = schema_texts(file.schema, file.metadata.metadata)
    try:
        for group in range(file.metadata.num_row_groups):
            columns = file.chunks(group)
            for (_, nth), column in zip(
                numbered([c.path_in_schema for c in columns]), columns, strict=True
            ):
                texts += _statistics(column, nth, group)
    except damage():
        raise _no_footer(shard) from None
    return texts


def _statistics(about: Any, nth: int, group: int) -> Texts:
    """Smallest and largest string of a column chunk, at `/<column path>/<row group>/min`."""
    if about.physical_type not in ("BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"):
        return []
    path = about.path_in_schema
    found = ((end, _end(about.statistics, end)) for end in ("min", "max"))
    return [
        (
            Place(
                field=join([segment(path, nth), str(group), end]),
                label=path.rpartition(".")[2],
                part=Part.STATISTICS,
            ),
            text,
        )
        for end, text in found
        if text is not None
    ]


def _end(statistics: Any, end: str) -> str | None:
    if statistics is None or not statistics.has_min_max:
        return None
    try:
        value = getattr(statistics, end)
    except Exception:  # noqa: BLE001 - a kind of value that has no Python form is no text
        return None
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else None


plugin = Parquet()
