"""docs/tour.md as a user follows it: every command is run, and what it says is compared."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e_house import ROOT, House

TOUR = ROOT / "docs" / "tour.md"
_CHANGES = (
    (r"\d{8}T\d{12}Z-[0-9a-f]{8}(-[a-z]+)?", "RUN"),
    (r"\d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d(:\d\d)? UTC", "TIME"),
    (r"\d{4}-\d\d-\d\d", "DAY"),
    (r"/\S*/(tour|work)(?=/|\s|$)", "HERE"),
    (r"(tour|work): \d+ rules", "N rules"),
    (r"digest [0-9a-f]{64}", "digest"),
)


def steps(text: str) -> Iterator[tuple[str, str]]:
    """(command, what it says) of the console blocks, in order."""
    for block in re.findall(r"```console\n(.*?)```", text, re.S):
        for step in re.split(r"^\$ ", block, flags=re.M)[1:]:
            lines = step.splitlines()
            size = 1
            while lines[size - 1].endswith("\\"):
                size += 1
            yield "\n".join(lines[:size]), "\n".join(lines[size:]).strip()


def plain(text: str) -> str:
    """What is the same on each day and in each folder."""
    for pattern, name in _CHANGES:
        text = re.sub(pattern, name, text)
    return re.sub(r"\s+", " ", text).strip()


def follow(folder: Path, environment: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """(command, what the tour says, what was said)."""
    bin_ = folder.parent / "bin"
    bin_.mkdir(exist_ok=True)
    program = bin_ / "leakgate"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m scanner.cli "$@"\n')
    program.chmod(0o755)
    env = environment | {"PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}"}
    for command, said in steps(TOUR.read_text("utf-8")):
        done = subprocess.run(
            ["bash", "-c", f"{{ {command}\n}} 2>&1"],
            cwd=folder, env=env, capture_output=True, encoding="utf-8", timeout=300,
        )  # fmt: skip
        yield command, said, done.stdout.strip()


def test_the_tour_is_what_happens(tmp_path_factory: pytest.TempPathFactory) -> None:
    house = House(tmp_path_factory.mktemp("t") / "h")  # short: the console wraps long paths
    environment = house.environment()
    seen = 0
    for command, said, really in follow(house.work, environment):
        assert plain(really) == plain(said), command
        seen += 1
    assert seen >= 8
