"""The records of a shard as dictionaries, whatever format they are kept in."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from io import BytesIO
from itertools import chain, islice
from typing import Any

import msgspec

from scanner.errors import UnreadableError
from scanner.files.streams import open_text
from scanner.files.whole import arrow_file
from scanner.recordings import Peek, _before
from scanner.recordings._roles import WRAPPERS, plain, roles
from scanner.recordings._spoken import listed
from scanner.recordings._wrapped import UNDECODED
from scanner.sources import Shard
from scanner.sources._documents import Documents
from scanner.sources._lines import GiantLine, chunks
from scanner.sources._table import Row, delimiter_of, rows

READ = frozenset({"jsonl", "json", "csv", "parquet", "arrow"})
_CELLS = 1 << 14  # rows of a columnar batch
_LAST = 400  # records that the next shard may go on from
_SMALL = 8 << 20  # stored bytes of JSON documents that are read for their end
_SAMPLE = 300  # records of what has no lines


def records(shard: Shard, source: str) -> Iterator[tuple[int, Any]]:
    """(record number, record); records that cannot be parsed are left to the source."""
    if source == "jsonl":
        yield from chain.from_iterable(_blocks(shard))
    elif source == "json":
        yield from _documents(shard)
    elif source == "csv":
        yield from _table(shard)
    else:
        yield from _columns(shard, source)


def ending(shard: Shard, source: str) -> list[Any]:
    """The last records of a shard; none where it cannot be read, which is told elsewhere."""
    try:
        if source == "jsonl":
            return [_decoded(line) for line in _before.lines(shard)]
        if source == "csv":
            return _last_cells(shard)
        if source == "json":
            packed = shard.size > _SMALL
            return [] if packed else [row for _, row in deque(_documents(shard), maxlen=_LAST)]
        return _last_rows(shard, source)
    except (UnreadableError, OSError):
        return []


def _last_cells(shard: Shard) -> list[Any]:
    delimiter = delimiter_of(shard)
    with open_text(shard) as stream:
        header = next(rows(stream, delimiter), None)
    names = header.cells if isinstance(header, Row) else []
    cut = rows(BytesIO(b"".join(_before.lines(shard))), delimiter)
    cells = [row.cells for row in cut if isinstance(row, Row) and row.cells != names]
    return cells if headless(names) else [dict(zip(names, c, strict=False)) for c in cells]


def _last_rows(shard: Shard, source: str) -> list[Any]:
    """Of a table: at most two batches are held."""
    last = deque(table_batches(shard, source, _wanted, _LAST, end=True), maxlen=2)
    return [row for _, batch in last for row in batch.to_pylist()][-_LAST:]


def sampled(peek: Peek) -> list[Any]:
    """The first records of the shard, and some from further on."""
    if peek.source == "jsonl":
        lines = [line for sample in peek.samples for line in _whole(sample)]
        return [value for value in map(_decoded, lines) if value is not None]
    found: list[Any] = []
    table = peek.source in ("parquet", "arrow")
    try:
        rows = (
            _columns(peek.shard, peek.source, _SAMPLE)
            if table
            else records(peek.shard, peek.source)
        )
        for _, record in rows:
            found.append(record)
            if len(found) >= _SAMPLE:
                break
    except UnreadableError:
        pass
    return found


def _whole(sample: bytes) -> list[bytes]:
    lines = sample.split(b"\n")[:2000]
    return lines[:-1] if len(lines) > 1 and not sample.endswith(b"\n") else lines


_decoder = msgspec.json.Decoder()


def _decoded(line: bytes) -> Any:
    try:
        return _decoder.decode(line.removeprefix(b"\xef\xbb\xbf"))
    except UNDECODED:
        return None


def many(shard: Shard, source: str) -> Iterator[Iterable[tuple[int, Any]]]:
    """The same as `records`, some thousand at a time."""
    if source == "jsonl":
        yield from _blocks(shard)
        return
    found = records(shard, source)
    while some := list(islice(found, _CELLS)):
        yield some


def _blocks(shard: Shard) -> Iterator[Iterable[tuple[int, Any]]]:
    number = 0
    with open_text(shard) as stream:
        for _, chunk in chunks(stream):
            if isinstance(chunk, GiantLine):
                number += 1
                continue
            size = chunk.count(b"\n") + 1
            yield _decoded_lines(chunk, number, size)
            number += size


def _decoded_lines(chunk: bytes, number: int, size: int) -> Iterable[tuple[int, Any]]:
    """(number, record) of lines; all at once where each is one record."""
    with suppress(*UNDECODED):
        found = _decoder.decode_lines(chunk)
        if len(found) == size:
            return enumerate(found, number)
    lines = enumerate(chunk.split(b"\n"), number)
    return [(nth, record) for nth, line in lines if (record := _decoded(line)) is not None]


def _documents(shard: Shard) -> Iterator[tuple[int, Any]]:
    with open_text(shard) as stream:
        documents = Documents(stream)
        for number, (_, raw) in enumerate(documents):
            if raw is None:
                hint = "store the events one a line, as JSON Lines"
                what = "a document is too long for its events to be put together"
                raise UnreadableError(what, "", hint, "events.too_long")
            value = _decoded(raw)
            if value is not None:
                yield number, value


def _table(shard: Shard) -> Iterator[tuple[int, Any]]:
    delimiter = delimiter_of(shard)
    with open_text(shard) as stream:
        table = rows(stream, delimiter)
        header = next(table, None)
        if not isinstance(header, Row):
            return
        if headless(header.cells):
            yield 0, header.cells  # no record of its own: it goes with the first
            for number, row in enumerate(table):
                if isinstance(row, Row):
                    yield number, row.cells
            return
        for number, row in enumerate(table):
            if isinstance(row, Row):
                yield number, dict(zip(header.cells, row.cells, strict=False))


def headless(cells: list[str]) -> bool:
    """True for a first line that is an event itself, and names no columns."""
    told = listed(cells)
    return {"event", "key", "time"} <= set(told)


def _columns(shard: Shard, source: str, size: int = _CELLS) -> Iterator[tuple[int, Any]]:
    """The rows of a table, with the columns that can matter."""
    for first, batch in table_batches(shard, source, _wanted, size):
        yield from enumerate(batch.to_pylist(), first)


def table_batches(
    shard: Shard,
    source: str,
    wanted: Callable[[Any], list[str]],
    size: int = _CELLS,
    end: bool = False,
) -> Iterator[tuple[int, Any]]:
    """(number of its first row, Arrow batch) of a Parquet, ORC or Arrow file.

    `wanted` names the columns out of a schema, none for a table that does not matter.  With `end`,
    what holds the last `size` rows will do, and numbers count from where that begins.  Raises
    UnreadableError.
    """
    import pyarrow as pa

    number = 0
    try:
        reads = {"parquet": _parquet, "orc": _orc}.get(source, _arrow)
        for batch in reads(shard, wanted, size, end):
            yield number, batch
            number += batch.num_rows
    except (pa.ArrowException, OSError):
        hint = "what the source says of this file tells more"
        what = "the rows of the file could not be read to their end"
        raise UnreadableError(what, "", hint, "events.unreadable") from None


def _parquet(
    shard: Shard, wanted: Callable[[Any], list[str]], size: int, end: bool
) -> Iterator[Any]:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(arrow_file(shard), pre_buffer=False)
    groups = list(range(file.num_row_groups))
    held = [file.metadata.row_group(group).num_rows for group in groups]
    while end and sum(held[1:]) >= size:
        del groups[0], held[0]
    if columns := wanted(file.schema_arrow):
        yield from file.iter_batches(size, groups, columns=columns)


def _orc(shard: Shard, wanted: Callable[[Any], list[str]], size: int, end: bool) -> Iterator[Any]:
    from pyarrow import orc

    del end
    file = orc.ORCFile(arrow_file(shard))
    if columns := wanted(file.schema):
        for number in range(file.nstripes):
            stripe = file.read_stripe(number, columns)
            yield from (stripe.slice(at, size) for at in range(0, stripe.num_rows, size))


def _arrow(shard: Shard, wanted: Callable[[Any], list[str]], size: int, end: bool) -> Iterator[Any]:
    del end  # a batch that is not asked for costs next to nothing
    for batch in _arrow_batches(shard, size):
        if not (columns := wanted(batch.schema)):
            return
        yield batch.select(columns)


def _arrow_batches(shard: Shard, size: int) -> Iterator[Any]:
    """The batches of an Arrow file or stream, of so many rows at most."""
    import pyarrow as pa

    try:
        file = pa.ipc.open_file(arrow_file(shard))
        batches = (file.get_batch(i) for i in range(file.num_record_batches))
    except pa.ArrowInvalid:
        batches = pa.ipc.open_stream(arrow_file(shard))
    for batch in batches:
        for start in range(0, batch.num_rows, size):
            yield batch.slice(start, size)


def _wanted(schema: Any) -> list[str]:
    """The columns that tell of events; none where no column could be a key or what was typed."""
    names: list[str] = schema.names
    by_role = roles((name,) for name in names)
    known = {path[0] for paths in by_role.values() for path in paths}
    inside = [name for name in names if plain(name) in WRAPPERS]
    if not (by_role["key"] or by_role["buffer"] or inside) or len(set(names)) < len(names):
        return []
    return [name for name in names if name in known or name in inside]
