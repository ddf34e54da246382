"""Who is who: names of grants and logs resolved, and groups closed over their members.

Works on the views of `scanner.ledger.views`; makes these tables for the rooms that follow:

- `clock(now)`
- `resources(rid, resource, dir, store, owner, landed, findings, sensitive)`: what is audited,
  every stored object, and every scanned input with findings that no store claims
- `uri_resource(uri, rid)`
- `who(wid, actor, session)`: the names by which logs call those who read resources
- `read_log(n, rid, wid, time, bytes_out)`: successful reads of those, an event once
- `refused_log(rid, wid, time)`: their refused reads of sensitive resources
- `entity(eid, id, name, type, department, status, listed, person, staff)`: everybody named
  anywhere; `listed` in the directory.  Three stand for people nobody lists:
  0 a caller without an identity, 1 one with an identity from elsewhere, 2 any employee
- `known_name(name, id)`: every name that means exactly one principal; one that means several
  stays a name of its own
- `eid_of(name, eid)`: ids and known names; `anonymous` in grants and logs is entity 0
- `edge(member, grp)`, `closure(member, grp, depth, path)`: members of the groups that grants
  speak of, direct and nested, with the shortest way (`analysts > all-staff`).  Everybody is
  a member of 1, every employee of 2; all-staff groups, and groups that hold one at any depth,
  have 2 as a member.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from scanner.model import Confidence

if TYPE_CHECKING:
    import duckdb

ANONYMOUS, OUTSIDER, STAFF = 0, 1, 2
BROAD_TYPES = ("public", "anonymous", "all_staff")
GONE = (
    "inactive", "disabled", "deactivated", "deprovisioned", "suspended", "terminated", "left",
    "leaver", "former", "departed", "offboarded", "deleted", "removed", "ended", "locked",
    "blocked", "false", "no",
)  # fmt: skip
"""Directory statuses, in lower case, of people who no longer take part; any other does."""


def prepare(con: duckdb.DuckDBPyConnection, now: datetime, sensitive: Confidence) -> None:
    """Make `clock`, `resources` and `read_log`; `sensitive` is the confidence that counts."""
    con.execute("CREATE TABLE clock AS SELECT ?::TIMESTAMPTZ AS now", [now.isoformat()])
    enough = [c.value for c in Confidence if c.at_least(sensitive)]
    con.execute(_STORED)
    (runs,) = con.execute("SELECT count(DISTINCT run) FROM findings").fetchall()[0]
    con.execute(_SENSITIVE.format("DISTINCT f.id" if runs > 1 else "*"), [enough])
    con.execute(_RESOURCES)
    con.execute(_READS)


def resources_of(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, ...]]:
    """By uri, as findings have it: the numbers of the resources it stands for."""
    rows = con.execute("SELECT uri, list(rid) FROM uri_resource GROUP BY uri").fetchall()
    return {uri: tuple(rids) for uri, rids in rows}


def resolve(con: duckdb.DuckDBPyConnection, all_staff_groups: Sequence[str]) -> None:
    """Make `entity`, `known_name`, `edge` and `closure`."""
    con.execute(_NAMES)
    con.execute(_MENTIONS)
    con.execute(_ENTITIES, [list(GONE)])
    con.execute(_IDS)
    con.execute(_EDGES)
    con.execute(_PERSONS)
    con.execute(_TARGETS, [list(all_staff_groups)])
    con.execute(_START)
    depth = 1
    while con.execute(_STEP, [depth]).fetchall()[0][0]:
        depth += 1
    con.execute(_ALL_STAFF, [list(all_staff_groups)])
    con.execute(_EVERYBODY)


_STORED = """
CREATE TABLE given AS
SELECT resource, store, owner, landed, uri FROM objects
UNION ALL
SELECT DISTINCT f.uri, '', '', NULL::TIMESTAMPTZ, f.uri
FROM findings f ANTI JOIN objects o ON o.uri = f.uri;
CREATE TABLE stored AS
SELECT (row_number() OVER (ORDER BY resource) - 1)::INTEGER AS rid, resource,
  regexp_extract(resource, '(?s)^.*/') AS dir,
  min(store) AS store, min(owner) AS owner, min(landed) AS landed
FROM given GROUP BY resource;
CREATE TABLE uri_resource AS
SELECT DISTINCT g.uri, s.rid FROM given g JOIN stored s USING (resource);
DROP TABLE given
"""

_SENSITIVE = """
CREATE TABLE found_in AS
SELECT u.rid, count({}) AS findings,
  bool_or(list_contains(?::VARCHAR[], f.confidence)) AS sensitive
