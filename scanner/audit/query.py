"""Questions in SQL that somebody typed: one SELECT, in a connection that can do nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.audit.answers import Rows, fetched
from scanner.audit.checks import reason
from scanner.audit.views import NAMES
from scanner.errors import UsageError
from scanner.ledger.schema import TABLES

if TYPE_CHECKING:
    import duckdb


def answer(con: duckdb.DuckDBPyConnection, sql: str) -> Rows:
    """Columns and rows.

    Raises UsageError when it is not one SELECT or does not run; data is not quoted.
    """
    import duckdb

    hint = "leakgate query --views lists the views and their columns"
    try:
        statements = con.extract_statements(sql)
        if [s.type for s in statements] != [duckdb.StatementType.SELECT]:
            raise UsageError("a question must be one SELECT", "", hint)
        return fetched(con.sql(statements[0].query))
    except duckdb.Error as error:
        raise UsageError(f"the question does not run: {reason(error)}", "", hint) from None


def list_views(con: duckdb.DuckDBPyConnection) -> Rows:
    """Every documented view and table, with its columns."""
    rows = []
    for name in sorted({*NAMES, *TABLES}):
        described = con.execute(f'DESCRIBE "{name}"').fetchall()
        rows.append((name, ", ".join(column for column, *_ in described)))
    return ["view", "columns"], rows
