"""What scan, gate and audit have in common.  Imported when one of them runs, not before."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from reports.formats.console import show
from scanner import config as policies
from scanner import decision, inputs, keys, outputs, reporting, run
from scanner.cli._options import Wanted
from scanner.cli._progress import progress
from scanner.config import Config
from scanner.config.nearest import nearest
from scanner.errors import ExitCode, LeakgateError, UsageError
from scanner.files import ocr
from scanner.keys import Key
from scanner.ledger import Ledger, decisions
from scanner.model import Report
from scanner.outputs import Output
from scanner.persona import shown
from scanner.run import Request
from scanner.sources import Shard


def found(policy: Path | None) -> Config:
    """The policy that was named, or the nearest one upward from here, which is told."""
    near = None if policy else nearest(Path.cwd())
    if near:
        click.echo(f"note: policy: {near}", err=True)
    return policies.load(policy or near)


def keyed(config: Config, key_file: Path | None) -> Key:
    """The deployment key, after everybody was told which pictures can be read."""
    ocr.use(**dict(config.ocr))
    return keys.load_key(key_file, os.environ)


def _request(command: str, wanted: Wanted, paths: Sequence[str] = ()) -> Request:
    flags = (wanted.jobs, wanted.baseline, wanted.exceptions, wanted.persona)
    config = found(wanted.policy).with_flags(*flags)
    key, asked = keyed(config, wanted.key_file), tuple(paths)
    return Request(command, config, key, wanted.now, wanted.ledger, fresh=wanted.fresh, paths=asked)


def scan_and_report(command: str, paths: Sequence[str], wanted: Wanted, audited: bool) -> int:
    """Scan, then report; returns the exit code of the verdict."""
    request, places = _request(command, wanted, paths), outputs.parse(wanted.outputs)
    if audited:
        from scanner import evidence

        evidence.require(request.config.evidence)
    there = list(inputs.discover(paths, request.ledger))
    shards = [one for one in there if isinstance(one, Shard)]
    read = [*_read(request.config), *filter(Path.is_file, map(Path, paths))]
    outputs.spare(places, read, (shard.path for shard in shards))
    scanner = run.scanner_of(request)
    with progress(sum(shard.size for shard in shards), wanted.quiet) as bar:
        made = run.scan(request, scanner, there, bar)
    if made.reused:
        told = f"{made.reused} of {made.inputs} inputs are as an earlier run scanned them"
        click.echo(f"note: {told}; --fresh scans them again", err=True)
    report = reporting.report(request, scanner, made.info, audited)
    return _tell(report, places, request, wanted.exit_zero)


def _read(config: Config) -> Iterator[Path]:
    """All that a run reads besides what it scans."""
    yield from (*run.own_files(config), *config.evidence)


def audit_and_report(run_id: str, wanted: Wanted) -> int:
    """Audit an earlier scan; returns the exit code of the verdict."""
    request, places = _request("audit", wanted), outputs.parse(wanted.outputs)
    ledger = Ledger(request.ledger)
    outputs.spare(places, _read(request.config))
    run_id = run_id or run.latest_scan(ledger)
    infos = list(ledger.read(run_id, "runs")) if run_id else []
    if not infos:
        hint = "make one: leakgate scan PATHS, or name another folder with --ledger"
        raise UsageError("the ledger holds no such scan", str(request.ledger), hint)
    if infos[0].key_id != request.key.id:
        hint = f"give the key whose id is {infos[0].key_id} (LEAKGATE_KEY or --key-file)"
        raise UsageError("the scan was made with another deployment key", run_id, hint)
    report = reporting.report(request, run.scanner_of(request), infos[0])
    return _tell(report, places, request, wanted.exit_zero)


def _tell(report: Report, places: Sequence[Output], request: Request, exit_zero: bool) -> int:
    """Write the outputs, and the summary where a person reads it.

    The verdict stands and is shown even when an output cannot be written.
    """
    seen = shown(report, request.config.persona)
    failed: LeakgateError | None = None
    try:
        outputs.write_report(report, places, seen)
    except LeakgateError as error:
        failed = error
    finally:
        if not any(output.path is None for output in places):
            _summary(seen)
    code = _code(report, exit_zero)
    _keep(report, request, code)
    return _unwritten(failed, code) if failed else _written(places, code)


def _written(places: Sequence[Output], code: int) -> int:
    for output in places:
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


def _code(report: Report, exit_zero: bool) -> int:
    code = report.verdict.exit_code
    if exit_zero and code:
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
