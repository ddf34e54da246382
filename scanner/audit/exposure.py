"""Who could read: every resource's grants, and the readers they add up to.

Nothing here is made per user and object.  A resource is known by the set of grant scopes
that cover it (`pset`), scopes that say the same are one (`cset` for now, `tset` with dates),
and a set of people is one bit string, one bit for each `entity`.
Tables made, after `scanner.audit.principals`:

- `covered(pattern, rid)`: which pattern of a grant or of a log coverage covers which resource
- `grant_row(gid, pid, sid, sys, class, broad, granted_time, expiration_time, via, ...)`
- `reach(sid, member, path)`: whom a grant's principal, less its exceptions, stands for
- `pset(psid, pid)`, `standing(rid, psid, terms, profile, known)`: resources of one `terms`
  have the same readers at every time, those of one `profile` have them now
- `terms_clause(terms, sid, sys, start, until, mask)`: a bit for each class of grant, and 16
  for an Allow that is not made to everybody
- `profile_bits(profile, yes, cond, named)`, `profile_access(profile, public, all_staff, ...)`

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
    match_patterns(con)
    con.execute(_SCOPES)
    con.execute(_SUBJECTS)
    _except_principals(con)
    con.execute(_REACH)
    con.execute(_GRANTS)
    con.execute(_CLAUSES)
    con.execute(_SETS)
    size = con.execute("SELECT count(*) FROM entity").fetchall()[0][0]
    con.execute(_BITS.replace("$n", str(size)))
    con.execute(_PROFILES)
    con.execute(_ACCESS)


def match_patterns(con: duckdb.DuckDBPyConnection) -> None:
    """Match every distinct pattern with every resource, by equality on parent folders.

    A coverage names a prefix, so `s3://bucket` covers what lies in the bucket as well.
    Only patterns with a wildcard inside are tried one by one.
    """
    con.execute(_ANCESTORS)
    texts = [text for (text,) in con.execute(_PATTERNS).fetchall()]
    shapes = [patterns.parts(text) for text in texts]
    kinds, heads = [kind for kind, _ in shapes], [head for _, head in shapes]
    anchors = [head[: head.rfind("/") + 1] for head in heads]
    con.execute(_PATTERN_TABLE, [texts, kinds, heads, anchors])
    con.execute(_COVERED)
    for text, (kind, _), anchor in zip(texts, shapes, anchors, strict=True):
        if kind == "glob":
            con.execute(_GLOB, [text, anchor, patterns.regex(text)])
    con.execute("DROP TABLE pattern; DROP TABLE ancestor")


def _except_principals(con: duckdb.DuckDBPyConnection) -> None:
    """Exceptions that are globs, by the ids they match."""
    found = con.execute("SELECT DISTINCT unnest(except_principals) FROM grants").fetchall()
    for (text,) in found:
        if re.search(r"[*?]", text):
            con.execute(_GLOB_EXCEPTION, [text, patterns.regex(text)])


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
  UNION ALL SELECT unnest([resource, resource || '/']) FROM coverage) ORDER BY text
"""

_PATTERN_TABLE = """
CREATE TABLE pattern AS
SELECT unnest(?::VARCHAR[]) AS text, unnest(?::VARCHAR[]) AS kind, unnest(?::VARCHAR[]) AS head,
  unnest(?::VARCHAR[]) AS anchor
"""

_COVERED = """
CREATE TABLE covered AS
SELECT p.text AS pattern, r.rid FROM pattern p JOIN resources r ON r.resource = p.head
WHERE p.kind = 'exact'
UNION ALL
SELECT p.text, r.rid FROM pattern p JOIN ancestor a USING (anchor) JOIN resources r USING (dir)
WHERE p.kind = 'prefix' AND (p.head = p.anchor OR starts_with(r.resource, p.head))
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
SELECT s.sid, e.eid FROM subject s, entity e
WHERE list_contains(s.except_principals, $1) AND regexp_full_match(e.id, $2)
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
CREATE TABLE scope_clause AS
WITH said AS (
  SELECT DISTINCT pid, sys, class, sid, audience <> '' AS broad, granted_time AS start,
    expiration_time AS until, live
  FROM grant_row WHERE class IS NOT NULL AND pid IN (SELECT pid FROM scope_rid)),
clause AS (
  SELECT row_number() OVER (ORDER BY sid, sys, class, broad, start, until, live) AS cid, * FROM (
    SELECT DISTINCT sys, class, sid, broad, start, until, live FROM said)),
standing_now AS (
  SELECT row_number() OVER (ORDER BY sid, sys, class, broad) AS lid, * FROM (
    SELECT DISTINCT sys, class, sid, broad FROM said WHERE live))
SELECT s.pid, c.*, n.lid FROM said s
JOIN clause c ON c.sys = s.sys AND c.class = s.class AND c.sid = s.sid AND c.broad = s.broad
  AND c.live = s.live AND c.start IS NOT DISTINCT FROM s.start
  AND c.until IS NOT DISTINCT FROM s.until
LEFT JOIN standing_now n ON s.live AND n.sys = s.sys AND n.class = s.class AND n.sid = s.sid
  AND n.broad = s.broad
"""

