"""Baselines and exceptions of two branches, merged by git itself."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from scanner import baseline, exceptions
from scanner.errors import UsageError
from scanner.keyed_lines import let_git_merge

DAY = date(2026, 10, 5)


def entries(*names: str) -> dict[str, baseline.Entry]:
    prints = [hashlib.sha256(name.encode()).hexdigest() for name in names]
    return {one: baseline.Entry(one, "rule", DAY, "why") for one in prints}


class Repository:
    """A repository with a baseline in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, folder / "baseline.jsonl"
        self.git("init", "-q", ".")

    def git(self, *args: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@b.example")
        command = ["git", "-C", str(self.folder), *who, *args]
        subprocess.run(command, check=True, capture_output=True)

    def commit(self, kept: dict[str, baseline.Entry]) -> None:
        baseline.write(baseline.Baseline("k", kept), self.file)
        let_git_merge(self.file)
        self.git("add", "-A")
        self.git("commit", "-qm", "more")


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
@pytest.mark.parametrize("many", [0, 1, 5])
def test_git_merges_what_two_branches_have_added(tmp_path: Path, many: int) -> None:
    repository, known = Repository(tmp_path), entries(*map(str, range(many)))
    repository.commit(known)
    repository.git("branch", "theirs")
    repository.commit(known | entries("a", "b", "both"))
    repository.git("checkout", "-q", "theirs")
    repository.commit(known | entries("c", "d", "both"))
    repository.git("merge", "-q", "-m", "merged", "-")
    merged = baseline.read(repository.file, "k")
    assert merged.entries == known | entries("a", "b", "c", "d", "both")


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_git_merges_two_files_that_were_made_apart(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.git("commit", "-q", "--allow-empty", "-m", "nothing")
    repository.git("branch", "theirs")
    repository.commit(entries("a"))
    repository.git("checkout", "-q", "theirs")
    repository.commit(entries("b"))
    repository.git("merge", "-q", "-m", "merged", "-")
    assert baseline.read(repository.file, "k").entries == entries("a", "b")


def test_attributes_are_added_once_and_those_of_the_user_stay(tmp_path: Path) -> None:
    file = tmp_path / "exceptions.jsonl"
    assert let_git_merge(file) is None  # no repository
    (tmp_path / ".git").mkdir()
    attributes = tmp_path / ".gitattributes"
    attributes.write_text("*.png binary")
    assert let_git_merge(file) == attributes
    assert let_git_merge(file) is None
    assert attributes.read_text() == "*.png binary\nexceptions.jsonl merge=union\n"
    assert let_git_merge(tmp_path / "odd name.jsonl") is None
    (tmp_path / "below").mkdir()
    attributes.write_text("exceptions.jsonl -merge\n")
    assert let_git_merge(file) is None


def test_a_header_of_another_key_is_refused_wherever_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "e.jsonl"
    head = '{{"leakgate_exceptions": 1, "key_id": "{}"}}\n'
    file.write_text("\ufeff" + head.format("k") * 2)
    assert exceptions.read(file, "k").entries == {}
    file.write_text(head.format("k") + head.format("other"))
    with pytest.raises(UsageError, match="made with key other"):
        exceptions.read(file, "k")
