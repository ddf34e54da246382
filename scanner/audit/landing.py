"""Who could read at the moment a resource landed: as many answers as there were times of change.

A resource is known by its `terms` and by the last of its grants' dates before it landed; all
of one such pair had the same readers then.
"""

from __future__ import annotations

from functools import lru_cache, reduce
from operator import or_
from typing import TYPE_CHECKING

from scanner.audit.crowds import Crowds, Readers, rows
from scanner.audit.readers import judged
from scanner.model import ReadAccess

if TYPE_CHECKING:
    import duckdb

_CACHED = 4096  # answers that are kept
_ALWAYS = -(2**62)


def could_read(con: duckdb.DuckDBPyConnection, crowds: Crowds) -> dict[int, ReadAccess]:
    """By `sid`: who could read any of the resources when each landed, without names.

    A set of which no resource says when it landed is missing.
    """
    con.execute(_TERMS)
    past = lru_cache(_CACHED)(_Past(con, crowds).readers)
    made: dict[tuple[tuple[int, int], ...], ReadAccess] = {}
    answers = {}
    for sid, known, terms, times in rows(con, _LANDINGS):
        key = tuple(zip(terms, times, strict=True))
        if key not in made:
            found = reduce(or_, (past(term, time) for term, time in key), Readers())
            made[key] = ReadAccess(*judged(found, crowds), known)
        answers[sid] = made[key]
    return answers


class _Past:
    """The readers of `terms` at a time."""

    def __init__(self, con: duckdb.DuckDBPyConnection, crowds: Crowds) -> None:
        self._crowds = crowds
        self._terms = dict(con.execute("SELECT terms, any_value(tsids) FROM standing GROUP BY 1")
            .fetchall())  # fmt: skip
        self._sets = dict(con.execute("SELECT tsid, cids FROM tset").fetchall())
        self._clauses = {cid: rest for cid, *rest in con.execute(_CLAUSES).fetchall()}

    def readers(self, terms: int, time: int) -> Readers:
        """Who could read what has these terms at a time (microseconds)."""
        cids = {cid for tsid in self._terms[terms] for cid in self._sets.get(tsid, ())}
        said = set()
        for sid, system, kind, broad, start, until in map(self._clauses.__getitem__, cids):
            if (start is None or start <= time) and (until is None or time < until):
                said.add((sid, system, kind, broad))
        return self._crowds.decided(said)


_CLAUSES = "SELECT cid, sid, sys, class, broad, epoch_us(start), epoch_us(until) FROM clause"

_TERMS = """
CREATE OR REPLACE TEMP TABLE change AS
WITH dated AS (
  SELECT t.tsid, d.start, d.until FROM tset t, unnest(t.cids) u(cid) JOIN clause d USING (cid)
  WHERE d.start IS NOT NULL OR d.until IS NOT NULL),
place AS (
  SELECT s.terms, unnest(s.tsids) AS tsid FROM (
    SELECT terms, any_value(tsids) AS tsids FROM standing GROUP BY terms) s)
SELECT terms, start AS moment FROM place JOIN dated USING (tsid) WHERE start IS NOT NULL
UNION SELECT terms, until FROM place JOIN dated USING (tsid) WHERE until IS NOT NULL
"""

_LANDINGS = f"""
WITH landed AS (
  SELECT r.rid, s.terms, s.known, r.landed
  FROM resources r JOIN standing s USING (rid) WHERE r.landed IS NOT NULL),
since AS (
  SELECT l.rid, l.terms, l.known, coalesce(epoch_us(c.moment), {_ALWAYS}) AS began
  FROM landed l ASOF LEFT JOIN change c ON c.terms = l.terms AND l.landed >= c.moment),
pairs AS (
  SELECT s.sid, p.terms, p.began, bool_or(p.known) AS known
  FROM set_rid s JOIN since p USING (rid) GROUP BY s.sid, p.terms, p.began)
SELECT sid, bool_or(known), list(terms ORDER BY terms, began), list(began ORDER BY terms, began)
FROM pairs GROUP BY sid
"""  # noqa: S608 - our own constant
