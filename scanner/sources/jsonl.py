"""JSON Lines: one JSON value a line.  A record is a line; blank lines are none but count."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import BinaryIO

from scanner.batch import TextBatch, Undecoded, UnitLog
from scanner.errors import UnreadableError
from scanner.files.json_rows import Rows, check, rows_of
from scanner.files.streams import open_text
from scanner.model import Location
from scanner.pointer import Named
from scanner.sources import Shard, Unit
from scanner.sources._giant import batches_of_giant, giant_text
from scanner.sources._glance import Glance
from scanner.sources._lines import GiantLine, chunks, lines, units
from scanner.sources._records import Records, gone, span, text_in

_LINE = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*(?:\}|"[^"\\]*(?:\\.[^"\\]*)*"\s*:)')


class JsonLines:
    """Record numbers are line numbers from 0, so that record 5 is line 6 of the file."""

    suffixes = frozenset({".jsonl", ".ndjson", ".jsonlines", ".ldjson"})

    def sniff(self, head: bytes) -> bool:  # noqa: ARG002
        return False  # what is not called JSON Lines may as well be JSON documents

    def guess(self, head: bytes) -> bool:
        """A first line that is JSON, or begins like a long line of it."""
        line, end, _ = head.partition(b"\n")
        return _LINE.match(line) is not None and (not end or line.rstrip()[-1:] == b"}")

    def units(self, shard: Shard) -> Iterator[Unit]:
        return units(shard, "jsonl")

    def batches(self, unit: Unit, log: UnitLog) -> Iterator[TextBatch]:
        records = Records(log)
        with open_text(unit.shard) as stream:
            try:
                for i, (start, raw) in enumerate(lines(stream, unit.start, unit.stop)):
                    if isinstance(raw, GiantLine):
                        yield from records.batches()
                        yield from _giant(raw, unit.first_record + i, start, log)
                        continue
                    log.bytes += len(raw) + 1
                    if raw and not raw.isspace():
                        records.add(unit.first_record + i, start, raw)
                        if records.full:
                            yield from records.batches()
            except UnreadableError:
                yield from records.batches()
                raise
        yield from records.batches()

    def undecoded(self, unit: Unit, log: UnitLog) -> Iterator[Undecoded | TextBatch]:
        """The same in blocks that can be looked at before their lines are parsed."""
        first, records = unit.first_record, Records(log, counted=False)
        with open_text(unit.shard) as stream:
            for offset, chunk in chunks(stream, unit.start, unit.stop):
                if isinstance(chunk, GiantLine):
                    yield from _counted(_giant(chunk, first, offset, log), log)
                    first += 1
                    continue
                rows = rows_of(chunk + b"\n")
                found = check(rows)
                log.bytes += len(rows.raw)
                log.records += len(rows.ends) - len(found.blank)
                parsed = partial(_parsed, records, rows, frozenset(found.blank), (first, offset))
                glance = Glance(rows, found.bad, parsed)
                log.values += glance.strings
                yield glance
                first += len(rows.ends)

    def value_at(self, shard: Shard, location: Location, named: Named) -> str:
        with open_text(shard) as stream:
            if location.record_start is not None and location.record_end is None:
                return _giant_text(stream, location, named)
            if location.record_start is not None:
                return text_in(span(stream, location), location, named)
            for i, (_, raw) in enumerate(lines(stream)):
                if i == location.record:
                    return text_in(
                        b"".join(raw) if isinstance(raw, GiantLine) else raw, location, named
                    )
        raise gone(location)


def _giant(line: GiantLine, number: int, start: int, log: UnitLog) -> Iterator[TextBatch]:
    try:
        yield from batches_of_giant(line, number, start, log)
    finally:
        log.bytes += line.size + 1


def _giant_text(stream: BinaryIO, location: Location, named: Named) -> str:
    for _, line in chunks(stream, location.record_start or 0):
        text = giant_text(line, location, named) if isinstance(line, GiantLine) else None
        if text is not None:
            return text
        break
    raise gone(location)


def _counted(batches: Iterator[TextBatch], log: UnitLog) -> Iterator[TextBatch]:
    for batch in batches:
        log.values += len(batch.values)
        yield batch


def _parsed(
    records: Records,
    rows: Rows,
    blank: frozenset[int],
    begin: tuple[int, int],
    wanted: Iterable[int],
) -> Iterator[TextBatch]:
    """The batches of some rows of a block that begins at this record and offset; blank rows are
    no records."""
    first, offset = begin
    for row in wanted:
        if row in blank:
            continue
        records.add(first + row, offset + int(rows.starts[row]), rows.text(row))
        if records.full:
            yield from records.batches()
    yield from records.batches()


plugin = JsonLines()
