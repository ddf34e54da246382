"""What scan, gate and audit have in common.  Imported when one of them runs, not before."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from reports.formats.console import show
from scanner import config as policies
from scanner import decision, inputs, keys, outputs, reporting, run
from scanner.cli._progress import progress
from scanner.config import Config
from scanner.config.nearest import nearest
from scanner.errors import ExitCode, LeakgateError, UsageError
from scanner.files import ocr
from scanner.ledger import Ledger, decisions
from scanner.model import Report
from scanner.outputs import Output
from scanner.persona import shown
from scanner.run import Request
from scanner.sources import Shard


@dataclass(frozen=True, slots=True)
class How:
    """How the end of a run is told."""

    quiet: bool = False
    exit_zero: bool = False


def config(policy: Path | None, **flags: Any) -> Config:
    """The policy with what the flags override (`Config.with_flags`)."""
    return found(policy).with_flags(**flags)


def found(policy: Path | None) -> Config:
    """The policy that was named, or the nearest one upward from here, which is told."""
    near = None if policy else nearest(Path.cwd())
    if near:
        click.echo(f"note: policy: {near}", err=True)
    return policies.load(policy or near)


def request(
    command: str,
    config: Config,
    key_file: Path | None,
    now: datetime,
    ledger: Path,
    fresh: bool = False,
) -> Request:
    """A request with the deployment key."""
    ocr.use(**dict(config.ocr))  # before anybody asks which inputs can be read
    key = keys.load_key(key_file, os.environ)
    return Request(command, config, key, now, ledger, fresh=fresh)


def scan_and_report(
    request: Request, paths: Sequence[str], specs: Sequence[str], audited: bool, how: How
) -> int:
    """Scan, then report; returns the exit code of the verdict."""
    wanted, request = outputs.parse(specs), replace(request, paths=tuple(paths))
    if audited:
        from scanner import evidence

        evidence.require(request.config.evidence)
    found = list(inputs.discover(paths, request.ledger))
    read = [*_read(request.config), *filter(Path.is_file, map(Path, paths))]
    outputs.spare(wanted, read, (shard.path for shard in found if isinstance(shard, Shard)))
    size = sum(shard.size for shard in found if isinstance(shard, Shard))
    scanner = run.scanner_of(request)
    with progress(size, how.quiet) as bar:
        made = run.scan(request, scanner, found, bar)
    if made.reused:
        told = f"{made.reused} of {made.inputs} inputs are as an earlier run scanned them"
        click.echo(f"note: {told}; --fresh scans them again", err=True)
    report = reporting.report(request, scanner, made.info, audited)
    return tell(report, wanted, request, how)


def _read(config: Config) -> Iterator[Path]:
    """All that a run reads besides what it scans."""
    yield from (*run.own_files(config), *config.evidence)


def audit_and_report(request: Request, run_id: str, specs: Sequence[str], how: How) -> int:
    """Audit an earlier scan; returns the exit code of the verdict."""
    wanted, ledger = outputs.parse(specs), Ledger(request.ledger)
    outputs.spare(wanted, _read(request.config))
    run_id = run_id or run.latest_scan(ledger)
    infos = list(ledger.read(run_id, "runs")) if run_id else []
    if not infos:
        hint = "make one: leakgate scan PATHS, or name another folder with --ledger"
        raise UsageError("the ledger holds no such scan", str(request.ledger), hint)
    if infos[0].key_id != request.key.id:
        hint = f"give the key whose id is {infos[0].key_id} (LEAKGATE_KEY or --key-file)"
        raise UsageError("the scan was made with another deployment key", run_id, hint)
    report = reporting.report(request, run.scanner_of(request), infos[0])
    return tell(report, wanted, request, how)


def tell(report: Report, wanted: Sequence[Output], request: Request, how: How) -> int:
    """Write the outputs, and the summary where a person reads it.

    The verdict stands and is shown even when an output cannot be written.
    """
    seen = shown(report, request.config.persona)
    failed: LeakgateError | None = None
    try:
        outputs.write_report(report, wanted, seen)
    except LeakgateError as error:
        failed = error
    finally:
        if not any(output.path is None for output in wanted):
            _summary(seen)
    code = _code(report, how)
    _keep(report, request, code)
    return _unwritten(failed, code) if failed else _written(wanted, code)


def _written(wanted: Sequence[Output], code: int) -> int:
    for output in wanted:
        if output.path is not None:
            click.echo(f"{output.format} report: {output.path.resolve()}", err=True)
    return code


def _unwritten(failed: LeakgateError, code: int) -> int:
    """A BLOCK stays one; no other verdict stands without the report that was asked for."""
    if code != ExitCode.BLOCKED:
        raise failed
    click.echo(failed.diagnostics(), err=True)
    return code


def _keep(report: Report, request: Request, code: int) -> None:
    """Keep the verdict with what was overridden, for `leakgate diff` and `leakgate weekly`."""
    forced = code != report.verdict.exit_code
    overrides = ["--exit-zero"] if forced else []
    made = decision.of_report(report, request.now, overrides, code)
    decisions.keep(Path(request.ledger), made, report)


def _code(report: Report, how: How) -> int:
    code = report.verdict.exit_code
    if how.exit_zero and code:
        told = f"the verdict is {report.verdict.outcome} (exit code {code})"
        click.echo(f"note: {told}; --exit-zero makes the exit code 0", err=True)
        return ExitCode.PASS
    return code


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
