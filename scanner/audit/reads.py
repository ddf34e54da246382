"""Who did read, with what right at that time, and what the logs can answer for.

Tables made, after `scanner.audit.exposure`:

- `exposure(terms, audience, start, until, decision)`: when everyone (`public`) or every
  employee (`all_staff`) could read, 1 conditionally, 2 certainly
- `reading(n, rid, terms, eid, time, bytes_out, right_, own, exposed, after)`: each read; the
  reader's right at that time (0 no, 1 conditional, 2 yes), whether it had one of its own and
  not only as one of everybody, whether everybody could read then, whether it had landed
- `acted(rid, eid)`: roles in which somebody else read
- `reader_stats(rid, eid, ...)`: by reader, `after` of them after landing
- `logged(rid, start, until)`, `read_state(rid, state, complete)`

The reader is the person the session names, when the directory knows it, else the actor;
either one's right explains the read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.audit.crowds import Crowds, meet

if TYPE_CHECKING:
    import duckdb


def compute(con: duckdb.DuckDBPyConnection, crowds: Crowds) -> None:
    """Make the tables above."""
    con.execute(_WHO)
    meet(con, crowds)
    for sql in (_EXPOSURE, _RIGHTS, _READING, _STATS, _LOGGED, _STATE):
        con.execute(sql)


_WHO = """
CREATE TABLE reader AS
SELECT w.wid, a.eid AS actor, coalesce(p.eid, a.eid) AS eid
FROM who w JOIN eid_of a ON a.name = w.actor
LEFT JOIN (SELECT i.name, e.eid FROM eid_of i JOIN entity e USING (eid)
           WHERE e.listed AND e.type = 'user') p ON w.session <> '' AND p.name = w.session;
CREATE TABLE read_by AS
SELECT l.n, l.rid, s.terms, l.time, l.bytes_out, w.actor, w.eid
FROM read_log l JOIN standing s USING (rid) JOIN reader w USING (wid);
DROP TABLE read_log
"""

_EXPOSURE = """
CREATE TABLE exposure AS
WITH spoken AS (
  SELECT *, CASE WHEN eid = 2 THEN 'all_staff' ELSE 'public' END AS audience
  FROM pair_grant WHERE eid < 3),
points AS (
  SELECT terms, audience, coalesce(start, '-infinity') AS start FROM spoken
  UNION SELECT terms, audience, until FROM spoken WHERE until IS NOT NULL),
spans AS (
  SELECT *, coalesce(lead(start) OVER (PARTITION BY terms, audience ORDER BY start), 'infinity')
    AS until FROM points),
judged AS (
  SELECT p.terms, p.audience, p.start, p.until, decide(bit_or(s.mask)) AS decision
  FROM spans p JOIN spoken s USING (terms, audience)
  WHERE (s.start IS NULL OR s.start <= p.start) AND (s.until IS NULL OR p.start < s.until)
  GROUP BY p.terms, p.audience, p.start, p.until, s.eid, s.sys)
SELECT terms, audience, start, until, max(decision) AS decision
FROM judged GROUP BY ALL HAVING max(decision) > 0
"""

# A pair of reader and grant set without any date is decided once, whatever it read.
_RIGHTS = """
CREATE TABLE pair_right AS
WITH by_system AS (
  SELECT terms, eid, sys, bit_or(mask) AS mask,
    bool_or(start IS NOT NULL OR until IS NOT NULL) AS dated
  FROM pair_grant GROUP BY terms, eid, sys)
SELECT terms, eid, max(decide(mask)) AS right_,
  coalesce(max(decide(mask)) FILTER ((mask & 16) > 0), 0) AS own, bool_or(dated) AS dated
FROM by_system GROUP BY terms, eid;
CREATE TABLE read_right AS
WITH dated AS (
  SELECT g.* FROM pair_grant g SEMI JOIN (FROM pair_right WHERE dated) r USING (terms, eid)),
