"""Rows of CSV, JSON Lines and Parquet logs, each with the place it stands at."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.logs._stream import Line, lines

PARQUET = b"PAR1"


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """One row: its number from 0, its byte offset (Parquet: row number), and its cells.

    `cells` is None for a row that could not be parsed; `problem` says why.
    """

    number: int
    offset: int
    cells: Mapping[str, Any] | None
    problem: str = ""


def kind(head: bytes) -> str:
    """`parquet`, `json` or `csv`, by the first bytes of the decompressed file."""
    if head.startswith(PARQUET):
        return "parquet"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return "json" if start.startswith(b"{") else "csv"


def rows(
    path: Path, options: Mapping[str, Any], log: UnitLog, check: Callable[[Sequence[str]], None]
) -> Iterator[Row]:
    """The rows of a log of any of the three forms.

    `check` is given the columns of a form that has such, before any row.
    Raises UnreadableError where the file cannot be read on; rows yielded before stay.
    """
    found = _counted(lines(path), log)
    try:
        with path.open("rb") as file:
            is_parquet = file.read(4) == PARQUET
    except OSError:
        is_parquet = False  # `lines` says what is wrong with the file
    if is_parquet:
        yield from _parquet(path, check)
        return
    first = next(found, None)
    if first is None:
        return
    if kind(first.data) == "json":
        yield from _json(_again(first, found))
    else:
        yield from _csv(_again(first, found), options, check)


def delimiter(header: str) -> str:
    """The separator of a CSV header: the one of `,;|` and tab that it holds most of."""
    return max(",;\t|", key=header.count)


def _counted(found: Iterable[Line], log: UnitLog) -> Iterator[Line]:
    for line in found:
        log.bytes += len(line.data) + 1
        yield line


def _again(first: Line, rest: Iterator[Line]) -> Iterator[Line]:
    yield first
    yield from rest


def _json(found: Iterator[Line]) -> Iterator[Row]:
    number = 0
    for line in found:
        text = line.data.removeprefix(b"\xef\xbb\xbf")
        if text.strip():
            yield _json_row(number, line, text)
            number += 1


def _json_row(number: int, line: Line, text: bytes) -> Row:
    try:
        cells = msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return Row(number, line.offset, None, "a line is not valid JSON")
    if not isinstance(cells, dict):
        return Row(number, line.offset, None, "a line is not a JSON object")
    return Row(number, line.offset, cells)


class Feed:
    """Hands decoded lines to the CSV reader and remembers where the next one starts."""

    def __init__(self, found: Iterator[Line]) -> None:
        self.found = found
        self.next_offset = 0

    def __iter__(self) -> Iterator[str]:
        for line in self.found:
            if line.torn:
                continue
            self.next_offset = line.offset + len(line.data) + 1
            text = line.data if line.offset else line.data.removeprefix(b"\xef\xbb\xbf")
            yield text.decode("utf-8", "surrogateescape") + "\n"


def _csv(
    found: Iterator[Line], options: Mapping[str, Any], check: Callable[[Sequence[str]], None]
) -> Iterator[Row]:
    first = next(found)
    separator = str(options.get("delimiter") or delimiter(first.data.decode("utf-8", "replace")))
    feed = Feed(_again(first, found))
    reader = csv.reader(feed, delimiter=separator, strict=True)
    header = [str(c) for c in options.get("columns") or ()] or _header(reader)
    check(header)
    number = 0
    while True:
        offset = feed.next_offset
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Row(number, offset, None, "a CSV row has a quote that is not closed")
        else:
            if not any(cells):
                continue
            yield _csv_row(number, offset, header, cells)
        number += 1


def _header(reader: Iterator[list[str]]) -> list[str]:
    try:
        return [c.strip() for c in next(reader, [])]
    except csv.Error:
        return []


def _csv_row(number: int, offset: int, header: list[str], cells: list[str]) -> Row:
    if len(cells) != len(header):
        return Row(number, offset, None, "a row has not as many cells as the header")
    if any(not c.isascii() and any("\ud800" <= x <= "\udfff" for x in c) for c in cells):
        return Row(number, offset, None, "a row is not UTF-8 text")
    return Row(number, offset, dict(zip(header, cells, strict=True)))


def _parquet(path: Path, check: Callable[[Sequence[str]], None]) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            check(file.schema_arrow.names)
            for batch in file.iter_batches(batch_size=8192):
                for cells in _whole_microseconds(batch).to_pylist():
                    yield Row(number, number, cells)
                    number += 1
    except (pa.ArrowException, OSError, ValueError):
        raise UnreadableError(
            f"the Parquet file cannot be read beyond row {number}",
            str(path),
            "write or fetch the file again",
            "log.truncated",
        ) from None


def parquet_columns(path: Path) -> list[str]:
    """The names of a Parquet file's columns, none when it cannot be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return list(pq.read_schema(path).names)
    except (pa.ArrowException, OSError, ValueError):
        return []


def _whole_microseconds(batch: Any) -> Any:
    """Nanosecond times cut to microseconds, which is what Python's times hold."""
    import pyarrow as pa

    for i, column in enumerate(batch.schema):
        if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
            type_ = pa.timestamp("us", column.type.tz)
            batch = batch.set_column(i, column.name, batch.column(i).cast(type_, safe=False))
    return batch
