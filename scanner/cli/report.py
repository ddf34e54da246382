"""`leakgate report`: other outputs of a report that was made before."""

from __future__ import annotations

from pathlib import Path

import click

from scanner.cli import _options


@click.command("report")
@click.argument("report", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_options.output
def plugin(report: Path, outputs: tuple[str, ...]) -> None:
    """Render a JSON report again, in any format.

    REPORT is what `-o json=FILE` wrote. Nothing else is read, and nothing is scanned. Without
    -o the report is shown on the console. The exit code says whether it was rendered, not
    what the verdict was.
    """
    from reports.serial import load_report
    from scanner import outputs as out

    places = out.parse(outputs or ("console=-",))
    out.spare(places, [report])
    out.write_report(load_report(out.read_input(report), str(report)), places)