_SETS = """
CREATE TABLE scope_set AS
WITH lists AS (
  SELECT pid, list_sort(list(DISTINCT cid)) AS cids,
    coalesce(list_sort(list(DISTINCT lid) FILTER (live)), []) AS lids
  FROM scope_clause GROUP BY pid)
SELECT pid, dense_rank() OVER (ORDER BY cids)::INTEGER AS tsid,
  dense_rank() OVER (ORDER BY lids)::INTEGER AS csid FROM lists;
CREATE TABLE standing AS
WITH lists AS (
  SELECT r.rid, coalesce(list_sort(list(p.pid) FILTER (p.pid IS NOT NULL)), []) AS pids,
    coalesce(list_sort(list(DISTINCT s.tsid) FILTER (s.pid IS NOT NULL)), []) AS tsids,
    coalesce(list_sort(list(DISTINCT s.csid) FILTER (s.pid IS NOT NULL)), []) AS csids
  FROM resources r LEFT JOIN scope_rid p USING (rid) LEFT JOIN scope_set s USING (pid)
  GROUP BY r.rid)
SELECT rid, dense_rank() OVER (ORDER BY pids)::INTEGER AS psid,
  dense_rank() OVER (ORDER BY tsids)::INTEGER AS terms,
  dense_rank() OVER (ORDER BY csids)::INTEGER AS profile, len(pids) > 0 AS known, tsids, csids
FROM lists;
CREATE TABLE pset AS
SELECT DISTINCT t.psid, p.pid FROM (
  SELECT psid, min(rid) AS rid FROM standing GROUP BY psid) t JOIN scope_rid p USING (rid);
CREATE TABLE terms_clause AS
WITH member AS (SELECT DISTINCT terms, unnest(tsids) AS tsid FROM standing),
set_clause AS (
  SELECT DISTINCT s.tsid, c.sid, c.sys, c.start, c.until,
    (1::INTEGER << c.class::INTEGER) | CASE WHEN c.class < 2 AND NOT c.broad THEN 16 ELSE 0 END
      AS mask
  FROM (SELECT tsid, min(pid) AS pid FROM scope_set GROUP BY tsid) s
  JOIN scope_clause c USING (pid))
SELECT m.terms, c.sid, c.sys, c.start, c.until, bit_or(c.mask) AS mask
FROM member m JOIN set_clause c USING (tsid) GROUP BY ALL
"""

_BITS = """
CREATE TABLE everybit AS
SELECT bitstring('0', $n) AS zero,
  bitstring_agg(eid, 0, $n - 1) FILTER (person) AS persons,
  bitstring_agg(eid, 0, $n - 1) FILTER (eid < 3 OR eid NOT IN (SELECT grp FROM edge)) AS leaves
FROM entity;
CREATE TABLE subject_bits AS
SELECT sid, bitstring_agg(member, 0, $n - 1) AS bits FROM reach
WHERE sid IN (SELECT sid FROM scope_clause WHERE live) GROUP BY sid;
CREATE TABLE cset_bits AS
WITH clause AS (
  SELECT DISTINCT s.csid, c.sys, c.class, c.broad, c.sid
  FROM (SELECT csid, min(pid) AS pid FROM scope_set GROUP BY csid) s
  JOIN scope_clause c USING (pid) WHERE c.live)
SELECT csid, sys, bit_or(bits) FILTER (class = 0) AS allow,
  bit_or(bits) FILTER (class = 1) AS maybe,
  bit_or(bits) FILTER (class = 2) AS deny, bit_or(bits) FILTER (class = 3) AS unsure,
  bit_or(bits) FILTER (class < 2 AND NOT broad) AS named
FROM clause JOIN subject_bits USING (sid) GROUP BY csid, sys
"""

_PROFILES = """
CREATE TABLE profile_bits AS
WITH member AS (
  SELECT DISTINCT profile, unnest(csids) AS csid FROM standing),
added AS (
  SELECT m.profile, c.sys, coalesce(bit_or(allow), any_value(zero)) AS allow,
    coalesce(bit_or(maybe), any_value(zero)) AS maybe,
    coalesce(bit_or(deny), any_value(zero)) AS deny,
    coalesce(bit_or(unsure), any_value(zero)) AS unsure, bit_or(named) AS named
  FROM member m JOIN cset_bits c USING (csid), everybit GROUP BY m.profile, c.sys),
decided AS (
  SELECT profile, allow & ~deny & ~unsure AS yes, (allow | maybe) & ~deny AS any, named FROM added)
SELECT d.profile, bit_or(yes) & any_value(leaves) AS yes,
  bit_or("any") & ~bit_or(yes) & any_value(leaves) AS cond,
  bit_or("any") & coalesce(bit_or(named), any_value(zero)) & any_value(leaves) AS named
FROM decided d, everybit GROUP BY d.profile
UNION ALL
SELECT DISTINCT s.profile, zero, zero, zero FROM standing s, everybit
WHERE NOT EXISTS (SELECT 1 FROM member m JOIN cset_bits USING (csid) WHERE m.profile = s.profile)
"""

_ACCESS = """
CREATE TABLE profile_access AS
SELECT profile,
  CASE WHEN bit_count(yes) > 0 THEN 'yes' WHEN bit_count(cond) > 0 THEN 'conditional'
    ELSE 'no' END AS decision,
  CASE WHEN get_bit(yes, 0) + get_bit(yes, 1) > 0 THEN 'yes'
    WHEN get_bit(cond, 0) + get_bit(cond, 1) > 0 THEN 'conditional' ELSE 'no' END AS "public",
  CASE WHEN get_bit(yes, 2) = 1 THEN 'yes' WHEN get_bit(cond, 2) = 1 THEN 'conditional'
    ELSE 'no' END AS all_staff,
  bit_count(yes & coalesce(persons, zero)) AS people,
  bit_count(cond & coalesce(persons, zero)) AS people_conditional
FROM profile_bits, everybit
"""
