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
`object_readers` - who could read a resource now: `rid, resource, principal, name, type,
  department, decision`.  Ask it for some resources, not for all.
`closure_names` - `member, "group", depth, path` for the groups that grants speak of.
`read_coverage` - `rid, resource, state` ('read', 'not read', 'unknown')`, complete`.
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
    "closure_names": """
SELECT m.id AS member, g.id AS "group", c.depth, c.path
FROM closure c JOIN entity m ON m.eid = c.member JOIN entity g ON g.eid = c.grp
WHERE c.depth > 0 AND c.member > 2""",
    "read_coverage": """
SELECT r.rid, r.resource, r.sensitive, s.state, s.complete
FROM read_state s JOIN resources r USING (rid)""",
}
