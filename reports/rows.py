"""Every occurrence as a row, worst incident first, and what the occurrences come to.

Findings and incidents may be millions, so they are read one after the other, and only numbers
and distinct texts are kept of them.
"""

from __future__ import annotations

import sys
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from reports import breach, facts, summary
from reports.packed import Column, Ids, Numbers, Once, Through, Words, chunks
from reports.reach import Grants
from reports.text import iso, visible
from scanner.belonging import Belonging
from scanner.model import (
    Confidence,
    Decision,
    Finding,
    Incident,
    Location,
    Part,
    Report,
    Severity,
    StoredObject,
)

MOST = 1_000_000  # rows of a page; the worst
_OF_INCIDENTS = ("owner", "state", "did", "readers", "could", "may", "is", "landed")
_OF_FINDINGS = ("rule", "what", "category", "severity", "confidence", "preview", "store", "file",
                "member", "field", "part", "layers", "person", "rows", "collateral")  # fmt: skip
_LISTS = ("readers", "may")  # lines of names, each made visible on its own
_EXACT = ("file", "member")  # names by which a machine must find a file again


@dataclass(slots=True)
class Cell:
    """Occurrences of one category in one store, and the worst severity among them."""

    count: int = 0
    worst: Severity = Severity.INFO


@dataclass(slots=True)
class Counts:
    """What all occurrences come to."""

    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)  # by store and category
    records: Counter[str] = field(default_factory=Counter)  # with findings, by resource
    persons: dict[str, set[str]] = field(default_factory=dict)  # pseudonyms, by category
    breached: set[str] = field(default_factory=set)  # persons in suspected breaches
    breached_records: int = 0


class Table:
    """The rows of a report, `counts` of them, its `grants` and `suspects`."""

    def __init__(self, report: Report) -> None:
        self.counts, self.grants, self.suspects = Counts(), Grants(), breach.Suspects()
        self._report, self._names = report, {rule.id: rule.name for rule in report.rules}
        self._objects = {item.uri: item for item in report.objects}
        self._stores = {item.resource: item.store for item in report.objects}
        self._blocking = summary.blocking(report)
        self._ranks = dict[bytes, int]()
        self._of_incidents = {n: Words(str if n in _LISTS else visible) for n in _OF_INCIDENTS}
        self._of_findings = {n: Words(visible, exact=n in _EXACT) for n in _OF_FINDINGS}
        self._incident, self._id = Ids(), Ids()
        self._store_of: list[str] = []  # by rank; few distinct ones
        self._numbers = {name: Numbers() for name in ("record", "start", "length")}
        self._rank = Numbers(steps=True)
        self._suspected = bytearray()
        self._last: tuple[str, str, int | None] | None = None
        self._gather()

    def __len__(self) -> int:
        return min(len(self._rank.values), MOST)

    @property
    def left_out(self) -> int:
        """Rows that the page has no room for."""
        return len(self._rank.values) - len(self)

    def chunks(self) -> Iterator[bytes]:
        """The rows, packed."""
        ranks = self._rank.values
        order = array("I", sorted(range(len(ranks)), key=ranks.__getitem__)[:MOST])
        through = {name: Through(col, self._rank) for name, col in self._of_incidents.items()}
        columns: dict[str, Column] = {"rank": self._rank, "id": self._id}
        columns["incident"] = Once(self._incident, self._rank)
        return chunks({**columns, **self._of_findings, **self._numbers, **through}, order)

    def _gather(self) -> None:
        total = 0
        for rank, incident in enumerate(summary.worst_first(self._report)):
            self._note(incident, rank)
            total = rank + 1
        self._note(_NOBODY, total)  # of findings that no incident speaks of
        seen, belonging = bytearray(total + 1), Belonging(self._report.findings)
        for finding in self._report.findings:
            rank = self._ranks.get(_key(belonging.identity(finding)), total)
            seen[rank] = 1
            self._add(finding, rank)
        if not all(seen[:total]):
            self._add_unseen(seen)

    def _note(self, incident: Incident, rank: int) -> None:
        """What the rows of an incident have from it."""
        if incident.fingerprint:
            self._ranks[_key(incident.fingerprint)] = rank
        self._incident.add(incident.id.removeprefix("inc-"))
        self._store_of.append(sys.intern(incident.store))
        self._suspected.append(breach.suspected(incident))
        if self._suspected[-1]:
            breach.note(self.suspects, incident, self._names)
        self.grants.add(incident)
        could, did = incident.could_read, incident.did_read
        texts = (
            incident.owner,
            str(did.state),
            facts.did_read(did),
            _people(f"{r.name}\0{r.principal}" for r in did.readers),
            facts.could_read(could),
            _people(f"{r.name}\0{r.principal}" for r in could.readers if r.decision != Decision.NO),
            _marks(incident, blocks=incident.id in self._blocking),
            iso(incident.landed) if incident.landed else "",
        )
        for name, text in zip(_OF_INCIDENTS, texts, strict=True):
            self._of_incidents[name].add(text)

    def _add(self, finding: Finding, rank: int, what: str = "") -> None:
        at = finding.location
        stored = self._objects.get(at.uri) or StoredObject(at.uri, at.uri)
        store = self._store(stored, rank)
        texts = (
            finding.rule_id, what or self._names.get(finding.rule_id, finding.rule_id),
            finding.category, finding.severity, finding.confidence, finding.preview, store, at.uri,
            at.member, at.field, "" if at.part == Part.VALUE else at.part, " > ".join(at.layers),
            finding.subject, at.rows, at.collateral,
        )  # fmt: skip
        for name, text in zip(_OF_FINDINGS, texts, strict=True):
            self._of_findings[name].add(str(text))
        self._id.add(finding.id)
        self._rank.add(rank)
        self._numbers["record"].add(0 if at.record is None else at.record + 1)
        self._numbers["start"].add(at.start)
        self._numbers["length"].add(at.end - at.start)
        self._count(finding, store, stored.resource, rank)

    def _store(self, stored: StoredObject, rank: int) -> str:
        """The store of one place: as the run knows it, else its incident's, else its folder."""
        known = stored.store or self._stores.get(stored.resource, "")
        theirs = self._store_of[rank]
        return known or ("" if ", " in theirs else theirs) or _folder(stored.resource)

    def _count(self, finding: Finding, store: str, resource: str, rank: int) -> None:
        at, counts, suspected = finding.location, self.counts, self._suspected[rank]
        cell = counts.cells.setdefault((store, finding.category), Cell())
        cell.count += 1
        if finding.severity.rank > cell.worst.rank:
            cell.worst = finding.severity
        if finding.subject:
            counts.persons.setdefault(finding.category, set()).add(finding.subject)
            if suspected:
                counts.breached.add(finding.subject)
        if (place := (at.uri, at.member, at.record)) != self._last:
            self._last = place
            counts.records[resource] += 1
        counts.breached_records += suspected

    def _add_unseen(self, seen: bytearray) -> None:
        """Rows of incidents that no finding speaks of: exposed resources, and cut reports."""
        for rank, incident in enumerate(summary.worst_first(self._report)):
            if not seen[rank]:
                title = incident.title if incident.kind == "resource" else ""
                for finding in _standing_in(incident):
                    self._add(finding, rank, title)


