"""`leakgate baseline`: accept what a report found as known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli import _git

if TYPE_CHECKING:
    from scanner.baseline import Baseline


@click.command("baseline")
@click.argument("report", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The baseline file, for example baseline.jsonl.",
)
@click.option("--reason", default="", help="Why they are accepted; kept with each new entry.")
@click.option("--prune", is_flag=True, help="Drop old entries that the report does not hold.")
def plugin(report: Path, output: Path, reason: str, prune: bool) -> None:
    """Accept the incidents of a JSON report as known.

    They are still found, counted and shown, and no longer block. An incident is known by the
    keyed fingerprint of its value, wherever that stands; the file holds no value. Entries
    that are already there keep their reason and date.
    """
    from reports.serial import load_report
    from scanner import baseline
    from scanner.outputs import check_writable, read_input

    check_writable(output)
    made = load_report(read_input(report), str(report))
    key_id, day = made.run.key_id, made.run.started_at.date()
    old = baseline.read(output, key_id) if output.exists() else baseline.Baseline(key_id)
    new = baseline.accept(made.incidents, key_id, day, reason)
    merged = baseline.merge(old, new, prune)
    baseline.write(merged, output)
    click.echo(_told(old, merged), err=True)
    _git.tell(output)


def _told(old: Baseline, merged: Baseline) -> str:
    before, after = old.entries.keys(), merged.entries.keys()
    counts = f"{len(after - before)} added, {len(before - after)} dropped"
    return f"{len(after)} incidents in the baseline: {counts}"
