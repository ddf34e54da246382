"""Batches that are matched together give what each gives alone."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.ahead import Ahead
from scanner.batch import EachPlace, Piece, Place, TextBatch, text_array
from scanner.detectors import Pattern
from scanner.distinct import distinct
from scanner.matcher import Matcher
from scanner.regexes.multipattern import Anchor


class _Detector:
    def rules(self) -> list[object]:
        return []

    def patterns(self) -> list[Pattern]:
        labelled = Pattern("label", label_anchors=("pass",))
        return [Pattern("word", ("ab",)), Pattern("shape", ("[a-c]{2}[0-9]",)), labelled]


MATCHER = Matcher(
    {"d": _Detector()},  # type: ignore[dict-item]
    encodings={"hex": [Anchor("x[0-9]", private=False)]},
)
TEXTS = st.lists(
    st.one_of(st.none(), st.text("abcx01 é", max_size=6), st.sampled_from(["ab1", "x1 ab"])),
    max_size=8,
)
LABELS = st.sampled_from(["", "password", "name"])


def _batch(texts: list[str | None], label: str) -> TextBatch:
    places = [Place(row, label=label) for row in range(len(texts))]
    return TextBatch(text_array(texts), EachPlace(places))  # type: ignore[arg-type]


@given(st.lists(st.tuples(TEXTS, LABELS), max_size=5))
@settings(max_examples=60, deadline=None)
def test_together_as_alone(parts: list[tuple[list[str | None], str]]) -> None:
    batches, ahead = [_batch(*part) for part in parts], Ahead(MATCHER)
    ahead.look(batches)
    for batch in batches:
        one = ahead.distinct(batch)
        assert one.values.to_pylist() == distinct(batch).values.to_pylist()
        alone = [c for c in MATCHER.candidates(one) if c.hits or c.key == "label"]
        encoded = MATCHER.encoded(one.values)
        assert list(ahead.candidates(one)) == alone
        assert ahead.encoded(one.values) == encoded


@pytest.mark.parametrize("pieces", [(), (Piece(0),)])
def test_what_was_not_looked_at_is_matched_when_it_is_asked_for(pieces: tuple[Piece, ...]) -> None:
    ahead = Ahead(MATCHER)
    batch = TextBatch(text_array(["ab"]), EachPlace([Place()]), pieces=pieces)
    ahead.look([batch, TextBatch(text_array([string.digits]), EachPlace([Place()]))])
    assert [c.key for c in ahead.candidates(ahead.distinct(batch))] == ["word"]
