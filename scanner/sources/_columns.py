"""The texts of a table that is in memory: all its columns, with what stands beside a value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from scanner.batch import TextBatch, UnitLog
from scanner.files.json_names import numbered
from scanner.sources._beside import Beside, may_tell, simple
from scanner.sources._leaves import batches
from scanner.sources._schema import damage, damaged


def columns(
    table: Any, first: int, log: UnitLog, what: str = "", where: str = ""
) -> Iterator[TextBatch]:
    """The texts of an Arrow record batch or table whose first row is record `first`.

    A column that contradicts itself is told: `what` it is one of, `where` that stands.
    """
    fields = Beside(partial(_beside, table), first).fields
    for index, (name, nth) in enumerate(numbered(table.schema.names)):
        try:
            for texts in batches(table.column(index), name, nth, first, log):
                yield replace(texts, fields=fields)
        except damage():
            of, at = f" of {what}" if what else "", f"{where}, " if where else ""
            damaged(log, f"a column{of} cannot be read", f"{at}column {index}")


def _beside(table: Any, wanted: Callable[[str], bool]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, column in zip(table.schema.names, table.columns, strict=True):
        if may_tell(name, column.type, wanted):
            try:
                found.setdefault(name, simple(column))
            except damage():
                continue  # told where the column itself is read
    return found
