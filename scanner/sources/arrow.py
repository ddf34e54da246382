"""Arrow IPC, as file (Feather 2) and as stream; both go by the same suffixes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from scanner.batch import TextBatch, UnitLog
from scanner.errors import UnreadableError
from scanner.files.whole import mapped
from scanner.model import Location, Part
from scanner.pointer import Named
from scanner.sources import Shard, Unit
from scanner.sources._columns import columns
from scanner.sources._records import gone
from scanner.sources._schema import (
    Texts,
    batch_of,
    damage,
    schema_texts,
    text_among,
    text_in_batches,
)

if TYPE_CHECKING:
    import pyarrow as pa

_PAGES = 32 << 20  # bytes
_STREAM = b"\xff\xff\xff\xff"  # marks a message that starts with its metadata's length


class Arrow:
    """A record is a row, counted over all record batches."""

    suffixes = frozenset({".arrow", ".feather", ".ipc", ".arrows"})

    def sniff(self, head: bytes) -> bool:
        size = int.from_bytes(head[4:8], "little")
        return head[:6] == b"ARROW1" or (head[:4] == _STREAM and 0 < size < 1 << 28)

    def units(self, shard: Shard) -> Iterator[Unit]:
        yield Unit(shard, "arrow")

    def batches(self, unit: Unit, log: UnitLog) -> Iterator[TextBatch]:
        source, forget = mapped(unit.shard)
        for texts, batch, number in _read(unit.shard, source):
            if batch is None:
                yield from batch_of(texts)
                continue
            yield from _in_pages(_columns(batch, number, log.records, log), forget)
            log.records += batch.num_rows
            log.bytes += batch.nbytes

    def value_at(self, shard: Shard, location: Location, named: Named) -> str:
        first = 0
        for texts, batch, _ in _read(shard, mapped(shard)[0]):
            if batch is None:
                if location.record is None:
                    return text_among(texts, location, named)
                continue
            if first <= (location.record or 0) < first + batch.num_rows:
                return text_in_batches(_row(batch, first, location), location, named)
            first += batch.num_rows
        raise gone(location)


def _row(batch: pa.RecordBatch, first: int, location: Location) -> Iterator[TextBatch]:
    record = location.record or 0
    if location.part is not Part.METADATA:
        batch, first = batch.slice(record - first, 1), record
    return _columns(batch, 0, first, UnitLog())


def _columns(batch: pa.RecordBatch, number: int, first: int, log: UnitLog) -> Iterator[TextBatch]:
    return columns(batch, first, log, "a record batch", f"record batch {number}")


def _in_pages(batches: Iterator[TextBatch], forget: Callable[[], None]) -> Iterator[TextBatch]:
    """The batches; the pages they lie in are given back now and then."""
    used = 0
    for batch in batches:
        yield batch
        used += batch.values.nbytes
        if used > _PAGES:
            forget()
            used = 0
    forget()


def _read(shard: Shard, source: pa.Buffer) -> Iterator[tuple[Texts, pa.RecordBatch | None, int]]:
    """What the schema says, once, alone; then every record batch with its number."""
    number = -1
    try:
        reader, count = _open(source)
        yield schema_texts(reader.schema, reader.schema.metadata), None, -1
        for number in range(count) if count is not None else itertools.count():
            batch = reader.get_batch(number) if count is not None else _next(reader)
            if batch is None:
                return
            yield [], batch, number
    except damage():
        what = f"the Arrow data cannot be read after record batch {number}"
        if number < 0:
            what = "the Arrow schema cannot be read"
        hint = "write the file again from its origin; what came before was scanned"
        raise UnreadableError(what, shard.uri, hint, "source.corrupt") from None


def _open(source: pa.Buffer) -> tuple[Any, int | None]:
    """The reader, and the number of record batches when it is a file."""
    import pyarrow as pa

    if source.size >= 6 and source.slice(0, 6).to_pybytes() == b"ARROW1":
        reader = pa.ipc.open_file(source)
        return reader, reader.num_record_batches
    return pa.ipc.open_stream(source), None


def _next(reader: Any) -> pa.RecordBatch | None:
    try:
        return reader.read_next_batch()
    except StopIteration:
        return None


plugin = Arrow()
