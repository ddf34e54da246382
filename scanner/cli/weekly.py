"""`leakgate weekly`: the compliance report of some days, from the verdicts of a ledger."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO

import click

from scanner.cli import _options
from scanner.errors import UsageError

_FORMATS = ("html", "csv", "json")


@click.command("weekly")
@click.option(
    "--from",
    "start",
    type=_options.Time(),
    default=None,
    help="The first moment; a week before --to if left out.",
)
@click.option(
    "--to",
    "end",
    type=_options.Time(),
    default=None,
    help="The moment before which it ends; now if left out.",
)
@_options.ledger
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="FORMAT=PATH",
    help="Write html, csv or json; '-' is standard output. Without it a CSV is shown.",
)
@_options.now
def plugin(
    start: datetime | None,
    end: datetime | None,
    ledger: Path,
    outputs: tuple[str, ...],
    now: datetime,
) -> None:
    """New, open, fixed, reopened and excepted incidents of a period, times to detect and repair,
    exposure, unused grants, breaches of purpose, coverage, gate runs with their overrides, and
    accepted risks that fall due; each beside the period before.

    Counts what `leakgate gate`, `scan` and `audit` kept of their verdicts in the ledger. To get
    a PDF, print the HTML page.

    \b
    Examples:
      leakgate weekly -o html=week.html -o csv=week.csv
      leakgate weekly --from 2026-10-05 --to 2026-10-12 -o json=-
    """
    from reports.weekly import weekly
    from reports.weekly_outputs import write
    from scanner.ledger import decisions
    from scanner.outputs import write_aside

    until = end or now
    since = start or until - timedelta(days=7)
    if since >= until:
        raise UsageError("the period ends before it begins", "--from, --to", "swap the two")
    wanted = [_place(spec) for spec in outputs or ("csv=-",)]
    names = decisions.names(ledger)
    if not names:
        hint = "run leakgate gate PATHS, or name another folder with --ledger"
        raise UsageError("the ledger holds no verdict", str(ledger), hint)
    runs = [(decisions.read(ledger, n), tuple(decisions.incidents(ledger, n))) for n in names]
    _one_key({decision.key_id for decision, _ in runs})
    found = weekly(sorted(runs, key=lambda r: (r[0].at, r[0].id)), since, until)
    for form, path in wanted:
        put: Callable[[BinaryIO], None] = partial(write, found, form)
        if path is None:
            sys.stdout.flush()
            put(sys.stdout.buffer)
        else:
            write_aside(path, put)
            click.echo(f"{form} report: {path.resolve()}", err=True)


def _one_key(keys: set[str]) -> None:
    """Fingerprints of two keys do not compare: each incident would count twice."""
    if len(keys) > 1:
        told = ", ".join(sorted(keys))
        note = f"note: the verdicts are of {len(keys)} deployment keys ({told}): incidents of one"
        click.echo(f"{note} are new to the other", err=True)


def _place(spec: str) -> tuple[str, Path | None]:
    from scanner.outputs import check_writable

    form, equals, place = spec.partition("=")
    if not equals or not place or form not in _FORMATS:
        hint = "write FORMAT=PATH, with html, csv or json"
        raise UsageError("this output has no such format, or no place", f"-o {spec}", hint)
    if place == "-":
        return form, None
    check_writable(Path(place))
    return form, Path(place)
