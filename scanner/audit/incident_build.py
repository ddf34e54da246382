"""Incidents as objects, with what to do about each."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from scanner.audit import landing, readers
from scanner.audit.checks import Check
from scanner.audit.crowds import Crowds
from scanner.audit.readers import moment
from scanner.audit.trails import Trails, trails
from scanner.audit.values import Value
from scanner.model import (
    Confidence,
    Decision,
    Exposure,
    Incident,
    ReadAccess,
    ReadActivity,
    Reader,
    ReadState,
    Rule,
    Severity,
)

if TYPE_CHECKING:
    import duckdb

RESOURCES_SHOWN = 1_000
OUTSIDERS_SHOWN = 20
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
    exposure: Exposure = field(default_factory=Exposure)


class Options(Protocol):
    """What of `scanner.audit.AuditOptions` is needed here."""

    @property
    def now(self) -> datetime: ...
    @property
    def rules(self) -> Mapping[str, Rule]: ...
    @property
    def known(self) -> Collection[str]: ...
    @property
    def excepted(self) -> Callable[[Incident], bool] | None: ...


@dataclass(frozen=True, slots=True)
class About:
    """What all incidents need besides their own findings: sets by number, rules, checks."""

    sets: Mapping[int, _Set]
    of_resources: Mapping[int, int]  # set of each resource incident
    rules: Mapping[str, Rule]
    checks: Sequence[Check]
    known: Collection[str]  # identities in the baseline
    trails: Trails
    excepted: Callable[[Incident], bool] | None = None


def about(
    con: duckdb.DuckDBPyConnection,
    crowds: Crowds,
    of_resources: Mapping[int, int],
    options: Options,
    checks: Sequence[Check],
) -> About:
    """Who could and did read each set; the tables of `incidents.prepare` must be there."""
    sets = defaultdict(_Set, _sets(con, crowds, options.now))
    return About(
        sets, of_resources, options.rules, checks, options.known, trails(con), options.excepted
    )


def build(
    con: duckdb.DuckDBPyConnection, values: Iterable[Value], about: About
) -> Iterator[tuple[Incident, int]]:
    """Every incident with the number of its set, in no particular order."""
    for value in values:
        yield _marked(_value(value, about.sets[value.sid], about), about), value.sid
    for incident, sid in _resources(con, about):
        yield _marked(incident, about), sid


def _marked(incident: Incident, about: About) -> Incident:
    excepted = about.excepted is not None and about.excepted(incident)
    return replace(incident, in_baseline=incident.identity in about.known, excepted=excepted)


def _sets(con: duckdb.DuckDBPyConnection, crowds: Crowds, now: datetime) -> dict[int, _Set]:
    who = readers.entities(con)
    could, did = readers.could_read(con, crowds, who), readers.did_read(con, who, now)
    combos = dict(con.execute("SELECT sid, combo FROM set_combo").fetchall())
    fired = dict(con.execute(_FIRED).fetchall())
    then = landing.could_read(con, crowds)
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
            _exposure(
                moment(landed), moment(after), now, then.get(sid, ReadAccess()), could[combos[sid]]
            ),
        )
        for sid, names, total, stores, owners, landed, after, unknown in con.execute(
            _SETS
        ).fetchall()
    }


def _exposure(
    landed: datetime | None,
    read: datetime | None,
    now: datetime,
    then: ReadAccess,
    could: ReadAccess,
) -> Exposure:
    nameless = replace(could, readers=())
    return Exposure(landed, read or now, "read" if read else "now", then, nameless)


def _outsiders(about: _Set) -> tuple[Reader, ...]:
    """Each once: as one who did read, if they did."""
    found = {r.principal: r for r in (*about.could.readers, *about.did.readers) if r.outsider}
    return tuple(found.values())[:OUTSIDERS_SHOWN]


def _value(value: Value, about: _Set, shared: About) -> Incident:
    rules, trails = shared.rules, shared.trails
    rule = rules.get(value.rule_id)
    advice = [rules[r].remediation for r in value.rule_ids if r in rules]
    kind: Literal["value", "column"] = "column" if value.field or value.values else "value"
    made_of = f"{kind} {value.fingerprint}".encode()
    return Incident(
        f"inc-{hashlib.sha256(made_of).hexdigest()[:16]}",
        kind,
        f"{rule.name if rule else value.rule_id}{_of_column(value)} in {_in(about)}",
        value.category,
        value.severity,
        value.confidence,
        value.rule_ids,
        value.fingerprint,
        value.preview,
        occurrences=value.occurrences,
        finding_ids=value.finding_ids,
        locations=value.locations,
        first_seen=value.first_seen,
        evidence=(*value.evidence, *_remarks(about)),
        actions=_actions(about, advice, value.category),
        subjects=value.subjects,
        values=value.values,
        field=value.field,
        parts=value.parts,
        copies=trails.copies.get(value.fingerprint, ()),
        opens=trails.opens.get(value.fingerprint, ()),
        **common(about),
    )


def _of_column(value: Value) -> str:
    return f", {value.values:,} values of {value.field or 'the text'}" if value.values else ""


def _resources(con: duckdb.DuckDBPyConnection, about: About) -> Iterator[tuple[Incident, int]]:
    known = {check.rule.id: check.rule for check in about.checks}
    for k, *row in con.execute(_RESOURCES, [list(_SEVERITIES)]).fetchall():
        sid = about.of_resources.get(k, 0)
        yield _resource(row, about.sets[sid], known[row[0]]), sid


def _resource(row: Sequence[Any], about: _Set, rule: Rule) -> Incident:
    _, scope, severity, certain, count, first, vias, people, names, total = row
    condition = "" if certain else ", under a condition"
    evidence = [f"by {via}" for via in vias] + [f"{p} read it" for p in people if first]
    shared = common(about) | {"resources": about.resources or tuple(names)}
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
        **shared,
    )


def common(about: _Set) -> dict[str, Any]:
    """The fields of an incident that it has from its set of resources."""
    return {
        "resources": about.resources,
        "store": about.store,
        "owner": about.owner,
        "checks": about.checks,
        "could_read": about.could,
        "exposure": about.exposure,
        "outsiders": _outsiders(about),
        "unexplained": tuple(r for r in about.did.readers if not r.explained)[:OUTSIDERS_SHOWN],
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
    strangers = ", also without a known grant" if did.outsiders else ""
    then = "rotate it first" if category == "credential" else "tell the owner"
    yield f"It was read{strangers}: {then}"


def _close(could: ReadAccess) -> Iterator[str]:
    """The grants to everybody, each by where it stands."""
    for reader in could.readers:
        if reader.type in ("public", "anonymous", "all_staff"):
            certain = reader.decision is Decision.YES
            what = "Remove the Allow" if certain else "Review the conditional Allow"
            yield from (f"{what} to {reader.name}: {via}" for via in reader.via)


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

_RESOURCES = """
SELECT i.k, i.check_id, i.scope, max(list_position(?::VARCHAR[], c.severity) - 1),
  bool_or(coalesce(c.decision, 'yes') = 'yes'), sum(c.count)::BIGINT, epoch_us(min(c.at)),
  coalesce(list_sort(list(DISTINCT c.via) FILTER (c.via <> ''))[1:5], []),
  coalesce(list_sort(list(DISTINCT c.principal) FILTER (c.principal <> ''))[1:5], []),
  list_sort(list(DISTINCT c.resource))[1:1000], count(DISTINCT c.resource)
FROM incident i JOIN check_incident c USING (k)
GROUP BY i.k, i.check_id, i.scope ORDER BY i.k
"""
