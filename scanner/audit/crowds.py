"""Sets of people as whole numbers, a bit for each `entity`: who can read, added up.

Python's numbers do it best: a set of 20,000 people is a number of 2.5 kB, and two are joined
or compared in a fraction of a microsecond.  Nothing is made per person and object.
Tables made, after `scanner.audit.exposure`:

- `profile_access(profile, decision, public, all_staff, people, people_conditional)`
- `pair_grant(terms, eid, sys, start, until, mask)` by `meet`: what grants say to those who
  read, and to everybody (entities 0, 1, 2); `met_clause(terms, cid)`: what grants say to any
  of those who read
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

_FEW = 8  # members that may be kept one by one: a number is as long as its highest bit
_KEPT = 64 << 20  # bytes of numbers that are kept all the same
_ROWS = 1 << 16
EVERYBODY = 0b111
_SOME = 48  # members that are faster taken one by one
_MANY = 4  # clauses of a scope that are worth adding up once for all
_PARTS = 2048

Part = tuple[dict[int, list[int]], int]
"""By system the crowds of each class, and who of the allowed has a grant of their own."""


@dataclass(frozen=True, slots=True)
class Readers:
    """Who can read: certainly, only conditionally, and who of them by a grant of their own."""

    yes: int = 0
    cond: int = 0
    named: int = 0

    def __or__(self, other: Readers) -> Readers:
        yes = self.yes | other.yes
        return Readers(yes, (self.cond | other.cond) & ~yes, self.named | other.named)

    def rank(self, mask: int) -> int:
        """Of anybody in `mask`: 2 certainly, 1 conditionally, 0 no."""
        return 2 if self.yes & mask else int(bool(self.cond & mask))


class Crowds:
    """The readers of each profile, and of what else grants add up to."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._members: dict[int, int | tuple[int, ...]] = {}
        (size,) = con.execute("SELECT count(*) FROM entity").fetchall()[0]
        (count,) = con.execute("SELECT count(DISTINCT sid) FROM reach").fetchall()[0]
        few = _FEW if count * size >> 3 > _KEPT else 0
        for sid, members in listed(con, "SELECT sid, list(member) FROM reach GROUP BY sid"):
            some = len(members) <= few
            self._members[sid] = tuple(members.tolist()) if some else bits(members)
        self._clauses = _by_first(
            con, "SELECT DISTINCT lid, sid, sys, class, broad FROM clause WHERE live"
        )
        self._csets = dict(con.execute("SELECT csid, lids FROM cset").fetchall())
        self._summed = lru_cache(_PARTS)(self._sum)
        self._profiles = dict(con.execute(_PROFILES).fetchall())
        self.persons = bits(_column(con, "SELECT eid FROM entity WHERE person"))
        self.leaves = bits(_column(con, _LEAVES))

    def subject(self, sid: int) -> int:
        """Whom the subject of a grant stands for."""
        found = self._members.get(sid, 0)
        return found if isinstance(found, int) else bits(found)

    def profile(self, profile: int, groups: int = 0) -> Readers:
        """Who can read the resources of a profile now: people, services, and these groups."""
        return self.decided(map(self._part, self._profiles[profile]), groups)

    def allowed(self, profiles: Iterable[int]) -> set[tuple[int, bool]]:
        """The subjects of what lets anybody read now, and whether it is made to everybody."""
        csids = {csid for profile in profiles for csid in self._profiles[profile]}
        said = {self._clauses[lid] for csid in csids for lid in self._csets.get(csid, ())}
        return {(sid, broad) for sid, _, kind, broad in said if kind < 2}

    def _part(self, csid: int) -> Part:
        return self._summed(csid) if len(self._csets.get(csid, ())) >= _MANY else self._sum(csid)

    def _sum(self, csid: int) -> Part:
        return self.part(map(self._clauses.__getitem__, self._csets.get(csid, ())))

    def part(self, said: Iterable[tuple[int, int, int, bool]]) -> Part:
        """What some clauses say: (subject, system, class, is it to everybody)."""
        sums: dict[int, list[int]] = {}
        named = 0
        for sid, system, kind, broad in said:
            crowd = self.subject(sid)
            if system not in sums:
                sums[system] = [0, 0, 0, 0]
            sums[system][kind] |= crowd
            if kind < 2 and not broad:
                named |= crowd
        return sums, named

    def decided(self, parts: Iterable[Part], groups: int = 0) -> Readers:
        """Who can read where grants say all this.

        Groups are no readers, but for those that are asked for.
        """
        sums: dict[int, list[int]] = {}
        named = 0
        for part, own in parts:
            named = named | own if named and own else named or own
            for system, crowds in part.items():
                known = sums.get(system)
                sums[system] = _joined(known, crowds) if known else crowds
        yes = some = 0
        for allow, maybe, deny, unsure in sums.values():
            either = allow | maybe if maybe else allow
            some |= either & ~deny if deny else either
            yes |= allow & ~(deny | unsure) if deny or unsure else allow
        asked = self.leaves | groups
        some &= asked
        yes &= asked
        return Readers(yes, some & ~yes if some != yes else 0, some & named)

    def profiles(self) -> Iterable[int]:
        return self._profiles


def _joined(some: Sequence[int], more: Sequence[int]) -> list[int]:
    """Class by class; a number that is joined with nothing need not be copied."""
    return [a | b if a and b else a or b for a, b in zip(some, more, strict=True)]


def compute(con: duckdb.DuckDBPyConnection) -> Crowds:
    """Make `profile_access`."""
    crowds = Crowds(con)
    rows = list(zip(*(_access(crowds, p) for p in crowds.profiles()), strict=True))
    columns = {name: array("q", row) for name, row in zip("abcdef", rows or [()] * 6, strict=True)}
    with registered(con, "given", columns):
        con.execute(_ACCESS)
    return crowds


