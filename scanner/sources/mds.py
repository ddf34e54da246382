"""MDS shards of MosaicML Streaming: the samples of a shard, by the columns its header names.

A shard is: number of samples, offsets (all `uint32`, little-endian), the configuration as JSON, and
samples.  A sample is the sizes of its columns of variable size, then the columns.  The shard says
all itself; `index.json` beside it is scanned as any JSON.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from scanner.batch import TextBatch, UnitLog
from scanner.errors import UnreadableError
from scanner.files.streams import open_shard
from scanner.model import Location
from scanner.pointer import Named
from scanner.sources import Shard, Unit
from scanner.sources._pickled import texts as pickled
from scanner.sources._texts import Counted
from scanner.sources._values import batches, text_of

_CONFIG = 1 << 20  # bytes
_SAMPLE = 1 << 30
_WHOLE = {"int": "q", "int8": "b", "int16": "h", "int32": "i", "int64": "q",
          "uint8": "B", "uint16": "H", "uint32": "I", "uint64": "Q"}  # fmt: skip
_NUMBERS = ("float", "ndarray")  # encodings that hold no text


@dataclass(frozen=True, slots=True)
class _Columns:
    names: list[str]
    encodings: list[str]
    sizes: list[int | None]


class Mds:
    """A record is a sample; a field the name of a column."""

    suffixes = frozenset({".mds"})

    def sniff(self, head: bytes) -> bool:
        """Offsets that rise, the first behind a configuration that begins as JSON does."""
        count = int.from_bytes(head[:4], "little")
        base, listed = 4 + 4 * (count + 1), min(count + 1, len(head) // 4 - 1)
        if not count or listed < 2:
            return False
        known = struct.unpack(f"<{listed}I", head[4 : 4 + 4 * listed])
        rising = all(a <= b for a, b in pairwise(known))
        fits = base + 2 < known[0] <= base + _CONFIG
        return fits and rising and head[base : base + 1] in (b"{", b"")

    def units(self, shard: Shard) -> Iterator[Unit]:
        yield Unit(shard, "mds")

    def batches(self, unit: Unit, log: UnitLog) -> Iterator[TextBatch]:
        yield from batches(_values(unit.shard, log), log)

    def value_at(self, shard: Shard, location: Location, named: Named) -> str:
        return text_of(_values(shard, UnitLog()), location, named)


def _values(shard: Shard, log: UnitLog) -> Iterator[tuple[Any, int]]:
    """(sample, size in bytes) pairs.  Raises UnreadableError where the shard is damaged."""
    with open_shard(shard) as opened:
        stream = Counted(opened)
        count = int.from_bytes(stream.read(4), "little")
        raw = stream.read(4 * (count + 1))
        if len(raw) < 4 * (count + 1):
            raise _damaged()
        offsets = memoryview(raw).cast("I")
        columns = _columns(stream.read(max(0, min(_CONFIG, offsets[0] - 4 - len(raw)))))
        for start, stop in pairwise(offsets):
            data = stream.read(stop - start) if 0 <= stop - start <= _SAMPLE else b""
            if len(data) < stop - start or stop < start:
                raise _damaged()
            yield _sample(data, columns, log), len(data)


def _columns(config: bytes) -> _Columns:
    try:
        known = json.loads(config)
        found = _Columns(known["column_names"], known["column_encodings"], known["column_sizes"])
        if not len(found.names) == len(found.encodings) == len(found.sizes):
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    else:
        return found
    raise _damaged()


def _sample(data: bytes, columns: _Columns, log: UnitLog) -> dict[str, Any]:
    found: dict[str, Any] = {}
    at = 4 * sum(size is None for size in columns.sizes)
    if at > len(data):
        raise _damaged()
    variable = iter(struct.unpack(f"<{at // 4}I", data[:at]))
    for name, encoding, size in zip(columns.names, columns.encodings, columns.sizes, strict=True):
        length = next(variable) if size is None else size
        if not isinstance(length, int) or not 0 <= length <= len(data) - at:
            raise _damaged()
        found[str(name)] = _value(data[at : at + length], str(encoding), log)
        at += length
    return found


def _value(data: bytes, encoding: str, log: UnitLog) -> Any:
    if encoding in _WHOLE and len(data) == struct.calcsize(f"<{_WHOLE[encoding]}"):
        return struct.unpack(f"<{_WHOLE[encoding]}", data)[0]
    if encoding.startswith(_NUMBERS):
        return None
    if encoding == "pkl":
        return [text for _, text in pickled(io.BytesIO(data), UnitLog())]
    if encoding in ("str", "json") or encoding.startswith("str_"):
        return data.decode("utf-8", "replace")
    if encoding not in ("bytes", "jpeg", "png", "pil"):
        what = "columns in an encoding that is not known were read as bytes"
        log.problem("note.encoding", what)
    return data


def _damaged() -> UnreadableError:
    hint = "write the shard again from its origin; what came before was scanned"
    return UnreadableError("the MDS shard is damaged or cut off", "", hint, "source.corrupt")


plugin = Mds()
