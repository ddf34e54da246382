"""JSON documents.  A record is an element of a top-level array, or a whole other value."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.batch import TextBatch, UnitLog
from scanner.errors import UnreadableError
from scanner.model import Location
from scanner.pointer import Named
from scanner.sources import Shard, Unit
from scanner.sources._documents import Documents
from scanner.sources._records import Records, gone, text_in
from scanner.streams import open_text

_START = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\[\s*\{\s*"|\{[ \t]*\r?\n\s*")')


class JsonDocuments:
    """One document, an array, JSON Lines, or any number of values behind each other."""

    suffixes = frozenset({".json", ".geojson", ".har", ".ipynb", ".sarif", ".webmanifest"})

    def sniff(self, head: bytes) -> bool:
        return _START.match(head) is not None

    def units(self, shard: Shard) -> Iterator[Unit]:
        yield Unit(shard, "json")

    def batches(self, unit: Unit, log: UnitLog) -> Iterator[TextBatch]:
        records = Records(log)
        with open_text(unit.shard) as stream:
            try:
                for number, (start, raw) in enumerate(Documents(stream)):
                    log.bytes = start + len(raw)
                    records.add(number, start, raw)
                    if records.full:
                        yield from records.batches()
            except UnreadableError:
                yield from records.batches()
                raise
        yield from records.batches()

    def value_at(self, shard: Shard, location: Location, named: Named) -> str:
        with open_text(shard) as stream:
            start = location.record_start
            wanted = location.record if start is None else 0
            for number, (_, raw) in enumerate(Documents(stream, start or 0)):
                if number == wanted:
                    return text_in(raw, location, named)
        raise gone(location)


plugin = JsonDocuments()