then_ AS (
  SELECT a.n, a.eid, d.sys, bit_or(d.mask) AS mask FROM (
    SELECT n, terms, time, eid FROM read_by
    UNION ALL SELECT n, terms, time, actor FROM read_by WHERE actor <> eid) a
  JOIN dated d USING (terms, eid)
  WHERE (d.start IS NULL OR d.start <= a.time) AND (d.until IS NULL OR a.time < d.until)
  GROUP BY a.n, a.eid, d.sys)
SELECT n, max(decide(mask)) AS right_,
  coalesce(max(decide(mask)) FILTER ((mask & 16) > 0), 0) AS own
FROM then_ GROUP BY n;
DELETE FROM pair_right WHERE dated
"""

_READING = """
CREATE TABLE reading AS
WITH open_to_all AS (
  SELECT b.n, max(x.decision) AS decision FROM read_by b JOIN exposure x USING (terms)
  WHERE x.start <= b.time AND b.time < x.until GROUP BY b.n)
SELECT b.n, b.rid, b.terms, b.eid, b.time, b.bytes_out,
  greatest(coalesce(p.right_, 0), coalesce(q.right_, 0), coalesce(r.right_, 0)) AS right_,
  greatest(coalesce(p.own, 0), coalesce(q.own, 0), coalesce(r.own, 0)) > 0 AS own,
  coalesce(x.decision, 0) AS exposed, coalesce(b.time >= o.landed, false) AS after
FROM read_by b JOIN resources o USING (rid)
LEFT JOIN pair_right p ON p.terms = b.terms AND p.eid = b.eid
LEFT JOIN pair_right q ON q.terms = b.terms AND q.eid = b.actor
LEFT JOIN read_right r ON r.n = b.n
LEFT JOIN open_to_all x ON x.n = b.n;
CREATE TABLE acted AS SELECT DISTINCT rid, actor AS eid FROM read_by WHERE actor <> eid;
DROP TABLE read_by; DROP TABLE read_right; DROP TABLE pair_right
"""

_STATS = """
CREATE TABLE reader_stats AS
SELECT r.rid, r.eid, count(*) AS reads, min(r.time) AS first_read, max(r.time) AS last_read,
  min(r.time) FILTER (r.after) AS first_after, count(*) FILTER (r.after) AS after,
  sum(r.bytes_out)::BIGINT AS bytes_out, bool_and(r.right_ > 0 OR NOT s.known) AS explained,
  max(r.right_) AS right_, bool_and(r.own) AS own
FROM reading r JOIN standing s USING (rid) GROUP BY r.rid, r.eid
"""

# Times that touch or overlap are one.
_LOGGED = """
CREATE TABLE logged AS
WITH log AS (
  SELECT DISTINCT c.rid, v.start, v."end" AS until FROM coverage v
  JOIN covered c ON c.pattern IN (v.resource, v.resource || '/') WHERE v.start <= v."end"),
ahead AS (
  SELECT *, max(until) OVER (PARTITION BY rid ORDER BY start, until
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached FROM log),
islands AS (
  SELECT *, count(*) FILTER (reached IS NULL OR start > reached)
    OVER (PARTITION BY rid ORDER BY start, until) AS island FROM ahead)
SELECT rid, min(start) AS start, max(until) AS until FROM islands GROUP BY rid, island
"""

_STATE = """
CREATE TABLE read_state AS
WITH whole AS (
  SELECT DISTINCT r.rid FROM resources r JOIN logged l USING (rid), clock
  WHERE l.start <= r.landed AND l.until >= now)
SELECT r.rid, w.rid IS NOT NULL AS complete,
  CASE WHEN r.rid IN (SELECT DISTINCT rid FROM reader_stats) THEN 'read'
    WHEN w.rid IS NOT NULL THEN 'not read' ELSE 'unknown' END AS state
FROM resources r LEFT JOIN whole w USING (rid)
"""