_NEVER = datetime.min.replace(tzinfo=UTC)  # a time that is not shown
_NOBODY = Incident("", "value", "", "", Severity.INFO, Confidence.LOW, ())


def _standing_in(incident: Incident) -> Iterator[Finding]:
    """A finding for each place that the incident names, without an id."""
    rule = incident.rule_ids[0] if incident.rule_ids else ""
    names = [Location(name) for name in incident.resources] or [Location("")]
    for place in incident.locations or names:
        yield Finding(
            "", rule, incident.category, incident.severity, incident.confidence, place,
            incident.fingerprint, incident.preview, incident.first_seen or _NEVER,
        )  # fmt: skip


def _key(identity: str) -> bytes:
    """The identity of an incident in few bytes."""
    try:
        return bytes.fromhex(identity)[:16]
    except ValueError:
        return identity.encode("utf-8", "surrogatepass")


def _folder(uri: str) -> str:
    return uri.rpartition("/")[0] or uri


def _people(pairs: Iterator[str]) -> str:
    """`Name <principal>` for each, a line each."""
    people = (pair.split("\0") for pair in pairs)
    return "\n".join(visible(f"{n} <{p}>" if n and n != p else p) for n, p in people)


def _marks(incident: Incident, blocks: bool) -> str:
    """What may be asked for with `is:`."""
    did = incident.did_read
    marks = {
        incident.kind: True,
        "blocking": blocks,
        "new": not incident.accepted,
        "accepted": incident.accepted,
        "public": incident.could_read.public == Decision.YES,
        "staff": incident.could_read.all_staff == Decision.YES,
        "outsider": did.outsiders > 0,
        "late": incident.first_read_after_landing is not None,
        "breach": breach.suspected(incident),
    }
    return " ".join(name for name, holds in marks.items() if holds)
