"""Byte strings in order of their keys: sorted in parts, which are then read side by side.

Memory holds one part while it is filled, and a few rows of each part while they are merged.
"""

from __future__ import annotations

import heapq
import secrets
from collections.abc import Iterator
from itertools import islice
from operator import itemgetter
from pathlib import Path

from scanner import pile

PART = 10_000  # rows that are sorted at once, and stay in memory when there are no more
_AT_ONCE = 64  # rows of one part that are read together

Pair = tuple[bytes, bytes]  # a key and what belongs to it


class Sorter:
    """Takes pairs, gives them back by key.  Without a private `folder` all stay in memory."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._rows: list[Pair] = []
        self._parts: list[Path] = []

    def add(self, key: bytes, row: bytes) -> None:
        """Raises LeakgateError when the disk is full."""
        self._rows.append((key, row))
        if self._folder is not None and len(self._rows) > PART:
            self._parts.append(save(self._folder, self._ordered()))
            self._rows = []

    @property
    def many(self) -> bool:
        """True when they are on disk."""
        return bool(self._parts)

    def __iter__(self) -> Iterator[bytes]:
        """The rows by key, once: what was on disk is gone then."""
        parts = [read(path) for path in self._parts]
        for _, row in heapq.merge(self._ordered(), *parts, key=itemgetter(0)):
            yield row
        for path in self._parts:
            path.unlink(missing_ok=True)

    def _ordered(self) -> Iterator[Pair]:
        self._rows.sort(key=itemgetter(0))
        return iter(self._rows)


def save(folder: Path, pairs: Iterator[Pair]) -> Path:
    """Write pairs to a new private file.  Raises LeakgateError when the disk is full."""
    import pyarrow as pa

    schema = pa.schema([("key", pa.binary()), ("row", pa.binary())])
    blocks = iter(lambda: list(islice(pairs, _AT_ONCE)), [])
    batches = (pa.record_batch(list(zip(*block, strict=True)), schema=schema) for block in blocks)
    path = folder / f"{secrets.token_hex(8)}.arrow"
    pile.save(path, schema, batches)
    return path


def read(path: Path) -> Iterator[Pair]:
    """The pairs of a file, in the order they were written."""
    for batch in pile.batches_of(path):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
