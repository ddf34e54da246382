"""TFRecord files: every feature of every `tf.train.Example` and `SequenceExample`.

Both checksums of each record are checked.  A record that is neither is read as text, or as a
message of protocol buffers whose fields have numbers for names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.batch import TextBatch, UnitLog
from scanner.errors import UnreadableError
from scanner.files.streams import open_shard
from scanner.model import Location
from scanner.pointer import Named
from scanner.sources import Shard, Unit
from scanner.sources._crc32c import masked
from scanner.sources._texts import Counted
from scanner.sources._values import batches, text_of
from scanner.sources._wire import BYTES, VARINT, NotWire, fields, signed, varints

_DEEPEST = 20  # messages in each other
_LONGEST = 1 << 30  # bytes of a record


class TfRecord:
    """A record is a record; a field the name of a feature."""

    suffixes = frozenset({".tfrecord", ".tfrecords", ".tfrec"})

    def sniff(self, head: bytes) -> bool:
        """The checksum of the first length."""
        return len(head) >= 12 and masked(head[:8]) == int.from_bytes(head[8:12], "little")

    def units(self, shard: Shard) -> Iterator[Unit]:
        yield Unit(shard, "tfrecord")

    def batches(self, unit: Unit, log: UnitLog) -> Iterator[TextBatch]:
        yield from batches(_values(unit.shard), log)

    def value_at(self, shard: Shard, location: Location, named: Named) -> str:
        return text_of(_values(shard), location, named)


def _values(shard: Shard) -> Iterator[tuple[Any, int]]:
    """(record, size in bytes) pairs.  Raises UnreadableError at the first damage."""
    with open_shard(shard) as opened:
        stream = Counted(opened)
        while head := stream.read(12):
            if len(head) < 12:
                raise _damaged("the TFRecord file ends within a record")
            size = int.from_bytes(head[:8], "little")
            if masked(head[:8]) != int.from_bytes(head[8:], "little") or size > _LONGEST:
                raise _damaged("the length of a TFRecord is damaged")
            data = stream.read(size + 4)
            if len(data) < size + 4:
                raise _damaged("the TFRecord file ends within a record")
            body = memoryview(data)[:size]
            if masked(body) != int.from_bytes(data[size:], "little"):
                raise _damaged("the content of a TFRecord is damaged")
            yield example(body), size


def _damaged(what: str) -> UnreadableError:
    hint = "write the file again from its origin; what came before was scanned"
    return UnreadableError(what, "", hint, "source.corrupt")


def example(data: memoryview) -> Any:
    """The features of an Example; of what is none, whatever can be read."""
    try:
        return _example(data)
    except NotWire:
        pass
    raw = bytes(data)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        found = _message(data, 0)
        return raw if found is None else found


def _example(data: memoryview) -> dict[str, Any]:
    """`Example { features = 1 }`, `SequenceExample { context = 1, feature_lists = 2 }`."""
    found: dict[str, Any] = {}
    for number, kind, value in fields(data):
        if kind != BYTES or number not in (1, 2):
            raise NotWire
        for key, inner in _entries(value):
            many = number == 2
            each = [_feature(v) for v in _all(inner, 1)] if many else _feature(inner)
            found[key] = [found[key], each] if key in found else each
    if not found:
        raise NotWire
    return found


def _entries(data: memoryview) -> Iterator[tuple[str, memoryview]]:
    """The entries of `map<string, Feature>`."""
    for entry in _all(data, 1):
        key, value = "", memoryview(b"")
        for number, kind, inner in fields(entry):
            if kind != BYTES or number not in (1, 2):
                raise NotWire
            if number == 1:
                key = bytes(inner).decode("utf-8", "replace")
            else:
                value = inner
        yield key, value


def _feature(data: memoryview) -> Any:
    """`Feature { bytes_list = 1, float_list = 2, int64_list = 3 }`; floats are nobody's."""
    found: list[Any] = []
    for number, kind, value in fields(data):
        if kind != BYTES or number not in (1, 2, 3):
            raise NotWire
        if number == 1:
            found += [bytes(one) for one in _all(value, 1)]
        elif number == 3:
            found += _numbers(value)
    return found[0] if len(found) == 1 else found


def _numbers(data: memoryview) -> Iterator[int]:
    for number, kind, value in fields(data):
        if number != 1 or kind not in (VARINT, BYTES):
            raise NotWire
        yield from varints(value) if kind == BYTES else [signed(value)]


def _all(data: memoryview, wanted: int) -> Iterator[memoryview]:
    for number, kind, value in fields(data):
        if number != wanted or kind != BYTES:
            raise NotWire
        yield value


def _message(data: memoryview, depth: int) -> dict[str, Any] | None:
    """A message without a schema; None for what is none."""
    found: dict[str, Any] = {}
    try:
        for number, kind, value in fields(data):
            one = _value(value, depth) if kind == BYTES else signed(value) if not kind else None
            found.setdefault(str(number), []).append(one)
    except NotWire:
        return None
    return found


def _value(data: memoryview, depth: int) -> Any:
    raw = bytes(data)
    try:
        text = raw.decode("utf-8")
        if text.isprintable() or depth >= _DEEPEST:
            return text
    except UnicodeDecodeError:
        text = ""
    inner = _message(data, depth + 1) if depth < _DEEPEST and raw else None
    return inner if inner is not None else text or raw


plugin = TfRecord()
