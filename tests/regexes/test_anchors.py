"""Anchors are sound: whenever the source expression matches, so does an anchor, in both engines."""

from __future__ import annotations

import re
from functools import cache

import hyperscan
import pytest
import re2
import regex
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from scanner.regexes import anchors, charsets
from scanner.regexes import tree as regextree
from scanner.regexes import widen as regexwiden
from scanner.regexes.anchors import Anchors

# Quirks of real rules: look-around, boundaries, back-references, case, Unicode classes.
EXPRESSIONS = [
    (r"\b\d{9}\b", 0),
    (r"\b\d{2,11}[- ]?\w\b", re.I),
    (r"(?<![\w.])((?!10\.)(?:[0-9]{1,3}\.){3}[0-9]{1,3})(?![\w.])", re.I),
    (r"(?:(?<=\W)|(?<=^))key(?:_|-|)id(?: *)[=:](?: *)([a-z0-9]{8})", re.I),
    (r"(?<=secret)(?<!x)\s{0,3}[:=]\s*\w{6,20}", 0),
    (r"([\'\"])([0-9a-f]{12,})\1", 0),
    (r"(?P<q>[KSI]x|\bgh[pous]_)\w{8,}(?P=q)?", re.I),
    (r"(?:\bfoo\b|bar-?\b)+\s*(?>\d{3,5}+)", 0),
    (r"(?i:Stra\u00dfe|\u212bngstr\u00f6m)[^\s\d]{4}", 0),
    (r"[^\W\d_]{3}-[^a-f]{5}(?=;)", re.I),
    (r"(a)?(?(1)bcdefg|hijklm)\b", 0),
    (r"x*?y{0,2}(?:abc){2,}z+", re.S),
    (r".{3}needle.*?[\u0400-\u04ff]{2,4}$", re.I | re.M),
    (r"\b(?:[A-Z]{1,3}\s)?\b\d{4,6}\b", re.I),
    (r"(\bword)-\1\b", 0),
]


@cache
def _hyperscan(expression: str) -> hyperscan.Database:
    database = hyperscan.Database()
    flags = hyperscan.HS_FLAG_UTF8 | hyperscan.HS_FLAG_MULTILINE
    try:
        database.compile(expressions=[expression.encode()], ids=[0], flags=[flags])
    except hyperscan.error:
        flags |= hyperscan.HS_FLAG_PREFILTER
        database.compile(expressions=[expression.encode()], ids=[0], flags=[flags])
    return database


def hit_by(expression: str, text: str) -> tuple[bool, bool]:
    """Whether Hyperscan and RE2 find the anchor in the text."""
    hits: list[int] = []
    data = text.encode()
    _hyperscan(expression).scan(data, match_event_handler=lambda *hit: hits.append(hit[0]))
    return bool(hits), re2.search(f"(?m:{expression})", text) is not None


def check(found: Anchors, text: str) -> None:
    if not found.always:
        hits = [hit_by(e, text) for e in found.expressions]
        assert any(h for h, _ in hits), "hyperscan misses it"
        assert any(r for _, r in hits), "re2 misses it"


def matching(pattern: str, flags: int) -> st.SearchStrategy[str]:
    """Texts in which the expression matches, with noise around."""
    noise = st.text(st.sampled_from("a0_ -\n\u00e9\u0660\u212ax."), max_size=3)
    core = st.from_regex(re.compile(pattern, flags))
    return st.tuples(noise, core, noise).map("".join).filter(_encodes)


def _encodes(text: str) -> bool:
    return not any("\ud800" <= c <= "\udfff" for c in text)


