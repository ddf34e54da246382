"""What checks need besides grants and reads: special crowds, unused rights, copies, credentials.

Tables made, after `scanner.audit.reads`:

- `special(profile, crowd, decision, people, first)`: who of a special crowd can read now:
  'outsider' and 'gone' by a grant not made to everybody, 'training', 'people_team' by any
- `excess(rid, could, unused)`: people who could read a resource but never did, where the logs
  are complete
- `used_scope(pid, sid)`: scopes of which somebody a subject stands for read something
- `redundant(gid)`: certain grants without dates of which another one says all
- `denied(rid, eid, first, last, times)`: refused reads of those who read in the end
- `copied(fingerprint, original, rid)`: values that stand in several stores; the original is
  where it landed first
- `stranger(rid, eid, original)`: readers of a copy who cannot read the original
- `opens(fingerprint, eid, resources, certain)`: found credentials whose owner is known, and how
  many objects they can read; `opens_in(eid, store, resources, certain)` by store
- `credential_use(fingerprint, actor, first, last, times)`: after they had landed
"""

from __future__ import annotations

from array import array
from functools import lru_cache
from typing import TYPE_CHECKING

from scanner.audit.crowds import Crowds, bits, listed, registered, rows

if TYPE_CHECKING:
    import duckdb

_CROWDS = {"outsider": True, "gone": True, "training": False, "people_team": False}
"""By name: must the grant be one of their own."""


def compute(con: duckdb.DuckDBPyConnection, crowds: Crowds) -> None:
    """Make the tables above."""
    _special(con, crowds)
    _excess(con, crowds)
    for sql in (_USED, _REDUNDANT, _DENIED, _COPIED):
        con.execute(sql)
    _strangers(con, crowds)
    con.execute(_OPENED)
    _opens(con, crowds)
    con.execute(_CREDENTIAL_USE)


def _special(con: duckdb.DuckDBPyConnection, crowds: Crowds) -> None:
    masks = {
        name: bits([r[0] for r in con.execute(f"SELECT eid FROM trait WHERE {name}").fetchall()])  # noqa: S608 - our own names
        for name in _CROWDS
    }
    # A group that is itself disabled is a dead grantee; of the others only readers count.
    masks |= {name: masks[name] & crowds.leaves for name in masks if name != "gone"}
    found = _Columns("profile", "crowd", "decision", "people", "first")
    for profile in crowds.profiles() if any(masks.values()) else ():
        who = crowds.profile(profile, masks["gone"])
        for number, (name, own) in enumerate(_CROWDS.items()):
            some = masks[name] & (who.yes | who.cond) & (who.named if own else -1)
            if some:
                first = (some & -some).bit_length() - 1
                found.add(profile, number, who.rank(some), some.bit_count(), first)
    with registered(con, "given", found.columns):
        con.execute(_SPECIAL, [list(_CROWDS)])


def _excess(con: duckdb.DuckDBPyConnection, crowds: Crowds) -> None:
    """The resources of one profile come together, so that its readers are added up once."""
    can, found = lru_cache(2)(crowds.profile), _Columns("rid", "could", "unused")
    for rid, profile, readers in listed(con, _READERS):
        who = can(profile)
        could = (who.yes | who.cond) & crowds.persons
        found.add(rid, could.bit_count(), (could & ~bits(readers)).bit_count())
    with registered(con, "given", found.columns):
        con.execute("CREATE TABLE excess AS FROM given")


def _strangers(con: duckdb.DuckDBPyConnection, crowds: Crowds) -> None:
    can, found = lru_cache(256)(crowds.profile), _Columns("rid", "eid", "original")
    acting = bits([row[0] for row in con.execute(_ACTING_GROUPS).fetchall()])  # roles that read
    for rid, original, profile, readers in rows(con, _COPY_READERS):
        who = can(profile, acting)
        for eid in readers:
            if not (who.yes | who.cond) >> eid & 1:
                found.add(rid, eid, original)
    with registered(con, "given", found.columns):
        con.execute("CREATE TABLE stranger AS FROM given")


