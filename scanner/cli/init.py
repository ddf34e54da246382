"""`leakgate init`: a first policy for what lies in a folder, with comments."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import click

from scanner.errors import UsageError


@click.command("init")
@click.argument(
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
)
@click.option("--force", is_flag=True, help="Write over a leakgate.yaml that is there.")
def plugin(folder: Path, force: bool) -> None:
    """Write a commented leakgate.yaml into FOLDER (here, if left out).

    Looks which folders hold data, and which files look like grants, logs, groups, terms, a
    baseline or exceptions, by their content; each that is found stands in the policy. Nothing
    is scanned. `leakgate gate` finds the file by itself, from here and from below.

    \b
    Examples:
      leakgate init
      leakgate init /srv/telemetry --force
    """
    from scanner.config import starter
    from scanner.outputs import check_writable, write_aside

    path = folder / "leakgate.yaml"
    if path.exists() and not force:
        hint = "look at it with: leakgate config show; --force writes a new one"
        raise UsageError("there is a policy already", str(path), hint)
    check_writable(path)
    found = starter.look(folder)
    content = starter.policy(folder.resolve().name, found)

    def write(out: BinaryIO) -> None:
        out.write(content.encode())

    write_aside(path, write)
    click.echo(f"written: {path}")
    for line in starter.told(found):
        click.echo(f"  {line}")
    where = " ".join(found.data[:3]) or "PATHS"
    click.echo(f"next: leakgate policy check {path}; then leakgate gate {where}")
