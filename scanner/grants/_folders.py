"""Exports of several files in one folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from scanner.batch import UnitLog
from scanner.errors import LeakgateError, UnreadableError


def files_of(path: Path) -> list[Path]:
    """The file itself, or every file below a folder, in order.

    Raises UnreadableError for a folder without files.
    """
    if not path.is_dir():
        return [path]
    found = _below(path)
    if not found:
        hint = "export again, or correct the path"
        raise UnreadableError("the folder holds no export", str(path), hint, "grants.empty")
    return found


def read_each(
    path: Path, read: Callable[[Path, PurePosixPath], None], log: UnitLog, code: str
) -> None:
    """Read the file, or every file below a folder, in order, with its place in the folder.

    Errors of a file are raised when it is alone; of one among others each is a problem in `log`,
    with its own code or this.
    """
    if not path.is_dir():
        read(path, PurePosixPath(path.name))
    for file in _below(path) if path.is_dir() else ():
        try:
            read(file, PurePosixPath(file.relative_to(path)))
        except LeakgateError as error:
            place = error.where or str(file)
            log.problem(getattr(error, "code", code), error.what, place, error.hint)


def _below(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