def meet(con: duckdb.DuckDBPyConnection, crowds: Crowds) -> None:
    """Make `pair_grant`; the table `read_by` must be there."""
    clauses = dict(con.execute("SELECT cid, sid FROM clause").fetchall())
    tsets = {
        tsid: [(cid, clauses[cid]) for cid in cids]
        for tsid, cids in rows(con, "SELECT tsid, cids FROM tset")
    }
    readers = {term: bits(found) for term, found in listed(con, _ASKED)}
    terms, eids, cids = array("i"), array("i"), array("i")
    used = {"terms": array("i"), "cid": array("i")}
    for term, tsids in rows(con, _TERMS):
        asked = readers.pop(term, 0)
        looked_for = asked | EVERYBODY
        for cid, sid in {pair for tsid in tsids for pair in tsets.get(tsid, ())}:
            if met := looked_for & crowds.subject(sid):
                found = list(positions(met))
                terms.extend([term] * len(found))
                eids.extend(found)
                cids.extend([cid] * len(found))
                if met & asked:
                    used["terms"].append(term)
                    used["cid"].append(cid)
    with registered(con, "met", {"terms": terms, "eid": eids, "cid": cids}):
        con.execute(_PAIRS)
    with registered(con, "met", used):
        con.execute("CREATE TABLE met_clause AS FROM met")


def bits(members: Sequence[int] | NDArray[Any]) -> int:
    """The set as a number."""
    import numpy as np

    if len(members) <= _FEW:
        found = 0
        for member in members:
            found |= 1 << int(member)
        return found
    chosen = np.asarray(members)
    flags = np.zeros(int(chosen.max()) + 1, np.uint8)
    flags[chosen] = 1
    return int.from_bytes(np.packbits(flags, bitorder="little").tobytes(), "little")


def positions(found: int, first: int = 0) -> Iterator[int]:
    """The members of a set, in order; with `first` only so many of them."""
    if min(found.bit_count(), first or sys.maxsize) > _SOME:
        yield from islice(_many(found), first or None)
        return
    while found:
        lowest = found & -found
        yield lowest.bit_length() - 1
        found ^= lowest
        first -= 1
        if not first:
            return


def _many(found: int) -> Iterator[int]:
    import numpy as np

    raw = found.to_bytes((found.bit_length() + 7) >> 3, "little")
    flags = np.unpackbits(np.frombuffer(raw, np.uint8), bitorder="little")
    yield from np.flatnonzero(flags).tolist()


def _access(crowds: Crowds, profile: int) -> tuple[Any, ...]:
    who = crowds.profile(profile)
    yes, cond = (who.yes & crowds.persons).bit_count(), (who.cond & crowds.persons).bit_count()
    return profile, who.rank(crowds.leaves), who.rank(0b011), who.rank(0b100), yes, cond


@contextmanager
def registered(
    con: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, array[int]]
) -> Iterator[None]:
    """Columns of whole numbers as a table that queries can name."""
    import pyarrow as pa

    kinds = {"i": pa.int32(), "q": pa.int64()}
    made = {
        column: pa.Array.from_buffers(kinds[a.typecode], len(a), [None, pa.py_buffer(a)])
        for column, a in columns.items()
    }
    con.register(name, pa.table(made))
    try:
        yield
    finally:
        con.unregister(name)


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> Iterator[tuple[Any, ...]]:
    """The rows of an answer that may be large, some at a time."""
    found = con.execute(sql)
    while rows := found.fetchmany(_ROWS):
        yield from rows


def listed(con: duckdb.DuckDBPyConnection, sql: str) -> Iterator[tuple[Any, ...]]:
    """The rows of an answer whose last column are lists of numbers, which stay arrays."""
    for batch in con.sql(sql).to_arrow_reader(_ROWS):
        *columns, lists = batch.columns
        ends, values = lists.offsets.to_numpy(), lists.values.to_numpy()
        members = (values[first:last] for first, last in pairwise(ends.tolist()))
        yield from zip(*(c.to_pylist() for c in columns), members, strict=True)


def _column(con: duckdb.DuckDBPyConnection, sql: str) -> list[int]:
    return [row[0] for row in con.execute(sql).fetchall()]


def _by_first(con: duckdb.DuckDBPyConnection, sql: str) -> dict[int, tuple[Any, ...]]:
    return {row[0]: row[1:] for row in con.execute(sql).fetchall()}


_PROFILES = "SELECT profile, any_value(csids) FROM standing GROUP BY profile"
_LEAVES = "SELECT eid FROM entity WHERE eid < 3 OR eid NOT IN (SELECT grp FROM edge)"

_ACCESS = """
CREATE TABLE profile_access AS
SELECT a::INTEGER AS profile, said(b) AS decision, said(c) AS "public", said(d) AS all_staff,
  e AS people, f AS people_conditional FROM given
"""

_ASKED = """
SELECT terms, list(eid) FROM (
  SELECT terms, eid FROM read_by
  UNION ALL SELECT DISTINCT terms, actor FROM read_by WHERE actor <> eid)
GROUP BY terms
"""
_TERMS = "SELECT terms, any_value(tsids) FROM standing WHERE known GROUP BY terms"

_PAIRS = """
CREATE TABLE pair_grant AS
SELECT m.terms, m.eid, c.sys, c.start, c.until, bit_or(c.mask) AS mask
FROM met m JOIN clause c USING (cid) GROUP BY ALL
"""
