"""Options that several commands share, as decorators; each hands on a plain Python value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any

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


class PolicyPath(click.ParamType[Path]):
    """A policy file, or the name of a ready policy."""

    name = "policy"

    def convert(
        self, value: str | Path, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        path = Path(value)
        if path.parent == Path() and not path.suffix and not path.is_file():
            from scanner.rulepacks.load import own_rules

            names = sorted(p.stem for p in (own_rules() / "policies").glob("*.yaml"))
            if path.name in names:
                return path
            self.fail(
                f"there is no policy {path.name!r}: name a file, or one of {', '.join(names)}",
                param,
                ctx,
            )
        return Path(_EXISTING_FILE.convert(value, param, ctx))


policy = click.option(
    "--policy",
    type=PolicyPath(),
    help="Policy file (YAML or JSON), or a ready policy: ci, strict, hunt. Without it the nearest "
    "leakgate.yaml (or [tool.leakgate] of a pyproject.toml) upward from here decides, else the "
    "built-in policy.",
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
exceptions = click.option(
    "--exceptions",
    type=_EXISTING_FILE,
    help="Incidents that somebody answers for until a day. Overrides the policy.",
)
persona = click.option(
    "--persona",
    type=click.Choice(["gate", "review", "hunt"]),
    default=None,
    help="How much reports for people show, from what blocks to everything. The verdict is "
    "decided on everything. Overrides the policy.",
)
exit_zero = click.option(
    "--exit-zero",
    is_flag=True,
    help="Exit 0 whatever the verdict is; it is shown all the same, and kept as an override.",
)
quiet = click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
fresh = click.option(
    "--fresh",
    is_flag=True,
    help="Scan everything, also what did not change since an earlier run.",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `scan`, `gate` and `audit` were asked for, besides what they look at."""

    policy: Path | None
    key_file: Path | None
    outputs: tuple[str, ...]
    ledger: Path
    baseline: Path | None
    exceptions: Path | None
    persona: str | None
    exit_zero: bool
    now: datetime
    jobs: int | None = None
    fresh: bool = False
    quiet: bool = False


_Command = Callable[..., int]


def _bundled(options: Sequence[Callable[[_Command], _Command]]) -> Callable[[_Command], _Command]:
    """These options reach the command together, as `wanted`."""

    def decorate(command: _Command) -> _Command:
        @wraps(command)
        def bundled(**given: Any) -> int:
            ours = {f.name: given.pop(f.name) for f in fields(Wanted) if f.name in given}
            return command(wanted=Wanted(**ours), **given)

        made: _Command = bundled
        for option in reversed(options):
            made = option(made)
        return made

    return decorate


_accepted = (baseline, exceptions, persona, exit_zero, now)
of_an_audit = _bundled((policy, key_file, output, ledger, *_accepted))
of_a_scan = _bundled((policy, key_file, output, jobs, ledger, *_accepted, fresh, quiet))
