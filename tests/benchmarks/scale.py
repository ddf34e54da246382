"""Measures how the cost of `leakgate scan` grows: with workers, files, terms and size.

    python tests/benchmarks/scale.py --case workers --case files --case terms --case rules

    workers  wall of two workers against one, on files of --size megabytes in all
    files    10,000 files of 1 to 20 KB, against Kingfisher where it is given
    terms    100,000 terms against 500
    rules    the whole pack of credential rules against 40 of them, drawn evenly
    size     four times --size megabytes against --size
    giant    one line, and one row group, of --size megabytes: peak memory
    start    one small file: what starting up costs

Each case runs its two sides in turn, --runs times, and prints the ratios pair by pair.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click
import pyarrow as pa
import pyarrow.json
import pyarrow.parquet as pq
from bench import Program, kingfisher, leakgate, spread
from smallfiles import write_small
from telemetry import term_list, write, write_policy

from scanner.rulepacks.load import load_pack

_FILES = 10_000
_UNITS = {"cpu": 1.0, "wall": 1.0, "peak": 1e6}
_FEW_RULES = 40
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
    small = folder / "small"
    write_small(small, _FILES)
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


def rules(folder: Path, size: float, binary: str | None) -> tuple[Program, Program, Path, str]:
    """All rules for credentials over 40 of them, in CPU seconds; every other detector as it is."""
    write(folder, int(size * 1e6), 1, ("jsonl",))
    few = folder / "few"
    few.mkdir()
    ids = sorted(rule.spec.id for rule in load_pack("credentials"))
    left = set(ids[:: len(ids) // _FEW_RULES][:_FEW_RULES])
    write_policy(few, {"credentials": {"disabled": [i for i in ids if i not in left]}})
    return leakgate(folder), leakgate(few), folder / "telemetry.jsonl", "cpu"


def growth(folder: Path, size: float, binary: str | None) -> tuple[Program, Program, Path, str]:
    """Four times the size over once, in CPU seconds."""
    large = folder / "large"
    large.mkdir()
    write(large, int(4e6 * size), 1, ("jsonl",))
    write(folder, int(size * 1e6), 1, ("jsonl",))
    once = leakgate(folder)
    more = Program("four times", lambda _: once.command(large / "telemetry.jsonl"), once.codes)
    return more, once, folder / "telemetry.jsonl", "cpu"


def giant(folder: Path, size: float, binary: str | None) -> tuple[Program, Program, Path, str]:
    """One line over one row group of the same rows, in peak memory."""
    write(folder, int(size * 1e6), 1, ("jsonl",))
    rows = pa.json.read_json(folder / "telemetry.jsonl")
    large = folder / "large"
    large.mkdir()
    pq.write_table(rows, large / "group.parquet", row_group_size=rows.num_rows, compression="zstd")
    with (folder / "telemetry.jsonl").open("rb") as lines, (large / "line.json").open("wb") as line:
        line.write(b'{"rows": [' + next(lines).rstrip())
        line.writelines(b"," + row.rstrip() for row in lines)
        line.write(b"]}")
    ours = leakgate(folder)
    one = Program("one line", lambda _: ours.command(large / "line.json"), ours.codes)
    group = Program("one row group", lambda _: ours.command(large / "group.parquet"), ours.codes)
    return one, group, large, "peak"


def start(folder: Path, size: float, binary: str | None) -> tuple[Program, Program, Path, str]:
    """A scan of one small file over `--help`, in CPU seconds."""
    path = folder / "note.txt"
    path.write_text("a note\n")
    command = [sys.executable, "-m", "scanner.cli", "--help"]
    return leakgate(folder), Program("help", lambda _: command), path, "cpu"


_CASES: dict[str, Callable[..., tuple[Program, Program, Path, str]]] = {
    "workers": workers,
    "files": files,
    "terms": terms,
    "rules": rules,
    "size": growth,
    "giant": giant,
    "start": start,
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
        click.echo(f"{case}: {_CASES[case].__doc__}")
        for program in (one, other):
            cost = (f"{program.median(path, name) / unit:.2f}" for name, unit in _UNITS.items())
            click.echo("  {}: CPU {} s, wall {} s, peak {} MB".format(program.name, *cost))
        click.echo(f"  ratio {spread(ratios)}")


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
