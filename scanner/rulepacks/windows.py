"""Regular-expression search in long values: near the hits only, without cutting a match."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

# Bytes; longer values are searched near the hits, shorter ones tell of all that they refuse.
WHOLE = 4096


def windows(size: int, hits: Sequence[int], reach: int) -> Iterator[tuple[int, int]]:
    """The stretches to search: everything, or merged windows round the hits of a long value."""
    if size <= WHOLE or not hits:
        yield 0, size
        return
    yield from near(size, [(hit, hit) for hit in sorted(hits)], reach)


def near(size: int, places: Sequence[tuple[int, int]], reach: int) -> Iterator[tuple[int, int]]:
    """Merged stretches of `reach` bytes round each place, which come in their order."""
    low, high = 0, -1
    for start, end in places:
        if start - reach > high:
            if high >= 0:
                yield low, high
            low = max(0, start - reach)
        high = max(high, min(size, end + reach))
    if high >= 0:
        yield low, high


def found_in(
    regex: Any, data: bytes, window: tuple[int, int], reach: int, resume: Callable[[Any], int]
) -> Iterator[Any]:
    """Each match in a window; one that the window's end cuts is searched again in full.

    `resume` says where the search goes on after a match.
    """
    low, high = window
    while (found := regex.search(data, low, high)) is not None:
        if found.start() > window[1]:
            return
        if found.end() == high < len(data):
            high, reach = min(len(data), high + reach), 2 * reach
            continue
        yield found
        low = max(found.start() + 1, resume(found))


def last_char(data: bytes, end: int) -> int:
    """Where the character before `end` starts."""
    end -= 1
    while data[end] & 0xC0 == 0x80:
        end -= 1
    return end
