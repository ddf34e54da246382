"""A small evaluation on every run: a drop of recall, or more false alarms, fails."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# Percent, of the seeded subsample below; what docs/quality.md states is a little above.
STRONG, ALL, FALSE, APART = 97.0, 97.0, 0.5, 2.0


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("evaluation")
    run = subprocess.run(
        [sys.executable, HERE / "credentials.py", "--size", "1", "--misses", "1"],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "PYTHONPATH": str(HERE.parents[1]),
        },
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    yield run.stdout


def row(printed: str, name: str) -> tuple[float, float, float]:
    found = re.search(rf"^{name} +([\d.]+) +([\d.]+) +([\d.]+)$", printed, re.M)
    assert found, printed
    return float(found[1]), float(found[2]), float(found[3])


def test_enough_is_found_and_little_else(printed: str) -> None:
    strong, recall, false = row(printed, "leakgate")
    assert strong >= STRONG and recall >= ALL, printed
    assert false <= FALSE, printed


def test_a_field_of_json_lines_hides_nothing(printed: str) -> None:
    plain, rows = row(printed, "leakgate"), row(printed, "leakgate, in JSON Lines")
    assert abs(plain[0] - rows[0]) <= APART, printed
    assert rows[2] <= FALSE, printed
