# ruff: noqa: E501 - examples are easier to compare on one line each
"""Counts what looks like a credential in files that hold none: alarms per MB.

    python tests/evaluation/noise.py --most 120 /usr/share /usr/lib/python3

Takes every n-th text file below the folders until so many MB are read, all of the same extension
in the same share, and prints findings of medium confidence and above by rule.  What it finds is
shown by file, line and shape, never by its text.
"""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).parent))
from credentials import scanner

from scanner import inputs, plugins
from scanner.batch import UnitLog
from scanner.errors import LeakgateError
from scanner.model import Confidence, Finding, Location
from scanner.scan import Scanner, Tally
from scanner.sources import Shard

_LARGEST = 4 << 20  # bytes of a file that takes part


def chosen(folders: Sequence[str], most: int, seed: int = 1) -> list[Path]:
    """Files in an order that the seed gives, up to `most` bytes."""
    paths = sorted(p for folder in folders for p in _files(folder))
    random.Random(seed).shuffle(paths)
    out, size = list[Path](), 0
    for path in paths:
        if size < most and _text(path):
            out.append(path)
            size += path.stat().st_size
    return out


def _files(folder: str) -> Iterator[Path]:
    for root, _, names in os.walk(folder):
        for name in names:
            path = Path(root) / name
            if not path.is_symlink() and path.is_file() and path.stat().st_size <= _LARGEST:
                yield path


def _text(path: Path) -> bool:
    try:
        head = path.open("rb").read(4096)
    except OSError:
        return False
    return bool(head) and b"\0" not in head


def scan(by: Scanner, path: Path) -> Iterator[Finding]:
    for shard in inputs.discover([str(path)]):
        if not isinstance(shard, Shard):
            continue
        source = plugins.load("sources", inputs.source_for(shard))
        for unit in source.units(shard):
            for batch in source.batches(unit, UnitLog()):
                yield from by.scan(batch, Location(str(path)), UnitLog(), Tally())


@click.command()
@click.argument("folders", nargs=-1, required=True)
@click.option("--most", default=100, help="MB to read.")
@click.option("--show", default=0, help="Print so many places a rule.")
def main(folders: tuple[str, ...], most: int, show: int) -> None:
    """Print the alarms of medium confidence and above, by rule."""
    by, paths = scanner(), chosen(folders, most * 1_000_000)
    size = sum(path.stat().st_size for path in paths) / 1e6
    counts, shown = Counter[str](), Counter[str]()
    for path in paths:
        try:
            for finding in scan(by, path):
                if finding.category != "credential" or finding.confidence is Confidence.LOW:
                    continue
                counts[finding.rule_id] += 1
                if shown[finding.rule_id] < show:
                    shown[finding.rule_id] += 1
                    at = finding.location
                    click.echo(
                        f"{finding.rule_id} {at.uri}:{(at.record or 0) + 1} {at.start}-{at.end}"
                    )
        except LeakgateError as error:
            click.echo(f"{path}: {error.what}", err=True)
    click.echo(
        f"{len(paths)} files, {size:.1f} MB, {sum(counts.values())} alarms: {sum(counts.values()) / size:.2f} per MB"
    )
    for rule, count in counts.most_common():
        click.echo(f"  {rule:<40}{count:>6}")


if __name__ == "__main__":
    main()
