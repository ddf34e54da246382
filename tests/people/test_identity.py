"""Names to principals: e-mails, ARNs, assumed-role sessions, shared aliases, nested groups."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model import Membership, Principal
from scanner.people.identity import Identities

ROLE = "arn:aws:iam::111122223333:role/team/analyst"
PEOPLE = [
    Principal("u1", "user", aliases=("Bob@Corp.example", "bob", "shared")),
    Principal("u2", "user", aliases=("eve", "shared", "u1")),
    Principal("r1", "role", aliases=(ROLE,)),
    Principal("g1", "group", aliases=("analysts",)),
    Principal("g2", "group"),
]
GROUPS = [Membership("u1", "g1"), Membership("g1", "g2"), Membership("g2", "g1")]
SESSION = "arn:aws:sts::111122223333:assumed-role/analyst/"


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("u1", "u1"),
        ("bob@corp.EXAMPLE", "u1"),
        ("bob", "u1"),
        ("Bob", None),
        ("shared", None),
        (ROLE, "r1"),
        (ROLE.upper(), None),
        (SESSION + "bob@corp.example", "u1"),
        (SESSION + "i-0abc", "r1"),
        (SESSION.replace("analyst", "other") + "x", None),
        ("", None),
    ],
)
def test_resolve(name: str, id_: str | None) -> None:
    assert Identities(PEOPLE, GROUPS).resolve(name) == id_


def test_a_session_given_apart_names_the_person() -> None:
    known = Identities(PEOPLE, GROUPS)
    assert known.resolve(ROLE, "bob") == "u1"
    assert known.resolve(ROLE, "batch-7") == "r1"


def test_an_alias_never_takes_the_id_of_another() -> None:
    known = Identities(PEOPLE, GROUPS)
    assert dict(known.aliases())["u1"] == "u1"
    assert list(known.shared()) == ["shared"]


def test_groups_survive_cycles() -> None:
    known = Identities(PEOPLE, GROUPS)
    assert known.groups_of("u1") == {"g1", "g2"}
    assert known.names_of("u1") == {
        "u1",
        "Bob@Corp.example",
        "bob",
        "shared",
        "g1",
        "g2",
        "analysts",
    }
    assert known.groups_of("u2") == frozenset()


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=20))
def test_groups_are_the_closure(pairs: list[tuple[int, int]]) -> None:
    known = Identities([], [Membership(str(a), str(b)) for a, b in pairs])
    reached = {b for a, b in pairs if a == 0}
    for _ in pairs:
        reached |= {b for a, b in pairs if a in reached}
    assert known.groups_of("0") == {str(b) for b in reached}
