"""Incidents as objects, worst first, with what to do about each."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scanner import columns
from scanner.audit import readers
from scanner.audit.checks import Check
from scanner.audit.readers import moment
from scanner.model import (
    Confidence,
    Decision,
    Incident,
    Location,
    ReadAccess,
    ReadActivity,
    ReadState,
    Rule,
    Severity,
)

if TYPE_CHECKING:
    import duckdb

RESOURCES_SHOWN = 1_000
_SEVERITIES, _CONFIDENCES = tuple(Severity), tuple(Confidence)


@dataclass(frozen=True, slots=True)
class _Set:
    """What is common to all incidents that concern the same resources."""

    resources: tuple[str, ...] = ()
    total: int = 0
    store: str = ""
    owner: str = ""
    landed: datetime | None = None
    first_read_after: datetime | None = None
    checks: tuple[str, ...] = ()
    unknown: int = 0  # resources that no grant speaks about
    could: ReadAccess = field(default_factory=ReadAccess)
    did: ReadActivity = field(default_factory=ReadActivity)


def build(
    con: duckdb.DuckDBPyConnection,
    rules: Mapping[str, Rule],
    checks: Sequence[Check],
    now: datetime,
) -> tuple[Incident, ...]:
    """All incidents by severity, then by how many can read, then by id."""
    sets = _sets(con, now)
    of = dict(con.execute("SELECT k, sid FROM incident_set").fetchall())
    by_incident = defaultdict(_Set, {k: sets[sid] for k, sid in of.items()})
    found = [*_values(con, by_incident, rules), *_resources(con, by_incident, checks)]
    return tuple(sorted(found, key=_worst_first))


def _worst_first(incident: Incident) -> tuple[Any, ...]:
    could = incident.could_read
    reach = (could.public.rank, could.all_staff.rank, could.people, could.people_conditional)
    return (-incident.severity.rank, *(-r for r in reach), incident.id)


def _sets(con: duckdb.DuckDBPyConnection, now: datetime) -> dict[int, _Set]:
    who = readers.entities(con)
    could, did = readers.could_read(con, who), readers.did_read(con, who, now)
    combos = dict(con.execute("SELECT sid, combo FROM set_combo").fetchall())
    fired = dict(con.execute(_FIRED).fetchall())
    return {
        sid: _Set(
            tuple(names),
            total,
            ", ".join(stores),
            ", ".join(owners),
            moment(landed),
            moment(after),
            tuple(fired.get(sid, ())),
            unknown,
            could[combos[sid]],
            did[sid],
        )
        for sid, names, total, stores, owners, landed, after, unknown in con.execute(
            _SETS
        ).fetchall()
    }


def _values(
    con: duckdb.DuckDBPyConnection, sets: Mapping[int, _Set], rules: Mapping[str, Rule]
) -> Iterator[Incident]:
    places = _places(con)
    cursor = con.execute(_VALUES)
    while rows := cursor.fetchmany(4096):
        for row in rows:
            yield _value(row, sets[row[0]], places[row[0]], rules)


def _value(
    row: Sequence[Any],
    about: _Set,
    places: list[tuple[str, Location]],
    rules: Mapping[str, Rule],
) -> Incident:
    _, print_, count, severity, confidence, top, rule_ids, preview, first, evidence = row
    name = rules[top[0]].name if top[0] in rules else top[0]
    advice = [rules[r].remediation for r in rule_ids if r in rules]
    return Incident(
        f"inc-{hashlib.sha256(b'value ' + print_.encode()).hexdigest()[:16]}",
        "value",
        f"{name} in {_in(about)}",
        top[1],
        _SEVERITIES[severity],
        _CONFIDENCES[confidence],
        tuple(rule_ids),
        print_,
        preview,
        occurrences=count,
        finding_ids=tuple(id_ for id_, _ in places),
        locations=tuple(location for _, location in places),
        first_seen=moment(first),
        evidence=(*evidence, *_remarks(about)),
        actions=_actions(about, advice, top[1]),
        **_common(about),
    )


def _resources(
    con: duckdb.DuckDBPyConnection, sets: Mapping[int, _Set], checks: Sequence[Check]
) -> Iterator[Incident]:
    known = {check.rule.id: check.rule for check in checks}
    for k, *row in con.execute(_RESOURCES, [list(_SEVERITIES)]).fetchall():
        yield _resource(row, sets[k], known[row[0]])


def _resource(row: Sequence[Any], about: _Set, rule: Rule) -> Incident:
    _, scope, severity, certain, count, first, vias, people, names, total = row
    condition = "" if certain else ", under a condition"
    evidence = [f"by {via}" for via in vias] + [f"{p} read it" for p in people if first]
    common = _common(about) | {"resources": about.resources or tuple(names)}
    return Incident(
        f"inc-{hashlib.sha256(f'{rule.id} {scope}'.encode()).hexdigest()[:16]}",
        "resource",
        f"{rule.name}{condition}: {scope}",
        "access",
        rule.severity if severity is None else _SEVERITIES[severity],
        Confidence.HIGH if certain else Confidence.LOW,
        (rule.id,),
        occurrences=count or total,
        evidence=(*evidence, *_remarks(about)),
        actions=_actions(about, [rule.remediation], "access"),
        **common,
    )


def _common(about: _Set) -> dict[str, Any]:
    return {
        "resources": about.resources,
        "store": about.store,
        "owner": about.owner,
        "checks": about.checks,
        "could_read": about.could,
        "did_read": about.did,
        "landed": about.landed,
        "first_read_after_landing": about.first_read_after,
    }


def _in(about: _Set) -> str:
    return about.resources[0] if about.total == 1 else f"{about.total} resources"


def _remarks(about: _Set) -> list[str]:
    """What the lists of an incident leave out."""
    notes = []
    if about.could.known and about.unknown:
        notes.append(f"no grant speaks about {about.unknown} of {about.total} resources")
    if about.total > len(about.resources):
        notes.append(f"{about.total} resources, the first {len(about.resources)} are named")
    return notes


def _actions(about: _Set, advice: Sequence[str], category: str) -> tuple[str, ...]:
    steps = [*_read_already(about.did, category), *advice, *_close(about.could)]
    if about.did.state is ReadState.UNKNOWN:
        steps.append("Whether it was read is unknown: get the access logs since it landed")
    return tuple(dict.fromkeys(filter(None, steps)))


def _read_already(did: ReadActivity, category: str) -> Iterator[str]:
    if did.state is not ReadState.READ:
        return
    strangers = f", {did.outsiders} of them without a known grant" if did.outsiders else ""
    people = "1 person" if did.people == 1 else f"{did.people} people"
    then = "rotate first" if category == "credential" else "tell the owner"
    yield f"Treat as read: {people} read it{strangers}; {then}"


def _close(could: ReadAccess) -> Iterator[str]:
    """The grants to everybody, each by where it stands."""
    for reader in could.readers:
        if reader.type in ("public", "anonymous", "all_staff"):
            certain = reader.decision is Decision.YES
            what = "Remove the Allow" if certain else "Review the conditional Allow"
            yield from (f"{what} to {reader.name}: {via}" for via in reader.via)


def _places(con: duckdb.DuckDBPyConnection) -> dict[int, list[tuple[str, Location]]]:
    """By incident: the first findings and where they stand."""
    make = columns.builder(Location)
    found: dict[int, list[tuple[str, Location]]] = defaultdict(list)
    cursor = con.execute(_PLACES)
    while rows := cursor.fetchmany(4096):
        for k, id_, location in rows:
            found[k].append((id_, make(location)))
    return found


_SETS = f"""
SELECT s.sid, list(r.resource ORDER BY r.resource)[1:{RESOURCES_SHOWN}], count(*),
  coalesce(list_sort(list(DISTINCT r.store) FILTER (r.store <> ''))[1:5], []),
  coalesce(list_sort(list(DISTINCT r.owner) FILTER (r.owner <> ''))[1:5], []),
  epoch_us(min(r.landed)), epoch_us(min(a.first_after)), count(*) FILTER (NOT t.known)
