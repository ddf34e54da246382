"""Texts of SQLite's values, and the batches they are handed on in."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from scanner.batch import EachPlace, Place, TextBatch, UnitLog, text_array
from scanner.files.json_names import personal
from scanner.files.sqlite_carve import runs
from scanner.files.sqlite_cells import Span, number
from scanner.model import Part
from scanner.pointer import join
from scanner.sources._lines import decode
from scanner.sources._packed import packed_text
from scanner.sources._packed import text_of as text_of_bytes
from scanner.sources._seen import HEAD, is_read

_BATCH = 1 << 20  # characters
_LONG = 10**6  # numbers below have too few digits to identify anybody
_EXACT = 10.0**17  # floats above do not stand for the number that was meant
_OBJECT = 64 << 10  # characters of a JSON text that may say whom a row is about
_REAL = 7  # serial type
_SMALL = 8  # bytes; what is shorter and no text tells nothing


@dataclass
class Gathered:
    """Texts of rows, with the rows, until they are a batch."""

    log: UnitLog
    texts: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    rows: dict[tuple[str, int | None], tuple[Sequence[str], Sequence[Any]]] = field(
        default_factory=dict
    )
    chars: int = 0

    def add(self, place: Place, text: str) -> None:
        if text:
            self.texts.append(text)
            self.places.append(place)
            self.chars += len(text)

    def say(self, field: str, record: int | None, names: Sequence[str], row: Sequence[Any]) -> None:
        """Of the values at `field/...` of a record: the row they are in."""
        self.rows[field, record] = names, row

    @property
    def full(self) -> bool:
        return self.chars >= _BATCH

    def batches(self) -> Iterator[TextBatch]:
        """What was gathered, once."""
        if self.texts:
            rows = Rows(self.rows)
            yield TextBatch(text_array(self.texts), EachPlace(self.places), fields=rows.fields)
        self.texts, self.places, self.rows, self.chars = [], [], {}, 0


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a batch, for `TextBatch.fields`."""

    rows: dict[tuple[str, int | None], tuple[Sequence[str], Sequence[Any]]]

    def fields(self, place: Place, _wanted: Any) -> dict[str, Any]:
        """The row of a place by column; a text that is a JSON object as that object."""
        names, values = self.rows.get((place.field.rpartition("/")[0], place.record), ((), ()))
        return {n: _member(v) for n, v in zip(names, values, strict=False) if v is not None}


def _member(value: Any) -> Any:
    if isinstance(value, str) and value[:1] == "{" and len(value) <= _OBJECT:
        try:
            return msgspec.json.decode(value)
        except msgspec.MsgspecError:
            return value
    return value


# Values --------------------------------------------------------------------------------------


def value_of(data: bytes, span: Span, encoding: str) -> Any:
    """A value as str, int, float or bytes; None for null."""
    if span.kind == 0:
        return None
    raw = data[span.start : span.end]
    if span.is_text:
        return text_of(raw, encoding)
    if span.is_bytes:
        return raw
    if span.kind == _REAL:
        return struct.unpack(">d", raw)[0] if len(raw) == 8 else None
    return number(data, span)


def text_of(raw: bytes, encoding: str) -> str:
    """A text in the encoding of the database, or as best it can be read."""
    return decode(raw)[0] if encoding == "utf-8" else raw.decode(encoding, "replace")


def number_text(value: Any, label: str) -> str:
    """A number that may identify somebody, or is of that name, as text; "" for any other."""
    if isinstance(value, float):
        whole = abs(value) < _EXACT and value.is_integer()
        value = int(value) if whole else value if personal(label) else 0
    told = isinstance(value, int | float) and (abs(value) >= _LONG or personal(label))
    return str(value) if told else ""


def text_in_bytes(raw: bytes, log: UnitLog) -> str | None:
    """The text that bytes are, compressed or not; None for what is none."""
    return text_of_bytes(raw) or packed_text(raw, log)


def add_value(to: Gathered, value: Any, place: Place) -> None:
    """Add what can be read of a value of a row."""
    if isinstance(value, str):
        to.add(place, value)
    elif isinstance(value, bytes):
        _add_bytes(to, value, place)
    elif text := number_text(value, place.label):
        to.add(_as(place, place.field, Part.NUMBER), text)


def _add_bytes(to: Gathered, raw: bytes, place: Place) -> None:
    text = text_in_bytes(raw, to.log)
    if text is not None:
        to.add(place, text)
        return
    for start, end in runs(raw, 0, len(raw), "utf-8"):
        spot = place.field + join([str(start)])
        to.add(_as(place, spot, Part.RAW), raw[start:end].decode("utf-8", "replace"))
    if is_read(raw[:HEAD]):
        return  # `scanner.recordings.pictures` reads it
    if len(raw) >= _SMALL:
        hint = "drop the column, or scan what it holds in a format of its own"
        what = "of binary values only the texts in them were scanned"
        to.log.problem("source.binary_value", what, "", hint, place.record)


def _as(place: Place, field: str, part: Part) -> Place:
    return Place(place.record, field, place.label, part)
