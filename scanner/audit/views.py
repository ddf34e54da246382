"""The views that checks and `query` use: documented, with names instead of numbers.

Besides the ledger's own tables (`grants, events, principals, memberships, aliases, objects,
findings, inputs, coverage`):

`effective_read` - one row a resource: `rid, resource, store, owner, landed, findings,
  sensitive, known, decision, public, all_staff, people, people_conditional`.  `known` is
  false when no grant speaks about it; the three decisions are 'yes', 'conditional', 'no'.
`object_grants` - the grants that cover a resource: `rid, resource, sensitive, scope` (the
  grant's own pattern)`, principal, principal_type, audience` ('public', 'all_staff' or '')`,
  effect, decision, live` (in force now)`, granted_time, expiration_time, via, system,
  access_level, privilege, condition, purpose, granted_by`.
`exposures` - when a resource was open to everybody: `rid, resource, sensitive, audience,
  decision, start, until` (until is exclusive, either may be infinite).
`reads` - successful reads: `rid, resource, store, sensitive, landed, principal, name, type,
  department, time, bytes_out, decision` (the reader's right then)`, explained, own` (by a grant
  not made to everybody)`, exposed` (was it open to everybody then)`, after_landing, known`.
`readers` - the same by reader, less to go through: `rid, resource, store, sensitive, principal,
  department, reads, first_read, last_read, bytes_out, explained, after` (reads after landing)`,
  first_after`.
`object_readers` - who could read a resource now: `rid, resource, principal, name, type,
  department, decision`.  Ask it for some resources, not for all.
`grants_made` - one row a grant that covers any resource, less to go through than
  `object_grants`: its columns, and `resource` (the first it covers)`, objects` (how many)`,
  sensitive` (any of them)`, who` (the principal by its directory id)`, type, person, listed,
  gone, used` (did any of those it stands for read anything it covers)`, complete` (were all of
  them logged from landing to now)`, redundant` (another grant to the same says all of it)`,
  depth, deep` (the longest way through nested groups, and how many people need three or more).
`people` - everybody named anywhere: `principal, name, type, department, status, country,
  started, ended, gone, manager, listed, person, staff, training, people_team, outsider`.
`managers` - `principal, boss`, through all levels.
`special_readers` - `rid, resource, store, sensitive, crowd` ('outsider', 'gone', 'training',
  'people_team')`, decision, people, first`: who of them can read now.
`excess_readers` - sensitive resources with complete logs: `rid, resource, store, could, unused`.
`captured` - records by whom and what they are about: `rid, resource, store, person, listed,
  country, application, time, last` (of records of one minute)`, records` (how many).  Of inputs
  that were not looked at record by record, those with findings.
`concerned` - `rid, resource, principal`: the people whom findings in a resource concern.
`asked` - pauses, exemptions, withdrawals: `person, kind, start, until`.
`allowed` - the policy's lists as regular expressions: `kind, pattern`.
`limits` - one row, `max_readers, history_days`.
`store_facts` - what the policy says of a resource: `rid, resource, store, sensitive, landed,
  encrypted, read_logging, retention_days, masked_as`.
`refused` - refused reads by those who read in the end: `rid, resource, store, principal, eid,
  first, last, times`.
`copies` - values that stand in several stores: `fingerprint, original_rid, original, rid,
  resource, store`.
`strangers` - who read a copy and cannot read the original: `rid, resource, store, principal,
  original`.
`credential_opens` - `fingerprint, principal, resources` (how many its owner can read).
`credential_use` - found credentials used after they landed: `fingerprint, actor, first, last,
  times`.
`found_in` - `fingerprint, category, rid, resource, store, landed`.
`closure_names` - `member, "group", depth, path` for the groups that grants speak of.
`read_coverage` - `rid, resource, state` ('read', 'not read', 'unknown')`, complete`.
`finding_about` - one row a finding: `id, rule_id, category, severity, confidence, uri, record,
  field, subject, session, application, "window", time` (as its record says), and of the person
  whom the record is about, where the directory knows them, `principal, name, department,
  manager`.
`clock` - one row, `now`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def create(con: duckdb.DuckDBPyConnection) -> None:
    """Make the views; the tables of `scanner.audit.reads` must be there."""
    for name, body in _VIEWS.items():
        con.execute(f"CREATE VIEW {name} AS {body}")


_VIEWS = {
    "finding_about": """
