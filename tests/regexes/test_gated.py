"""What is compiled piece by piece hits what one database of everything hits."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import cache
from scanner.regexes import gated, hyper
from scanner.regexes.literals import literals
from scanner.regexes.multipattern import Anchor, build

# Of every form in which rules write their anchors.
EXPRESSIONS = [
    r"\bjens\b",
    r"(?i:api)[\W_]{0,16}(?i:key)[sS]?(?:\b|[0-9A-Z_])",
    r"(?:\b(?i:tin)|_(?i:tin)|[A-Za-z0-9]T(?i:in))[sS]?",
    r"(?i)secret_key\s{0,4}[:=]",
    r"[Nn][Ii\x{130}\x{131}][Ee]",
    "(?:φ|Φ)(?:ψ|Ψ)(?:ώ|Ώ)",
    r"[\x{3a8}\x{3c8}][\x{3a6}\x{3c6}]",
    r"PuTTY\x2dUser\x2dKey",
    r"colou?r-[0-9]{2,}",
    r"(?:ab)?cd+e",
    r"(?:q){0,3}bc|x{2}y",
    r"[0-9]{3}-[0-9]{2}",
    r"^d$",
    r"sk_(?:test_|live_)?[0-9a-f]{4}",
]
WORDS = """jens JENS api key apiKey_ tin aTin _TIN secret_key = nie n\u0131e N\u0130E φψώ ΦΨ
PuTTY-User-Key color-12 colour-7 cd abcdde bc xxy 123-45 d sk_test_beef sk_dead _ - S"""
PARTS = st.sampled_from([*WORDS.split(), "\n"])
TEXTS = st.lists(PARTS, max_size=12).map("".join) | st.lists(PARTS, max_size=12).map(" ".join)


def anchors() -> list[Anchor]:
    kinds = [Anchor(e, private=False) for e in EXPRESSIONS]
    kinds += [Anchor(e, caseless=True, private=False) for e in EXPRESSIONS[:9]]
    kinds += [
        Anchor(e, private=False, ascii=True) for e in EXPRESSIONS if e.isascii() and "x{" not in e
    ]
    return [*kinds, *(Anchor(f"filler{n:03d}", private=False) for n in range(hyper._MANY))]


GATED, WHOLE = build(anchors(), "hyperscan"), build(anchors(), "hyperscan")
WHOLE.complete(anew=True)


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_hits_are_those_of_one_database(text: str) -> None:
    data = text.encode()
    assert sorted(set(GATED.scan(data))) == sorted(set(WHOLE.scan(data)))


@pytest.mark.parametrize(
    ("expression", "known"),
    [
        (r"\bjens\b", {("jens", False)}),
        (r"PuTTY\x2dUser", {(r"PuTTY\x2dUser", False)}),
        (r"(?i:api)[\W_]{0,16}(?i:token)", {("token", True)}),
        (r"[Nn][Ii\x{130}\x{131}][Ee]", {("NIE", True)}),
        (r"ab?c|def", set()),
        (r"a\Qb|c\E", set()),
        (r"(?=abc)x", set()),
        (r"\101bc", set()),
        (r"(?:ab|cd+)x", {("ab", False), ("cd", False)}),
    ],
)
def test_only_fixed_text_is_a_literal(expression: str, known: set[tuple[str, bool]]) -> None:
    odd = {r"\x{130}", r"\x{131}", r"\x{17f}", r"\x{212a}"}
    found = {(one.expression, one.caseless) for one in literals(Anchor(expression))}
    assert {one for one in found if one[0] not in odd} == known


def test_a_dump_serves_another_process() -> None:
    again = build(anchors(), "hyperscan", GATED.dump())
    data = b"apiKey_ = sk_live_beef 123-45"
    assert sorted(again.scan(data)) == sorted(GATED.scan(data))
    assert build(anchors(), "hyperscan", WHOLE.dump()).dump() == WHOLE.dump()


def test_the_small_databases_stay_few() -> None:
    patterns = build(anchors(), "hyperscan")
    for n in range(hyper._MANY):
        assert patterns.scan(f"filler{n:03d}".encode())
    home = patterns._parts[0]._gated._home  # type: ignore[attr-defined]
    assert len(set(map(id, home.values()))) <= gated._DATABASES


def test_what_was_asked_for_is_there_in_the_next_process(tmp_path: Path) -> None:
    text = " ".join(f"filler{n:03d}" for n in range(hyper._MANY)).encode()
    with cache.using(cache.Cache(tmp_path / "cache", b"key")):
        hits = build(anchors(), "hyperscan").scan(text)
        again = build(anchors(), "hyperscan")
    known = again._parts[0]._gated._home  # type: ignore[attr-defined]
    assert len(known) >= hyper._MANY
    assert sorted(again.scan(text)) == sorted(hits)
