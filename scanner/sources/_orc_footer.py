"""Whether an ORC file has encrypted columns (ORC specification v1, "Encryption").

The last byte is the length of the postscript, which says how long the footer before it is, and
how it is packed.  Field 10 of the footer is about encryption, field 3 of that what is encrypted.
"""

from __future__ import annotations

import zlib
from typing import Any

from scanner.sources._wire import BYTES, VARINT, NotWire, fields, varint

_TAIL = 16 << 20  # bytes of a footer
_NONE, _ZLIB, _SNAPPY, _LZ4, _ZSTD = 0, 1, 2, 4, 5
_ENCRYPTION, _VARIANTS = 10, 3


def encryption(file: Any) -> bool | None:
    """True for encrypted columns; None where the footer cannot be read."""
    try:
        return _has_variants(_footer(file))
    except (NotWire, ValueError, zlib.error, OSError, MemoryError):
        return None


def _footer(file: Any) -> bytes:
    size = file.size()
    tail = file.read_at(min(size, 256), max(0, size - 256))
    script = memoryview(tail)[-1 - tail[-1] : -1]
    known = {number: value for number, kind, value in fields(script) if kind == VARINT}
    length, behind = known.get(1, 0), len(script) + 1
    if not 0 < length <= min(_TAIL, size - behind):
        raise NotWire
    return _unpacked(file.read_at(length, size - behind - length), known.get(2, _NONE), known)


def _unpacked(data: bytes, kind: int, known: dict[int, int]) -> bytes:
    """The chunks of a stream: three bytes of length, whose lowest bit says "stored as it is"."""
    if kind == _NONE:
        return data
    found, at = list[bytes](), 0
    while at + 3 <= len(data):
        head = int.from_bytes(data[at : at + 3], "little")
        chunk = data[at + 3 : at + 3 + (head >> 1)]
        found.append(chunk if head & 1 else _inflated(chunk, kind, known.get(3, 256 << 10)))
        at += 3 + (head >> 1)
    return b"".join(found)


def _inflated(chunk: bytes, kind: int, largest: int) -> bytes:
    if kind == _ZLIB:
        return zlib.decompressobj(-15).decompress(chunk, _TAIL)
    import pyarrow as pa

    if kind == _ZSTD:
        import zstandard

        try:
            return zstandard.ZstdDecompressor().decompress(chunk, min(largest, _TAIL))
        except zstandard.ZstdError:
            raise NotWire from None
    if kind == _SNAPPY:
        size = varint(memoryview(chunk), 0)[0]  # a block begins with its length
        return bytes(pa.decompress(chunk, min(size, _TAIL), "snappy", asbytes=True))
    if kind == _LZ4:
        return bytes(pa.decompress(chunk, min(_lz4_size(chunk), _TAIL), "lz4_raw", asbytes=True))
    raise NotWire


def _lz4_size(chunk: bytes) -> int:
    """How long the content of an LZ4 block is, which it does not say: the sum of its sequences."""
    at = size = 0
    try:
        while at < len(chunk):
            token, at = chunk[at], at + 1
            literals, at = _lz4_length(chunk, at, token >> 4)
            size, at = size + literals, at + literals + 2
            if at <= len(chunk):  # the last sequence is of literals alone
                match, at = _lz4_length(chunk, at, token & 15)
                size += match + 4
    except IndexError:
        raise NotWire from None
    return size


def _lz4_length(chunk: bytes, at: int, length: int) -> tuple[int, int]:
    more = length == 15
    while more:
        length, more, at = length + chunk[at], chunk[at] == 255, at + 1
    return length, at


def _has_variants(footer: bytes) -> bool:
    for number, kind, value in fields(memoryview(footer)):
        if number == _ENCRYPTION and kind == BYTES:
            return any(inner == _VARIANTS for inner, _, _ in fields(value))
    return False
