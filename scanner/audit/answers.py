"""Answers to single questions: who could and did read something, why, and what concerns somebody.

Each answer is (columns, rows).  The tables of `scanner.audit.prepare` must be there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scanner import globs, suggest
from scanner.errors import UsageError
from scanner.uris import canonical

if TYPE_CHECKING:
    import duckdb

Rows = tuple[list[str], list[tuple[Any, ...]]]
_STAND_INS = {"anonymous": 0, "public": 1, "everyone": 1, "*": 1, "all_staff": 2, "all staff": 2}


def resources(con: duckdb.DuckDBPyConnection, thing: str) -> list[int]:
    """The numbers of the resources that a URI, folder, glob, finding or fingerprint means.

    Raises UsageError when the audit knows none of them.
    """
    found = _column(con, _BY_FINDING, [thing])
    found = found or _column(con, _BY_PATTERN, [globs.regex(canonical(thing))])
    if not found:
        names = [n for (n,) in con.execute("SELECT resource FROM resources LIMIT 5000").fetchall()]
        near = suggest.close(thing, names)
        hint = near or "leakgate query 'SELECT resource FROM effective_read' lists all resources"
        raise UsageError("the audit knows no such resource or finding", thing, hint)
    return found


def entity(con: duckdb.DuckDBPyConnection, name: str) -> int:
    """The number of a principal by any of its names.  Raises UsageError when nobody has it."""
    if name in _STAND_INS:
        return _STAND_INS[name]
    sql = (
        "SELECT eid FROM eid_of WHERE name IN ($1, fold($1)) UNION"
        " SELECT eid FROM known_name k JOIN entity e ON e.id = k.id WHERE k.name IN ($1, fold($1))"
    )
    found = _column(con, sql, [name])
    if len(found) != 1:
        names = [n for (n,) in con.execute("SELECT name FROM eid_of LIMIT 50000").fetchall()]
        hint = suggest.close(name, names) or "use an id, e-mail address or alias of the directory"
        raise UsageError("no directory, grant or log knows this name as one principal", name, hint)
    return found[0]


def could_read(con: duckdb.DuckDBPyConnection, rids: Sequence[int], at: datetime) -> Rows:
    """Everybody who could read any of the resources at a moment, and by which grants."""
    return _rows(con, _COULD, [list(rids), at.isoformat()])


def did_read(con: duckdb.DuckDBPyConnection, rids: Sequence[int], until: datetime) -> Rows:
    """Everybody who read any of the resources until a moment."""
    return _rows(con, _DID, [list(rids), until.isoformat()])


def explain(con: duckdb.DuckDBPyConnection, eid: int, rids: Sequence[int], at: datetime) -> Rows:
    """The grants that speak of somebody and any of the resources, in force or not."""
    return _rows(con, _EXPLAIN, [list(rids), eid, at.isoformat()])


def verdicts(
    con: duckdb.DuckDBPyConnection, eid: int, rids: Sequence[int], at: datetime
) -> Iterator[str]:
    """A sentence for each answer: how many resources can be read so."""
    (id_,) = con.execute("SELECT id FROM entity WHERE eid = ?", [eid]).fetchall()[0]
    rows = con.execute(_VERDICT, [list(rids), eid, at.isoformat()]).fetchall()
    said = {"yes": "can read", "conditional": "can read under a condition", "no": "cannot read"}
    for decision, count, first in rows:
        more = f" and {count - 1} more" if count > 1 else ""
        yield f"{id_} {said[decision]} {first}{more}"
    yield from notes_on_grants(con, rids)


def notes_on_grants(con: duckdb.DuckDBPyConnection, rids: Sequence[int]) -> Iterator[str]:
    """What keeps an answer on grants from being whole."""
    sql = "SELECT count(*) FROM standing WHERE list_contains($1::INTEGER[], rid) AND NOT known"
    (unknown,) = con.execute(sql, [list(rids)]).fetchall()[0]
    if unknown:
        yield f"no grant speaks about {unknown} of {len(rids)} resources: who could read is unknown"


def notes_on_logs(con: duckdb.DuckDBPyConnection, rids: Sequence[int]) -> Iterator[str]:
    """What keeps an answer on reads from being whole."""
    sql = "SELECT count(*) FROM read_state WHERE list_contains($1::INTEGER[], rid) AND NOT complete"
    (unlogged,) = con.execute(sql, [list(rids)]).fetchall()[0]
    if unlogged:
        yield (
            f"reads of {unlogged} of {len(rids)} resources were not logged from landing to now:"
            " there may have been more"
        )


def subject(con: duckdb.DuckDBPyConnection, eid: int) -> dict[str, Rows]:
    """All that concerns one person, part by part."""
    return {name: _rows(con, sql, [eid]) for name, sql in _SUBJECT.items()}


def _rows(con: duckdb.DuckDBPyConnection, sql: str, values: Sequence[Any]) -> Rows:
    return fetched(con.sql(sql, params=list(values)))


def fetched(found: duckdb.DuckDBPyRelation | None) -> Rows:
    """Columns and rows of what was asked; by way of Arrow, whose times need no further package."""
    assert found is not None  # a SELECT always gives an answer
    table = found.to_arrow_reader(10_000).read_all()
    columns = [column.to_pylist() for column in table.columns]
    return list(table.column_names), list(zip(*columns, strict=True))


def _column(con: duckdb.DuckDBPyConnection, sql: str, values: Sequence[Any]) -> list[int]:
    return [row[0] for row in con.execute(sql, list(values)).fetchall()]


_BY_FINDING = """
SELECT DISTINCT u.rid FROM findings f JOIN uri_resource u USING (uri)
WHERE f.id = $1
  OR (length($1) >= 12 AND (starts_with(f.fingerprint, $1) OR starts_with(f."column", $1)))
  OR $1 IN ('inc-' || left(sha256('value ' || f.fingerprint), 16),
            'inc-' || left(sha256('column ' || f."column"), 16))
