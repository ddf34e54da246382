"""The wire format of protocol buffers: fields by their numbers, without a schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


class NotWire(ValueError):
    """The bytes are no message."""


def fields(data: memoryview) -> Iterator[tuple[int, int, Any]]:
    """(number, wire type, value): an int, or a memoryview.  Raises NotWire."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, kind = key >> 3, key & 7
        if not number:
            raise NotWire
        if kind == VARINT:
            value, at = varint(data, at)
            yield number, kind, value
            continue
        if kind == BYTES:
            size, at = varint(data, at)
        elif kind in (FIXED64, FIXED32):
            size = 8 if kind == FIXED64 else 4
        else:
            raise NotWire
        if at + size > len(data):
            raise NotWire
        yield number, kind, data[at : at + size]
        at += size


def varint(data: memoryview, at: int) -> tuple[int, int]:
    """The number at an offset, and the offset behind it.  Raises NotWire."""
    value = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
    raise NotWire


def varints(data: memoryview) -> Iterator[int]:
    """Packed numbers, as signed ones of 64 bits.  Raises NotWire."""
    at = 0
    while at < len(data):
        value, at = varint(data, at)
        yield signed(value)


def signed(value: int) -> int:
    """A number of 64 bits in two's complement."""
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value
