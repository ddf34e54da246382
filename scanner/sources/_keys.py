"""Tells which keys of a block say something of their values: each way to write one is asked
about once, however many rows have it.

A key is known again by 64 bits made of all its bytes, mixed by numbers that are drawn anew in
each process: nobody can write a key that passes for another.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from scanner.files.json_rows import Strings
from scanner.sources._members import Kind, key_of, text_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Kinds = NDArray[np.uint8]

TELLING, NAMING = 1, 2  # bits: its name makes a value worth a look; its text may name a sibling
_WORDS = 4  # of eight bytes: what is longer is asked about each time
_SLOTS = 14  # bits: keys that are known at a time


class KeyTable:
    """`named` says whether a label makes its value worth a look."""

    def __init__(self, named: Callable[[str], bool]) -> None:
        import numpy as np

        self._named = named
        self._mixed = np.array([secrets.randbits(63) * 2 + 1 for _ in range(_WORDS + 1)], np.uint64)
        # No key's number can stand where it is put first: all slots are free.
        self._known = ~(np.arange(1 << _SLOTS, dtype=np.uint64) << np.uint64(64 - _SLOTS))
        self._kinds = np.zeros(1 << _SLOTS, np.uint8)

    def kinds(self, strings: Strings, keys: Any) -> Kinds:
        """What each of these tokens, all of them keys, tells."""
        import numpy as np

        if not len(keys):
            return np.zeros(0, np.uint8)
        marks, sure = self._marks(strings, keys)
        slots = (marks >> np.uint64(64 - _SLOTS)).astype(np.int64)
        found: Kinds = self._kinds[slots]
        new = np.flatnonzero((self._known[slots] != marks) | ~sure)
        for at, token in zip(new.tolist(), keys[new].tolist(), strict=True):
            kind = self._kind(text_of(strings, token))
            found[at] = kind
            if sure[at]:
                self._known[slots[at]], self._kinds[slots[at]] = marks[at], kind
        return found

    def _kind(self, raw: bytes) -> int:
        key = key_of(raw)
        return TELLING * self._named(key.text) + NAMING * (key.kind is Kind.NAMING)

    def _marks(self, strings: Strings, keys: Any) -> tuple[Any, Any]:
        """A number for each token, and whether it stands for all of its bytes."""
        import numpy as np

        starts, sizes = strings.starts(keys), strings.ends(keys) - strings.starts(keys)
        limit = len(strings.data) - 8
        sure = (sizes <= 8 * _WORDS) & (starts + sizes <= limit)
        marks = sizes.astype(np.uint64) * self._mixed[_WORDS]
        if limit < 0:
            return marks, sure
        words = np.ndarray((limit + 1,), "<u8", strings.data, strides=(1,))
        for n in range(_WORDS):
            with_more = np.flatnonzero(sure & (sizes > 8 * n))
            if not len(with_more):
                break
            left = np.minimum(sizes[with_more] - 8 * n, 8)
            word = words[starts[with_more] + 8 * n] & _masks()[left]
            mixed = (marks[with_more] + word) * self._mixed[n]
            marks[with_more] = mixed ^ (mixed >> np.uint64(32))
        return marks * self._mixed[_WORDS], sure


@cache
def _masks() -> Any:
    """By the bytes that count, those of a word."""
    import numpy as np

    return np.array([(1 << 8 * n) - 1 for n in range(9)], np.uint64)


@lru_cache(4)
def table(named: Callable[[str], bool]) -> KeyTable:
    """What was learnt of keys stays known from block to block."""
    return KeyTable(named)
