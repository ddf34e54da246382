"""CRC-32C (Castagnoli, RFC 3720 appendix B.4): many lanes at once for long data."""

from __future__ import annotations

from functools import cache
from typing import Any

_POLYNOMIAL = 0x82F63B78
_SHORT = 2048  # bytes that a plain loop is quick enough for
_STEPS = 256  # bytes of a lane
_ALL = 0xFFFFFFFF


@cache
def _table() -> tuple[int, ...]:
    found = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)  # noqa: PLW2901
        found.append(value)
    return tuple(found)


def crc32c(data: bytes | memoryview) -> int:
    """The checksum of some bytes."""
    if len(data) > _SHORT:
        return _lanes(data)
    table, crc = _table(), _ALL
    for byte in data:
        crc = table[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ _ALL


def masked(data: bytes | memoryview) -> int:
    """The checksum in the form that TFRecord files keep."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & _ALL


def _lanes(data: bytes | memoryview) -> int:
    """Lanes side by side; zeros before the data change nothing once the start is mixed in."""
    import numpy as np

    table = np.array(_table(), np.uint32)
    lanes = 1 << (-(-len(data) // _STEPS) - 1).bit_length()
    padded = np.zeros(lanes * _STEPS, np.uint8)
    padded[len(padded) - len(data) :] = np.frombuffer(data, np.uint8)
    start = len(padded) - len(data)
    padded[start : start + 4] ^= 0xFF
    columns = np.ascontiguousarray(padded.reshape(lanes, _STEPS).T)
    crc = np.zeros(lanes, np.uint32)
    for column in columns:
        crc = table[(crc ^ column) & 255] ^ crc >> 8
    size = _STEPS
    while len(crc) > 1:
        crc = _shifted(crc[0::2], _zeros(size)) ^ crc[1::2]
        size *= 2
    return int(crc[0]) ^ _ALL


def _shifted(crc: Any, bits: tuple[int, ...]) -> Any:
    """The checksums as they are once so many zeros came behind them."""
    import numpy as np

    found = np.zeros(len(crc), np.uint32)
    for bit, image in enumerate(bits):
        found ^= np.where(crc >> bit & 1, np.uint32(image), np.uint32(0))
    return found


@cache
def _zeros(size: int) -> tuple[int, ...]:
    """What each bit of a checksum becomes behind `size` zero bytes, a power of two."""
    if size > 1:
        half = _zeros(size // 2)
        return tuple(_image(image, half) for image in half)
    table = _table()
    return tuple(table[(1 << bit) & 255] ^ (1 << bit) >> 8 for bit in range(32))


def _image(crc: int, bits: tuple[int, ...]) -> int:
    found = 0
    for bit, image in enumerate(bits):
        if crc >> bit & 1:
            found ^= image
    return found
