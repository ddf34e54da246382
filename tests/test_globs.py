"""Globs over URIs: matching, inclusion and overlap, against a naive matcher."""

from __future__ import annotations

from itertools import product

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import globs as patterns

GLOBS = st.text(alphabet="ab*?", max_size=6)
WORDS = ["".join(w) for n in range(7) for w in product("abc", repeat=n)]


def naive(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(naive(pattern[1:], text[i:]) for i in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and naive(pattern[1:], text[1:])


@pytest.mark.parametrize(
    ("pattern", "resource", "answer"),
    [
        ("s3://b/raw/*", "s3://b/raw/x/y.json", True),
        ("s3://b/raw/*", "s3://b/rawx", False),
        ("s3://b/raw/", "s3://b/raw/x", True),
        ("s3://b/raw", "s3://b/raw", True),
        ("s3://b/raw", "s3://b/raw/x", False),
        ("s3://b", "s3://b/x", False),
        ("s3://b*", "s3://b-other/x", True),
        ("s3://b/?.txt", "s3://b/1.txt", True),
        ("s3://b/?.txt", "s3://b/12.txt", False),
        ("s3://b/[a].txt", "s3://b/a.txt", False),
        ("s3://b/[a].txt", "s3://b/[a].txt", True),
        ("s3://b/x*", "s3://b/x\ny", True),
    ],
)
def test_matches(pattern: str, resource: str, answer: bool) -> None:
    assert patterns.matches(pattern, resource) is answer


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("s3://b/k", ("exact", "s3://b/k")),
        ("s3://b/", ("prefix", "s3://b/")),
        ("s3://b/k**", ("prefix", "s3://b/k")),
        ("*", ("prefix", "")),
        ("s3://b/*/k", ("glob", "s3://b/")),
        ("s3://b/k?", ("glob", "s3://b/k")),
    ],
)
def test_parts(pattern: str, parts: tuple[str, str]) -> None:
    assert patterns.parts(pattern) == parts


@given(GLOBS, st.text(alphabet="ab", max_size=6))
def test_matches_as_the_naive_matcher_does(pattern: str, text: str) -> None:
    assert patterns.matches(pattern, text) == naive(pattern, text)


@given(GLOBS, GLOBS)
def test_covers_never_claims_too_much(outer: str, inner: str) -> None:
    if patterns.covers(outer, inner):
        assert all(naive(outer, w) for w in WORDS if naive(inner, w))


@given(GLOBS, GLOBS)
def test_overlaps_is_exact(one: str, other: str) -> None:
    common = any(naive(one, w) and naive(other, w) for w in WORDS)
    assert patterns.overlaps(one, other) >= common
    if len(one) + len(other) <= 6:  # then a common word is among WORDS
        assert patterns.overlaps(one, other) == common


@given(GLOBS)
def test_a_pattern_covers_itself_and_less(pattern: str) -> None:
    assert patterns.covers(pattern + "*", pattern)
    assert patterns.covers("*", pattern)


SQL = st.text(alphabet="ab%_\\\n*?", max_size=6)


@settings(max_examples=60)
@given(st.lists(st.tuples(SQL, SQL), min_size=1, max_size=20))
def test_like_says_the_same(pairs: list[tuple[str, str]]) -> None:
    with duckdb.connect() as con:
        for pattern, text in pairs:
            if like := patterns.like(pattern):
                row = con.execute("SELECT like_escape(?, ?, ?)", [text, like, "\\"]).fetchone()
                assert row == (patterns.matches(pattern, text),)
