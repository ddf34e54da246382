"""The whole report as versioned JSON; `reports/schemas` holds its schema."""

from __future__ import annotations

from typing import BinaryIO

from reports.serial import dumped
from scanner.model import Report


class JsonFormat:
    whole = True
    description = "the whole report as JSON with a published schema; `leakgate report` reads it"

    def write(self, report: Report, out: BinaryIO) -> None:
        for piece in dumped(report):
            out.write(piece)


plugin = JsonFormat()
