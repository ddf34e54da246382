"""`leakgate scan`: find and show, ad hoc."""

from __future__ import annotations

import click

from scanner.cli import _options


@click.command("scan")
@click.argument("paths", nargs=-1, required=True)
@_options.of_a_scan
def plugin(paths: tuple[str, ...], wanted: _options.Wanted) -> int:
    """Find what is sensitive in PATHS: files, folders, globs, @manifests.

    Looks at content only: grants and logs are not read, and the access checks of the policy
    are not asked. Use `leakgate gate` to decide about a release.
    """
    from scanner.cli import _runs

    return _runs.scan_and_report("scan", paths, wanted, audited=False)
