"""JSON documents.  A record is an element of a top-level array, or a whole other value."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.batch import TextBatch, UnitLog
from scanner.errors import UnreadableError
from scanner.files.streams import blocks, open_text
from scanner.model import Location
from scanner.pointer import Named
from scanner.sources import Shard, Unit
from scanner.sources._documents import Documents
from scanner.sources._giant import Giant, giant_text
from scanner.sources._records import Records, gone, span, text_in

_MARK = rb"(?:\xef\xbb\xbf)?\s*"
_PRETTY = re.compile(_MARK + rb'(?:\{[ \t]*\r?\n|\[[ \t]*\r?\n\s*\{)\s*"')
_ARRAY = re.compile(_MARK + rb'\[\s*\{\s*"')


class JsonDocuments:
    """One document, an array, JSON Lines, or any number of values behind each other."""

    suffixes = frozenset({".json", ".geojson", ".har", ".ipynb", ".sarif", ".webmanifest"})

    def sniff(self, head: bytes) -> bool:
        return _PRETTY.match(head) is not None

    def guess(self, head: bytes) -> bool:
        """An array of objects."""
        return _ARRAY.match(head) is not None

    def units(self, shard: Shard) -> Iterator[Unit]:
        yield Unit(shard, "json")

    def batches(self, unit: Unit, log: UnitLog) -> Iterator[TextBatch]:
        records = Records(log)
        with open_text(unit.shard) as stream:
            documents = Documents(stream)
            try:
                for number, (start, raw) in enumerate(documents):
                    if raw is None:
                        yield from records.batches()
                        yield from _giant(documents, number, start, log)
                        continue
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
            if location.record_start is not None and location.record_end is None:
                text = giant_text(blocks(stream, location.record_start), location, named)
                if text is not None:
                    return text
            elif location.record_start is not None:
                return text_in(span(stream, location), location, named)
        raise gone(location)


def _giant(documents: Documents, number: int, start: int, log: UnitLog) -> Iterator[TextBatch]:
    giant = Giant(documents.rest(), number, start, log)
    try:
        yield from giant.batches(alone=False)
    finally:
        log.bytes = start + giant.size
    documents.resume(giant.size, giant.left)


plugin = JsonDocuments()