FROM findings f JOIN uri_resource u USING (uri) GROUP BY u.rid
"""

_RESOURCES = """
CREATE TABLE resources AS
WITH written AS (
  SELECT s.rid, min(e.time) AS time FROM events e JOIN stored s USING (resource)
  WHERE e.activity = 'Write' AND e.status = 'Success' AND s.landed IS NULL GROUP BY s.rid)
SELECT s.rid, s.resource, s.dir, s.store, s.owner, coalesce(s.landed, w.time) AS landed,
  coalesce(f.findings, 0) AS findings, coalesce(f.sensitive, false) AS sensitive
FROM stored s LEFT JOIN written w USING (rid) LEFT JOIN found_in f USING (rid);
DROP TABLE stored; DROP TABLE found_in
"""

# Events are read once, into numbers: ids and names would not fit in memory.  An event is known
# by the hash of its id, among those of one reader and resource.
_READS = """
CREATE TABLE tried AS
SELECT r.rid, hash(e.actor, e.session) AS name, e.time, e.bytes_out, e.status = 'Success' AS ok,
  CASE WHEN e.event_id <> '' THEN hash(e.event_id)
    ELSE hash(concat_ws('|', e.log_source, e.raw_file, e.raw_offset)) END AS event
FROM events e JOIN resources r USING (resource)
WHERE e.activity = 'Read' AND e.status IN ('Success', 'Failure');
CREATE TABLE who AS
SELECT (row_number() OVER () - 1)::INTEGER AS wid, * FROM (
  SELECT hash(actor, session) AS n, any_value(actor) AS actor, any_value(session) AS session
  FROM events WHERE activity = 'Read' AND status = 'Success' GROUP BY n)
WHERE n IN (SELECT name FROM tried WHERE ok);
CREATE TABLE read_log AS
SELECT (row_number() OVER () - 1)::INTEGER AS n, rid, wid, time, bytes_out FROM (
  SELECT t.rid, w.wid, min(t.time) AS time, max(t.bytes_out) AS bytes_out
  FROM tried t JOIN who w ON w.n = t.name WHERE t.ok GROUP BY t.rid, w.wid, t.event);
CREATE TABLE refused_log AS
SELECT t.rid, w.wid, t.time FROM tried t JOIN who w ON w.n = t.name JOIN resources r USING (rid)
WHERE NOT t.ok AND r.sensitive;
DROP TABLE tried;
ALTER TABLE who DROP n
"""

# E-mail addresses are one in any case (`scanner.people.identity.fold`): of every name that the
# data uses, the spelling it uses is known as well.
_NAMES = """
CREATE MACRO fold(name) AS CASE WHEN contains(name, '@') AND NOT contains(name, ':')
  AND NOT contains(name, '/') THEN lower(trim(name)) ELSE name END;
CREATE TABLE known_name AS
WITH other AS (
  SELECT fold(alias) AS name, principal AS id FROM aliases
  UNION SELECT fold(unnest(aliases)), id FROM principals
  UNION SELECT fold(id), id FROM principals WHERE fold(id) <> id)
SELECT DISTINCT id AS name, id FROM principals
UNION ALL
SELECT o.name, min(o.id) FROM other o ANTI JOIN principals p ON p.id = o.name
GROUP BY o.name HAVING count(*) = 1;
INSERT INTO known_name
SELECT s.name, k.id FROM (
  SELECT principal AS name FROM grants UNION SELECT unnest(except_principals) FROM grants
  UNION SELECT member FROM memberships UNION SELECT "group" FROM memberships
  UNION SELECT actor FROM who UNION SELECT session FROM who
  UNION SELECT manager FROM principals) s
JOIN known_name k ON k.name = fold(s.name) WHERE s.name <> fold(s.name)
  AND s.name NOT IN (SELECT name FROM known_name)
"""

_MENTIONS = f"""
CREATE TABLE mention AS
WITH said AS (
  SELECT member AS name, '' AS type, 2 AS trust FROM memberships
  UNION SELECT "group", 'group', 1 FROM memberships
  UNION SELECT principal, principal_type, 2 FROM grants
    WHERE principal_type NOT IN {BROAD_TYPES}
  UNION SELECT unnest(except_principals), '', 2 FROM grants
  UNION SELECT actor, CASE
      WHEN regexp_matches(actor, '^arn:[a-z-]+:(iam|sts)::[0-9]*:(role|assumed-role)/') THEN 'role'
      WHEN regexp_matches(actor, '^(account-key|sas):') THEN 'key'
      WHEN regexp_full_match(actor, '[0-9]{{12}}') THEN 'account'
      WHEN regexp_matches(actor, '[.](amazonaws|gserviceaccount)[.]com$') THEN 'service'
      ELSE '' END, 3 FROM who
  UNION SELECT id, type, 0 FROM principals)
