"""Check rows gathered into incidents, and the resources that all incidents concern, in DuckDB.

A value incident is one fingerprint (`scanner.audit.values`); a resource incident is one check
and one scope.  Many incidents concern the same resources, so who could and did read is worked
out once for each distinct set of resources (`sid`), and once for each distinct set of grant
sets (`combo`).  Tables made, after `scanner.audit.checks.run`:

- `incident(k, check_id, scope)`, `check_incident(k, ...)`: of resources
- `set_rid(sid, rid)`, `set_combo(sid, combo)`, `combo_psid(combo, psid)`
- `set_reader(sid, eid, reads, ...)`
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scanner.audit.values import Sets

if TYPE_CHECKING:
    import duckdb


def gather(con: duckdb.DuckDBPyConnection, minor: Sequence[str] = ()) -> None:
    """Make the tables of resource incidents.

    What the `minor` checks (ids) say is gathered by store, not by scope: a store may have
    thousands of grants that nobody used.
    """
    con.execute(_SCOPED, [list(minor)])
    con.execute(_INCIDENTS)


def concerned(con: duckdb.DuckDBPyConnection, sets: Sets) -> dict[int, int]:
    """By resource incident (`k`): the number of its set of resources."""
    rows = con.execute(_CONCERNED).fetchall()
    return {k: sets.number(rids) for k, rids in rows}


def prepare(con: duckdb.DuckDBPyConnection, sets: Sets) -> None:
    """Make the tables of sets: all incidents have been given theirs."""
    pairs = [(sid, rid) for rids, sid in sets.numbers.items() for rid in rids]
    con.execute(_MEMBERS, [[sid for sid, _ in pairs], [rid for _, rid in pairs]])
    con.execute(_SETS)
    con.execute(_READERS)


_SCOPED = """
CREATE TABLE scoped AS
SELECT c.* EXCLUDE (resource, scope), coalesce(r.resource, c.resource) AS resource, CASE
    WHEN list_contains(?::VARCHAR[], c.check_id) AND coalesce(c.severity, '') IN ('', 'low', 'info')
    THEN coalesce(nullif(r.store, ''), nullif(regexp_extract(r.resource, '^[a-z0-9+.-]+://[^/]+/'),
      ''), c.scope, r.resource, c.resource)
    ELSE coalesce(c.scope, nullif(r.store, ''), r.resource, c.resource) END AS scope
FROM check_rows c LEFT JOIN resources r USING (rid)
"""

_INCIDENTS = """
CREATE TABLE incident AS
SELECT row_number() OVER (ORDER BY check_id, scope)::INTEGER AS k, *
FROM (SELECT DISTINCT check_id, scope FROM scoped);
CREATE TABLE check_incident AS
SELECT i.k, c.* FROM scoped c JOIN incident i USING (check_id, scope);
DROP TABLE scoped
"""

_CONCERNED = """
SELECT k, list_sort(list(DISTINCT rid)) FROM check_incident WHERE rid IS NOT NULL GROUP BY k
"""

_MEMBERS = """
CREATE TABLE set_rid AS
SELECT unnest($1::INTEGER[]) AS sid, unnest($2::INTEGER[]) AS rid
"""

_SETS = """
CREATE TABLE combo_list AS
WITH lists AS (
  SELECT r.sid, list_sort(list(DISTINCT s.psid)) AS psids FROM set_rid r JOIN standing s USING (rid)
  GROUP BY r.sid)
SELECT sid, dense_rank() OVER (ORDER BY psids)::INTEGER AS combo, psids FROM lists;
CREATE TABLE set_combo AS SELECT sid, combo FROM combo_list;
CREATE TABLE combo_psid AS
SELECT combo, unnest(psids) AS psid FROM (SELECT DISTINCT combo, psids FROM combo_list);
DROP TABLE combo_list
"""

_READERS = """
CREATE TABLE set_reader AS
SELECT s.sid, t.eid, sum(t.reads)::BIGINT AS reads, min(t.first_read) AS first_read,
  max(t.last_read) AS last_read, sum(t.bytes_out)::BIGINT AS bytes_out,
  bool_and(t.explained) AS explained, bool_and(t.own) AS own, max(t.right_) AS right_
FROM set_rid s JOIN reader_stats t USING (rid) GROUP BY s.sid, t.eid
"""
