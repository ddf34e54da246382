"""The wheel as it is installed: complete, and not fooled by folders where it is run."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import scanner

pytest.importorskip("hatchling", reason="the build backend is not installed")
ROOT = Path(scanner.__file__).parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which a freshly built wheel was unpacked."""
    made = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(made)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = made.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(made / "site")
    return made / "site"


def _leakgate(site: Path, cwd: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-c", "from scanner.cli import main; main()", *args]
    env = {**os.environ, "PYTHONPATH": str(site)}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)


def test_every_data_file_of_the_packages_is_in_it(site: Path) -> None:
    for package in ("scanner", "reports", "rules"):
        here = {p.relative_to(ROOT) for p in (ROOT / package).rglob("*") if p.is_file()}
        shipped = {p.relative_to(site) for p in (site / package).rglob("*") if p.is_file()}
        assert {p for p in here if "__pycache__" not in p.parts} == shipped


def test_it_runs_where_decoys_lie(site: Path, tmp_path: Path) -> None:
    for name in ("rules", "reports", "scanner"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('decoy')\n")
    for args in (["--version"], ["rules", "show", "public-read"], ["policy", "schema"]):
        run = _leakgate(site, tmp_path, *args)
        assert run.returncode == 0, run.stderr
        assert "decoy" not in run.stderr


def test_rules_replaced_by_another_distribution_are_noticed(site: Path, tmp_path: Path) -> None:
    ours = (site / "rules" / "pack.yaml").rename(tmp_path / "pack.yaml")
    try:
        run = _leakgate(site, tmp_path, "rules", "list")
    finally:
        ours.rename(site / "rules" / "pack.yaml")
    assert run.returncode == 2
    assert "another package" in run.stderr
