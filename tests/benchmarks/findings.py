"""Measures what findings cost: a shard with many of them, and the same rows without any.

    python tests/benchmarks/findings.py --findings 1000000

Each row of the first file holds an e-mail address of its own, so that every finding is an
incident as well.  Both are scanned by one worker into a fresh ledger and reported as JSON and
HTML; the first is scanned a second time, which reuses what the first scan kept.  The peak is
the largest resident set of a single process; that of many findings should be that of none.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click

_HERE = Path(__file__).parent
_KEY = {"LEAKGATE_KEY": "the key of the benchmark"}  # where none is set
_POLICY = "version: 1\ndetectors: {presidio: false, detect_secrets: false}\n"


def write(path: Path, rows: int, text: Callable[[str, str, int], str]) -> None:
    """Rows of JSON Lines by seed; `text` makes the one field that differs."""
    picked = random.Random(1)
    with path.open("w") as out:
        for number in range(rows):
            one = "".join(picked.choices("bcdfghjklmnpqrstvwxyz", k=7))
            other = "".join(picked.choices("aeioulnrst", k=5))
            row = {"id": number, "kind": "note", "text": text(one, other, number)}
            out.write(json.dumps(row) + "\n")


def with_mail(one: str, other: str, number: int) -> str:
    return f"please write to {one}.{other}{number}@corp-{other}.io about it"


def without(one: str, other: str, number: int) -> str:
    return f"please write to {one} {other}{number} at corp {other} io about it"


def scan(folder: Path, name: str, ledger: str) -> dict[str, float]:
    """What one scan costs: CPU seconds, wall seconds, peak bytes."""
    cost = folder / "cost.json"
    place = ["--policy", "policy.yaml", "--ledger", ledger, "-qj1"]
    outputs = ["-o", f"json={name}.json", "-o", f"html={name}.html"]
    command = [sys.executable, "-m", "scanner.cli", "scan", f"{name}.jsonl", *place, *outputs]
    subprocess.run(
        [sys.executable, "-S", str(_HERE / "measure.py"), str(cost), *command],
        check=True,
        cwd=folder,
        env=_KEY | os.environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    measured: dict[str, float] = json.loads(cost.read_text())
    if measured["code"] not in (0, 1):
        raise click.ClickException(f"the scan ended with exit code {measured['code']}")
    return measured


def told(name: str, cost: dict[str, float]) -> None:
    cells = (f"{cost['cpu']:.1f}", f"{cost['wall']:.1f}", f"{cost['peak'] / 1e6:.0f} MB")
    click.echo("{:<22}{:>9}{:>9}{:>10}".format(name, *cells))


@click.command()
@click.option("--findings", default=1_000_000, show_default=True, help="How many are made.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where files are made and kept.")
def main(findings: int, folder: Path | None) -> None:
    """Measure what findings cost."""
    with tempfile.TemporaryDirectory(prefix="leakgate-findings-") as made:
        place = folder.resolve() if folder else Path(made)
        place.mkdir(parents=True, exist_ok=True)
        measure(place, findings)


def measure(folder: Path, findings: int) -> None:
    (folder / "policy.yaml").write_text(_POLICY)
    write(folder / "none.jsonl", findings, without)
    write(folder / "many.jsonl", findings, with_mail)
    click.echo("{:<22}{:>9}{:>9}{:>10}".format("rows, findings", "CPU s", "wall s", "peak"))
    scan(folder, "none", "warm")  # caches are filled
    none = scan(folder, "none", "none")
    told(f"{findings}, none", none)
    many = scan(folder, "many", "many")
    told(f"{findings}, one each", many)
    told("the same again", scan(folder, "many", "many"))
    click.echo(f"more memory for findings: {(many['peak'] - none['peak']) / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
