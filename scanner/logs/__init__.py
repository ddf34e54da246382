"""One file per access-log format.  Each module defines `plugin`, a `LogReader`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from scanner.batch import UnitLog
from scanner.model import AccessEvent


@dataclass(frozen=True, slots=True)
class LogFile:
    """One log file, with the options the policy gives for it (for example a field mapping)."""

    path: Path
    options: Mapping[str, Any] = field(default_factory=dict)


class LogReader(Protocol):
    """Reads one access-log format into OCSF-named events.

    `options`, where a reader says them, are all it has.
    """

    def sniff(self, path: Path, head: bytes) -> bool:
        """True when this file (head decompressed, at most 4 KiB) is in this format."""
        ...

    def read(self, log_file: LogFile, log: UnitLog) -> Iterator[AccessEvent]:
        """Every event, in file order.  A rejected line is counted in `log` with its offset.

        Raises UnreadableError when the file cannot be read on; events yielded before stay.
        """
        ...
