"""Linked pseudonyms become one person; shared names link nobody."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scanner.subjects import roots

NAMES = st.sampled_from([f"~p{n:016x}" for n in range(12)])
LINKS = st.lists(st.tuples(NAMES, NAMES).filter(lambda pair: pair[0] != pair[1]), max_size=12)


@given(LINKS, st.randoms())
def test_the_order_of_links_does_not_matter(links: list[tuple[str, str]], rng: object) -> None:
    turned = [(b, a) for a, b in reversed(links)]
    assert roots(links) == roots(turned) == roots(sorted(set(links)))


@given(LINKS)
def test_a_root_is_a_linked_name_and_has_no_root_itself(links: list[tuple[str, str]]) -> None:
    found, names = roots(links), {name for pair in links for name in pair}
    assert set(found.values()) <= names
    assert not set(found.values()) & set(found)


def test_a_chain_is_one_person() -> None:
    assert roots([("b", "c"), ("c", "d"), ("a", "b")]) == {"b": "a", "c": "a", "d": "a"}


def test_a_shared_account_joins_nobody() -> None:
    links = [("shared", f"mail{n}") for n in range(5)] + [("u1", "mail1")]
    assert roots(links) == {"u1": "mail1"}
