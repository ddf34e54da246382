"""`leakgate query`: read-only SQL over what a scan and its audit know."""

from __future__ import annotations

from pathlib import Path

import click

from scanner.cli import _asked


@click.command("query")
@click.argument("sql", required=False, default="")
@click.option(
    "--file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read the question from a file.",
)
@click.option("--views", is_flag=True, help="List the views and their columns.")
@_asked.asked
def plugin(
    sql: str,
    file: Path | None,
    views: bool,
    asking: _asked.Asking,
) -> None:
    """Ask the newest scan in SQL (DuckDB's). Nothing can be changed, and no other file is read.

    The views are those of the access checks and the ledger's own tables; --views lists them. None
    holds a raw value.

    \b
    Examples:
      leakgate query --views
      leakgate query "SELECT store, count(*) FROM effective_read GROUP BY ALL" --policy policy.yaml
      leakgate query "FROM reads WHERE NOT explained" --as csv > reads.csv
    """
    from scanner.audit.query import answer, list_views
    from scanner.errors import UsageError
    from scanner.outputs import read_input

    text = read_input(file).decode("utf-8", "replace") if file else sql
    if not text.strip() and not views:
        raise UsageError("there is no question", "", "give SQL, or --views to see what there is")
    with asking.connected() as con:
        columns, rows = list_views(con) if views else answer(con, text)
        asking.show(_asked.Answer(columns, rows))