FROM set_rid s JOIN resources r USING (rid) JOIN standing t USING (rid)
LEFT JOIN (SELECT rid, min(first_after) AS first_after FROM reader_stats GROUP BY rid) a USING (rid)
GROUP BY s.sid
"""  # noqa: S608 - our own constant

_FIRED = """
SELECT s.sid, list_sort(list(DISTINCT c.check_id)) FROM set_rid s JOIN (
  SELECT DISTINCT rid, check_id FROM check_rows WHERE coalesce(decision, 'yes') = 'yes') c
USING (rid) GROUP BY s.sid
"""

_VALUES = """
SELECT any_value(i.k), f.fingerprint, count(*), max(f.severity), max(f.confidence),
  any_value([f.rule_id, f.category]) FILTER (f.top = 1), list_sort(list(DISTINCT f.rule_id)),
  any_value(f.preview) FILTER (f.place = 1), epoch_us(min(f.observed_at)),
  list_sort(list_distinct(flatten(list(f.evidence))))
FROM (SELECT *, row_number() OVER (PARTITION BY fingerprint
        ORDER BY severity DESC, confidence DESC, rule_id, place) AS top FROM found) f
JOIN incident i ON i.kind = 'value' AND i.key = f.fingerprint
GROUP BY f.fingerprint ORDER BY f.fingerprint
"""

_PLACES = """
SELECT i.k, f.id, f.location FROM found f
JOIN incident i ON i.kind = 'value' AND i.key = f.fingerprint
WHERE f.location IS NOT NULL ORDER BY i.k, f.place
"""

_RESOURCES = """
SELECT i.k, i.check_id, i.scope, max(list_position(?::VARCHAR[], c.severity) - 1),
  bool_or(coalesce(c.decision, 'yes') = 'yes'), sum(c.count)::BIGINT, epoch_us(min(c.at)),
  coalesce(list_sort(list(DISTINCT c.via) FILTER (c.via <> ''))[1:5], []),
  coalesce(list_sort(list(DISTINCT c.principal) FILTER (c.principal <> ''))[1:5], []),
  list_sort(list(DISTINCT c.resource))[1:1000], count(DISTINCT c.resource)
FROM incident i JOIN check_incident c USING (k)
GROUP BY i.k, i.check_id, i.scope ORDER BY i.k
"""
