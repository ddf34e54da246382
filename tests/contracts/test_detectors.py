"""What every detector plug-in must keep, whatever it looks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pytest
import re2

from scanner import plugins
from scanner.detectors import Detector, DetectorContext, Drop, Match, Pattern, Value
from scanner.errors import UnreadableError
from scanner.model import Part, Rule
from scanner.rulepacks.check import values
from scanner.rulepacks.detector import PackDetector
from scanner.rulepacks.load import PACKS

NAMES = plugins.names("detectors")

# Texts that hold a little of everything, made here so that no live-looking token is stored.
_TOKEN = "q7Zt9XvB2m" + "Kp4LwR8sNd"
GENERIC = [
    Value(b""),
    Value(b"\x00\x00"),
    Value("�".encode()),
    Value("� � password=�".encode()),
    Value(b"password = 'Quietfox42!'"),
    Value(f"api_key: {_TOKEN}\nmail jane.roe@corp.internal".encode()),
    Value(b"Quietfox42!", "db_password"),
    Value(_TOKEN.encode(), "apiKey"),
    Value(b"4111111111111111", "card", Part.NUMBER),
    Value("straße 5, Zürich \u212a passwort: Größe!7x \u017fecret".encode()),
    Value(b"call +1 212-736-5000 or SSN 536-22-8741"),
    Value(b"\\n" + b"AKIA" + b"Q7Z3XKJ5MNB2PLRT"),
    Value(b"ghp_" + b"a1B2c3D4e5" * 3 + b"F6g7H8"),
    Value(b"a" * 5000),
    Value(b"." * 4000),
    Value(b"1" * 3000),
    Value(("word " * 30_000).encode()),
    Value(b"jane@corp.internal", "owner", Part.KEY),
]


@cache
def built(name: str) -> Detector:
    detector: Detector = plugins.load("detectors", name).build(DetectorContext())
    return detector


@cache
def examples(name: str) -> dict[str, list[Value]]:
    """By rule, where the detector runs a pack; long ones apart."""
    detector = built(name)
    rules = detector.compiled if isinstance(detector, PackDetector) else {}
    every = {key: list(values(rule.loaded)) for key, rule in rules.items()}
    return {key: [v for v in some if len(v.data) < 3000] for key, some in every.items()}


def each(name: str) -> Iterator[tuple[Pattern, Value]]:
    """Every pattern with the generic texts, its own examples, and a tenth of those of others."""
    others = [value for some in examples(name).values() for value in some]
    for number, pattern in enumerate(built(name).patterns()):
        own = examples(name).get(pattern.key, ())
        for value in (*GENERIC, *own, *others[number % 10 :: 10]):
            yield pattern, value


@cache
def confirmed(
    name: str, pattern: Pattern, value: Value, hits: tuple[int, ...] = ()
) -> list[Match | Drop]:
    """What the detector makes of a value; one it gave up on openly holds nothing to check."""
    try:
        return list(built(name).confirm(value, pattern.key, hits))
    except UnreadableError:
        return []


@cache
def compiled(expression: str, caseless: bool) -> object:
    options = re2.Options()
    options.case_sensitive = not caseless
    options.log_errors = False
    options.one_line = False
    return re2.compile(f"(?m){expression}", options)


def ends(expressions: tuple[str, ...], caseless: bool, data: bytes) -> list[int]:
    """Where an anchor ends; one place each is enough, and the ends of all matches better."""
    found: list[int] = []
    for expression in expressions:
        found += [m.end() for m in compiled(expression, caseless).finditer(data)]  # type: ignore[attr-defined]
    return sorted(found)


@pytest.mark.parametrize("name", NAMES)
def test_rules_are_whole_and_patterns_have_one_key_each(name: str) -> None:
    detector = built(name)
    for rule in detector.rules():
        assert isinstance(rule, Rule)
        assert rule.id and rule.name and rule.category, rule.id
    keys = [p.key for p in detector.patterns()]
    assert len(keys) == len(set(keys))
    for pattern in detector.patterns():
        assert pattern.anchors or pattern.label_anchors or pattern.always, pattern.key


@pytest.mark.parametrize("name", NAMES)
def test_an_anchor_stands_wherever_something_is_confirmed(name: str) -> None:
    for pattern, value in each(name):
        if pattern.always or not any(isinstance(r, Match) for r in confirmed(name, pattern, value)):
            continue
        in_value = ends(pattern.anchors, pattern.caseless, value.data)
        in_label = ends(pattern.label_anchors, pattern.caseless, value.label.encode())
        assert in_value or in_label, f"{pattern.key} has no anchor in this value"


@pytest.mark.parametrize("name", NAMES)
def test_what_is_found_does_not_depend_on_the_hits(name: str) -> None:
    for pattern, value in each(name):
        hits = tuple(ends(pattern.anchors, pattern.caseless, value.data))
        within, without = (confirmed(name, pattern, value, h) for h in (hits, ()))
        assert places(within) == places(without), pattern.key


def places(results: list[Match | Drop]) -> set[tuple[str, int, int]]:
    return {(r.rule.id, r.start, r.end) for r in results if isinstance(r, Match)}


@pytest.mark.parametrize("name", NAMES)
def test_a_match_lies_in_its_value_and_names_a_known_rule(name: str) -> None:
    known = {rule.id for rule in built(name).rules()}
    for pattern, value in each(name):
        for result in confirmed(name, pattern, value):
            assert 0 <= result.start <= result.end <= len(value.text)
            if isinstance(result, Match):
                assert result.rule.id in known
                assert result.start < result.end
                assert result.secret and result.normal and result.family
                assert 0 <= result.reveal <= len(result.secret)
            else:
                assert result.filter and result.rule_id


@pytest.mark.parametrize("name", NAMES)
def test_nothing_prints_what_it_holds(name: str) -> None:
    for pattern, value in each(name):
        for result in confirmed(name, pattern, value):
            if not isinstance(result, Match) or not any(c.isdigit() for c in result.secret):
                continue  # a plain word may stand in the rule's own name as well
            shown = f"{value!r} {value} {result!r} {result} {result.evidence}"
            assert result.secret not in shown, pattern.key


@pytest.mark.parametrize("name", PACKS)
def test_the_examples_of_a_pack_are_found(name: str) -> None:
    detector = built(name)
    assert isinstance(detector, PackDetector)
    for rule in detector.compiled.values():
        for value in values(rule.loaded):
            matches = [r for r in detector.confirm(value, rule.spec.id, ()) if isinstance(r, Match)]
            assert {m.rule.id for m in matches} == {rule.spec.id}, rule.spec.id


@pytest.mark.parametrize("name", NAMES)
def test_anchors_are_of_the_syntax_that_the_engines_share(name: str) -> None:
    hyperscan = pytest.importorskip("hyperscan")
    flags = hyperscan.HS_FLAG_UTF8 | hyperscan.HS_FLAG_MULTILINE
    seen = set[tuple[str, bool, bool]]()  # which words stand in it is no matter of syntax
    for pattern in built(name).patterns():
        for expression in (*pattern.anchors, *pattern.label_anchors):
            syntax = re.sub(r"(?<!\\)[^\W\d_]{2,}", "word", expression)
            if (syntax, pattern.caseless, pattern.unicode) in seen:
                continue
            seen.add((syntax, pattern.caseless, pattern.unicode))
            compiled(expression, pattern.caseless)
            extra = hyperscan.HS_FLAG_CASELESS if pattern.caseless else 0
            extra |= hyperscan.HS_FLAG_UCP if pattern.unicode else 0
            database = hyperscan.Database()
            database.compile(expressions=[expression.encode()], ids=[0], flags=[flags | extra])
