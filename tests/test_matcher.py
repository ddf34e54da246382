"""Candidates are exactly the rows that hold an anchor: none across rows, none lost at edges."""

from collections.abc import Iterator, Sequence
from importlib.util import find_spec

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.batch import EachPlace, Place, TextBatch
from scanner.detectors import Drop, Match, Pattern, Value
from scanner.matcher import Matcher
from scanner.model import Rule

ENGINES = ["re2", *(["hyperscan"] if find_spec("hyperscan") else [])]


class Words:
    """A detector that only offers patterns."""

    def rules(self) -> Sequence[Rule]:
        return []

    def patterns(self) -> Sequence[Pattern]:
        return [
            Pattern("ab", ("ab",)),
            Pattern("word", (r"\bcd\b",)),
            Pattern("gap", (r"a\s+b",)),
            Pattern("label", label_anchors=("pass",), caseless=True),
        ]

    def confirm(self, value: Value, key: str, hits: Sequence[int]) -> Iterator[Match | Drop]:
        yield from ()


def batch(values: Sequence[str | None], labels: Sequence[str] = ()) -> TextBatch:
    names = list(labels) or [""] * len(values)
    return TextBatch(pa.array(values, pa.string()), EachPlace([Place(label=n) for n in names]))


def expected(value: str) -> set[str]:
    import re

    tests = {"ab": "ab", "word": r"\bcd\b", "gap": r"a\s+b"}
    return {key for key, regex in tests.items() if re.search(regex, value, re.ASCII)}


VALUES = st.lists(st.text(alphabet="abcd \n\0é", max_size=6) | st.none(), max_size=12)


@pytest.mark.parametrize("engine", ENGINES)
@given(values=VALUES)
def test_candidates_are_the_rows_that_hold_an_anchor(engine: str, values: list[str | None]) -> None:
    matcher = Matcher({"words": Words()}, engine)
    found: dict[int, set[str]] = {}
    for candidate in matcher.candidates(batch(values)):
        found.setdefault(candidate.row, set()).add(candidate.key)
    for row, value in enumerate(values):
        must = expected(value) if value is not None else set()
        got = found.get(row, set())
        assert must <= got
        # A hit that begins in the row before may add a candidate, but only of such a pattern.
        assert got - must <= {"gap"}


@pytest.mark.parametrize("engine", ENGINES)
def test_hits_are_offsets_in_the_value(engine: str) -> None:
    matcher = Matcher({"words": Words()}, engine)
    found = {c.row: c for c in matcher.candidates(batch(["é ab", None, "xx cd"])) if c.hits}
    assert 5 in found[0].hits
    assert 5 in found[2].hits


def test_a_label_alone_makes_candidates_of_its_rows() -> None:
    matcher = Matcher({"words": Words()})
    rows = matcher.candidates(batch(["x", None, "y"], ["db_PASSword", "password", "title"]))
    assert [(c.row, c.key, c.hits) for c in rows] == [(0, "label", ())]


def test_touched_rows_of_a_coarse_batch_include_labels() -> None:
    matcher = Matcher({"words": Words()})
    lines = [b'{"t":"x"}', b'{"password":"x"}', b'{"t":"ab"}']
    coarse = matcher.coarse
    touched = [row for row, one in enumerate(lines) if coarse.values(one) + coarse.labels(one)]
    assert touched == [1, 2]


@pytest.mark.parametrize("engine", ENGINES)
def test_coarse_hits_tell_values_from_labels(engine: str) -> None:
    coarse = Matcher({"words": Words()}, engine).coarse
    line = b'{"password": "x", "t": "cd"}'
    assert line.index(b"word") in coarse.labels(line)
    assert line.index(b'"}') in coarse.values(line)
    assert coarse.values(b'{"t": "abd"}')
    assert not coarse.values(b'{"t": "xcd", "u": 1}')


@pytest.mark.parametrize("engine", ENGINES)
@given(value=VALUES.map(lambda v: (v or [""])[0] or ""), label=st.sampled_from(["t", "PASS"]))
def test_coarse_hits_cover_every_candidate(engine: str, value: str, label: str) -> None:
    matcher = Matcher({"words": Words()}, engine)
    found = list(matcher.candidates(batch([value], [label])))
    line = f'{{"{label}":"{value}"}}'.encode()
    for candidate in found:
        assert matcher.coarse.values(line) if candidate.hits else matcher.coarse.labels(line)


def test_a_compiled_matcher_is_the_same() -> None:
    one = Matcher({"words": Words()})
    other = Matcher({"words": Words()}, compiled=one.dump())
    line = b'{"password": "cd ab"}'
    assert sorted(other.coarse.values(line)) == sorted(one.coarse.values(line))
    assert sorted(other.coarse.labels(line)) == sorted(one.coarse.labels(line))
    assert list(other.candidates(batch(["cd"], ["pass"]))) == list(
        one.candidates(batch(["cd"], ["pass"]))
    )


def test_always_any_says_that_anchors_do_not_tell_all() -> None:
    class Always(Words):
        def patterns(self) -> Sequence[Pattern]:
            return [Pattern("all", always=True)]

    assert Matcher({"words": Words(), "always": Always()}).always_any
    assert not Matcher({"words": Words()}).always_any


def test_large_string_values_and_slices() -> None:
    matcher = Matcher({"words": Words()})
    values = pa.array(["ab", "x", "ab", None], pa.large_string()).slice(1)
    places = EachPlace([Place()] * 3)
    assert [c.row for c in matcher.candidates(TextBatch(values, places))] == [1]
