"""Equal values are scanned once, however often they stand in a batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from scanner.batch import Place, Places, TextBatch

if TYPE_CHECKING:
    import pyarrow as pa

_WORTH = 0.8  # of the values, at most, must be distinct


def distinct(batch: TextBatch) -> TextBatch:
    """The batch with equal values once, at all their places, if it is a column of few.

    The batch itself where values differ in label or part, or hardly repeat: finding out
    would cost more than it saves.  Nulls are left out.
    """
    kinds = list(islice(batch.places.labels(), 2))
    if len(kinds) != 1 or batch.pieces or len(batch.values) < 2:
        return batch
    encoded = batch.values.dictionary_encode()
    if len(encoded.dictionary) > _WORTH * len(batch.values):
        return batch
    return TextBatch(encoded.dictionary, _SharedPlaces(batch.places, kinds[0][0], encoded))


class _SharedPlaces:
    """The places of distinct values: of each, those of all the rows that hold it."""

    def __init__(self, outer: Places, label: str, encoded: pa.DictionaryArray) -> None:
        self._outer, self._label = outer, label
        self._size, self._indices = len(encoded.dictionary), encoded.indices

    def __len__(self) -> int:
        return self._size

    def of(self, row: int) -> Iterator[Place]:
        order, ends = self._order
        for outer in order[ends[row] : ends[row + 1]].tolist():
            yield from self._outer.of(outer)

    def labels(self) -> Iterator[tuple[str, Sequence[int]]]:
        yield self._label, range(self._size)

    @cached_property
    def _order(self) -> tuple[Any, Any]:
        """The outer rows in the order of their values, and where each value's rows begin."""
        import numpy as np

        nth = self._indices.fill_null(self._size).to_numpy()
        order = np.argsort(nth, kind="stable")
        return order, np.searchsorted(nth[order], np.arange(self._size + 1))
