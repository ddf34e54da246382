"""The record of a suspected breach: what is known of it, and what a person must add.

An incident is suspected to be one when sensitive data was read by somebody whom no known grant
allows it or who has no identity, or read after it landed where it should not lie.  Fields are
those of Article 33(3) of Regulation (EU) 2016/679 (GDPR) and of NIST SP 800-61 Rev. 2,
sections 3.2.5 (documentation) and 3.2.6 (impact).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reports import facts
from reports.text import count, listed, number, utc, when
from scanner.model import Incident, ReadState, Report, Severity

CLOCK = timedelta(hours=72)  # GDPR Art. 33(1)
_NOT_DATA = ("access", "integrity", "consent")
_FIRST = 10  # rules, stores or incidents that a sentence names


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a notification: what is known, and what a person must add."""

    name: str
    source: str  # the article or section that asks for it
    known: tuple[str, ...] = ()
    add: tuple[str, ...] = ()


@dataclass(slots=True)
class Suspects:
    """All suspected incidents, counted in one pass."""

    total: int = 0
    unexplained: int = 0  # read by somebody without a known grant, or without an identity
    personal: int = 0
    values: int = 0
    occurrences: int = 0
    worst: Severity = Severity.INFO
    first: list[Incident] = field(default_factory=list)
    titles: Counter[str] = field(default_factory=Counter)
    personal_titles: Counter[str] = field(default_factory=Counter)
    stores: Counter[str] = field(default_factory=Counter)
    owners: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)
    readers: dict[str, bool] = field(default_factory=dict)  # by name: a grant explains it
    people: int = 0  # of the incident that most read
    first_read: datetime | None = None
    last_read: datetime | None = None
    landed: datetime | None = None


def suspected(incident: Incident) -> bool:
    """True when sensitive data of it was read, and it is neither accepted nor only a doubt."""
    if incident.accepted or incident.kind == "resource" or incident.category in _NOT_DATA:
        return False
    if not incident.severity.at_least(Severity.MEDIUM):
        return False
    return _unexplained(incident) or incident.first_read_after_landing is not None


def _unexplained(incident: Incident) -> bool:
    did = incident.did_read
    if did.state != ReadState.READ:
        return False
    return bool(did.outsiders) or any(r.type in ("anonymous", "public") for r in did.readers)


def note(made: Suspects, incident: Incident, names: Mapping[str, str]) -> None:
    """Count a suspected incident; `names` are those of the rules by id."""
    did, many = incident.did_read, max(1, incident.values)
    title = names.get(incident.rule_ids[0], incident.title) if incident.rule_ids else ""
    made.total += 1
    made.unexplained += _unexplained(incident)
    made.values += many
    made.occurrences += incident.occurrences
    made.titles[title] += many
    made.categories[incident.category] += many
    if incident.category == "pii":
        made.personal += 1
        made.personal_titles[title] += many
    made.stores.update(filter(None, incident.store.split(", ")))
    made.owners.update(filter(None, incident.owner.split(", ")))
    made.people = max(made.people, did.people)
    if incident.severity.rank > made.worst.rank:
        made.worst = incident.severity
    if len(made.first) < _FIRST:
        made.first.append(incident)
    for reader in did.readers:
        name = reader.name or reader.principal
        made.readers[name] = made.readers.get(name, True) and reader.explained
    made.first_read = _edge(min, made.first_read, did.first_read)
    made.last_read = _edge(max, made.last_read, did.last_read)
    made.landed = _edge(min, made.landed, incident.landed)


def _edge(
    pick: Callable[[list[datetime]], datetime], one: datetime | None, other: datetime | None
) -> datetime | None:
    times = [utc(time) for time in (one, other) if time is not None]
    return pick(times) if times else None


def deadline(report: Report) -> datetime:
    """72 hours after the run, if the run is how the controller became aware."""
    return utc(report.run.started_at) + CLOCK