SELECT f.id, f.rule_id, f.category, f.severity, f.confidence, f.uri, f.record, f.field, f.subject,
  f.about_session AS "session", f.about_application AS application, f.about_window AS "window",
  f.about_time AS "time", s.principal, p.name, p.department, p.manager
FROM findings f LEFT JOIN subject_of s ON s.subject = f.subject
LEFT JOIN (SELECT id, min(name) AS name, min(department) AS department, min(manager) AS manager
  FROM principals GROUP BY id) p ON p.id = s.principal""",
    "effective_read": """
SELECT r.rid, r.resource, r.store, r.owner, r.landed, r.findings, r.sensitive, s.known,
  a.decision, a."public", a.all_staff, a.people, a.people_conditional
FROM resources r JOIN standing s USING (rid) JOIN profile_access a USING (profile)""",
    "object_grants": """
SELECT r.rid, r.resource, r.store, r.sensitive, g.scope, g.principal, g.principal_type, g.audience,
  g.effect, g.decision, g.live, g.granted_time, g.expiration_time, g.via, g.system,
  g.access_level, g.privilege, g.condition, g.purpose, g.granted_by
FROM grant_row g JOIN scope_rid p USING (pid) JOIN resources r USING (rid)""",
    "exposures": """
SELECT r.rid, r.resource, r.sensitive, x.audience, said(x.decision) AS decision, x.start, x.until
FROM exposure x JOIN standing s USING (terms) JOIN resources r USING (rid)""",
    "reads": """
SELECT d.rid, r.resource, r.store, r.sensitive, r.landed, e.id AS principal, e.name, e.type,
  e.department, d.time, d.bytes_out, said(d.right_) AS decision,
  d.right_ > 0 OR NOT s.known AS explained, d.own, said(d.exposed) AS exposed,
  d.after AS after_landing, s.known
FROM reading d JOIN resources r USING (rid) JOIN standing s USING (rid)
JOIN entity e USING (eid)""",
    "readers": """
SELECT t.rid, r.resource, r.store, r.sensitive, e.id AS principal, e.department, t.reads,
  t.first_read, t.last_read, t.bytes_out, t.explained, t.after, t.first_after
FROM reader_stats t JOIN resources r USING (rid) JOIN entity e USING (eid)""",
    "object_readers": """
SELECT rid, resource, principal, name, type, department, said(max(rank)) AS decision FROM (
  SELECT r.rid, r.resource, e.id AS principal, e.name, e.type, e.department,
    decide(bit_or(c.mask)) AS rank
  FROM resources r JOIN standing s USING (rid), unnest(s.csids) u(csid)
  JOIN cset k USING (csid), unnest(k.lids) v(lid)
  JOIN (SELECT DISTINCT lid, sid, sys, mask FROM clause WHERE live) c USING (lid)
  JOIN reach h ON h.sid = c.sid JOIN entity e ON e.eid = h.member
  WHERE e.eid < 3 OR e.eid NOT IN (SELECT grp FROM edge)
  GROUP BY r.rid, r.resource, e.id, e.name, e.type, e.department, c.sys)
GROUP BY ALL HAVING max(rank) > 0""",
    "grants_made": """
WITH reach_of AS (
  SELECT pid, arg_min(r.resource, r.rid) AS resource, count(*) AS objects,
    bool_or(r.sensitive) AS sensitive, bool_and(c.complete) AS complete
  FROM scope_rid JOIN resources r USING (rid) JOIN read_state c USING (rid) GROUP BY pid),
nested AS (
  SELECT grp AS eid, max(depth) AS depth,
    count(*) FILTER (depth > 2 AND e.person) AS deep
  FROM closure c JOIN entity e ON e.eid = c.member WHERE c.member > 2 GROUP BY grp)
SELECT g.gid, g.scope, o.resource, o.objects, o.sensitive, o.complete, g.principal,
  g.principal_type, g.audience, g.effect, g.decision, g.live, g.granted_time, g.expiration_time,
  g.via, g.system, g.access_level, g.privilege, g.condition, g.purpose, g.granted_by,
  e.id AS who, e.type, e.person, e.listed, coalesce(t.gone, false) AS gone,
  coalesce(t.outsider, false) AS outsider, u.pid IS NOT NULL AS used,
  d.gid IS NOT NULL AS redundant, coalesce(n.depth, 0) AS depth, coalesce(n.deep, 0) AS deep
