"""Directory exports in their forms, and what is wrong with bad ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.batch import UnitLog
from scanner.errors import LeakgateError, UnreadableError, UsageError
from scanner.model import Membership, Principal
from scanner.people.directory import read_directory

WHOLE: dict[str, Any] = {
    "users": [
        {"id": "u1", "name": "Bob", "email": "bob@corp.example", "manager": "u2", "aliases": ["b"]},
        {"id": "u2", "type": "Service Account", "status": "active", "department": "Data"},
    ],
    "groups": [
        {"id": "g1", "name": "Analysts", "members": ["bob@corp.example", "g2"]},
        {"id": "g2", "members": ["g1"], "aliases": ["arn:aws:iam::1:group/x"]},
        {"id": "all", "all_staff": True},
    ],
}
BOB = Principal("u1", "user", "Bob", "", "u2", "", ("b", "bob@corp.example"))


def read(file: Path, text: str) -> tuple[list[Principal], list[Membership], UnitLog]:
    file.write_text(text)
    log = UnitLog()
    return *read_directory(file, log), log


def test_json(tmp_path: Path) -> None:
    people, members, log = read(tmp_path / "d.json", json.dumps(WHOLE))
    assert log.problems == []
    assert people[0] == BOB
    assert [p.type for p in people] == ["user", "service_account", "group", "group", "all_staff"]
    assert members == [Membership("u1", "g1"), Membership("g2", "g1"), Membership("g1", "g2")]


def test_two_csv_files_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "memberships.csv").write_text("member,group\nu1,g1\nu1,g1\nnobody,g1\n")
    (tmp_path / "users.csv").write_text(
        "id,name,email,manager,type,aliases\nu1,Bob,bob@corp.example,u2,,b\ng1,Analysts,,,group,\n"
    )
    log = UnitLog()
    people, members = read_directory(tmp_path, log)
    assert people == [BOB, Principal("g1", "group", "Analysts", aliases=("Analysts",))]
    assert members == [Membership("u1", "g1")]
    assert [(p.code, p.count) for p in log.problems] == [("directory.unknown_member", 1)]


def test_memberships_alone_keep_their_names(tmp_path: Path) -> None:
    people, members, log = read(tmp_path / "m.csv", "member,group\nu1,g1\n,g1\nu1,g1\n")
    assert (people, members) == ([], [Membership("u1", "g1")])
    assert (log.records, log.failed_records) == (3, 1)


USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group"


@pytest.mark.parametrize("lines", [True, False])
def test_scim(tmp_path: Path, lines: bool) -> None:
    user = {
        "schemas": [USER_SCHEMA],
        "id": "2819",
        "userName": "bjensen",
        "emails": [{"value": "bj@corp.example"}],
        "name": {"formatted": "B. Jensen"},
        "active": False,
    }
    group = {
        "schemas": [GROUP_SCHEMA],
        "id": "e9e3",
        "displayName": "Tour Guides",
        "members": [{"value": "2819"}],
    }
    empty = {"schemas": [GROUP_SCHEMA], "id": "f0"}
    found = [user, group, empty]
    text = "\n".join(map(json.dumps, found)) if lines else json.dumps({"Resources": found})
    people, members, log = read(tmp_path / f"d.json{'l' * lines}", text)
    assert log.problems == []
    assert people[0].aliases == ("bj@corp.example", "bjensen")
    assert (people[0].name, people[0].status) == ("B. Jensen", "inactive")
    assert [p.type for p in people] == ["user", "group", "group"]
    assert members == [Membership("2819", "e9e3")]


def test_what_cannot_be_used_is_counted(tmp_path: Path) -> None:
    whole = {
        "users": [{"id": "u1"}, {"id": "u1"}, {"name": "Sekret"}, "Sekret", {"id": "u2"}],
        "groups": [{"id": "g1", "members": ["u2", "Sekret", {"value": "u1"}, 7]}],
    }
    people, members, log = read(tmp_path / "d.json", json.dumps(whole))
    assert [p.id for p in people] == ["u1", "u2", "g1"]
    assert members == [Membership("u2", "g1"), Membership("u1", "g1")]
    assert (log.records, log.failed_records) == (6, 3)
    assert {p.code: p.count for p in log.problems if p.code != "grants.row"} == {
        "directory.unknown_member": 2
    }
    assert "Sekret" not in repr(log)


def test_a_shared_alias_is_a_problem(tmp_path: Path) -> None:
    whole = {"users": [{"id": "u1", "aliases": ["x"]}, {"id": "u2", "aliases": ["x"]}]}
    log = read(tmp_path / "d.json", json.dumps(whole))[2]
    assert [p.code for p in log.problems] == ["directory.shared_alias"]


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        ("d.json", "{", UnreadableError),
        ("d.json", "3", UsageError),
        ("d.json", '{"people": []}', UsageError),
        ("d.json", '{"users": [{}]}', UnreadableError),
        ("d.csv", "", UnreadableError),
        ("d.csv", "a,b\n1,2\n", UsageError),
        ("d.csv", "id,name\n", UnreadableError),
    ],
)
def test_files_that_are_no_directory(
    tmp_path: Path, name: str, text: str, error: type[LeakgateError]
) -> None:
    with pytest.raises(error) as caught:
        read(tmp_path / name, text)
    assert caught.value.hint


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError):
        read_directory(tmp_path / "none.csv", UnitLog())
