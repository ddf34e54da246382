"""The stored form of multi-pattern databases: one after the other, each behind its length."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator, Sequence

_LENGTH = struct.Struct("<Q")


def joined(databases: Sequence[bytes]) -> bytes:
    """Databases as one; `parts` takes them apart."""
    return b"".join(_LENGTH.pack(len(one)) + one for one in databases)


def parts(stored: bytes) -> Iterator[bytes]:
    """The databases of `joined`."""
    at = 0
    while at < len(stored):
        (length,) = _LENGTH.unpack_from(stored, at)
        at += _LENGTH.size + length
        yield stored[at - length : at]


def made_of(platform: str, anchors: Sequence[tuple[str, int, int]]) -> bytes:
    """What a database was made of, as a digest: expression, flags and id of each anchor."""
    return hashlib.sha256(json.dumps([platform, *anchors]).encode()).digest()
