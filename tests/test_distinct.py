"""Distinct values stand for all their rows: nothing is lost, nothing moves."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from scanner.batch import ColumnPlaces, EachPlace, Place, TextBatch
from scanner.distinct import distinct
from scanner.model import Part

VALUES = st.lists(st.sampled_from(["", "a", "b", "é", "long enough"]) | st.none(), max_size=40)


def told(batch: TextBatch) -> Counter[tuple[Place, str]]:
    pairs = Counter[tuple[Place, str]]()
    for row, value in enumerate(batch.values):
        if value.is_valid:
            pairs.update((place, value.as_py()) for place in batch.places.of(row))
    return pairs


@given(
    values=VALUES, first=st.integers(0, 9), kind=st.sampled_from([pa.string(), pa.large_string()])
)
def test_every_value_keeps_every_place(values, first, kind):
    places = ColumnPlaces(len(values), first, "/a", "a")
    batch = TextBatch(pa.array(values, kind), places)
    once = distinct(batch)
    assert told(once) == told(batch)
    assert len(once.places) == len(once.values)
    labels = [(label, row) for label, rows in once.places.labels() for row in rows]
    assert labels == [("a", row) for row in range(len(once.values))]


@given(values=VALUES)
def test_slices_too(values):
    column = pa.array(["b", *values, "b"], pa.string()).slice(1, len(values))
    batch = TextBatch(column, ColumnPlaces(len(values), 0, "/a", "a"))
    assert told(distinct(batch)) == told(batch)


def test_what_repeats_is_there_once():
    batch = TextBatch(pa.array(["x"] * 9 + ["y"]), ColumnPlaces(10, 0, "/a", "a"))
    assert distinct(batch).values.to_pylist() == ["x", "y"]


def test_equal_values_of_another_label_or_part_are_others():
    for other in (Place(label="b"), Place(label="a", part=Part.NUMBER)):
        batch = TextBatch(pa.array(["1"] * 10), EachPlace([Place(label="a")] * 9 + [other]))
        assert distinct(batch) is batch
