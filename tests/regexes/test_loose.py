"""A loosened anchor finds in the middle of a line what the anchor finds in a value alone."""

from importlib.util import find_spec

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.regexes.loose import loose
from scanner.regexes.multipattern import Anchor, build

ENGINES = ["re2", *(["hyperscan"] if find_spec("hyperscan") else [])]
ANCHORS = [
    Anchor(expression, caseless, unicode)
    for expression, caseless, unicode in [
        ("^start", False, False),
        ("^key$", False, False),
        ("^a?b", False, False),
        ("end$", True, False),
        (r"(?:^|\s)key", False, False),
        (r"=(?:[;&]|$)", False, False),
        (r"\b[a-z]{3}\b", False, False),
        (r"\B-\B", False, False),
        (r"^\d+$", False, True),
        (r"[^$]\$\^", False, False),
        (r"[[:^alpha:]$]x$", False, False),
        (r"[]^]]$", False, False),
        (r"\Q^$\E$", False, False),
        (r"(?m)^a*b$", False, False),
    ]
]
VALUES = st.lists(
    st.sampled_from(["start", "END", "key", "abc", "a", "b", "x", "$", "^", "]", "-", "=", "12"])
    | st.sampled_from(["\n", " ", "é", "٣", ";", "_"]),
    max_size=6,
).map("".join)


@pytest.mark.parametrize("engine", ENGINES)
@given(value=VALUES, around=st.sampled_from(['"', '""', ":,", "\n", "[]"]))
def test_what_stands_in_a_value_is_found_in_its_line(engine: str, value: str, around: str) -> None:
    alone = build(ANCHORS, engine).scan(value.encode())
    line = f'{{"k":{around[0]}'.encode()
    inside = line + value.encode() + around[-1].encode() + b"}"
    found = build([loose(a) for a in ANCHORS], engine).scan(inside)
    assert {i for i, _ in alone} <= {i for i, _ in found}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("^a$", r"\ba\b"),
        ("^a*b$", r"(?:)a*b\b"),
        ("^(?:a)$", "(?:)(?:a)(?:)"),
        (r"(?:^|\s)x", r"(?:(?:)|\s)x"),
        (r"[^$]\$\^", r"[^$]\$\^"),
        (r"[a\]^]$", r"[a\]^](?:)"),
        (r"\bkey\b", r"\bkey\b"),
    ],
)
def test_only_edges_go(expression: str, expected: str) -> None:
    found = loose(Anchor(expression, True, False, "detector x, pattern y"))
    assert found == Anchor(expected, True, False)
    assert found.owner == "detector x, pattern y"
