"""A match in a value of several lines is told by its own lines."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.batch import Place
from scanner.own_lines import own_lines

BEFORE = b"what stands before\n"


@settings(max_examples=60)
@given(
    lines=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"))),
    data=st.data(),
)
def test_what_was_matched_stands_at_the_place_that_is_told(
    lines: list[str], data: st.DataObject
) -> None:
    text = "\n".join(["first", *lines])
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    whole = Place(1, record_start=len(BEFORE), record_end=None, lines=text.encode())
    place, before = own_lines(whole, start, end)
    file = BEFORE + text.encode()
    told = file[place.record_start : place.record_end].decode()
    assert told[start - before : end - before] == text[start:end]
    assert place.record == file[: place.record_start].count(b"\n")
    assert told.count("\n") == text[start:end].rstrip("\n").count("\n") or "\n" in text[start:end]


def test_what_was_decoded_moves_with_its_line() -> None:
    whole = Place(0, record_start=0, lines=b"a: 1\nb: c2VjcmV0\nc: 2", layers=("base64:8-16",))
    place, before = own_lines(whole, 0, 6)
    assert (place.record, place.record_start, place.record_end, before) == (1, 5, 16, 0)
    assert place.layers == ("base64:3-11",)


def test_what_was_rewritten_as_a_whole_stays() -> None:
    whole = Place(0, record_start=0, lines=b"a\n%41", layers=("percent",))
    assert own_lines(whole, 2, 3) == (whole, 0)
