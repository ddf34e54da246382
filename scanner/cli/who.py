"""`leakgate who`: who could, and who did, read a resource or what a finding stands in."""

from __future__ import annotations

from datetime import datetime

import click

from scanner.cli import _asked, _options

_at = click.option(
    "--at",
    "at",
    type=_options.Time(),
    default=None,
    help="The moment asked about; now if left out.",
)
_thing = click.argument("thing", metavar="RESOURCE|FINDING")


@click.group("who")
def plugin() -> None:
    """Who could read a resource, or did.

    RESOURCE is a URI, a folder that ends in `/`, or a glob; FINDING the id of a finding or of an
    incident about a value, or the value's fingerprint. Give the policy that the scan was audited
    with.

    \b
    Examples:
      leakgate who could-read s3://bucket/raw/a.jsonl --policy policy.yaml
      leakgate who could-read s3://bucket/raw/ --at 2026-10-07T06:00:00Z
      leakgate who did-read 4f6c0a91b2d3e4f5 --as csv
    """


@plugin.command("could-read")
@_thing
@_at
@_asked.asked
def could_read(thing: str, at: datetime | None, asking: _asked.Asking) -> None:
    """Who could read it at a moment, by which grants."""
    from scanner.audit import answers

    with asking.connected() as con:
        found = answers.resources(con, thing)
        asking.show(_asked.Answer(*answers.could_read(con, found, at or asking.now)))
        for note in answers.notes_on_grants(con, found):
            click.echo(f"note: {note}", err=True)


@plugin.command("did-read")
@_thing
@click.option(
    "--at", "at", type=_options.Time(), default=None, help="Only reads up to this moment."
)
@_asked.asked
def did_read(thing: str, at: datetime | None, asking: _asked.Asking) -> None:
    """Who did read it, as far as the logs tell."""
    from scanner.audit import answers

    with asking.connected() as con:
        found = answers.resources(con, thing)
        asking.show(_asked.Answer(*answers.did_read(con, found, at or asking.now)))
        for note in answers.notes_on_logs(con, found):
            click.echo(f"note: {note}", err=True)
