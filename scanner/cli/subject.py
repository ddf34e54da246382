"""`leakgate subject`: all that concerns one person, for access requests."""

from __future__ import annotations

import json

import click

from scanner.cli import _asked


@click.command("subject")
@click.argument("person")
@_asked.asked
def plugin(person: str, asking: _asked.Asking) -> None:
    """All that a scan and its audit hold about PERSON: findings in records about them, their
    pauses and exemptions, what they can read, what they read, and who read data about them.

    PERSON is any name that the directory uses: an id, an e-mail address, an account. Values
    themselves are not in the ledger, so none is shown.

    \b
    Examples:
      leakgate subject ana@corp.example --policy policy.yaml
      leakgate subject ana@corp.example --as json > ana.json
    """
    from scanner.audit import answers

    with asking.connected() as con:
        parts = answers.subject(con, answers.entity(con, person))
    found = {name: _asked.Answer(*rows) for name, rows in parts.items()}
    if asking.form == "json":
        whole = {name: answer.dicts() for name, answer in found.items()}
        click.echo(json.dumps(whole, indent=1, ensure_ascii=False))
        return
    for name, answer in found.items():
        click.echo(f"# {name}")
        asking.show(answer)
        click.echo()