FROM grant_row g JOIN reach_of o USING (pid) JOIN subject s USING (sid) JOIN entity e USING (eid)
LEFT JOIN trait t USING (eid) LEFT JOIN used_scope u ON u.pid = g.pid AND u.sid = g.sid
LEFT JOIN redundant d USING (gid) LEFT JOIN nested n ON n.eid = s.eid AND s.eid > 2""",
    "people": """
SELECT e.id AS principal, e.name, e.type, e.department, e.status, t.country, t.started, t.ended,
  t.gone, m.id AS manager, e.listed, e.person, e.staff, t.training, t.people_team, t.outsider
FROM entity e JOIN trait t USING (eid) LEFT JOIN entity m ON m.eid = t.manager""",
    "managers": """
SELECT e.id AS principal, b.id AS boss
FROM chain c JOIN entity e USING (eid) JOIN entity b ON b.eid = c.boss""",
    "special_readers": """
SELECT r.rid, r.resource, r.store, r.sensitive, p.crowd, p.decision, p.people, p.first
FROM special p JOIN standing s USING (profile) JOIN resources r USING (rid)""",
    "excess_readers": """
SELECT r.rid, r.resource, r.store, x.could, x.unused FROM excess x JOIN resources r USING (rid)""",
    "captured": """
SELECT c.rid, r.resource, r.store, c.person, coalesce(e.listed, false) AS listed,
  coalesce(t.country, '') AS country, c.application, c.time, c.last, c.records
FROM capture c JOIN resources r USING (rid) LEFT JOIN entity e USING (eid)
LEFT JOIN trait t USING (eid)""",
    "concerned": """
SELECT r.rid, r.resource, e.id AS principal
FROM concerns c JOIN resources r USING (rid) JOIN entity e USING (eid)""",
    "store_facts": """
SELECT r.rid, r.resource, r.store, r.sensitive, r.landed, f.encrypted, f.read_logging,
  f.retention_days, f.masked_as
FROM (
  SELECT c.rid, bool_and(s.encrypted) AS encrypted, bool_and(s.read_logging) AS read_logging,
    min(s.retention_days) AS retention_days, max(s.masked_as) AS masked_as
  FROM store_rule s JOIN covered c ON c.pattern IN (s.resource, s.resource || '/') GROUP BY c.rid
) f JOIN resources r USING (rid)""",
    "refused": """
SELECT r.rid, r.resource, r.store, e.id AS principal, d.first, d.last, d.times
FROM denied d JOIN resources r USING (rid) JOIN entity e USING (eid)""",
    "copies": """
SELECT c.fingerprint, o.rid AS original_rid, o.resource AS original, r.rid, r.resource, r.store
FROM copied c JOIN resources o ON o.rid = c.original JOIN resources r ON r.rid = c.rid""",
    "strangers": """
SELECT r.rid, r.resource, r.store, e.id AS principal, o.resource AS original
FROM stranger s JOIN resources r USING (rid) JOIN resources o ON o.rid = s.original
JOIN entity e USING (eid)""",
    "credential_opens": """
SELECT o.fingerprint, e.id AS principal, o.resources
FROM opens o JOIN entity e USING (eid)""",
    "found_in": """
SELECT DISTINCT f.fingerprint, f.category, r.rid, r.resource, r.store, r.landed
FROM findings f JOIN uri_resource u USING (uri) JOIN resources r USING (rid)""",
    "closure_names": """
SELECT m.id AS member, g.id AS "group", c.depth, c.path
FROM closure c JOIN entity m ON m.eid = c.member JOIN entity g ON g.eid = c.grp
WHERE c.depth > 0 AND c.member > 2""",
    "read_coverage": """
SELECT r.rid, r.resource, r.sensitive, s.state, s.complete
FROM read_state s JOIN resources r USING (rid)""",
}

NAMES = (*_VIEWS, "clock", "allowed", "limits", "asked", "credential_use")
"""The documented views, besides the ledger's tables."""