@pytest.mark.parametrize(("pattern", "flags"), EXPRESSIONS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_sound_on_real_quirks(pattern: str, flags: int, data: st.DataObject) -> None:
    compiled = re.compile(pattern, flags)
    text = data.draw(matching(pattern, flags))
    assume(compiled.search(text))
    check(anchors.of_re(compiled), text)


ATOMS = st.sampled_from(
    [
        *("ab", "K", "s", "ki", "[0-9a-f]", "[^a-c]", r"\d", r"\w", r"\s", r"\W", ".", r"\b"),
        *("(?<=a)", "(?<!b)", "(?=k)", "(?!0)", "[A-Zx-z]", "\u00e9", "^", "$", "-", r"[\d-]"),
    ]
)
QUANTIFIERS = st.sampled_from(["", "", "", "?", "*", "+", "{2}", "{1,3}", "{2,}", "*?", "{3}+"])


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    quantified = st.tuples(inner, QUANTIFIERS).map(lambda p: f"(?:{p[0]}){p[1]}")
    joined = st.lists(inner, min_size=1, max_size=4).map("".join)
    either = st.lists(inner, min_size=2, max_size=3).map(lambda p: f"({'|'.join(p)})")
    return quantified | joined | either


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@example(pattern=r"\b\d{3}", caseless=False, text="\u00b2123 \u0661\u0662\u0663")
@example(pattern=r"(?:\bskk){2}k", caseless=True, text="\u017fk\u212a")
@given(
    pattern=st.recursive(ATOMS, _compound, max_leaves=10),
    caseless=st.booleans(),
    text=st.text(
        st.sampled_from("abkKsSi0159xyzAZ-_ \n.\u00e9\u0661\u212a\u017f\u00b2"), max_size=40
    ),
)
def test_sound_on_generated_expressions(pattern: str, caseless: bool, text: str) -> None:
    compiled = re.compile(pattern, re.I if caseless else 0)
    assume(compiled.search(text))
    for found in (anchors.of_re(compiled), strict(pattern, compiled.flags)):
        check(found, text)


def strict(pattern: str, flags: int) -> Anchors:
    """The anchors without the rule that weak ones are not worth a search."""
    tree = regextree.parse(pattern, flags)
    assert tree is not None
    tree = regexwiden.trimmed(regexwiden.bounded(tree))
    other = (charsets.other_digits(),) if regexwiden.knows_digits(tree) else ()
    expressions = (regexwiden.expression(tree), *other)
    return anchors.ALWAYS if regexwiden.nullable(tree) else Anchors(expressions)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"\b(?i)(U1[A-Z0-9]{7})\b", "u1abcdefg"),
        (r"(?<name>tok)_\p{L}{3}[^\p{L}]\d{4}", "tok_\u0416ab-\u0661\u066123"),
        (r"(?<=\bclaim(?:\s*#\s*|\s+))\d{6,15}\b", "claim # 1234567"),
        (r"card-[\p{Lu}\d]{6}", "card-AB12CD"),
    ],
)
def test_reads_what_only_regex_accepts(pattern: str, text: str) -> None:
    assert regex.search(pattern, text)
    found = anchors.of_regex(pattern, 0)
    assert not found.always
    check(found, text)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?:secret){e<=1}",
        r"[[:alpha:]]{12}",
        r"[[a-z]--[aeiou]]{12}",
        r"(?V1)[\w--\d]{20}",
        r"\Xsecret\X",
        r"(?|(abcdef)|(ghijkl))",
        r"(?:se(?R)?cret)",
        r"\m\w{12}\M",
    ],
)
def test_gives_up_on_what_re_cannot_read(pattern: str) -> None:
    assert anchors.of_regex(pattern, 0).always


def test_regex_flags_with_another_meaning_give_up() -> None:
    assert anchors.of_regex(r"secret_\d{8}", regex.V1).always
    assert anchors.of_regex(r"strasse", regex.F | regex.I).always
    assert not anchors.of_regex(r"secret_\d{8}", regex.I | regex.M | regex.S).always


@pytest.mark.parametrize("pattern", [r"\d", r"[a-z]+", r".*", r"\w{3}", "a?", "^$", r"(?=secret)"])
def test_weak_expressions_are_always(pattern: str) -> None:
    assert anchors.of_re(re.compile(pattern)).always


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"ghp_[A-Za-z0-9_]{36}", "ghp_" + "a" * 35),
        (r"\b\d{9}\b", "1700000000123"),
        (r"(?<=token:)\w{8}", "key:abcdefgh"),
        (r"[0-9]{8}x", "1234567x"),
    ],
)
def test_selective(pattern: str, text: str) -> None:
    for expression in anchors.of_re(re.compile(pattern)).expressions:
        assert hit_by(expression, text) == (False, False)


def test_any_of_joins_and_gives_up_with_its_weakest() -> None:
    one, two = anchors.of_re(re.compile("secret")), anchors.of_re(re.compile("hidden"))
    assert anchors.any_of([one, two, one]).expressions == ("secret", "hidden")
    assert anchors.any_of([one, anchors.ALWAYS]).always


def test_big_repeats_stay_affordable() -> None:
    expression = anchors.of_re(re.compile(r"x(?:\w{1,200}-){3,900}y\d{5,99}")).expressions[0]
    text = "x" + "ab-" * 5 + "y12345"
    assert len(expression) < 500
    assert hit_by(expression, text) == (True, True)


def test_long_lists_stay_affordable() -> None:
    words = [f"{chr(97 + i % 26)}{i:04}word" for i in range(3000)]
    (expression,) = anchors.of_re(re.compile(rf"go to (?:{'|'.join(words)})\.com")).expressions
    assert len(expression) < 8000
    assert hit_by(expression, "please go to c2058word.com now") == (True, True)
    assert hit_by(expression, "please go to 12058word") == (False, False)


def test_every_digit_and_space_is_in_its_class() -> None:
    for name, engines in (("digit", r"\d"), ("space", r"\s"), ("word", r"\w")):
        chars = charsets.CLASSES[name]
        members = [
            cp
            for cp in (*range(0xD800), *range(0xE000, 0x20000))
            if re.match(engines, chr(cp)) or regex.match(engines, chr(cp))
        ]
        outside = [cp for cp in members if not _contains(chars, cp)]
        assert outside == []


def test_other_cases_cover_both_modules() -> None:
    for char in "kKsSiI\u0130\u0131\u00df\u1e9e\u00e5\u212b\u03c3\u03c2\u00b5\u03bc\u01c5\u0416":
        chars = charsets.literal(ord(char), True)
        for module in (re, regex):
            compiled = module.compile(char, module.I)
            missed = [
                hex(c) for c in range(0x1F000) if compiled.match(chr(c)) and not _contains(chars, c)
            ]
            assert missed == []


def _contains(chars: charsets.Chars, code: int) -> bool:
    if code < 0x80:
        return bool(chars.ascii >> code & 1)
    if chars.digits and re2.match(charsets.other_digits(), chr(code)):
        return True
    return any(low <= code <= high for low, high in chars.wide)
