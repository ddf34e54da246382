"""Measures how the cost of `leakgate scan` grows: with workers, files, terms and size.

    python tests/benchmarks/scale.py --case workers --case files --case terms --case size

    workers  wall of two workers against one, on files of --size megabytes in all
    files    10,000 files of 1 to 20 KB, against Kingfisher where it is given
    terms    100,000 terms against 500
    size     four times --size megabytes against --size

Each case runs its two sides in turn, --runs times, and prints the ratios pair by pair.
"""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import click
from bench import Program, kingfisher, leakgate, spread
from telemetry import Telemetry, term_list, write, write_policy

_FILES = 10_000
_PARTS = 4  # files that workers can share


def workers(folder: Path, size: float, binary: str | None) -> tuple[Program, Program, Path, str]:
    """One worker over two, in wall seconds: 2 is the best there is."""
    shards = folder / "shards"
    shards.mkdir()
    for part in range(_PARTS):
        write(folder, int(size * 1e6 / _PARTS), part + 1, ("jsonl",))
        (folder / "telemetry.jsonl").rename(shards / f"part-{part}.jsonl")
    return leakgate(folder), leakgate(folder, jobs=2), shards, "wall"


def files(folder: Path, size: float, binary: str | None) -> tuple[Program, Program, Path, str]:
    """Kingfisher over leakgate in CPU seconds; without Kingfisher, leakgate over itself."""
    small, rows, r = folder / "small", Telemetry(1).rows(), random.Random(1)
    for number in range(_FILES):
        path = small / f"{number % 100:02d}" / f"part-{number}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps(row) for row in islice(rows, r.randrange(2, 40))]
        path.write_text("\n".join(lines) + "\n")
    ours = leakgate(folder)
    return (kingfisher(folder, binary) if binary else ours), ours, small, "cpu"


def terms(folder: Path, size: float, binary: str | None) -> tuple[Program, Program, Path, str]:
    """100,000 terms over 500, in CPU seconds."""
    write(folder, int(size * 1e6), 1, ("jsonl",))
    many = folder / "many"
    many.mkdir()
    write_policy(many)
    listed = [{"id": f"t{i}", "term": term} for i, term in enumerate(term_list(100_000))]
    (many / "terms.yaml").write_text(json.dumps({"version": 1, "terms": listed}))
    return leakgate(many), leakgate(folder), folder / "telemetry.jsonl", "cpu"


def growth(folder: Path, size: float, binary: str | None) -> tuple[Program, Program, Path, str]:
    """Four times the size over once, in CPU seconds."""
    large = folder / "large"
    large.mkdir()
    write(large, int(4e6 * size), 1, ("jsonl",))
    write(folder, int(size * 1e6), 1, ("jsonl",))
    once = leakgate(folder)
    more = Program("four times", lambda _: once.command(large / "telemetry.jsonl"), once.codes)
    return more, once, folder / "telemetry.jsonl", "cpu"


_CASES: dict[str, Callable[..., tuple[Program, Program, Path, str]]] = {
    "workers": workers,
    "files": files,
    "terms": terms,
    "size": growth,
}


def measure(case: str, size: float, runs: int, binary: str | None) -> None:
    """Run one case in a temporary folder and print what it gave."""
    with tempfile.TemporaryDirectory(prefix="leakgate-scale-") as made:
        folder = Path(made)
        write_policy(folder)
        one, other, path, what = _CASES[case](folder, size, binary)
        for program in (one, other):
            program.run(path)  # caches are filled
        one.costs.clear()
        other.costs.clear()
        for _ in range(runs):
            one.run(path)
            other.run(path)
        pairs = zip(one.costs[path.name], other.costs[path.name], strict=True)
        ratios = [a[what] / b[what] for a, b in pairs]
        peaks = max(p.median(path, "peak") for p in (one, other)) / 1e6
        told = f"{one.name} {one.median(path, what):.2f} s, {other.name}"
        click.echo(f"{case}: {_CASES[case].__doc__}")
        click.echo(f"  {told} {other.median(path, what):.2f} s {what}: {spread(ratios)}")
        click.echo(f"  peak {peaks:.0f} MB")


@click.command()
@click.option(
    "--case", "cases", multiple=True, type=click.Choice(list(_CASES)), help="Default: all."
)
@click.option("--size", default=64.0, show_default=True, help="Megabytes.")
@click.option("--runs", default=3, show_default=True, help="Runs of each side.")
@click.option("--kingfisher", "binary", default=shutil.which("kingfisher"), help="Its program.")
def main(cases: tuple[str, ...], size: float, runs: int, binary: str | None) -> None:
    """Measure how the cost of a scan grows."""
    for case in cases or tuple(_CASES):
        measure(case, size, runs, binary)


if __name__ == "__main__":
    main()
