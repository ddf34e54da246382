"""Hosted repositories: visibility on three hosts, gates, members."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from effective import ANYONE, decide, employee

from scanner.batch import UnitLog
from scanner.grants import GrantExport
from scanner.grants.repositories import plugin
from scanner.model import Decision, Grant

YES, MAYBE, NO = Decision.YES, Decision.CONDITIONAL, Decision.NO
GITHUB: dict[str, Any] = {
    "full_name": "acme/shards",
    "private": True,
    "visibility": "private",
    "html_url": "https://github.com/acme/shards",
}
HUB: dict[str, Any] = {"id": "acme/shards", "private": False, "gated": False, "downloads": 3}
GITLAB: dict[str, Any] = {
    "id": 5,
    "path_with_namespace": "acme/data/shards",
    "visibility": "internal",
    "web_url": "https://git.corp.example/acme/data/shards",
}


def write_sample(path: Path) -> None:
    """A small believable export of this system."""
    path.write_text(
        json.dumps([GITHUB | {"collaborators": [{"login": "ana", "role_name": "read"}]}])
    )


def read(folder: Path, *objects: dict[str, Any]) -> list[Grant]:
    path = folder / "repos.json"
    path.write_text(json.dumps(objects))
    assert plugin.sniff(path, path.read_bytes())
    log = UnitLog()
    found = list(plugin.read(GrantExport(path), log))
    assert log.problems == []
    return found


@pytest.mark.parametrize(
    ("repository", "resource", "anyone", "staff"),
    [
        (GITHUB, "https://github.com/acme/shards/a", NO, NO),
        (GITHUB | {"visibility": "public"}, "https://github.com/acme/shards/a", YES, YES),
        (GITHUB | {"visibility": "INTERNAL"}, "https://github.com/acme/shards/a", NO, YES),
        (GITLAB, "https://git.corp.example/acme/data/shards/a", NO, YES),
        (HUB, "https://huggingface.co/datasets/acme/shards/a", YES, YES),
        (HUB | {"gated": "manual"}, "https://huggingface.co/datasets/acme/shards/a", MAYBE, MAYBE),
        (HUB | {"private": True}, "https://huggingface.co/datasets/acme/shards/a", NO, NO),
        (HUB | {"modelId": "acme/shards"}, "https://huggingface.co/acme/shards/a", YES, YES),
        (
            {
                "nameWithOwner": "acme/x",
                "visibility": "PRIVATE",
                "url": "https://github.com/acme/x",
            },
            "https://github.com/acme/x/a",
            NO,
            NO,
        ),
    ],
)
def test_visibility(
    tmp_path: Path, repository: dict[str, Any], resource: str, anyone: Decision, staff: Decision
) -> None:
    rows = read(tmp_path, repository)
    assert decide(rows, ANYONE, resource) is anyone
    assert decide(rows, employee("bob"), resource) is staff
    assert decide(rows, employee("acme"), resource) is YES or anyone is MAYBE


def test_members(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        GITHUB
        | {
            "collaborators": [
                {"login": "ana", "permissions": {"pull": True, "push": False}},
                {"login": "cy", "permissions": {"pull": False}},
            ],
            "teams": [{"slug": "analysts", "permission": "pull"}],
            "members": [{"username": "guest", "access_level": 10}],
        },
    )
    answers = {n: decide(rows, employee(n), "https://github.com/acme/shards/a")
               for n in ("ana", "cy", "analysts", "guest")}  # fmt: skip
    assert answers == {"ana": YES, "cy": NO, "analysts": YES, "guest": NO}


def test_lines_and_other_objects(tmp_path: Path) -> None:
    path = tmp_path / "repos.jsonl"
    path.write_text(json.dumps(GITHUB) + "\n" + json.dumps({"full_name": "a/b"}) + "\n")
    log = UnitLog()
    assert len(list(plugin.read(GrantExport(path), log))) == 1 and log.failed_records == 1


def test_members_of_gitlab_end_and_repositories_may_be_shut(tmp_path: Path) -> None:
    member = {"username": "ana", "access_level": 30, "expires_at": "2026-01-01"}
    project = {
        "path_with_namespace": "corp/data",
        "visibility": "public",
        "members": [member],
        "web_url": "https://gitlab.com/corp/data",
        "repository_access_level": "private",
    }
    path = tmp_path / "projects.json"
    path.write_text(json.dumps([project]))
    rows = list(plugin.read(GrantExport(path), UnitLog()))
    where = "https://gitlab.com/corp/data/x"
    assert decide(rows, ANYONE, where) is Decision.NO
    at = [datetime(year, 6, 1, tzinfo=UTC) for year in (2025, 2026)]
    assert [decide(rows, employee("ana"), where, t) for t in at] == [Decision.YES, Decision.NO]
