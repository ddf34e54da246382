"""Tells which encoded texts need no decoding: nothing that any detector looks for is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.decoders import Decoder, SeenThrough
from scanner.matcher import Matcher

if TYPE_CHECKING:
    import pyarrow as pa

_FEW = 8  # texts: decoding them costs less than looking


def idle(
    matcher: Matcher, decoder: Decoder, values: pa.Array, rows: list[int], depth: int
) -> set[int]:
    """Rows whose text holds nothing, neither as it is written nor decoded up to `depth` times.

    Rows that may be encoded more deeply than that are never among them.
    """
    import pyarrow as pa

    if len(rows) < _FEW or matcher.always_any or not isinstance(decoder, SeenThrough):
        return set()
    texts, touched = decoder.seen(values.take(pa.array(rows, pa.int64())), depth), set[int]()
    for view in texts.views():
        ends = matcher.coarse.values(view.text) + matcher.coarse.labels(view.text)
        touched |= texts.rows(view, [max(0, end - 1) for end in ends])
    touched |= texts.deeper
    return {row for nth, row in enumerate(rows) if nth not in touched}
