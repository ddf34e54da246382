"""A small evaluation on every run: a drop of recall, or more false alarms, fails."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner
from credentials import main
from e2e_house import KEY

# Percent, of the seeded subsample below; what docs/quality.md states is a little above.
STRONG, ALL, FALSE, APART = 97.0, 97.0, 0.5, 2.0


@pytest.fixture(scope="module")
def printed() -> str:
    run = CliRunner(env={"LEAKGATE_KEY": KEY}).invoke(main, ["--size", "1", "--misses", "1"])
    assert run.exit_code == 0, run.output
    return run.stdout


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