SELECT coalesce(k.id, s.name) AS id,
  coalesce(arg_min(s.type, (s.trust, s.type)) FILTER (s.type NOT IN ('', 'unknown')), 'unknown')
    AS type
FROM said s LEFT JOIN known_name k ON k.name = s.name
WHERE s.trust = 0 OR s.name <> 'anonymous' GROUP BY 1
"""  # noqa: S608 - our own constants

_ENTITIES = """
CREATE TABLE entity AS
WITH listing AS (
  SELECT DISTINCT ON (id) id, name, department, status, ended FROM principals
  ORDER BY id, status, name, department)
SELECT (row_number() OVER (ORDER BY m.id) + 2)::INTEGER AS eid, m.id, coalesce(p.name, '') AS name,
  m.type, coalesce(p.department, '') AS department, coalesce(p.status, '') AS status,
  p.id IS NOT NULL AS listed, m.type IN ('user', 'unknown') AND m.id <> '*' AS person,
  p.id IS NOT NULL AND m.type = 'user' AND NOT list_contains(?::VARCHAR[], lower(p.status))
    AND coalesce(p.ended > now, true) AS staff
FROM mention m LEFT JOIN listing p USING (id), clock
UNION ALL VALUES
  (0, 'anonymous', 'callers without an identity', 'anonymous', '', '', false, false, false),
  (1, '*', 'everyone', 'public', '', '', false, false, false),
  (2, 'all staff', 'all staff', 'all_staff', '', '', false, false, false)
"""

_IDS = """
CREATE TABLE eid_of AS
SELECT id AS name, eid FROM entity WHERE eid > 2
UNION
SELECT k.name, e.eid FROM known_name k JOIN entity e ON e.id = k.id AND e.eid > 2;
INSERT INTO eid_of SELECT 'anonymous', 0
WHERE NOT EXISTS (FROM eid_of WHERE name = 'anonymous')
"""

_EDGES = """
CREATE TABLE edge AS
SELECT DISTINCT m.eid AS member, g.eid AS grp
FROM memberships s JOIN eid_of m ON m.name = s.member JOIN eid_of g ON g.name = s."group"
"""

_PERSONS = "UPDATE entity SET person = false WHERE eid IN (SELECT grp FROM edge)"

_TARGETS = """
CREATE TABLE target AS
SELECT DISTINCT i.eid FROM eid_of i JOIN (
  SELECT principal AS name FROM grants
  UNION SELECT unnest(except_principals) FROM grants
  UNION SELECT unnest(?::VARCHAR[])) USING (name)
"""

_START = """
CREATE TABLE closure AS
SELECT eid AS member, eid AS grp, 0 AS depth, '' AS path FROM target;
DROP TABLE target
"""

_STEP = """
INSERT INTO closure
SELECT e.member, c.grp, $1::INTEGER, arg_min(
  coalesce(nullif(g.name, ''), g.id) || CASE WHEN c.path = '' THEN '' ELSE ' > ' || c.path END,
  e.grp)
FROM closure c JOIN edge e ON e.grp = c.member JOIN entity g ON g.eid = e.grp
ANTI JOIN closure seen ON seen.member = e.member AND seen.grp = c.grp
WHERE c.depth = $1 - 1
GROUP BY e.member, c.grp
"""

_ALL_STAFF = """
INSERT INTO closure
WITH size AS (SELECT count(*) AS staff FROM entity WHERE staff),
held AS (
  SELECT c.grp, count(*) FILTER (e.staff) AS staff FROM closure c JOIN entity e ON e.eid = c.member
  WHERE c.grp IN (SELECT grp FROM edge) GROUP BY c.grp),
whole AS (
  SELECT g.eid, coalesce(nullif(g.name, ''), g.id) AS name
  FROM entity g LEFT JOIN held h ON h.grp = g.eid, size
  WHERE g.eid > 2 AND (
    g.type = 'all_staff' OR g.eid IN (SELECT eid FROM eid_of WHERE list_contains(?, name))
    OR (size.staff > 0 AND h.staff = size.staff)))
SELECT 2, c.grp, min(c.depth) + 1, arg_min(
  w.name || CASE WHEN c.path = '' THEN '' ELSE ' > ' || c.path END, (c.depth, w.eid))
FROM whole w JOIN closure c ON c.member = w.eid
GROUP BY c.grp
"""

_EVERYBODY = """
INSERT INTO closure
SELECT 0, 0, 0, '' UNION ALL SELECT eid, 1, 0, '' FROM entity
UNION ALL SELECT eid, 2, 0, '' FROM entity WHERE staff OR eid = 2
"""
