"""The whole report as versioned JSON; `reports/schemas` holds its schema."""

from __future__ import annotations

from typing import BinaryIO

from reports.serial import dump_report
from scanner.model import Report


class JsonFormat:
    description = "the whole report as JSON with a published schema; `leakgate report` reads it"

    def write(self, report: Report, out: BinaryIO) -> None:
        out.write(dump_report(report))


plugin = JsonFormat()
