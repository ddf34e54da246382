"""A first look misses nothing: where an anchor hits, one of its looks does, in both engines."""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from scanner.regexes import linear
from scanner.regexes.anchors import of_re
from scanner.regexes.loose import uncounted
from scanner.regexes.multipattern import Anchor, MultiPattern, build
from scanner.regexes.shapes import ODD, at_start, at_starts, first_look

ENGINES = ["re2", *(["hyperscan"] if find_spec("hyperscan") else [])]
SHAPES = [
    "[2-6][0-9]{12}",
    "[A-Z]{2}[0-9]{2} ?[A-Z0-9]{4} ?[A-Z0-9]{4}",
    "[0-9]{3}-[0-9]{2}-[0-9]{4}",
    "(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}",
    r"\b[A-Za-z]{5}[0-9]{6}[A-Z]{2}\b",
    r"[^a-z]{3}[0-9]{6}[\w-]{4}",
]
THIRD_PARTY = [
    r"\b[A-Z9]{5}[0-9](?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9][A-Z9]{2}[A-Z0-9][A-Z]{2}\b",
    r"(?:[A-Z][AEIOU][AEIOUX]|[B-DF-HJ-NP-TV-Z]{2}[A-Z]){2}[\dLMNP-V]{2}[A-EHLMPR-T]\d{3}[A-Z]",
]
QUIET = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
NOISE = st.text(st.sampled_from("a0_ -\n\u00e9\u017f\u212a\u0131x.%\\n[m"), max_size=4)


@cache
def engine_of(anchors: tuple[Anchor, ...], engine: str) -> MultiPattern:
    return build(anchors, engine)


def hits(anchors: list[Anchor], engine: str, text: str) -> bool:
    return bool(engine_of(tuple(anchors), engine).scan(text.encode()))


def anchors_of(expression: str, third_party: bool) -> list[Anchor]:
    found = of_re(re.compile(expression, re.I)).expressions if third_party else (expression,)
    return [Anchor(one) for one in found]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("expression", "third_party"),
    [*((e, False) for e in SHAPES), *((e, True) for e in THIRD_PARTY)],
)
@QUIET
@given(data=st.data())
def test_no_look_misses_what_its_anchor_hits(
    engine: str, expression: str, third_party: bool, data: st.DataObject
) -> None:
    source = re.compile(expression, re.I if third_party else 0)
    core = data.draw(st.from_regex(source, fullmatch=True))
    odd: dict[str, str | int | None] = {"i": "\u0131", "I": "\u0130", "k": "\u212a", "s": "\u017f"}
    if third_party and data.draw(st.booleans()):
        core = core.translate(str.maketrans(odd))
    text = data.draw(NOISE) + core + data.draw(NOISE)
    for anchor in anchors_of(expression, third_party):
        if hits([anchor], engine, text):
            assert hits(first_look(anchor) or [anchor], engine, text)


def test_what_has_a_literal_is_looked_for_as_it_is() -> None:
    for expression in (
        "ghp_[A-Za-z0-9]{36}",
        "(?i:token|secret)[a-z]*",
        r"\+[1-9][0-9]",
        "[a-z]@[a-z]",
    ):
        assert first_look(Anchor(expression)) == []


def test_what_is_not_understood_is_looked_for_as_it_is() -> None:
    for expression in (r"[0-9]{,9}x", r"\v[0-9]{9}", r"[[:alpha:]][0-9]{9}", r"\Q[0-9]\E"):
        assert first_look(Anchor(expression)) == []


def test_third_party_shapes_begin_with_what_is_rare() -> None:
    (anchor,) = anchors_of(THIRD_PARTY[0], third_party=True)
    look = first_look(anchor)
    assert look[0].expression.startswith("[0-9]") or look[0].expression.startswith("(?:0")
    assert look[1].expression == ODD


@pytest.mark.parametrize("engine", ENGINES)
@QUIET
@example(before="\\n", body="411111111111", after="1")
@given(
    before=st.sampled_from(["", "x", "_", "7", " ", "\n", "\u00e9", "a,", "\\n", "\\\\t", "%20"])
    | st.sampled_from(["\\u0040", "\\x1b", "\x1b[31m", "m", "%2", "\\u004"]),
    body=st.from_regex("[2-6][0-9]{12}", fullmatch=True),
    after=st.sampled_from(["", "1", " "]),
)
def test_starts_are_hit_wherever_bounds_let_a_match_begin(
    engine: str, before: str, body: str, after: str
) -> None:
    text = f"{before}{body}{after}"
    exact = linear.compile_re(linear.bounded("[2-6][0-9]{12,13}", *linear.BOUNDS["word"]))
    expected = exact.search(text.encode()) is not None
    group = hits(at_starts(["[2-6][0-9]{12}", "x{9}"]), engine, text)
    assert group == hits([Anchor(at_start("[2-6][0-9]{12}"))], engine, text)
    assert group or not expected
    if before in ("x", "_", "m"):
        assert not group


@QUIET
@given(text=st.text(st.sampled_from("ab{}[],20"), max_size=40))
def test_repeats_without_their_limit_match_wherever_they_did(text: str) -> None:
    for expression in (r"a{1,20}b", r"[{1,20}]b", r"(?:ab?){2,30}\{", r"a{0,3}b{2,17}?"):
        if re.search(expression, text):
            assert re.search(uncounted(expression), text)


def test_only_long_repeats_lose_their_limit() -> None:
    assert uncounted(r"a{2,300}b{3,4}[{2,99}]\{2,99}c{40}") == r"a{2,}b{3,4}[{2,99}]\{2,99}c{40}"
