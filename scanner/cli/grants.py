"""`leakgate grants`: why a principal can read a resource, or cannot."""

from __future__ import annotations

from datetime import datetime

import click

from scanner.cli import _asked, _options


@click.group("grants")
def plugin() -> None:
    """Look into the grants that an audit knows.

    \b
    Example:
      leakgate grants explain ana@corp.example s3://bucket/raw/a.jsonl --policy policy.yaml
    """


@plugin.command("explain")
@click.argument("principal")
@click.argument("resource")
@click.option("--at", "at", type=_options.Time(), default=None, help="A moment; now if left out.")
@_asked.asked
def explain(
    principal: str,
    resource: str,
    at: datetime | None,
    asking: _asked.Asking,
) -> None:
    """Every grant, for or against, that speaks of PRINCIPAL and RESOURCE, and the answer.

    PRINCIPAL is any name that the directory, a grant or a log uses; `public` and `all_staff`
    stand for everyone and every employee. RESOURCE is as in `leakgate who`.

    \b
    Examples:
      leakgate grants explain ana@corp.example s3://bucket/raw/a.jsonl --policy policy.yaml
      leakgate grants explain public s3://bucket/raw/ --at 2026-10-07
    """
    from scanner.audit import answers

    with asking.connected() as con:
        found, who = answers.resources(con, resource), answers.entity(con, principal)
        moment = at or asking.now
        asking.show(_asked.Answer(*answers.explain(con, who, found, moment)))
        for note in answers.verdicts(con, who, found, moment):
            click.echo(note, err=True)
