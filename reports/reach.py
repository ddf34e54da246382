"""Grants by what lies behind them, counted in one pass over the incidents."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from scanner.model import Decision, Incident, ReadAccess, Severity


@dataclass(slots=True)
class Grant:
    """One grant that lets people read what was found.

    `named` are those of its readers whom the report names.  `everyone` says that it names no
    one: the public, or all staff.  `values` and `occurrences` are sensitive ones behind it.
    """

    name: str
    stores: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    through: set[str] = field(default_factory=set)
    everyone: str = ""
    values: int = 0
    occurrences: int = 0
    worst: Severity = Severity.INFO
    conditional: bool = False


@dataclass(slots=True)
class _Behind:
    """What lies in one set of resources, all of which the same grants open."""

    access: ReadAccess
    store: str
    values: int = 0
    occurrences: int = 0
    worst: Severity = Severity.INFO


class Grants:
    """Sums up incidents by the grants that open them.

    Who could read follows from the set of resources, so it is looked at once for each set.
    """

    def __init__(self) -> None:
        self._behind: dict[tuple[object, ...], _Behind] = {}

    def add(self, incident: Incident) -> None:
        access = incident.could_read
        if incident.kind == "resource" or not access.readers:
            return
        key = (incident.resources, incident.store, access.people, access.people_conditional)
        behind = self._behind.setdefault(key, _Behind(access, incident.store))
        behind.values += max(1, incident.values)
        behind.occurrences += incident.occurrences
        if incident.severity.rank > behind.worst.rank:
            behind.worst = incident.severity

    def ranked(self) -> list[Grant]:
        """Grants to everybody first, and those with the most sensitive occurrences behind them."""
        made: dict[str, Grant] = {}
        # Sets of one store first: they tell which store a grant is of.
        for behind in sorted(self._behind.values(), key=lambda b: ", " in b.store):
            for grant in _opened(behind, made):
                grant.values += behind.values
                grant.occurrences += behind.occurrences
                if behind.worst.rank > grant.worst.rank:
                    grant.worst = behind.worst
                if not grant.stores or ", " not in behind.store:
                    grant.stores.update(behind.store.split(", "))
        return sorted(made.values(), key=_order)


def _order(grant: Grant) -> tuple[object, ...]:
    return not grant.everyone, -grant.occurrences, -len(grant.named), grant.name


def _opened(behind: _Behind, made: dict[str, Grant]) -> Collection[Grant]:
    """The grants that open a set of resources, each once; their readers are noted."""
    found: dict[int, Grant] = {}
    for reader in behind.access.readers:
        for via in reader.via if reader.decision != Decision.NO else ():
            path, name = _split(via)
            grant = made.setdefault(name, Grant(name))
            found[id(grant)] = grant
            grant.named.add(reader.name or reader.principal)
            grant.through.update(path)
            grant.conditional |= reader.decision == Decision.CONDITIONAL
            if reader.type in ("public", "all_staff"):
                grant.everyone = {"public": "everyone", "all_staff": "all staff"}[reader.type]
    return found.values()


def _split(via: str) -> tuple[list[str], str]:
    """`via all-staff > analysts, bucket policy statement 3` as its groups and its grant."""
    if via.startswith("via ") and ", " in via:
        groups, _, name = via.removeprefix("via ").partition(", ")
        return groups.split(" > "), name
    return [], via
