"""Long values are cut so that nothing at an edge is missed, doubled or invented."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from e2e_house import KEY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner import longvalues, plugins
from scanner.batch import ColumnPlaces, EachPlace, Place, TextBatch, UnitLog, text_array
from scanner.model import Location
from scanner.scan import Scanner, Tally
from scanner.worker import Settings, build_scanner

NOW = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    on = ("credentials", "pii")
    off = {name: None for name in plugins.names("detectors") if name not in on}
    return build_scanner(Settings(KEY.encode(), NOW, off))


def token(number: int) -> str:
    return "AKIA" + "QWERTYUIOPASDFGH"[number:] + "QWERTYUIOPASDFGH"[:number]


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(longvalues, "PIECE", 4000)
    monkeypatch.setattr(longvalues, "OVERLAP", 800)
    monkeypatch.setattr(longvalues, "WHOLE", 8000)


def found(scanner: Scanner, batch: TextBatch, log: UnitLog | None = None):
    findings = scanner.scan(batch, Location("x"), log or UnitLog(), Tally())
    return [(f.location.record, f.location.start, f.location.end, f.rule_id) for f in findings]


def column(texts: list[str]) -> TextBatch:
    return TextBatch(text_array(texts), ColumnPlaces(len(texts), 0, "/t", "t"))


FILLER = st.sampled_from(["lorem ipsum ", "é日本 ", "😀 ", "a=b, "])


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(filler=FILLER, edge=st.integers(1, 4), shift=st.integers(-900, 900))
def test_a_value_at_any_edge_is_found_once_and_whole(scanner, small, filler, edge, shift):
    at = max(0, edge * 3200 + 800 + shift)  # bytes: where pieces end and the next begin
    chars = at // len(filler.encode()) * len(filler)
    long = (filler * 20_000)[:chars] + " " + token(edge) + " " + (filler * 20_000)[:9000]
    expected = (0, chars + 1, chars + 21, "aws-access-key-id")
    assert [f for f in found(scanner, column([long, "short"])) if f[3] == expected[3]] == [expected]


def test_every_token_of_a_dense_value_is_found_once(scanner, small):
    words = [f"{token(i % 16)} 日本 {i} " for i in range(2000)]
    long = "".join(words)
    starts = [i for i in range(len(long)) if long.startswith("AKIA", i)]
    hits = [f for f in found(scanner, column([long])) if f[3] == "aws-access-key-id"]
    assert [f[1] for f in sorted(hits)] == starts


def test_short_values_beside_long_ones_keep_their_rows(scanner, small):
    texts = ["x " * 5000, f"see {token(1)}", None, token(2) + " y" * 9000]
    hits = found(scanner, column(texts))
    rows = [(f[0], f[1]) for f in sorted(hits) if f[3] == "aws-access-key-id"]
    assert rows == [(1, 4), (3, 0)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": "' + "x" * 9000 + '"}', ["decode.too_long"]),
        ("[" + "1, " * 9000 + "1]", ["decode.too_long"]),
        ('"' + "\\u0041" * 9000 + '"', ["decode.too_long"]),
        ('"quoted," she said. ' + "x " * 9000, []),
        ("[1] is a footnote " + "x " * 9000, []),
        ("{'a': " + "x" * 9000, []),
    ],
)
def test_encoded_text_too_long_to_decode_is_said(scanner, small, text, said):
    log = UnitLog()
    found(scanner, column([text]), log)
    assert [p.code for p in log.problems] == said


@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=30))
def test_pieces_cover_the_value_and_own_each_place_once(text):
    was = longvalues.PIECE, longvalues.OVERLAP
    longvalues.PIECE, longvalues.OVERLAP = 24, 10
    try:
        places = EachPlace([Place(record=7, label="t")])
        parts = list(longvalues.cut(TextBatch(text_array([text]), places), 24))
    finally:
        longvalues.PIECE, longvalues.OVERLAP = was
    owners = [0] * len(text)
    for part in [p for p in parts if p.pieces]:
        (piece,), (value,) = part.pieces, part.values.to_pylist()
        part.values.validate(full=True)
        assert text.startswith(value, piece.offset)
        assert list(part.places.of(0)) == [Place(record=7, label="t")]
        for i in range(len(value)):
            owners[piece.offset + i] += piece.owns(i)
    assert not any(p.pieces for p in parts) or owners == [1] * len(text)
