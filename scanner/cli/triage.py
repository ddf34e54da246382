"""`leakgate triage`: decide about incidents, one after the other, and keep who decided what."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from scanner.cli import _git, _options
from scanner.errors import UsageError

if TYPE_CHECKING:
    from scanner.config.policy import Longest
    from scanner.exceptions import Decision, Entry
    from scanner.model import Incident, Report

_WORDS = {"t": "true", "f": "false_positive", "a": "accept", "s": "skip", "q": "quit"}
_SHORTEST = 8  # characters of a fingerprint that must be given
_DATE = click.DateTime(["%Y-%m-%d"])


@dataclass(frozen=True, slots=True)
class _How:
    """What all decisions of one triage share."""

    reason: str
    owner: str
    until: date | None
    today: date
    longest: Longest


@click.command("triage")
@click.argument("report", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--exceptions",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="The exceptions file that is written; else that of the policy, else exceptions.jsonl.",
)
@click.option(
    "--decide",
    "decisions",
    multiple=True,
    metavar="FINGERPRINT=WHAT",
    help="Decide without asking: accept, false_positive, or true (which ends an exception). "
    "FINGERPRINT is that of the incident or its id, or the first eight characters or more.",
)
@click.option("--reason", default="", help="Why; required for an exception.")
@click.option("--owner", default="", help="Who answers for it; required for an exception.")
@click.option(
    "--until",
    type=_DATE,
    default=None,
    help="The last day of the exceptions; without it the longest time that the policy allows.",
)
@_options.policy
@_options.now
def plugin(
    report: Path,
    path: Path | None,
    decisions: tuple[str, ...],
    reason: str,
    owner: str,
    until: datetime | None,
    policy: Path | None,
    now: datetime,
) -> None:
    """Decide about the incidents of a JSON report: true, false positive, or accepted until a day.

    In a terminal it asks about each that blocks or counts, worst first. What is accepted or said
    to be false becomes an exception with reason, owner and end; `leakgate gate` takes the file
    with --exceptions, or from the policy (`exceptions:`).

    \b
    Examples:
      leakgate triage report.json
      leakgate triage report.json --decide 4f6c0a91=accept --owner ana@corp.example \\
        --reason "test account, closed on Friday" --until 2026-12-01
    """
    from reports.serial import load_report
    from scanner import exceptions
    from scanner.cli._runs import found
    from scanner.exceptions import Exceptions
    from scanner.outputs import check_writable, read_input

    config = found(policy)
    place = path or config.exceptions or Path("exceptions.jsonl")
    check_writable(place)
    made = load_report(read_input(report), str(report))
    key = made.run.key_id
    old = exceptions.read(place, key) if place.exists() else Exceptions(key)
    longest = config.gate.exceptions.longest_days
    how = _How(reason, owner, until.date() if until else None, now.date(), longest)
    entries, true = _given(made, decisions, how) if decisions else _asked(made, how)
    merged = exceptions.merge(old, entries)
    kept = {n: e for n, e in merged.entries.items() if n not in true}
    exceptions.write(Exceptions(key, kept), place)
    ended = len(set(true) & set(old.entries))
    noun = "exception" if len(entries) == 1 else "exceptions"
    click.echo(f"{len(entries)} {noun} written, {ended} ended: {place}", err=True)
    _git.tell(place)
    if kept and config.exceptions is None:
        click.echo(f"next: leakgate gate PATHS --exceptions {place}", err=True)


def _given(report: Report, decisions: Sequence[str], how: _How) -> tuple[list[Entry], set[str]]:
    entries, true = [], set()
    for spec in decisions:
        name, equals, what = spec.partition("=")
        if not equals or what not in ("accept", "false_positive", "true"):
            hint = "write FINGERPRINT=accept, =false_positive or =true"
            raise UsageError("this is no decision", f"--decide {spec}", hint)
        incident = _one(report, name)
        if what == "true":
            true.add(incident.identity)
        else:
            entries.append(_entry(incident, cast("Decision", what), how))
    return entries, true


def _one(report: Report, name: str) -> Incident:
    """The incident whose fingerprint or id begins with that."""
    long = len(name.removeprefix("inc-")) >= _SHORTEST
    some = [i for i in report.incidents if long and (i.id == name or i.identity.startswith(name))]
    if len(some) != 1:
        what = "several incidents begin with this" if some else "no incident is called that"
        hint = f"give the fingerprint, of {_SHORTEST} characters or more, as the report has it"
        raise UsageError(what, f"--decide {name}", hint)
    return some[0]


def _entry(incident: Incident, what: Decision, how: _How) -> Entry:
    """The exception.  Raises UsageError when something is missing, or it lasts too long."""
    from scanner.exceptions import Entry

    where = f"{incident.severity} {incident.identity[:16]}"
    for name in ("reason", "owner"):
        if not str(getattr(how, name)).strip():
            raise UsageError(f"an exception needs the {name}", where, f"give --{name}")
    most = how.longest.days(incident.severity)
    until = how.until or how.today + timedelta(days=most)
    rule = incident.rule_ids[0] if incident.rule_ids else ""
    entry = Entry(incident.identity, what, how.reason, how.owner, how.today, until, rule)
    fault = entry.fault(how.today)
    why = fault[1] if fault else entry.too_long(incident.severity, how.longest)
    if why:
        latest = how.today + timedelta(days=most)
        raise UsageError(f"this exception would accept nothing: {why}", where, f"until {latest}")
    return entry


def _asked(report: Report, how: _How) -> tuple[list[Entry], set[str]]:
    """Ask about each incident that is not accepted."""
    from reports.facts import worst_first

    if not sys.stdin.isatty():
        hint = "give the decisions: --decide FINGERPRINT=accept --reason WHY --owner WHO"
        raise UsageError("there is no terminal to ask in", "leakgate triage", hint)
    entries: list[Entry] = []
    true: set[str] = set()
    open_ = [i for i in worst_first(report) if not i.accepted]
    try:
        for number, incident in enumerate(open_, 1):
            what = _ask(incident, f"{number} of {len(open_)}")
            if what == "quit":
                break
            if what == "true":
                true.add(incident.identity)
            elif what != "skip":
                entries += _told(incident, cast("Decision", what), how)
    except click.Abort:  # Ctrl-C, Ctrl-D
        click.echo("\nnote: interrupted; what was decided before is kept", err=True)
    return entries, true


def _ask(incident: Incident, count: str) -> str:
    from reports import facts
    from reports.text import visible

    preview = f"  {incident.preview}" if incident.preview else ""
    click.echo(visible(f"\n[{count}] {incident.severity}  {incident.title}{preview}".lstrip("\n")))
    click.echo(visible(f"  where       {facts.where(incident)}"))
    click.echo(visible(f"  could read  {facts.could_read(incident.could_read)}"))
    click.echo(visible(f"  did read    {facts.did_read(incident.did_read)}"))
    why = ", ".join(incident.evidence[:3])
    rule = f"{' '.join(incident.rule_ids)}, confidence {incident.confidence}"
    click.echo(visible(f"  rule        {rule}{f' ({why})' if why else ''}"))
    asked = "  [t]rue, [f]alse positive, [a]ccept until, [s]kip, [q]uit"
    return _WORDS[click.prompt(asked, type=click.Choice(list(_WORDS)), show_choices=False)]


def _told(incident: Incident, what: Decision, how: _How) -> list[Entry]:
    """The exception with what the terminal adds; none when it would accept nothing."""
    from dataclasses import replace

    latest = how.today + timedelta(days=how.longest.days(incident.severity))
    reason = how.reason or click.prompt("  reason", value_proc=_words)
    owner = how.owner or click.prompt("  owner", value_proc=_words)
    while True:
        until = how.until or click.prompt("  until", default=str(latest), type=_DATE)
        day = until.date() if isinstance(until, datetime) else until
        try:
            return [_entry(incident, what, replace(how, reason=reason, owner=owner, until=day))]
        except UsageError as error:  # a day that is over, or too far
            click.echo(error.diagnostics(), err=True)
            if how.until:
                return []


def _words(given: str) -> str:
    if not given.strip():
        raise click.UsageError("an exception needs this")
    return given.strip()
