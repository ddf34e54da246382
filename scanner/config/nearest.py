"""The policy that is meant when none is named: the nearest one upward from a folder.

That is a `leakgate.yaml`, or a `pyproject.toml` with a table `[tool.leakgate]` (the same keys).
The search ends at the folder of a repository (`.git`), at the home folder and at the root.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

NAMES = ("leakgate.yaml", "leakgate.yml")
PROJECT = "pyproject.toml"


def nearest(folder: Path) -> Path | None:
    """The file of the nearest policy, or None."""
    home = Path.home()
    for here in (folder, *folder.parents):
        found = _in(here)
        if found or here == home or (here / ".git").exists():
            return found
    return None


def _in(folder: Path) -> Path | None:
    for name in NAMES:
        if (folder / name).is_file():
            return folder / name
    project = folder / PROJECT
    return project if project.is_file() and _speaks(project) else None


def _speaks(project: Path) -> bool:
    """True when it has our table.  One that is broken is told by the tools it is meant for."""
    try:
        data = tomllib.loads(project.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    tool = data.get("tool")
    return isinstance(tool, dict) and "leakgate" in tool
