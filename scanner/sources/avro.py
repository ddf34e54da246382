"""Avro object container files: every value of every record, and the header's metadata."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from scanner.batch import Place, TextBatch, UnitLog
from scanner.errors import UnreadableError
from scanner.files.streams import open_shard
from scanner.model import Location, Part
from scanner.pointer import Named, join, segment
from scanner.sources import Shard, Unit
from scanner.sources._schema import Texts, batch_of, text_among
from scanner.sources._texts import Counted, guarded
from scanner.sources._values import batches, text_of

_BROKEN = "the Avro data are damaged or cut off"
_KNOWN = frozenset({"null", "deflate", "bzip2", "xz", "zstandard"})


class Avro:
    """A record is a record; blocks are inflated one at a time."""

    suffixes = frozenset({".avro"})

    def sniff(self, head: bytes) -> bool:
        return head.startswith(b"Obj\x01")

    def units(self, shard: Shard) -> Iterator[Unit]:
        yield Unit(shard, "avro")

    def batches(self, unit: Unit, log: UnitLog) -> Iterator[TextBatch]:
        values = _values(unit.shard)
        texts = next(values)
        yield from batch_of(texts)
        yield from batches(values, log)

    def value_at(self, shard: Shard, location: Location, named: Named) -> str:
        values = _values(shard)
        texts = next(values)
        if location.record is None:
            return text_among(texts, location, named)
        return text_of(values, location, named)


def _values(shard: Shard) -> Iterator[Any]:
    """First the texts of the header, then (record, size in bytes) pairs."""
    yield from guarded(_read(shard), _BROKEN)


def _read(shard: Shard) -> Iterator[Any]:
    import fastavro

    with open_shard(shard) as stream:
        counted: Any = Counted(stream)
        reader: Any = fastavro.block_reader(counted, handle_unicode_errors="replace")
        yield _header(reader.metadata)
        if reader.codec not in _KNOWN:
            hint = "write the file again with deflate or zstandard"
            what = "the Avro blocks are packed in a way that is not understood"
            raise UnreadableError(what, "", hint, "source.unsupported")
        for block in reader:
            size = len(block.bytes_.getvalue()) // max(1, block.num_records)
            yield from zip(block, itertools.repeat(size))


def _header(metadata: Any) -> Texts:
    found: Texts = []
    for key, value in metadata.items():
        text = value if isinstance(value, str) else bytes(value).decode("utf-8", "replace")
        at = join([segment(str(key))])
        found += [(Place(field=at, part=Part.KEY), str(key))]
        found += [(Place(field=at, label=str(key), part=Part.METADATA), text)]
    return found


plugin = Avro()
