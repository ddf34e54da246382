"""What the tables of a ledger hold: one dataclass is one table (`scanner.columns` says how)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scanner import columns, model

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name of a principal: a log or a grant may use either."""

    alias: str
    principal: str


@dataclass(frozen=True, slots=True)
class Linked:
    """A pseudonym that was joined with others, and the one that stands for that person."""

    name: str
    person: str


TABLES: dict[str, type] = {
    "findings": model.Finding,
    "inputs": model.InputRecord,
    "grants": model.Grant,
    "events": model.AccessEvent,
    "principals": model.Principal,
    "memberships": model.Membership,
    "aliases": Alias,
    "consents": model.Consent,
    "objects": model.StoredObject,
    "coverage": model.LogCoverage,
    "runs": model.RunInfo,
    "columns": model.ColumnStats,
    "persons": Linked,
    "captures": model.Capture,
}


def schema(table: str) -> pa.Schema:
    """The Arrow schema of a table."""
    return columns.schema(TABLES[table])


def batch(table: str, rows: Sequence[Any]) -> pa.RecordBatch:
    """The rows as a record batch.  Raises LeakgateError as `scanner.columns.batch` does."""
    return columns.batch(TABLES[table], rows)


def objects(table: str, rows: pa.RecordBatch) -> Iterator[Any]:
    """The dataclasses that the rows of a batch were made from."""
    return columns.objects(TABLES[table], rows)
