"""Both engines report at least what each expression matches, whatever the text."""

import re
from importlib.util import find_spec

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import UsageError
from scanner.regexes.multipattern import Anchor, build

ANCHORS = [
    Anchor("AKIA"),
    Anchor("passw(?:or)?d", caseless=True),
    Anchor(r"\bkey\b"),
    Anchor(r"[0-9]{3}-[0-9]{2}"),
    Anchor(r"^start"),
    Anchor(r"\d{4}", unicode=True),
    Anchor(r"[\w.]+@", unicode=True),
    Anchor(r"[^\s]=", unicode=True),
]
ENGINES = ["re2", *(["hyperscan"] if find_spec("hyperscan") else [])]
PIECES = st.sampled_from(
    [
        "AKIA",
        "Password",
        "PASSWD",
        "key",
        "keys",
        "123-45",
        "٣٤٥٦",
        "é@",
        "start",
        "\n",
        "K",
        "=",
        " ",
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=5), max_size=8).map("".join)


def python(anchor: Anchor) -> re.Pattern[str]:
    flags = re.MULTILINE | (0 if anchor.unicode else re.ASCII)
    return re.compile(anchor.expression, flags | (re.IGNORECASE if anchor.caseless else 0))


@pytest.mark.parametrize("engine", ENGINES)
@given(text=TEXTS)
def test_no_omission(engine: str, text: str) -> None:
    data = text.encode("utf-8", "replace")
    hits = build(ANCHORS, engine).scan(data)
    clean = data.decode()
    for index, anchor in enumerate(ANCHORS):
        ends = {len(clean[: m.end()].encode()) for m in python(anchor).finditer(clean)}
        assert ends <= {end for i, end in hits if i == index}, anchor


@pytest.mark.parametrize("engine", ENGINES)
def test_no_anchors_and_no_text(engine: str) -> None:
    assert build([], engine).scan(b"text") == []
    assert build(ANCHORS, engine).scan(b"") == []


@pytest.mark.parametrize("expression", [r"\Aab", r"ab\z"])
def test_anchors_tied_to_an_edge_are_refused(expression: str) -> None:
    with pytest.raises(UsageError, match="start or end"):
        build([Anchor(expression)])


def test_hyperscan_takes_what_it_cannot_express_as_a_superset() -> None:
    pytest.importorskip("hyperscan")
    hits = build([Anchor("ab(?=c)"), Anchor("x")], "hyperscan").scan(b"abc abd x")
    assert {i for i, _ in hits} == {0, 1}


def test_hyperscan_refuses_what_it_cannot_take_at_all() -> None:
    pytest.importorskip("hyperscan")
    with pytest.raises(UsageError, match="cannot take"):
        build([Anchor("x"), Anchor("(unclosed")], "hyperscan")


@pytest.mark.parametrize("expression", [r"\Ablue-harbour", "(blue-harbour"])
def test_an_error_names_whose_anchor_it_is_and_not_the_anchor(expression: str) -> None:
    owner = "detector terms, pattern t1"
    with pytest.raises(UsageError) as caught:
        build([Anchor(expression, owner=owner)], "hyperscan")
    assert caught.value.where == owner
    assert "harbour" not in caught.value.diagnostics()