def _opens(con: duckdb.DuckDBPyConnection, crowds: Crowds) -> None:
    """How many objects of each store the owners of found credentials can read."""
    con.execute(_STORES)
    owners = [row[0] for row in con.execute("SELECT DISTINCT eid FROM owned").fetchall()]
    stores = dict(con.execute(_SIZES).fetchall()) if owners else {}
    opened: dict[tuple[int, int], list[int]] = {}
    for profile, sizes in stores.items():
        who = crowds.profile(profile)
        for eid in owners:
            certain = who.yes >> eid & 1
            if certain or who.cond >> eid & 1:
                for store, size in sizes:
                    sums = opened.setdefault((eid, store), [0, 0])
                    sums[0] += size
                    sums[1] += size * certain
    found = _Columns("eid", "n", "resources", "certain")
    for (eid, store), sums in opened.items():
        found.add(eid, store, *sums)
    with registered(con, "given", found.columns):
        con.execute(_OPENS)


class _Columns:
    """Rows of whole numbers, column by column."""

    def __init__(self, *names: str) -> None:
        self.columns = {name: array("i") for name in names}

    def add(self, *row: int) -> None:
        for column, number in zip(self.columns.values(), row, strict=True):
            column.append(number)


_SPECIAL = """
CREATE TABLE special AS
SELECT g.profile, (?::VARCHAR[])[g.crowd + 1] AS crowd, said(g.decision) AS decision, g.people,
  coalesce(nullif(e.name, ''), e.id) AS first
FROM given g JOIN entity e ON e.eid = g.first
"""

_READERS = """
SELECT r.rid, s.profile, coalesce(t.eids, [])
FROM resources r JOIN read_state c USING (rid) JOIN standing s USING (rid)
LEFT JOIN (
  SELECT rid, list(eid) AS eids FROM reader_stats
  WHERE rid IN (SELECT rid FROM resources WHERE sensitive) GROUP BY rid) t USING (rid)
WHERE r.sensitive AND c.complete AND s.known ORDER BY s.profile
"""

# What a clause says is known to be used by resources with equal terms; where several scopes say
# it of those, it is looked at who read what each of them covers.
_USED = """
CREATE TABLE used_scope AS
WITH met AS (
  SELECT DISTINCT c.pid, k.sid, m.terms, m.cid
  FROM scope_clause c JOIN clause k USING (cid) JOIN scope_rid p USING (pid)
  JOIN standing s USING (rid) JOIN met_clause m ON m.terms = s.terms AND m.cid = c.cid
  WHERE p.rid IN (SELECT DISTINCT rid FROM reader_stats)),
alone AS (SELECT terms, cid FROM met GROUP BY terms, cid HAVING count(*) = 1),
several AS (SELECT DISTINCT pid, sid FROM met ANTI JOIN alone USING (terms, cid)),
took AS (SELECT rid, eid FROM reader_stats UNION ALL FROM acted)
SELECT pid, sid FROM met SEMI JOIN alone USING (terms, cid)
UNION
SELECT v.pid, v.sid FROM several v JOIN scope_rid p USING (pid) JOIN took t USING (rid)
JOIN reach h ON h.sid = v.sid AND h.member = t.eid
"""

# The narrower of two goes; of two alike the later one.
_REDUNDANT = """
CREATE TABLE redundant AS
WITH plain AS (
  SELECT g.gid, g.pid, g.sid, g.sys FROM grant_row g JOIN scope p USING (pid)
  WHERE g.class = 0 AND g.granted_time IS NULL AND g.expiration_time IS NULL
    AND g.pid IN (SELECT pid FROM scope_rid)),
several AS (FROM plain WHERE (sid, sys) IN (
  SELECT (sid, sys) FROM plain GROUP BY sid, sys HAVING count(*) > 1)),
size AS (SELECT pid, count(*) AS objects FROM scope_rid GROUP BY pid),
held AS (
  SELECT a.gid, b.gid AS other, a.pid, b.pid AS other_pid, count(*) AS objects
  FROM several a JOIN scope_rid x ON x.pid = a.pid
  JOIN scope_rid y ON y.rid = x.rid
  JOIN several b ON b.pid = y.pid AND b.sid = a.sid AND b.sys = a.sys AND b.gid <> a.gid
  GROUP BY ALL)
SELECT DISTINCT h.gid FROM held h JOIN size s ON s.pid = h.pid JOIN size o ON o.pid = h.other_pid
WHERE h.objects = s.objects AND (o.objects > s.objects OR h.other < h.gid)
"""

