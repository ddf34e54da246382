"""Measures `leakgate scan` against decoding alone and against Kingfisher, on the same files.

    python tests/benchmarks/bench.py --size 64 --runs 3

Makes telemetry by seed in a temporary folder, runs the programs in turn (A B C A B C), one
job each, and prints CPU seconds, wall, peak memory, ratios pair by pair and the recall of the
planted values.  Kingfisher takes part when it is on the PATH or named by --kingfisher; a way
to get it is `python -m venv kf && kf/bin/pip install kingfisher-bin`.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click
from telemetry import Plant, write, write_policy

_HERE = Path(__file__).parent
_KEY = {"LEAKGATE_KEY": "the key of the benchmark"}  # where none is set
_FORMS = ("jsonl", "jsonl.zst", "parquet")
_COLUMNS = "{:<12}{:<12}{:>10}{:>12}{:>9}{:>10}"


@dataclass
class Program:
    """A program, how it is called on a file, and what its runs cost."""

    name: str
    command: Callable[[Path], list[str]]
    codes: tuple[int, ...] = (0,)
    costs: dict[str, list[dict[str, float]]] = field(default_factory=dict)  # by file name

    def run(self, path: Path) -> None:
        folder = path.parent
        result = folder / "cost.json"
        measured = [sys.executable, "-S", _HERE / "measure.py", result, *self.command(path)]
        subprocess.run(
            measured,
            check=True,
            env=_KEY | os.environ | {"HOME": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        cost = json.loads(result.read_text())
        if cost["code"] not in self.codes:
            raise click.ClickException(f"{self.name} ended with exit code {cost['code']}")
        self.costs.setdefault(path.name, []).append(cost)

    def median(self, path: Path, what: str) -> float:
        return statistics.median(cost[what] for cost in self.costs[path.name])


def leakgate(folder: Path, jobs: int = 1) -> Program:
    def command(path: Path) -> list[str]:
        ledger = folder / "ledger"
        shutil.rmtree(ledger, ignore_errors=True)  # an earlier scan must not help
        scan = [sys.executable, "-m", "scanner.cli", "scan", str(path), "-j", str(jobs), "-q"]
        report = f"json={folder / 'leakgate.json'}"
        policy = str(folder / "policy.yaml")
        return [*scan, "--policy", policy, "-o", report, "--ledger", str(ledger)]

    return Program("leakgate", command, codes=(0, 1))


def decoding() -> Program:
    return Program("decoding", lambda path: [sys.executable, str(_HERE / "floor.py"), str(path)])


def kingfisher(folder: Path, binary: str) -> Program:
    def command(path: Path) -> list[str]:
        flags = ["-j", "1", "--no-validate", "--turbo", "--no-dedup", "--max-file-size", "0"]
        flags += ["--rule-cache-dir", str(folder / "kingfisher"), "--no-update-check"]
        report = ["--format", "json", "-o", str(folder / "kingfisher.json")]
        return [binary, "scan", str(path), *flags, *report]

    return Program("kingfisher", command, codes=(0, 200))  # 200: found something


def recall_of_leakgate(folder: Path, truth: Sequence[Plant]) -> str:
    """Planted values found under their own rule, at their own record and field."""
    findings = json.loads((folder / "leakgate.json").read_text())["findings"]
    places = [(f["location"]["record"], f["location"]["field"]) for f in findings]
    rules = [f["rule_id"] if f["category"] != "term" else "term" for f in findings]
    found = set(zip(places, rules, strict=True))
    missed = [p for p in truth if ((p.record, p.field), p.rule) not in found]
    planted = {(p.record, p.field) for p in truth}
    others = sum(place not in planted for place in places)
    names = ", ".join(sorted({p.rule for p in missed}))
    told = f"; missed: {names}" if missed else ""
    return f"{_share(len(truth) - len(missed), len(truth))}, {others} findings elsewhere{told}"


def recall_of_kingfisher(folder: Path, truth: Sequence[Plant]) -> str:
    """Lines with a planted credential on which it found anything; it looks for no others."""
    findings = json.loads((folder / "kingfisher.json").read_text())["findings"]
    lines = {f["finding"]["line"] for f in findings}
    credentials = {p.record + 1 for p in truth if p.credential}
    others = len(lines - {p.record + 1 for p in truth})
    found = len(credentials & lines)
    return f"{_share(found, len(credentials))} (credentials only), {others} findings elsewhere"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / max(1, whole):.1f} % of {whole} planted values"


def table(programs: Sequence[Program], path: Path, size: int) -> None:
    """The costs of every program on one file.

    MB are of decoded JSONL whatever the form, so that forms compare.
    """
    whole = path.name.startswith("telemetry")
    form = path.name.partition(".")[2] if whole else "one row"
    for program in programs:
        cpu, wall = program.median(path, "cpu"), program.median(path, "wall")
        peak = f"{program.median(path, 'peak') / 1e6:.0f} MB"
        speed = f"{size / 1e6 / cpu:.1f}" if whole else ""
        click.echo(_COLUMNS.format(form, program.name, f"{cpu:.2f}", speed, f"{wall:.2f}", peak))


def ratios(ours: Program, others: Sequence[Program], path: Path, start: Path) -> None:
    """Our CPU seconds over theirs, run by run; once more without what starting up costs."""
    for other in others:
        pairs = list(zip(ours.costs[path.name], other.costs[path.name], strict=True))
        whole = [a["cpu"] / b["cpu"] for a, b in pairs]
        mine, theirs = ours.median(start, "cpu"), other.median(start, "cpu")
        net = [(a["cpu"] - mine) / max(0.01, b["cpu"] - theirs) for a, b in pairs]
        click.echo(f"  leakgate / {other.name}: {spread(whole)}; without start-up {spread(net)}")


def spread(values: Sequence[float]) -> str:
    """Median, least and most."""
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


@click.command()
@click.option("--size", default=64.0, show_default=True, help="Megabytes of JSONL.")
@click.option("--runs", default=3, show_default=True, help="Runs of each program on each file.")
@click.option("--seed", default=1, show_default=True, help="Which telemetry is made.")
@click.option("--form", "forms", multiple=True, type=click.Choice(_FORMS), help="Default: all.")
@click.option("--kingfisher", "binary", default=shutil.which("kingfisher"), help="Its program.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where files are made and kept.")
def main(
    size: float, runs: int, seed: int, forms: tuple[str, ...], binary: str | None, folder: Path
) -> None:
    """Measure a scan of made-up telemetry."""
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        measure(folder.resolve(), size, runs, seed, forms or _FORMS, binary)
        return
    with tempfile.TemporaryDirectory(prefix="leakgate-bench-") as made:
        measure(Path(made), size, runs, seed, forms or _FORMS, binary)


def measure(
    folder: Path, size: float, runs: int, seed: int, forms: Sequence[str], binary: str | None
) -> None:
    truth = write(folder, int(size * 1e6), seed, ("jsonl", *(f for f in forms if f != "jsonl")))
    write_policy(folder)
    ours, others = leakgate(folder), [decoding()]
    others += [kingfisher(folder, binary)] if binary else []
    jsonl = folder / "telemetry.jsonl"
    start = folder / "start.jsonl"
    with jsonl.open("rb") as rows:
        start.write_bytes(rows.readline())
    click.echo(f"{jsonl.stat().st_size / 1e6:.0f} MB of telemetry, {len(truth)} planted values")
    click.echo(_COLUMNS.format("file", "program", "CPU s", "MB/CPU s", "wall s", "peak"))
    for program in (ours, *others):
        program.run(start)  # caches are filled
        program.costs.clear()
    for path in (start, *(folder / f"telemetry.{form}" for form in forms)):
        rivals = [p for p in others if p.name != "kingfisher" or path.suffix == ".jsonl"]
        for _ in range(runs):
            for program in (ours, *rivals):
                program.run(path)
        table([ours, *rivals], path, jsonl.stat().st_size)
        if path != start:
            ratios(ours, rivals, path, start)
            click.echo(f"  leakgate found {recall_of_leakgate(folder, truth)}")
            if rivals[-1].name == "kingfisher":
                click.echo(f"  kingfisher found {recall_of_kingfisher(folder, truth)}")


if __name__ == "__main__":
    main()
