"""Records that a library hands on as Python values: mappings, lists, texts, bytes, numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from scanner.batch import Place, TextBatch, UnitLog
from scanner.errors import UnreadableError
from scanner.files.json_names import personal
from scanner.files.json_parse import MAX_NESTING
from scanner.files.json_walk import Spot
from scanner.model import Location
from scanner.pointer import Named
from scanner.sources._packed import packed_text
from scanner.sources._records import Records, _Span
from scanner.sources._schema import text_in_batches

_KNOWN = (bool, type(None), date, time)


@dataclass(slots=True)
class _Values(_Span):
    """Values have no bytes of their own in the shard."""

    def place(self, spot: Spot, index: int) -> Place:
        return Place(self.numbers[index], spot.field, spot.label, spot.part)

    def fields(self, place: Place, _wanted: Callable[[str], bool]) -> Any:
        """The record of a place, where it is a mapping."""
        value: Any = self.raws[self.numbers.index(place.record or 0)]
        return value if isinstance(value, dict) else None


class Values(Records):
    """Takes records as Python values, gives batches of their texts."""

    def __init__(self, log: UnitLog) -> None:
        super().__init__(log)
        self._span = _Values()

    def take(self, number: int, value: Any, size: int) -> None:
        """One record, of about `size` bytes."""
        self.take_parsed(number, document(value, self._log), size, value)

    def take_parsed(self, number: int, parsed: Any, size: int, value: Any = None) -> None:
        """One record in the form that `scanner.files.json_walk` walks."""
        walker, span = self._walker, self._span
        walker.record = len(span.numbers)
        walker.walk(parsed)
        span.numbers.append(number)
        span.rows.append(len(walker.texts))
        span.raws.append(value)
        self._log.records += 1
        self._log.bytes += size
        self._chars += size + 64

    def batches(self) -> Iterator[TextBatch]:
        """The texts of the records added since the last call."""
        yield from super().batches()
        self._span = _Values()


def batches(values: Iterable[tuple[Any, int]], log: UnitLog) -> Iterator[TextBatch]:
    """The texts of (record, size in bytes) pairs; those before an error come before it."""
    records = Values(log)
    try:
        for number, (value, size) in enumerate(values):
            records.take(number, value, size)
            if records.full:
                yield from records.batches()
    except UnreadableError:
        yield from records.batches()
        raise
    yield from records.batches()


def text_of(values: Iterable[tuple[Any, int]], location: Location, named: Named) -> str:
    """The text at a location.  Raises UnreadableError when it is not there."""
    for number, (value, size) in enumerate(values):
        if number == location.record:
            records = Values(UnitLog())
            records.take(number, value, size)
            return text_in_batches(records.batches(), location, named)
    return text_in_batches((), location, named)


def document(value: Any, log: UnitLog, depth: int = 0) -> Any:
    """The value in the form that `scanner.files.json_walk` walks."""
    if depth > MAX_NESTING:
        hint = "store it in a simpler form; every other value was scanned"
        log.problem("source.too_deep", "values are nested too deeply", "", hint)
        return None
    if isinstance(value, dict):
        return tuple((_key(key), _member(key, inner, log, depth)) for key, inner in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return [document(inner, log, depth + 1) for inner in value]
    return _scalar(value, log)


def _member(key: Any, value: Any, log: UnitLog, depth: int) -> Any:
    if isinstance(value, float) and personal(_key(key)):
        return repr(value).encode()
    return document(value, log, depth + 1)


def _key(key: Any) -> str:
    return key.decode("utf-8", "replace") if isinstance(key, bytes) else str(key)


def _scalar(value: Any, log: UnitLog) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        return text_of_bytes(bytes(value), log)
    if isinstance(value, str):
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, _KNOWN):
        return None
    if isinstance(value, int | float | Decimal):
        return _number(value)
    log.problem("source.unsupported", "values of a kind that is not known were not scanned")
    return None


def _number(value: float | Decimal) -> bytes | None:
    """Its digits; a float of up to 15 of them may stand for a whole number."""
    if isinstance(value, float):
        return str(int(value)).encode() if value.is_integer() and abs(value) < 1e17 else None
    return str(value).encode("ascii")


def text_of_bytes(data: bytes, log: UnitLog) -> str | None:
    """Bytes that are text; others are counted, as binary columns are elsewhere."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" not in text:
        return text
    if (packed := packed_text(data, log)) is not None:
        return packed
    if data.strip(b"\0"):
        hint = "drop the column, or scan what it holds in a format of its own"
        log.problem("source.binary_value", "binary values were not scanned", "", hint)
    return None