ORDER BY ALL
"""
_BY_PATTERN = "SELECT rid FROM resources WHERE regexp_full_match(resource, $1) ORDER BY rid"

# What was said to somebody on one resource at a moment, within one system.
_THEN = """
SELECT p.rid, h.member AS eid, g.sys, bit_or(1::INTEGER << g.class::INTEGER) AS mask,
  list(DISTINCT concat_ws(', ', CASE WHEN h.path <> '' THEN 'via ' || h.path END,
    CASE WHEN g.via <> '' THEN g.via ELSE g.system || ' grant on ' || g.scope END))
    FILTER (g.class < 2) AS ways
FROM scope_rid p JOIN grant_row g USING (pid) JOIN reach h USING (sid)
WHERE list_contains($1::INTEGER[], p.rid) AND g.class IS NOT NULL
  AND (g.granted_time IS NULL OR g.granted_time <= $at::TIMESTAMPTZ)
  AND (g.expiration_time IS NULL OR $at::TIMESTAMPTZ < g.expiration_time)
GROUP BY p.rid, h.member, g.sys
"""

_COULD = f"""
WITH said AS ({_THEN.replace("$at", "$2")}),
decided AS (SELECT *, decide(mask) AS rank FROM said)
SELECT e.id AS principal, e.name, e.type, e.department, said(max(d.rank)) AS decision,
  count(DISTINCT d.rid) AS resources, list_sort(list_distinct(flatten(list(d.ways))))[1:5] AS via
FROM decided d JOIN entity e USING (eid)
WHERE d.rank > 0 AND (e.eid < 3 OR e.eid NOT IN (SELECT grp FROM edge))
GROUP BY e.eid, e.id, e.name, e.type, e.department ORDER BY e.eid < 3 DESC, e.id
"""  # noqa: S608 - our own constants

_DID = """
SELECT e.id AS principal, e.name, e.type, e.department, count(*) AS reads,
  min(d.time) AS first_read, max(d.time) AS last_read, sum(d.bytes_out)::BIGINT AS bytes_out,
  count(DISTINCT d.rid) AS resources, bool_and(d.right_ > 0 OR NOT s.known) AS explained,
  count(*) FILTER (d.exposed > 0) AS while_open_to_all
