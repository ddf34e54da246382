"""`leakgate gate`: scan, audit, verdict."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from scanner.cli import _options


@click.command("gate")
@click.argument("paths", nargs=-1, required=True)
@_options.policy
@_options.key_file
@_options.output
@_options.jobs
@_options.ledger
@_options.baseline
@_options.exceptions
@_options.persona
@_options.exit_zero
@_options.now
@_options.fresh
@_options.quiet
def plugin(
    paths: tuple[str, ...],
    policy: Path | None,
    key_file: Path | None,
    outputs: tuple[str, ...],
    jobs: int | None,
    ledger: Path,
    baseline: Path | None,
    exceptions: Path | None,
    persona: str | None,
    exit_zero: bool,
    now: datetime,
    fresh: bool,
    quiet: bool,
) -> int:
    """Decide whether PATHS may be released: scan them, audit who could and did read them.

    The policy names the grants, groups and logs to read, and what is allowed. The exit code
    is the verdict.
    """
    from scanner.cli import _runs

    config = _runs.config(
        policy, jobs=jobs, baseline=baseline, exceptions=exceptions, persona=persona
    )
    request = _runs.request("gate", config, key_file, now, ledger, fresh)
    return _runs.scan_and_report(
        request, paths, outputs, audited=True, how=_runs.How(quiet, exit_zero)
    )
