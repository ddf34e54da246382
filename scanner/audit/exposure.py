"""Who could read: every resource's grants, and the readers they add up to.

Nothing here is made per user and object.  A resource is known by the set of grant scopes
that cover it (`pset`), scopes that say the same are one (`cset` for now, `tset` with dates);
`scanner.audit.crowds` adds up the people.
Tables made, after `scanner.audit.principals`:

- `covered(pattern, rid)`: which pattern of a grant or of a log coverage covers which resource
- `grant_row(gid, pid, sid, sys, class, broad, granted_time, expiration_time, via, ...)`
- `reach(sid, member, path)`: whom a grant's principal, less its exceptions, stands for
- `pset(psid, pid)`, `standing(rid, psid, terms, profile, known)`: resources of one `terms`
  have the same readers at every time, those of one `profile` have them now
- `clause(cid, lid, sid, sys, class, broad, start, until, live, mask)`: what a grant says, without
  where; `lid` numbers what those in force say now.  `mask` has a bit for its class, and 16 for
  an Allow that is not made to everybody
- `tset(tsid, cids)`, `cset(csid, lids)`: what scopes say; `standing` lists those of a resource

Classes: 0 Allow yes, 1 Allow conditional, 2 Deny yes, 3 Deny conditional.  Within one system
the best Allow counts, a Deny "yes" takes it away and a conditional Deny makes a yes
conditional; of several systems the one that gives most counts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scanner import globs as patterns

if TYPE_CHECKING:
    import duckdb


def compute(con: duckdb.DuckDBPyConnection) -> None:
    """Make the tables above."""
    con.execute(_WORDS)
    match_patterns(con)
    con.execute(_SCOPES)
    con.execute(_SUBJECTS)
    _except_principals(con)
    con.execute(_REACH)
    con.execute(_GRANTS)
    con.execute(_CLAUSES)
    con.execute(_SETS)


def match_patterns(con: duckdb.DuckDBPyConnection) -> None:
    """Match every distinct pattern with every resource, by equality on parent folders.

    A coverage names a prefix, so `s3://bucket` covers what lies in the bucket as well.
    Patterns with a wildcard inside are tried on what lies below their fixed beginning.
    """
    con.execute(_ANCESTORS)
    texts = [text for (text,) in con.execute(_PATTERNS).fetchall()]
    shapes = [patterns.parts(text) for text in texts]
    kinds, heads = [kind for kind, _ in shapes], [head for _, head in shapes]
    anchors = [head[: head.rfind("/") + 1] for head in heads]
    likes = [
        patterns.like(text) if kind == "glob" else ""
        for kind, text in zip(kinds, texts, strict=True)
    ]
    con.execute(_PATTERN_TABLE, [texts, kinds, heads, anchors, likes])
    con.execute(_COVERED)
    for text, kind, anchor, like in zip(texts, kinds, anchors, likes, strict=True):
        if kind == "glob" and not like:
            con.execute(_GLOB, [text, anchor, patterns.regex(text)])
    con.execute("DROP TABLE pattern; DROP TABLE ancestor")


def _except_principals(con: duckdb.DuckDBPyConnection) -> None:
    """Exceptions that are globs, by the ids and other names that they match."""
    found = con.execute("SELECT DISTINCT unnest(except_principals) FROM grants").fetchall()
    for (text,) in found:
        if re.search(r"[*?]", text):
            con.execute(_GLOB_EXCEPTION, [text, patterns.regex(text)])


_WORDS = """
CREATE MACRO said(n) AS CASE n WHEN 2 THEN 'yes' WHEN 1 THEN 'conditional' ELSE 'no' END;
CREATE MACRO decide(m) AS CASE
  WHEN (m & 4) > 0 THEN 0 WHEN (m & 9) = 1 THEN 2 WHEN (m & 3) > 0 THEN 1 ELSE 0 END
"""

_ANCESTORS = """
CREATE TABLE ancestor AS
SELECT dir, unnest(list_append(list_transform(range(1, len(parts)),
  lambda i: array_to_string(parts[1:i], '/') || '/'), '')) AS anchor
FROM (SELECT DISTINCT dir, string_split(dir, '/') AS parts FROM resources)
"""

_PATTERNS = """
SELECT DISTINCT text FROM (
  SELECT resource AS text FROM grants
  UNION ALL SELECT unnest(except_resources) FROM grants
  UNION ALL SELECT unnest([resource, resource || '/']) FROM coverage
  UNION ALL SELECT unnest([resource, resource || '/']) FROM store_rule) ORDER BY text
