"""What scan, gate and audit have in common.  Imported when one of them runs, not before."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from reports.formats.console import show
from scanner import config as policies
from scanner import evidence, inputs, keys, outputs, run
from scanner.cli._progress import progress
from scanner.config import Config
from scanner.errors import UsageError
from scanner.ledger import Ledger
from scanner.model import Report
from scanner.outputs import Output
from scanner.run import Request
from scanner.sources import Shard


def config(policy: Path | None, jobs: int | None = None, baseline: Path | None = None) -> Config:
    """The policy with what the flags override."""
    return policies.load(policy).with_flags(jobs, baseline)


def request(
    command: str,
    config: Config,
    key_file: Path | None,
    now: datetime,
    ledger: Path,
    fresh: bool = False,
) -> Request:
    """A request with the deployment key."""
    key = keys.load_key(key_file, os.environ)
    return Request(command, config, key, now, ledger, fresh=fresh)


def scan_and_report(
    request: Request, paths: Sequence[str], specs: Sequence[str], audited: bool, quiet: bool
) -> int:
    """Scan, then report; returns the exit code of the verdict."""
    wanted = outputs.parse(specs)
    if audited:
        evidence.require(request.config.access, request.config.governance.consent)
    found = list(inputs.discover(paths))
    size = sum(shard.size for shard in found if isinstance(shard, Shard))
    scanner = run.scanner_of(request)
    with progress(size, quiet) as bar:
        made = run.scan(request, scanner, found, bar)
    if made.reused:
        told = f"{made.reused} of {made.inputs} inputs are as an earlier run scanned them"
        click.echo(f"note: {told}; --fresh scans them again", err=True)
    return tell(run.report(request, scanner, made.info, audited), wanted)


def audit_and_report(request: Request, run_id: str, specs: Sequence[str]) -> int:
    """Audit an earlier scan; returns the exit code of the verdict."""
    wanted, ledger = outputs.parse(specs), Ledger(request.ledger)
    run_id = run_id or run.latest_scan(ledger)
    infos = list(ledger.read(run_id, "runs")) if run_id else []
    if not infos:
        hint = "make one: leakgate scan PATHS, or name another folder with --ledger"
        raise UsageError("the ledger holds no such scan", str(request.ledger), hint)
    if infos[0].key_id != request.key.id:
        hint = f"give the key whose id is {infos[0].key_id} (LEAKGATE_KEY or --key-file)"
        raise UsageError("the scan was made with another deployment key", run_id, hint)
    return tell(run.report(request, run.scanner_of(request), infos[0]), wanted)


def tell(report: Report, wanted: Sequence[Output]) -> int:
    """Write the outputs, and the summary where a person reads it.

    The verdict stands and is shown even when an output cannot be written.
    """
    try:
        outputs.write_report(report, wanted)
    finally:
        if not any(output.path is None for output in wanted):
            _summary(report)
    for output in wanted:
        if output.path is not None:
            click.echo(f"{output.format} report: {output.path.resolve()}", err=True)
    return report.verdict.exit_code


def _summary(report: Report) -> None:
    """Tell the verdict.  Nobody has to hear it: the exit code says it too."""
    if sys.stdout is None:
        return
    try:
        show(report, sys.stdout, os.environ)
        sys.stdout.flush()
    except OSError as error:
        outputs.drop_stdout()
        if not isinstance(error, BrokenPipeError):
            reason = error.strerror or "no reason given"
            click.echo(f"note: the summary could not be shown: {reason}", err=True)
