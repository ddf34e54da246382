"""The audit: who could and who did read what was found, and which access checks fail.

Everything runs in DuckDB over the runs of a ledger, in rooms one after the other, each of
which describes the tables it makes:

    principals   names resolved, groups closed
    programme    the policy's rules on the programme, and whom findings are about
    exposure     grants matched with resources
    crowds       readers added up, as sets of people
    reads        each read and the right it had then; what the logs cover
    derived      unused rights, copies, credentials, special crowds
    landing      who could read when it landed
    trails       copies and what credentials open, as objects
    audit_views  the views that checks and queries use
    checks       rules/access/*.sql
    values       findings gathered by value, in one pass over the sorted findings
    incidents    check rows gathered; readers, incident_build make the objects
    listed       all of them, worst first
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.audit import (
    checks,
    crowds,
    derived,
    exposure,
    incident_build,
    incidents,
    listed,
    principals,
    programme,
    reads,
    subjects,
    values,
)
from scanner.audit import views as audit_views
from scanner.audit.crowds import Crowds
from scanner.audit.readers import moment
from scanner.config.policy import Governance
from scanner.ledger import Ledger
from scanner.ledger.private import PrivateFolder
from scanner.ledger.sorting import answer
from scanner.ledger.views import connect
from scanner.model import CheckResult, Confidence, Incident, LogCoverage, Problem, Rule, Severity
from scanner.pile import Pile
from scanner.rulepacks.load import own_rules

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

MEMORY = "1200MiB"  # of DuckDB, which puts the rest into the ledger's folder


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """What an audit is told.

    `now` is the moment that counts as now (with a zone).  `all_staff_groups` are ids or other
    names of groups that hold every employee.  `governance` are the rules of the programme.
    `rules` name the findings' rules by id, for titles and advice.  `rules_dirs` hold
    `access/*.sql`; none means those of leakgate.  `known` are the identities of incidents that
    the baseline accepts; `excepted` says of an incident whether an exception is in force.
    Findings below `sensitive_from` make incidents, but not a resource sensitive.
    `pseudonym` makes the pseudonym of a person's name (`scanner.seal`); without it nobody is
    known behind those of findings.
    """

    now: datetime
    all_staff_groups: tuple[str, ...] = ()
    governance: Governance = field(default_factory=Governance)
    rules: Mapping[str, Rule] = field(default_factory=dict)
    rules_dirs: tuple[str | Path, ...] = ()
    sensitive_from: Confidence = Confidence.MEDIUM
    known: Collection[str] = frozenset()
    excepted: Callable[[Incident], bool] | None = None
    pseudonym: subjects.Pseudonym | None = None


@dataclass(frozen=True, slots=True)
class AuditResult:
    """What came out.

    `incidents` are worst first (`Incident.badness`), and read from disk when they are many.
    `used` are the ids of the rules that they, and so all findings, are of.
    `rules` are the checks as rules, for reports.  `unresolved` counts the names in grants and
    events that no directory knows: `grants`, `events` (distinct names each), `ambiguous`.
    """

    incidents: Sequence[Incident]
    checks: tuple[CheckResult, ...]
    coverage: tuple[LogCoverage, ...]
    rules: tuple[Rule, ...] = ()
    unresolved: Mapping[str, int] = field(default_factory=dict)
    used: frozenset[str] = frozenset()
    subjects: int = 0  # persons whom the findings concern
    notes: tuple[Problem, ...] = ()  # on what of the evidence leads nowhere


def audit(
    source: Ledger | duckdb.DuckDBPyConnection, run_ids: Sequence[str], options: AuditOptions
) -> AuditResult:
    """Audit the chosen runs of a ledger together: scans and evidence in any number of runs.

    A connection from `scanner.ledger.views.connect` may be given instead (its runs count
    then); it keeps all tables and views for further questions.
    Raises UsageError for an unknown run or a broken check, UnreadableError for a broken file.
    """
    import duckdb

    try:
        return _audit(source, run_ids, options, MEMORY)
    except (duckdb.OutOfMemoryException, duckdb.IOException):  # the disk took no more, or nothing
        if not isinstance(source, Ledger):
            raise
        return _audit(source, run_ids, options, "")


def _audit(
    source: Ledger | duckdb.DuckDBPyConnection,
    run_ids: Sequence[str],
    options: AuditOptions,
    memory: str,
) -> AuditResult:
    with _connected(source, run_ids, memory) as con:
        known = checks.load(options.rules_dirs or (own_rules(),))
        crowd = prepare(con, options)
        results = checks.run(con, known)
        folder = PrivateFolder(source.path if isinstance(source, Ledger) else None)
        sets = values.Sets()
        findings = _sorted(source, run_ids)
        gathered = values.gather(findings, principals.resources_of(con), sets)
        found = Pile(values.Value, folder.path, gathered)
        used = _Used()
        about = _about(con, crowd, sets, options, known)
        made = used.watch(incident_build.build(con, found, about))
        return AuditResult(
            listed.worst_first(made, about, folder),
            tuple(results),
            _coverage(con),
            tuple(check.rule for check in known),
            _unresolved(con),
            frozenset(used.ids),
            _subjects(con),
            _notes(con),
        )


def _about(
    con: duckdb.DuckDBPyConnection,
    crowd: Crowds,
    sets: values.Sets,
    options: AuditOptions,
    known: Sequence[checks.Check],
) -> incident_build.About:
    """What all incidents have in common, when every value has the number of its set."""
    minor = [c.rule.id for c in known if not c.rule.severity.at_least(Severity.MEDIUM)]
    incidents.gather(con, minor)
    of_resources = incidents.concerned(con, sets)
    incidents.prepare(con, sets)
    return incident_build.about(con, crowd, of_resources, options, known)


def prepare(con: duckdb.DuckDBPyConnection, options: AuditOptions) -> Crowds:
    """Make all tables and views that checks and questions use, without running a check."""
    principals.prepare(con, options.now, options.sensitive_from)
    programme.rules(con, options.governance)
    principals.resolve(con, options.all_staff_groups)
    subjects.compute(con, options.pseudonym)
    programme.people(con)
    exposure.compute(con)
    who = crowds.compute(con)
    reads.compute(con, who)
    derived.compute(con, who)
    audit_views.create(con)
    return who


class _Used:
    """Notes the rules of incidents that go by."""

    def __init__(self) -> None:
        self.ids: set[str] = set()

    def watch(self, found: Iterable[tuple[Incident, int]]) -> Iterator[tuple[Incident, int]]:
        for incident, sid in found:
            self.ids.update(incident.rule_ids)
            yield incident, sid


def _sorted(
    source: Ledger | duckdb.DuckDBPyConnection, run_ids: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """All findings by value: in a connection of its own that takes little memory, if it can."""

    def connected(memory: str) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        own = connect(source, run_ids, memory) if isinstance(source, Ledger) else source.cursor()
        return closing(own)

    return answer(connected, values.SORTED)


@contextmanager
def _connected(
    source: Ledger | duckdb.DuckDBPyConnection, run_ids: Sequence[str], memory: str
) -> Iterator[duckdb.DuckDBPyConnection]:
    if not isinstance(source, Ledger):
        yield source
        return
    con = connect(source, run_ids, memory)
    try:
        yield con
    finally:
        con.close()


def _subjects(con: duckdb.DuckDBPyConnection) -> int:
    sql = "SELECT count(DISTINCT hash(subject)) FROM findings WHERE subject <> ''"
    row = con.execute(sql).fetchone()
    return int(row[0]) if row else 0


def _coverage(con: duckdb.DuckDBPyConnection) -> tuple[LogCoverage, ...]:
    rows = con.execute(
        'SELECT DISTINCT resource, epoch_us(start), epoch_us("end"), source, basis FROM coverage '
        "ORDER BY ALL"
    ).fetchall()
    return tuple(
        LogCoverage(resource, start, end, source, basis)
        for resource, first, last, source, basis in rows
        if (start := moment(first)) and (end := moment(last))
    )


def _unresolved(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    return dict(con.execute(_UNRESOLVED).fetchall())


def _notes(con: duckdb.DuckDBPyConnection) -> tuple[Problem, ...]:
    """What of the evidence leads nowhere: counted, and the first of them named."""
    found = con.execute(_LEADING_NOWHERE).fetchall()
    return tuple(
        Problem(f"note.{code}", _counted(_NOTES[code][0], count, names), "", _NOTES[code][1])
        for code, count, names in found
    )


def _counted(what: str, count: int, names: Sequence[str]) -> str:
    more = ", ..." if count > len(names) else ""
    return f"{what}: {count} ({', '.join(names)}{more})"


_NOTES = {
    "unknown_grantees": (
        "principals of grants that are in no directory",
        "export the directory that lists them, or delete the grants",
    ),
    "unknown_readers": (
        "readers in logs that are in no directory",
        "export the directory that lists them, or add their names there as aliases",
    ),
    "ambiguous": (
        "names that mean several principals, and are taken for none",
        "correct the aliases in the directory",
    ),
    "cyclic_groups": (
        "groups of grants that contain themselves, by way of others",
        "take one membership of the circle out",
    ),
    "grants_elsewhere": (
        "grants about nothing of this release, by what they are on",
        "if they should be, compare `resource` of the policy's stores with these",
    ),
}

_LEADING_NOWHERE = """
WITH said AS (
  SELECT DISTINCT 1 AS n, 'unknown_grantees' AS code, e.id AS name
  FROM grants g JOIN eid_of i ON i.name = g.principal JOIN entity e USING (eid)
  WHERE NOT e.listed AND g.principal_type NOT IN ('public', 'anonymous', 'all_staff', 'service')
    AND EXISTS (FROM principals)
  UNION SELECT DISTINCT 2, 'unknown_readers', e.id
  FROM reader JOIN entity e USING (eid)
  WHERE NOT e.listed AND e.type NOT IN ('service', 'anonymous') AND EXISTS (FROM principals)
  UNION SELECT DISTINCT 3, 'ambiguous', alias FROM (SELECT alias FROM aliases
    UNION SELECT unnest(aliases) FROM principals)
    WHERE NOT regexp_full_match(alias, '~.*|[A-Z0-9_]{16,128}')
      AND fold(alias) NOT IN (SELECT name FROM known_name)
  UNION SELECT DISTINCT 4, 'cyclic_groups', e.id
  FROM closure c JOIN edge d ON d.member = c.grp AND d.grp = c.member JOIN entity e ON e.eid = c.grp
  UNION ALL SELECT 5, 'grants_elsewhere', resource FROM grants
  WHERE effect = 'Allow' AND decision <> 'no' AND resource NOT IN (SELECT pattern FROM covered))
SELECT code, count(*), list_sort(list(DISTINCT name))[1:3] FROM said GROUP BY n, code ORDER BY n
"""

_UNRESOLVED = """
SELECT 'grants', count(DISTINCT g.principal) FROM grants g JOIN eid_of i ON i.name = g.principal
JOIN entity e USING (eid) WHERE NOT e.listed
  AND g.principal_type NOT IN ('public', 'anonymous', 'all_staff')
UNION ALL
SELECT 'events', count(DISTINCT l.actor) FROM who l JOIN eid_of i ON i.name = l.actor
JOIN entity e USING (eid) WHERE NOT e.listed
UNION ALL
SELECT 'ambiguous', count(*) FROM (
  SELECT alias FROM (SELECT alias, principal FROM aliases
    UNION SELECT unnest(aliases), id FROM principals)
  WHERE alias NOT IN (SELECT name FROM known_name) GROUP BY alias)
"""
