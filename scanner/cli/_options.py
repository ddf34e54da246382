"""Options that several commands share, as decorators; each hands on a plain Python value."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

_FILE = click.Path(dir_okay=False, path_type=Path)
_EXISTING_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


class Time(click.ParamType[datetime]):
    """An ISO 8601 time; without a zone it is UTC."""

    name = "time"

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            time = datetime.fromisoformat(value)
        except ValueError:
            self.fail("write it like 2026-10-05T06:00:00Z", param, ctx)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)


policy = click.option(
    "--policy",
    type=_EXISTING_FILE,
    help="Policy file (YAML or JSON). Without it the built-in policy decides.",
)
key_file = click.option(
    "--key-file",
    type=_EXISTING_FILE,
    help="Deployment key that fingerprints are made with. Also: LEAKGATE_KEY (the key itself), "
    "LEAKGATE_KEY_FILE; else one is made in the user's configuration folder.",
)
output = click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="FORMAT=PATH",
    help="Write a report; '-' is standard output. May be given several times.",
)
jobs = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=0),
    default=None,
    help="Worker processes; 0 is one per processor. Overrides the policy.",
)
ledger = click.option(
    "--ledger",
    type=_FOLDER,
    default=Path(".leakgate"),
    show_default=True,
    help="Folder that keeps the runs.",
)
now = click.option(
    "--now",
    type=Time(),
    default=lambda: datetime.now(UTC),
    hidden=True,
    help="The clock, for repeatable runs.",
)
baseline = click.option(
    "--baseline",
    type=_EXISTING_FILE,
    help="Incidents already known and accepted. Overrides the policy.",
)
quiet = click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
fresh = click.option(
    "--fresh",
    is_flag=True,
    help="Scan everything, also what did not change since an earlier run.",
)
