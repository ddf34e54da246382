"""`leakgate audit`: grants and logs against an earlier scan."""

from __future__ import annotations

import click

from scanner.cli import _options


@click.command("audit")
@click.option("--run", "run_id", default="", help="The scan to audit; without it the newest one.")
@_options.of_an_audit
def plugin(run_id: str, wanted: _options.Wanted) -> int:
    """Audit an earlier scan again: who could read what it found, and who did.

    Reads the grants, groups and logs that the policy names; the data is not scanned again.
    The exit code is the verdict, as with `leakgate gate`.
    """
    from scanner.cli import _runs

    return _runs.audit_and_report(run_id, wanted)
