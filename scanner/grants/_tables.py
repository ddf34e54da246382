"""Exports of views and SHOW commands: rows by lower-case columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scanner.batch import UnitLog
from scanner.files.tables import rows

Cells = Mapping[str, str]
_PART = re.compile(r'"((?:[^"]|"")+)"|([^."]+)')


def cells_of(path: Path, log: UnitLog) -> Iterator[tuple[int, Cells]]:
    """Number and cells of each row; names of columns lower case with `_`, values as text."""
    for row in rows(path, log, "rows"):
        yield row.number, {_column(name): _text(value) for name, value in row.cells.items()}


def _column(name: str) -> str:
    return name.strip().lower().replace(" ", "_")


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()


def moment(text: str) -> datetime | None:
    """A time of an export in UTC; None where there is none, or none that can be read."""
    try:
        found = datetime.fromisoformat(text.replace(" -", "-").replace(" +", "+"))
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def names(dotted: str) -> tuple[str, ...]:
    """The parts of a dotted name; those in quotes may hold dots."""
    parts = _PART.findall(dotted)
    return tuple(quoted.replace('""', '"') or plain.strip() for quoted, plain in parts)
