"""One file per grant system.  Each module defines `plugin`, an object that is a `GrantReader`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from scanner.batch import UnitLog
from scanner.model import Grant


@dataclass(frozen=True, slots=True)
class GrantExport:
    """One export to read: a file, and the options the policy gives for it."""

    path: Path
    options: Mapping[str, Any] = field(default_factory=dict)


class GrantReader(Protocol):
    """Reads the grants of one system, offline, from an export.

    A reader with `reads_folders = True` is given a folder of the policy as it is; for the
    others it stands for every file below it.  `options`, where it says them, are all it has.
    """

    def sniff(self, path: Path, head: bytes) -> bool:
        """True when this file is an export of this system."""
        ...

    def read(self, export: GrantExport, log: UnitLog) -> Iterator[Grant]:
        """Every grant in the export.

        A statement that cannot be decided is a Grant with decision "conditional" and the
        reason in `condition`; one that cannot be parsed is a problem in `log`, by position.
        Raises UnreadableError when nothing can be read.
        """
        ...
