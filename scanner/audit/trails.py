"""Where else values of an incident stand, and what a found credential opens, as objects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scanner.audit.crowds import rows
from scanner.audit.readers import moment
from scanner.model import BlastRadius, Decision, DerivedCopy

if TYPE_CHECKING:
    import duckdb

SHOWN = 20  # copies of an incident, fewer when very many incidents have some
_ALTOGETHER = 250_000
STORES = 10  # of those that a credential opens
USERS = 10  # of those who used one


@dataclass(frozen=True, slots=True)
class Trails:
    """Copies by identity of a value or column; owners and uses by fingerprint."""

    copies: dict[str, tuple[DerivedCopy, ...]]
    opens: dict[str, tuple[BlastRadius, ...]]


def trails(con: duckdb.DuckDBPyConnection) -> Trails:
    """What the tables of `scanner.audit.derived` say; its views must be there."""
    return Trails(_copies(con), _opens(con))


def _copies(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[DerivedCopy, ...]]:
    con.execute(_COPY_OF)
    (incidents,) = con.execute("SELECT count(DISTINCT identity) FROM copy_of").fetchall()[0]
    limit = max(1, min(SHOWN, _ALTOGETHER // max(1, incidents)))
    found: dict[str, list[DerivedCopy]] = defaultdict(list)
    for identity, *row in rows(con, _COPIES.format(limit)):
        resource, store, original, values, landed, public, staff, people, strangers = row
        found[identity].append(
            DerivedCopy(
                resource,
                store,
                original,
                values,
                moment(landed),
                Decision(public),
                Decision(staff),
                people,
                strangers,
            )
        )
    return {identity: tuple(copies) for identity, copies in found.items()}


def _opens(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[BlastRadius, ...]]:
    uses = {row[0]: row[1:] for row in con.execute(_USES).fetchall()}
    found: dict[str, list[BlastRadius]] = defaultdict(list)
    for fingerprint, *row in con.execute(_OPENS).fetchall():
        found[fingerprint].append(_radius(row, uses.get(fingerprint)))
    for fingerprint in uses.keys() - found.keys():
        found[fingerprint].append(_radius(["", "", "", "", 0, 0, []], uses[fingerprint]))
    return {fingerprint: tuple(owners) for fingerprint, owners in found.items()}


def _radius(row: Sequence[Any], used: Sequence[Any] | None) -> BlastRadius:
    owner, name, kind, department, resources, certain, stores = row
    times, actors, first, last = used or (0, [], None, None)
    return BlastRadius(
        owner,
        name,
        kind,
        department,
        resources,
        certain,
        tuple(stores),
        times,
        tuple(actors),
        moment(first),
        moment(last),
    )


_COPY_OF = """
CREATE OR REPLACE TEMP TABLE copy_of AS
WITH stands AS (
  SELECT DISTINCT coalesce(nullif(f."column", ''), f.fingerprint) AS identity, f.fingerprint, u.rid
  FROM findings f JOIN uri_resource u USING (uri)
  WHERE f.fingerprint IN (SELECT fingerprint FROM copied))
SELECT s.identity, c.rid, c.original, count(DISTINCT c.fingerprint) AS number
FROM stands s JOIN copied c ON c.fingerprint = s.fingerprint AND c.original = s.rid
GROUP BY s.identity, c.rid, c.original
"""

_COPIES = """
WITH strange AS (SELECT rid, original, count(DISTINCT eid) AS people FROM stranger GROUP BY ALL),
told AS (
  SELECT c.identity, a.resource, a.store, o.resource AS original, c.number,
    epoch_us(a.landed) AS landed, a."public", a.all_staff, a.people,
    coalesce(s.people, 0) AS strangers,
    row_number() OVER (PARTITION BY c.identity ORDER BY a."public" = 'yes' DESC,
      a.all_staff = 'yes' DESC, a.people DESC, a.resource, o.resource) AS place
  FROM copy_of c JOIN effective_read a USING (rid) JOIN resources o ON o.rid = c.original
  LEFT JOIN strange s ON s.rid = c.rid AND s.original = c.original)
SELECT * EXCLUDE (place) FROM told WHERE place <= {} ORDER BY identity, place
"""

_OPENS = f"""
WITH told AS (
  SELECT eid, list(store ORDER BY resources DESC, store) FILTER (store <> '')[1:{STORES}] AS stores
  FROM opens_in GROUP BY eid)
SELECT o.fingerprint, e.id, e.name, e.type, e.department, o.resources, o.certain,
  coalesce(t.stores, [])
FROM opens o JOIN entity e USING (eid) LEFT JOIN told t USING (eid) ORDER BY o.fingerprint, e.id
"""  # noqa: S608 - our own constant

_USES = f"""
SELECT fingerprint, sum(times)::BIGINT, list(actor ORDER BY times DESC, actor)[1:{USERS}],
  epoch_us(min(first)), epoch_us(max(last))
FROM credential_use GROUP BY fingerprint ORDER BY fingerprint
"""  # noqa: S608 - our own constant
