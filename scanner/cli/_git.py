"""What the commands that write baselines and exceptions do for git."""

from __future__ import annotations

from pathlib import Path

import click


def tell(path: Path) -> None:
    """Let git merge the file, and tell so once."""
    from scanner.keyed_lines import let_git_merge

    file = let_git_merge(path)
    if file:
        click.echo(f"note: {file}: git keeps the lines of both branches of {path.name}", err=True)
