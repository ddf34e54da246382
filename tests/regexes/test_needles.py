"""A needle stands in everything its expression matches, and common words are none."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.regexes.needles import needles
from scanner.regexes.shapes import plain
from scanner.regexes.tree import Node, parse

_EXPRESSIONS = (
    r"\b(?i:auth0[\W_]*secret)|_(?i:auth0[\W_]*secret)|[A-Za-z0-9]A(?i:uth0[\W_]*secret)",
    r"(?i)(?:vonage|nexmo).*secret",
    r"(?:sqlplus|expdp)[ \t]+[a-z]*",
    r"zendesk[a-z_]+=x?",
    r"(?i)(?:okta|auth0)_?.*(?:token|secret)",
)


@pytest.mark.parametrize("expression", _EXPRESSIONS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_every_match_holds_one(expression: str, data: st.DataObject) -> None:
    tree = _tree(expression)
    found = needles(tree)
    assert found
    text = data.draw(st.from_regex(re.compile(expression, re.ASCII)))
    folded = text.lower()
    assert any((n.text.lower() in folded) if n.caseless else (n.text in text) for n in found)


@pytest.mark.parametrize(
    ("expression", "literals"),
    [
        (r"(?i:jira[\W_]*token)", {"jira"}),
        (r"(?i)(?:okta|auth0).*key", {"okta", "auth0"}),
        (r"(?i:app[\W_]*secret)", set()),
        (r"(?i:user[\W_]*name)", set()),
        (r"[a-z]+[0-9]*", set()),
        (r"(?:zendesk|[a-z]).*", set()),
        (r"(?:zendesk)?.*", set()),
    ],
)
def test_the_rarest_word_is_taken_and_common_ones_are_not(
    expression: str, literals: set[str]
) -> None:
    tree = _tree(expression)
    assert {n.text for n in needles(tree)} == literals


def test_words_that_are_looked_for_anyway_are_good_enough_where_common_ones_are() -> None:
    assert {n.text for n in needles(_tree(r"(?i)app.*secret"), rare=False)} == {"secret"}


def _tree(expression: str) -> Node:
    tree = parse(expression, re.ASCII)
    assert tree is not None
    known = plain(tree)
    assert known is not None
    return known