FROM reading d JOIN standing s USING (rid) JOIN entity e USING (eid)
WHERE list_contains($1::INTEGER[], d.rid) AND d.time <= $2::TIMESTAMPTZ
GROUP BY e.eid, e.id, e.name, e.type, e.department ORDER BY reads DESC, e.id
"""

_EXPLAIN = """
SELECT g.effect, g.decision,
  (g.granted_time IS NULL OR g.granted_time <= $3::TIMESTAMPTZ)
    AND (g.expiration_time IS NULL OR $3::TIMESTAMPTZ < g.expiration_time) AS in_force,
  g.system, g.principal AS granted_to, any_value(h.path) AS through, g.scope, g.privilege, g.via,
  g.condition, g.granted_time, g.expiration_time, count(DISTINCT p.rid) AS resources
FROM scope_rid p JOIN grant_row g USING (pid) JOIN reach h USING (sid)
WHERE list_contains($1::INTEGER[], p.rid) AND h.member = $2
GROUP BY g.gid, g.effect, g.decision, in_force, g.system, g.principal, g.scope, g.privilege,
  g.via, g.condition, g.granted_time, g.expiration_time
ORDER BY g.effect DESC, g.decision DESC, g.gid
"""

_VERDICT = f"""
WITH said AS ({_THEN.replace("$at", "$3")}),
best AS (SELECT rid, max(decide(mask)) AS rank FROM said WHERE eid = $2 GROUP BY rid)
SELECT said(coalesce(b.rank, 0)) AS decision, count(*), min(r.resource)
FROM resources r LEFT JOIN best b USING (rid) WHERE list_contains($1::INTEGER[], r.rid)
GROUP BY decision ORDER BY decision DESC
"""  # noqa: S608 - our own constants

_SUBJECT = {
    "person": """
SELECT e.id, e.name, e.type, e.department, e.status, t.country, t.started, t.ended,
  (SELECT id FROM entity WHERE eid = t.manager) AS manager,
  (SELECT list_sort(list(DISTINCT name)) FROM known_name WHERE id = e.id
     AND NOT starts_with(name, '~p') AND length(name) < 64) AS names
FROM entity e LEFT JOIN trait t USING (eid) WHERE e.eid = $1""",
    "findings about them": """
SELECT f.id, f.rule_id, f.category, f.severity, f.uri, f.record, f.field,
  f.about_application AS application, f.about_time AS time
FROM findings f JOIN known_name k ON k.name = coalesce(nullif(f.subject, ''), f.about_user)
WHERE k.id = (SELECT id FROM entity WHERE eid = $1)
ORDER BY f.uri, f.record, f.field, f.start_char, f.id""",
    "pauses and exemptions": """
SELECT kind, start, until FROM asked WHERE person = (SELECT id FROM entity WHERE eid = $1)
ORDER BY ALL""",
    "groups": """
WITH RECURSIVE above(grp) AS (
  SELECT grp FROM edge WHERE member = $1
  UNION SELECT e.grp FROM above a JOIN edge e ON e.member = a.grp)
SELECT e.id AS "group", e.name FROM above a JOIN entity e ON e.eid = a.grp
WHERE e.id <> (SELECT id FROM entity WHERE eid = $1) ORDER BY e.id""",
    "who read data about them": """
SELECT r.id AS principal, r.name, r.department, sum(t.reads)::BIGINT AS reads,
  min(t.first_read) AS first_read, max(t.last_read) AS last_read,
  count(DISTINCT t.rid) AS resources
FROM concerns c JOIN reader_stats t USING (rid) JOIN entity r ON r.eid = t.eid
WHERE c.eid = $1 GROUP BY ALL ORDER BY reads DESC, principal""",
    "what they read": """
SELECT o.resource, t.reads, t.first_read, t.last_read, t.bytes_out, t.explained
FROM reader_stats t JOIN resources o USING (rid) WHERE t.eid = $1 ORDER BY o.resource""",
    "what grants give them": """
SELECT DISTINCT g.effect, g.decision, g.scope, g.system, g.via, h.path AS through, g.live AS now
FROM reach h JOIN grant_row g USING (sid) JOIN scope_rid p USING (pid)
WHERE h.member = $1 ORDER BY ALL""",
}
