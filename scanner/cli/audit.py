"""`leakgate audit`: grants and logs against an earlier scan."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from scanner.cli import _options


@click.command("audit")
@click.option("--run", "run_id", default="", help="The scan to audit; without it the newest one.")
@_options.policy
@_options.key_file
@_options.output
@_options.ledger
@_options.baseline
@_options.exceptions
@_options.persona
@_options.exit_zero
@_options.now
def plugin(
    run_id: str,
    policy: Path | None,
    key_file: Path | None,
    outputs: tuple[str, ...],
    ledger: Path,
    baseline: Path | None,
    exceptions: Path | None,
    persona: str | None,
    exit_zero: bool,
    now: datetime,
) -> int:
    """Audit an earlier scan again: who could read what it found, and who did.

    Reads the grants, groups and logs that the policy names; the data is not scanned again.
    The exit code is the verdict, as with `leakgate gate`.
    """
    from scanner.cli import _runs

    config = _runs.config(policy, baseline=baseline, exceptions=exceptions, persona=persona)
    request = _runs.request("audit", config, key_file, now, ledger)
    return _runs.audit_and_report(request, run_id, outputs, _runs.How(exit_zero=exit_zero))
