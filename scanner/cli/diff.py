"""`leakgate diff`: what changed from one run to another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli import _options
from scanner.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from scanner.decision import Decision, Seen

_WRITERS = {"table": "as_text", "markdown": "as_markdown", "json": "as_json"}


@click.command("diff")
@click.argument("old", metavar="RUN1")
@click.argument("new", metavar="RUN2")
@_options.ledger
@click.option(
    "--as",
    "form",
    type=click.Choice(list(_WRITERS)),
    default="table",
    show_default=True,
    help="How to show the difference.",
)
@click.option(
    "--fail-on-new",
    is_flag=True,
    help="Exit 1 when RUN2 has an incident that RUN1 has not, and that nobody accepted.",
)
def plugin(old: str, new: str, ledger: Path, form: str, fail_on_new: bool) -> int:
    """What changed from RUN1 to RUN2: incidents that are new, fixed, or still open (and what is
    not as before about these), the verdict, policy and access checks, and what was not read.

    A run is a JSON report, the id of a run of the ledger (the newest verdict on it counts), or
    `last` and `previous`. An incident counts as fixed only when RUN2 looked where it was.

    \b
    Examples:
      leakgate diff previous last
      leakgate diff main.json branch.json --fail-on-new --as markdown
    """
    from reports import difference
    from scanner import decision

    first, second = _known(old, ledger), _known(new, ledger)
    if first[0].key_id != second[0].key_id:
        hint = "compare runs that were made with one key (LEAKGATE_KEY, --key-file)"
        raise UsageError("the two runs are of different deployment keys", f"{old}, {new}", hint)
    found = decision.compare(*first, *second)
    click.echo(getattr(difference, _WRITERS[form])(found), nl=False)
    fresh = any(not s.accepted for s in found.appeared)
    return ExitCode.BLOCKED if fail_on_new and fresh else ExitCode.PASS


def _known(name: str, ledger: Path) -> tuple[Decision, list[Seen]]:
    from scanner import decision
    from scanner.ledger import decisions

    path = Path(name)
    if path.is_file():
        from reports.serial import load_report
        from scanner.outputs import read_input

        report = load_report(read_input(path), name)
        return decision.of_report(report, report.run.started_at), list(decision.seen(report))
    found = _named(name, ledger)
    return decisions.read(ledger, found), list(decisions.incidents(ledger, found))


def _named(name: str, ledger: Path) -> str:
    from scanner.ledger import decisions

    known, back = decisions.names(ledger), {"last": 1, "previous": 2}.get(name)
    found = known[-back] if back and len(known) >= back else decisions.latest_of(ledger, name)
    if not found:
        last = ", ".join(known[-3:]) or "it has none yet; make one: leakgate gate PATHS"
        hint = f"name a JSON report, or one of the last verdicts: {last}"
        raise UsageError(f"there is no report and no verdict {name!r}", str(ledger), hint)
    return found
