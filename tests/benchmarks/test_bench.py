"""The benchmark runs, measures all processes, and its planted values are found."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from e2e_house import KEY

HERE = Path(__file__).parent


def environment(folder: Path) -> dict[str, str]:
    """What is compiled is that of all tests: what compiling costs is not measured here."""
    kept = {"LEAKGATE_CACHE": os.environ["LEAKGATE_CACHE"], "LEAKGATE_KEY": KEY}
    path = {"PATH": os.environ["PATH"], "PYTHONPATH": str(HERE.parents[1])}
    return kept | path | {"TMPDIR": str(folder)}


def test_one_small_run(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, HERE / "bench.py", "--size", "1", "--runs", "1", "--form", "jsonl"],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert re.search(
        r"leakgate found 100\.0 % of \d+ planted values, 0 findings elsewhere", run.stdout
    )
    cpu = {m[1]: float(m[2]) for m in re.finditer(r"^jsonl +(\w+) +([\d.]+)", run.stdout, re.M)}
    assert cpu["leakgate"] > cpu["decoding"] > 0
    assert not list(tmp_path.iterdir())


def test_what_findings_cost(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, HERE / "findings.py", "--findings", "300"],
        env=environment(tmp_path) | {"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert re.search(r"^300, one each +[\d.]+ +[\d.]+ +\d+ MB$", run.stdout, re.M)
    assert "300 inputs" not in run.stderr and "1 of 1 inputs are as an earlier run" in run.stderr


def test_the_same_seed_makes_the_same_telemetry(tmp_path: Path) -> None:
    made = []
    for name in "ab":
        folder = tmp_path / name
        folder.mkdir()
        script = (
            "import sys, pathlib, telemetry as t;"
            "t.write(pathlib.Path(sys.argv[1]), 1, 3, ['jsonl'])"
        )
        path = os.pathsep.join([str(HERE), str(HERE.parents[1])])
        subprocess.run([sys.executable, "-c", script, folder], env={"PYTHONPATH": path}, check=True)
        made.append((folder / "telemetry.jsonl").read_bytes())
    assert made[0] == made[1]


def test_small_files_are_of_every_kind(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib; from smallfiles import *; write_small(pathlib.Path(sys.argv[1]), 24)"
    )
    path = os.pathsep.join([str(HERE), str(HERE.parents[1])])
    subprocess.run([sys.executable, "-c", script, tmp_path], env={"PYTHONPATH": path}, check=True)
    made = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert sorted(p.suffix for p in made) == sorted(
        3 * [".py", ".json", ".md", ".yaml", ".log", ".txt", ".csv", ".jsonl"]
    )
    assert all(100 < p.stat().st_size < 60_000 for p in made)


def test_children_that_outlive_their_parent_are_measured(tmp_path: Path) -> None:
    burn = "import time\nend = time.process_time() + 0.5\nwhile time.process_time() < end: pass"
    orphan = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {burn!r}])"
    result = tmp_path / "cost.json"
    subprocess.run(
        [sys.executable, HERE / "measure.py", result, sys.executable, "-c", orphan], check=True
    )
    assert '"code": 0' in result.read_text()
    assert float(re.search(r'"cpu": ([\d.]+)', result.read_text())[1]) > 0.45
