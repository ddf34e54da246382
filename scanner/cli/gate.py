"""`leakgate gate`: scan, audit, verdict."""

from __future__ import annotations

import click

from scanner.cli import _options


@click.command("gate")
@click.argument("paths", nargs=-1, required=True)
@_options.of_a_scan
def plugin(paths: tuple[str, ...], wanted: _options.Wanted) -> int:
    """Decide whether PATHS may be released: scan them, audit who could and did read them.

    The policy names the grants, groups and logs to read, and what is allowed. The exit code
    is the verdict.
    """
    from scanner.cli import _runs

    return _runs.scan_and_report("gate", paths, wanted, audited=True)