"""

_PATTERN_TABLE = """
CREATE TABLE pattern AS
SELECT unnest(?::VARCHAR[]) AS text, unnest(?::VARCHAR[]) AS kind, unnest(?::VARCHAR[]) AS head,
  unnest(?::VARCHAR[]) AS anchor, unnest(?::VARCHAR[]) AS likeness
"""

_COVERED = r"""
CREATE TABLE covered AS
SELECT p.text AS pattern, r.rid FROM pattern p JOIN resources r ON r.resource = p.head
WHERE p.kind = 'exact'
UNION ALL
SELECT p.text, r.rid FROM pattern p JOIN ancestor a USING (anchor) JOIN resources r USING (dir)
WHERE p.kind = 'prefix' AND (p.head = p.anchor OR starts_with(r.resource, p.head))
UNION ALL
SELECT p.text, r.rid FROM pattern p JOIN ancestor a USING (anchor) JOIN resources r USING (dir)
WHERE p.kind = 'glob' AND p.likeness <> '' AND like_escape(r.resource, p.likeness, '\')
"""

_GLOB = """
INSERT INTO covered
SELECT $1, r.rid FROM ancestor a JOIN resources r USING (dir)
WHERE a.anchor = $2 AND regexp_full_match(r.resource, $3)
"""

_SCOPES = """
CREATE TABLE scope AS
SELECT (row_number() OVER (ORDER BY resource, except_resources))::INTEGER AS pid, resource,
  except_resources
FROM (SELECT DISTINCT resource, list_sort(except_resources) AS except_resources FROM grants);
CREATE TABLE scope_rid AS
WITH hole AS (
  SELECT s.pid, c.rid FROM (SELECT pid, unnest(except_resources) AS pattern FROM scope) s
  JOIN covered c USING (pattern))
SELECT s.pid, c.rid FROM scope s JOIN covered c ON c.pattern = s.resource
ANTI JOIN hole h ON h.pid = s.pid AND h.rid = c.rid
"""

_SUBJECTS = """
CREATE TABLE named_grant AS
SELECT DISTINCT g.* EXCLUDE (run, except_principals),
  list_sort(g.except_principals) AS except_principals,
  CASE WHEN g.principal_type = 'anonymous' THEN 0
    WHEN g.principal_type = 'public' THEN 1
    WHEN g.principal_type = 'all_staff' THEN 2 ELSE i.eid END AS eid
FROM grants g LEFT JOIN eid_of i ON i.name = g.principal;
CREATE TABLE subject AS
SELECT (row_number() OVER (ORDER BY eid, except_principals))::INTEGER AS sid, eid,
  except_principals
FROM (SELECT DISTINCT eid, except_principals FROM named_grant);
CREATE TABLE exception AS
SELECT s.sid, i.eid FROM (SELECT sid, unnest(except_principals) AS name FROM subject) s
JOIN eid_of i USING (name)
"""

_GLOB_EXCEPTION = """
INSERT INTO exception
SELECT DISTINCT s.sid, e.eid FROM subject s,
  (SELECT id AS name, eid FROM entity UNION FROM eid_of) e
WHERE list_contains(s.except_principals, $1) AND regexp_full_match(e.name, $2)
"""

_REACH = """
CREATE TABLE reach AS
WITH hole AS (
  SELECT x.sid, c.member FROM exception x JOIN closure c ON c.grp = x.eid
  UNION SELECT sid, eid FROM exception)
SELECT s.sid, c.member, c.path FROM subject s JOIN closure c ON c.grp = s.eid
ANTI JOIN hole h ON h.sid = s.sid AND h.member = c.member
"""

_GRANTS = """
CREATE TABLE grant_row AS
SELECT (row_number() OVER (ORDER BY p.pid, s.sid, g.system, g.via, g.effect, g.decision,
    g.privilege, g.granted_time, g.expiration_time))::INTEGER AS gid, p.pid, s.sid,
  dense_rank() OVER (ORDER BY g.system)::INTEGER AS sys,
  CASE WHEN g.decision = 'no' THEN NULL
    ELSE CASE g.effect WHEN 'Deny' THEN 2 ELSE 0 END
      + CASE g.decision WHEN 'yes' THEN 0 ELSE 1 END END::TINYINT AS class,
  CASE WHEN s.eid IN (0, 1) THEN 'public'
    WHEN s.eid = 2 OR s.eid IN (SELECT grp FROM closure WHERE member = 2 AND grp > 2)
    THEN 'all_staff' ELSE '' END AS audience,
  g.granted_time, g.expiration_time,
  (g.granted_time IS NULL OR g.granted_time <= now)
    AND (g.expiration_time IS NULL OR now < g.expiration_time) AS live,
  g.principal, g.principal_type, g.privilege, g.access_level, g.resource AS scope, g.effect,
  g.decision, g.via, g.system, g.granted_by, g.condition, g.purpose
FROM named_grant g JOIN subject s USING (eid, except_principals)
JOIN scope p ON p.resource = g.resource AND p.except_resources = list_sort(g.except_resources),
clock;
DROP TABLE named_grant
"""

_CLAUSES = """
CREATE TABLE said AS
SELECT DISTINCT pid, sys, class, sid, audience <> '' AS broad, granted_time AS start,
  expiration_time AS until, live
FROM grant_row WHERE class IS NOT NULL AND pid IN (SELECT pid FROM scope_rid);
CREATE TABLE clause AS
WITH dated AS (
  SELECT row_number() OVER (ORDER BY sid, sys, class, broad, start, until, live)::INTEGER AS cid, *
  FROM (SELECT DISTINCT sys, class, sid, broad, start, until, live FROM said))
SELECT *, CASE WHEN live THEN
  dense_rank() OVER (ORDER BY live, sid, sys, class, broad)::INTEGER END AS lid,
  (1::INTEGER << class::INTEGER) | CASE WHEN class < 2 AND NOT broad THEN 16 ELSE 0 END AS mask
FROM dated;
CREATE TABLE scope_clause AS
SELECT s.pid, c.cid, c.lid FROM said s
JOIN clause c ON c.sys = s.sys AND c.class = s.class AND c.sid = s.sid AND c.broad = s.broad
  AND c.live = s.live AND c.start IS NOT DISTINCT FROM s.start
  AND c.until IS NOT DISTINCT FROM s.until;
DROP TABLE said
"""

_SETS = """
CREATE TABLE scope_set AS
WITH lists AS (
  SELECT pid, list_sort(list(cid)) AS cids,
    coalesce(list_sort(list_distinct(list(lid))), []) AS lids
  FROM scope_clause GROUP BY pid)
SELECT pid, dense_rank() OVER (ORDER BY cids)::INTEGER AS tsid,
  dense_rank() OVER (ORDER BY lids)::INTEGER AS csid FROM lists;
CREATE TABLE standing AS
WITH lists AS (
  SELECT r.rid, coalesce(list_sort(list(p.pid) FILTER (p.pid IS NOT NULL)), []) AS pids,
    list_sort(list_distinct(list(s.tsid))) AS tsids,
    list_sort(list_distinct(list(s.csid))) AS csids
  FROM resources r LEFT JOIN scope_rid p USING (rid) LEFT JOIN scope_set s USING (pid)
  GROUP BY r.rid)
SELECT rid, dense_rank() OVER (ORDER BY pids)::INTEGER AS psid,
  dense_rank() OVER (ORDER BY tsids)::INTEGER AS terms,
  dense_rank() OVER (ORDER BY csids)::INTEGER AS profile, len(pids) > 0 AS known, tsids, csids
FROM lists;
CREATE TABLE pset AS
SELECT DISTINCT t.psid, p.pid FROM (
  SELECT psid, min(rid) AS rid FROM standing GROUP BY psid) t JOIN scope_rid p USING (rid);
CREATE TABLE tset AS
SELECT tsid, list_sort(list(cid)) AS cids FROM scope_clause
JOIN (SELECT tsid, min(pid) AS pid FROM scope_set GROUP BY tsid) USING (pid) GROUP BY tsid;
CREATE TABLE cset AS
SELECT csid, list_sort(list_distinct(list(lid))) AS lids FROM scope_clause
JOIN (SELECT csid, min(pid) AS pid FROM scope_set GROUP BY csid) USING (pid)
WHERE lid IS NOT NULL GROUP BY csid
"""
