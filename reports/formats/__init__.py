"""One file per output.  Each module defines `plugin`, an object that is a `Format`."""

from __future__ import annotations

from typing import BinaryIO, Protocol

from scanner.model import Report


class Format(Protocol):
    """A pure function from a report to bytes: same report, same bytes."""

    description: str  # one line for the help text
    # A format may have `whole = True`: it always gets everything, whatever the persona sees.

    def write(self, report: Report, out: BinaryIO) -> None: ...
