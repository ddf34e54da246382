"""Findings and check rows gathered into incidents, in DuckDB, before they become objects.

A value incident is one fingerprint; a resource incident is one check and one scope.  Many
incidents concern the same resources, so who could and did read is worked out once for each
distinct set of resources (`sid`), and once for each distinct set of grant sets (`combo`).
Tables made, after `scanner.audit.checks.run`:

- `found`: findings once each, with ranks and their order within the fingerprint
- `incident(k, kind, key)`, `incident_set(k, sid)`, `set_rid(sid, rid)`
- `set_combo(sid, combo)`, `combo_psid(combo, psid)`
- `set_reader(sid, eid, reads, ...)`
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.model import Confidence, Severity

if TYPE_CHECKING:
    import duckdb

SHOWN = 20  # findings of an incident that are named


def gather(con: duckdb.DuckDBPyConnection) -> None:
    """Make the tables above."""
    con.execute(_FOUND, [[s.value for s in Severity], [c.value for c in Confidence]])
    con.execute(_INCIDENTS)
    con.execute(_SETS)
    con.execute(_READERS)


_FOUND = f"""
CREATE TABLE found AS
WITH once AS (
  SELECT DISTINCT ON (id) id, rule_id, category, fingerprint, preview, observed_at, evidence, uri,
    location, list_position($1::VARCHAR[], severity) - 1 AS severity,
    list_position($2::VARCHAR[], confidence) - 1 AS confidence
  FROM findings ORDER BY id, run DESC),
ordered AS (
  SELECT *, row_number() OVER (PARTITION BY fingerprint ORDER BY uri, location.member,
    location.record NULLS LAST, location.field, location."start", location."end", id) AS place
  FROM once)
SELECT * EXCLUDE (location), CASE WHEN place <= {SHOWN} THEN location END AS location FROM ordered
"""  # noqa: S608 - our own constant

_INCIDENTS = """
CREATE TABLE incident AS
WITH value AS (
  SELECT DISTINCT 'value' AS kind, fingerprint AS key, '' AS check_id, fingerprint AS scope
  FROM found),
resource AS (
  SELECT DISTINCT 'resource', c.check_id || ' ' || s.scope, c.check_id, s.scope
  FROM check_rows c LEFT JOIN resources r USING (rid),
  LATERAL (SELECT coalesce(c.scope, nullif(r.store, ''), c.resource) AS scope) s)
SELECT row_number() OVER (ORDER BY kind, key)::INTEGER AS k, *
FROM (FROM value UNION ALL FROM resource);
CREATE TABLE check_incident AS
SELECT i.k, c.*
FROM check_rows c LEFT JOIN resources r USING (rid)
JOIN incident i ON i.kind = 'resource' AND i.check_id = c.check_id
  AND i.scope = coalesce(c.scope, nullif(r.store, ''), c.resource)
"""

_SETS = """
CREATE TABLE incident_list AS
WITH concerned AS (
  SELECT DISTINCT i.k, u.rid FROM found f JOIN incident i ON i.kind = 'value' AND
    i.key = f.fingerprint JOIN uri_resource u USING (uri)
  UNION ALL SELECT DISTINCT k, rid FROM check_incident WHERE rid IS NOT NULL),
lists AS (SELECT k, list_sort(list(rid)) AS rids FROM concerned GROUP BY k)
SELECT k, dense_rank() OVER (ORDER BY rids)::INTEGER AS sid, rids FROM lists;
CREATE TABLE incident_set AS SELECT k, sid FROM incident_list;
CREATE TABLE set_rid AS
SELECT sid, unnest(rids) AS rid FROM (SELECT DISTINCT sid, rids FROM incident_list);
DROP TABLE incident_list;
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
  bool_and(t.explained) AS explained, bool_and(t.own) AS own, max(t.right_) AS right_,
  max(t.exposed) AS exposed
FROM set_rid s JOIN reader_stats t USING (rid) GROUP BY s.sid, t.eid
"""
