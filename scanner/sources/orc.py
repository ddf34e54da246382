"""ORC files, stripe by stripe.  Encrypted columns read as masked values: they are told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.batch import TextBatch, UnitLog
from scanner.errors import UnreadableError
from scanner.files.whole import arrow_file
from scanner.model import Location
from scanner.pointer import Named
from scanner.sources import Shard, Unit
from scanner.sources._columns import columns
from scanner.sources._orc_footer import encryption
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

_DECRYPT = "write it again without encryption, or scan it where it can be decrypted"


class Orc:
    """A record is a row, counted over all stripes."""

    suffixes = frozenset({".orc"})

    def sniff(self, head: bytes) -> bool:
        return head.startswith(b"ORC")

    def units(self, shard: Shard) -> Iterator[Unit]:
        yield Unit(shard, "orc")

    def batches(self, unit: Unit, log: UnitLog) -> Iterator[TextBatch]:
        raw = arrow_file(unit.shard)
        file, texts = _opened(raw, unit.shard)
        yield from batch_of(texts)
        _note_encryption(raw, log)
        first = log.records
        for number in range(file.nstripes):
            stripe = _stripe(file, number, log)
            if stripe is not None:
                yield from _columns(stripe, number, first, log)
                log.bytes += stripe.nbytes
                log.records += stripe.num_rows
                first += stripe.num_rows

    def value_at(self, shard: Shard, location: Location, named: Named) -> str:
        file, texts = _opened(arrow_file(shard), shard)
        if location.record is None:
            return text_among(texts, location, named)
        first = 0
        for number in range(file.nstripes):
            stripe = _stripe(file, number, UnitLog())
            if stripe is not None and location.record < first + stripe.num_rows:
                found = _columns(stripe, number, first, UnitLog())
                return text_in_batches(found, location, named)
            first += stripe.num_rows if stripe is not None else 0
        raise gone(location)


def _wrong() -> tuple[type[Exception], ...]:
    return (*damage(), ValueError)


def _opened(raw: Any, shard: Shard) -> tuple[Any, Texts]:
    """The reader, and what the footer says.  Raises UnreadableError."""
    from pyarrow import orc

    try:
        file = orc.ORCFile(raw)
        metadata = {bytes(k): bytes(v) for k, v in (file.metadata or {}).items()}
        return file, schema_texts(file.schema, metadata)
    except _wrong():
        hint = "write the file again from its origin"
        what = "the ORC footer cannot be read"
        raise UnreadableError(what, shard.uri, hint, "source.corrupt") from None


def _note_encryption(raw: Any, log: UnitLog) -> None:
    found = encryption(raw)
    if found is None:
        what = "whether columns of the ORC file are encrypted cannot be told"
        log.problem("source.unsupported", what, "", "write it again with zlib or zstd")
    elif found:
        what = "encrypted columns of the ORC file were read as masked values"
        log.problem("source.encrypted", what, "", _DECRYPT)


def _stripe(file: Any, number: int, log: UnitLog) -> Any:
    try:
        return file.read_stripe(number)
    except _wrong():
        damaged(log, "a stripe of the ORC file cannot be read", f"stripe {number}")
        return None


def _columns(stripe: Any, number: int, first: int, log: UnitLog) -> Iterator[TextBatch]:
    return columns(stripe, first, log, "a stripe", f"stripe {number}")


plugin = Orc()