_DENIED = """
CREATE TABLE denied AS
SELECT l.rid, w.eid, min(l.time) AS first, max(l.time) AS last, count(*) AS times
FROM refused_log l JOIN reader w USING (wid) GROUP BY l.rid, w.eid;
DROP TABLE refused_log
"""

_COPIED = """
CREATE TABLE copied AS
WITH stands AS (
  SELECT DISTINCT f.fingerprint, u.rid, r.store, r.landed
  FROM findings f JOIN uri_resource u USING (uri) JOIN resources r USING (rid)
  WHERE r.sensitive AND r.store <> ''),
several AS (
  SELECT fingerprint, arg_min(rid, (coalesce(landed, 'infinity'), rid)) AS original
  FROM stands GROUP BY fingerprint HAVING count(DISTINCT store) > 1)
SELECT s.fingerprint, v.original, s.rid
FROM stands s JOIN several v USING (fingerprint) JOIN resources o ON o.rid = v.original
WHERE s.store <> o.store
"""

_COPY_READERS = """
SELECT c.rid, c.original, s.profile, list(t.eid)
FROM (SELECT DISTINCT rid, original FROM copied) c JOIN reader_stats t USING (rid)
JOIN standing s ON s.rid = c.original WHERE s.known
GROUP BY c.rid, c.original, s.profile ORDER BY s.profile
"""

_ACTING_GROUPS = "SELECT DISTINCT eid FROM reader_stats WHERE eid IN (SELECT grp FROM edge)"

_OPENED = """
CREATE TABLE owned AS
SELECT DISTINCT f.fingerprint, e.eid
FROM findings f JOIN known_name k ON k.name = f.fingerprint JOIN entity e ON e.id = k.id
WHERE f.category = 'credential' AND e.eid > 2
"""

_STORES = """
CREATE TABLE store_number AS
SELECT (row_number() OVER (ORDER BY store))::INTEGER AS n, store
FROM (SELECT DISTINCT store FROM resources)
"""

_SIZES = """
SELECT profile, list((n, size)) FROM (
  SELECT s.profile, o.n, count(*) AS size FROM standing s JOIN resources r USING (rid)
  JOIN store_number o USING (store) GROUP BY s.profile, o.n)
GROUP BY profile
"""

_OPENS = """
CREATE TABLE opens_in AS
SELECT g.eid, o.store, g.resources, g.certain FROM given g JOIN store_number o USING (n);
CREATE TABLE opens AS
SELECT w.fingerprint, w.eid, coalesce(sum(i.resources), 0)::BIGINT AS resources,
  coalesce(sum(i.certain), 0)::BIGINT AS certain
FROM owned w LEFT JOIN opens_in i USING (eid) GROUP BY w.fingerprint, w.eid;
DROP TABLE store_number
"""

_CREDENTIAL_USE = """
CREATE TABLE credential_use AS
SELECT f.fingerprint, e.actor, min(e.time) AS first, max(e.time) AS last,
  count(DISTINCT CASE WHEN e.event_id <> '' THEN e.event_id
    ELSE concat_ws('|', e.log_source, e.raw_file, e.raw_offset) END) AS times
FROM events e JOIN (
  SELECT v.fingerprint, min(r.landed) AS landed
  FROM findings v JOIN uri_resource u USING (uri) JOIN resources r USING (rid)
  WHERE v.category = 'credential' GROUP BY v.fingerprint) f ON f.fingerprint = e.credential
WHERE e.credential <> '' AND e.time >= f.landed AND e.status = 'Success'
GROUP BY f.fingerprint, e.actor
"""