def gdpr(report: Report, found: Suspects, persons: int, records: int) -> tuple[Field, ...]:
    """Article 33(3), letters a to d, and what 33(1) and 33(5) ask for beside them."""
    about = f"At least {facts.people(persons)}, told apart by pseudonym." if persons else ""
    kinds = _most(found.personal_titles) or "No personal data by rule; see the other values."
    return (
        Field(
            "Becoming aware",
            "Art. 33(1)",
            (f"This run found it on {when(report.run.started_at)}.",
             f"72 hours from there end on {when(deadline(report))}."),
            ("When the controller became aware, if earlier.",
             "Reasons for the delay, where the notification is later than 72 hours."),
        ),
        Field(
            "Nature of the breach",
            "Art. 33(3)(a)",
            (_nature(found), _read(found)),
            ("Whether integrity or availability was lost too, not confidentiality alone.",),
        ),
        Field(
            "Data subjects: categories and approximate number",
            "Art. 33(3)(a)",
            tuple(filter(None, [about])),
            ("Categories of data subjects (employees, customers, ...).",
             *(() if about else ("Their approximate number: the records do not say whom they are "
                                 "about.",))),
        ),
        Field(
            "Personal data records: categories and approximate number",
            "Art. 33(3)(a)",
            (f"{kinds}", f"{count(records, 'occurrence')} in the suspected incidents."),
            ("Special categories (Art. 9) among them, if any.",),
        ),
        Field(
            "Contact",
            "Art. 33(3)(b)",
            (),
            ("Name and contact details of the data protection officer or another contact point.",),
        ),
        Field(
            "Likely consequences",
            "Art. 33(3)(c)",
            tuple(_consequences(found)),
            ("How likely and how grave they are for the persons concerned (Art. 34 if high).",),
        ),
        Field(
            "Measures taken or proposed",
            "Art. 33(3)(d)",
            tuple(f"Proposed: {step}" for step in _steps(report)),
            ("Which were taken, when and by whom.", "What was done to mitigate adverse effects."),
        ),
    )  # fmt: skip


def nist(report: Report, found: Suspects) -> tuple[Field, ...]:
    """The fields of an incident record, and the three impacts."""
    run = report.run
    return (
        Field("Status", "3.2.5", (), ("New, in progress, forwarded for investigation, resolved.",)),
        Field("Summary", "3.2.5", (_nature(found), _read(found)), ()),
        Field(
            "Indicators",
            "3.2.5",
            tuple(f"{i.title} ({i.id})" for i in found.first[:5])
            + ((f"and {count(found.total - 5, 'more incident')}",) if found.total > 5 else ()),
        ),
        Field(
            "Functional impact",
            "3.2.6",
            (),
            ("None, low, medium or high: which services were affected.",),
        ),
        Field("Information impact", "3.2.6", tuple(_impacts(found)), ("Confirm or correct.",)),
        Field(
            "Recoverability", "3.2.6", (),
            ("Regular, supplemented, extended or not recoverable: nothing read can be unread.",),
        ),
        Field("Owners", "3.2.5", (_most(found.owners),) if found.owners else (),
              ("Contact details of those involved.",)),
        Field("Actions taken", "3.2.5", (), ("By all handlers, with times.",)),
        Field(
            "Evidence",
            "3.2.5",
            (f"Run {run.id} of {when(run.started_at)}.",
             f"Inputs SHA-256 {run.inputs_digest}.", f"Rules SHA-256 {run.rules_digest}.",
             f"{count(len(report.evidence_inputs), 'file')} of grants, directory and logs."),
            ("Chain of custody.",),
        ),
        Field("Next steps", "3.2.5", tuple(_steps(report)), ()),
    )  # fmt: skip


def _nature(found: Suspects) -> str:
    what = f"{count(found.values, 'sensitive value')} in {count(found.occurrences, 'place')}"
    stores = listed(sorted(found.stores)[:_FIRST]) or "stores that are not named"
    return f"{what} of {stores}: {_most(found.titles)}."


def _read(found: Suspects) -> str:
    strangers = [name for name, explained in found.readers.items() if not explained]
    who = f"At least {facts.people(max(found.people, 1))} read some of it"
    since = f", first on {when(found.first_read)}" if found.first_read else ""
    until = f", last on {when(found.last_read)}" if found.last_read else ""
    without = f"; without a known grant: {listed(sorted(strangers)[:_FIRST])}" if strangers else ""
    return f"{who}{since}{until}{without}."


def _consequences(found: Suspects) -> Iterable[str]:
    many = found.categories
    if many["credential"]:
        used = count(many["credential"], "credential")
        yield f"Whoever read them can use {used} until they are revoked."
    if many["pii"]:
        yield f"Disclosure of personal data: {_most(found.personal_titles)}."
    if many["term"]:
        yield f"Disclosure of {count(many['term'], 'unreleased product name')}."


def _impacts(found: Suspects) -> Iterable[str]:
    if found.categories["pii"]:
        yield "Privacy breach: personal data was accessed."
    if found.categories["term"] or found.categories["credential"]:
        yield "Proprietary breach: unclassified proprietary information was accessed."


def _steps(report: Report) -> list[str]:
    return [step.line for step in facts.first_steps(report, 6)[0]]


def _most(counted: Counter[str]) -> str:
    """The most frequent first, with their numbers."""
    ranked = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    named = [f"{name} ({number(many)})" for name, many in ranked[:_FIRST]]
    more = len(ranked) - _FIRST
    return ", ".join(named) + (f" and {count(more, 'more kind')}" if more > 0 else "")
