"""Two runs over the same inputs, rules and policy give the same bytes, whoever does the work."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from e2e_house import NOW, ROOT, House

from scanner import plugins


def _run(house: House, name: str, jobs: int, paths: tuple[str, ...]) -> Path:
    """The sample gate with a ledger of its own; returns the folder of its outputs."""
    out = house.work / name
    out.mkdir()
    wanted = [a for n in plugins.names("formats") for a in ("-o", f"{n}={name}/r.{n}")]
    place = ("--policy", "policy.yaml", "--now", NOW, "--ledger", f"{name}.ledger", f"-qj{jobs}")
    result = house.run("gate", *paths, *place, *wanted)
    assert result.code == 1, result.err
    (out / "stdout").write_text(result.out)
    return out


@pytest.fixture(scope="module")
def runs(new_house: Callable[[str], House]) -> tuple[Path, Path]:
    """One worker and two, the inputs named in one order and in the other."""
    house = new_house("repeatable")
    shutil.copytree(ROOT / "samples", house.work, dirs_exist_ok=True)
    paths = ("deskmate/telemetry/notes", "deskmate/exports", "deskmate/shared01")
    return _run(house, "one", 1, paths), _run(house, "two", 2, paths[::-1])


@pytest.mark.parametrize("name", plugins.names("formats"))
def test_every_output_is_the_same(runs: tuple[Path, Path], name: str) -> None:
    one, other = (run / f"r.{name}" for run in runs)
    assert one.stat().st_size > 500
    assert one.read_bytes() == other.read_bytes()


def test_the_summary_is_the_same(runs: tuple[Path, Path]) -> None:
    one, other = ((run / "stdout").read_text() for run in runs)
    assert one == other
