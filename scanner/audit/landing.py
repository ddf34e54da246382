"""Who could read at the moment a resource landed: as many answers as there were times of change.

A resource is known by its `terms` and by the last of its grants' dates before it landed; all
of one such pair had the same readers then.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache, reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from scanner.audit.crowds import Crowds, Part, Readers, rows
from scanner.audit.readers import judged
from scanner.model import ReadAccess

if TYPE_CHECKING:
    import duckdb

_CACHED = 4096  # answers that are kept
_MANY, _PARTS = 4, 2048  # clauses of a set worth keeping added up, and how many such sums
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
        clauses = {cid: tuple(rest) for cid, *rest in con.execute(_CLAUSES).fetchall()}
        sets = con.execute("SELECT tsid, cids FROM tset").fetchall()
        self._sets = {tsid: [clauses[cid] for cid in cids] for tsid, cids in sets}
        self._changes = {tsid: _changes(said) for tsid, said in self._sets.items()}
        self._kept = lru_cache(_PARTS)(self._since)

    def readers(self, terms: int, time: int) -> Readers:
        """Who could read what has these terms at a time (microseconds)."""
        return self._crowds.decided(self._part(tsid, time) for tsid in self._terms[terms])

    def _part(self, tsid: int, time: int) -> Part:
        if len(self._sets.get(tsid, ())) < _MANY:
            return self._since(tsid, time)
        changes = self._changes[tsid]
        number = bisect_right(changes, time)
        return self._kept(tsid, changes[number - 1] if number else _ALWAYS)

    def _since(self, tsid: int, time: int) -> Part:
        """What a set of clauses says from a time on, until the next of its changes."""
        return self._crowds.part(
            (sid, system, kind, broad)
            for sid, system, kind, broad, start, until in self._sets.get(tsid, ())
            if (start is None or start <= time) and (until is None or time < until)
        )


def _changes(said: Iterable[tuple[Any, ...]]) -> list[int]:
    """The times at which what clauses say becomes another, in order."""
    return sorted({moment for *_, start, until in said for moment in (start, until)} - {None})


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
