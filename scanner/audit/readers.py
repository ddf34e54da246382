"""Who could and who did read, as objects: one answer for each set of resources."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache, reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from scanner.audit.crowds import EVERYBODY, Crowds, Readers, bits, positions, registered
from scanner.model import Decision, ReadAccess, ReadActivity, Reader, ReadState

if TYPE_CHECKING:
    import duckdb

NAMED = 50  # readers given by name, fewer when there are very many incidents
_ALTOGETHER = 250_000
_CACHED = 1024  # profiles whose readers are kept
VIAS = 5  # ways given for one reader
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RANKS = tuple(Decision)


@dataclass(frozen=True, slots=True)
class Entity:
    """Somebody whom the directory, a grant or a log names."""

    id: str
    name: str
    type: str
    department: str
    outsider: bool = False


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The readers that each answer names, each with the subjects of the grants that let them."""

    combos: array[int] = field(default_factory=lambda: array("i"))
    eids: array[int] = field(default_factory=lambda: array("i"))
    sids: array[int] = field(default_factory=lambda: array("i"))

    def add(
        self, combo: int, eids: Sequence[int], allowed: Iterable[tuple[int, bool]], crowds: Crowds
    ) -> None:
        """`allowed` are subjects, and whether their grants are to everybody."""
        named = bits(eids)
        for sid, broad in allowed:
            for eid in positions(named & crowds.subject(sid) & (EVERYBODY if broad else -1)):
                self.combos.append(combo)
                self.eids.append(eid)
                self.sids.append(sid)


def moment(microseconds: int | None) -> datetime | None:
    """A time from what `epoch_us` gives."""
    return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)


def entities(con: duckdb.DuckDBPyConnection) -> dict[int, Entity]:
    """Everybody by number."""
    rows = con.execute(
        "SELECT eid, id, name, type, department, coalesce(outsider, false)"
        " FROM entity LEFT JOIN trait USING (eid)"
    ).fetchall()
    return {eid: Entity(*rest) for eid, *rest in rows}


def could_read(
    con: duckdb.DuckDBPyConnection, crowds: Crowds, who: dict[int, Entity]
) -> dict[int, ReadAccess]:
    """By `combo`: who could read any of the resources now."""
    limit, cache = _limit(con, "set_combo", "combo"), lru_cache(_CACHED)(crowds.profile)
    answers, wanted = {}, _Wanted()
    outside = bits([eid for eid, entity in who.items() if entity.outsider])
    for combo, known, profiles in con.execute(_PROFILES).fetchall():
        found = reduce(or_, map(cache, profiles), Readers())
        people = _first_readers(found, limit, outside)
        answers[combo] = (found, known, people)
        wanted.add(combo, [eid for eid, _ in people], crowds.allowed(profiles), crowds)
    ways = _ways(con, wanted)
    given = {combo: map(moment, times) for combo, *times in con.execute(_GIVEN).fetchall()}
    return {
        combo: ReadAccess(
            *judged(found, crowds),
            known,
            tuple(_reader(who[eid], decision, ways[combo, eid]) for eid, decision in people),
            *given.get(combo, ()),
        )
        for combo, (found, known, people) in answers.items()
    }


def did_read(
    con: duckdb.DuckDBPyConnection, who: dict[int, Entity], now: datetime
) -> dict[int, ReadActivity]:
    """By `sid`: who did read any of the resources, as far as the logs tell."""
    named: dict[int, list[Reader]] = defaultdict(list)
    for sid, *row in con.execute(_READERS, [_limit(con, "set_rid", "sid")]).fetchall():
        named[sid].append(_seen(who[row[0]], row[1:]))
    sentences = coverage(con, now)
    return {
        sid: ReadActivity(
            ReadState(state),
            reads,
            people,
            outsiders,
            moment(first),
            moment(last),
            sentences[sid],
            tuple(named[sid]),
            size,
        )
        for sid, state, reads, people, outsiders, first, last, size in con.execute(_DID).fetchall()
    }


def coverage(con: duckdb.DuckDBPyConnection, now: datetime) -> dict[int, str]:
    """By `sid`: one sentence on what was logged from when to when."""
    logs: dict[int, list[str]] = defaultdict(list)
    for sid, source, resource, basis, start, until in con.execute(_LOGS).fetchall():
        span = f"from {_day(moment(start))} to {_day(moment(until))}"
        logs[sid].append(f"{source or 'a log'} for {resource} {span} ({basis})")
    sentences = {}
    for sid, *row in con.execute(_GAPS).fetchall():
        sentences[sid] = _sentence(logs[sid], row, now)
    return sentences


def _limit(con: duckdb.DuckDBPyConnection, table: str, column: str) -> int:
    """How many readers each answer names: all together must stay bounded."""
    sql = f"SELECT count(DISTINCT {column}) FROM {table}"  # noqa: S608 - our own names
    answers: int = con.execute(sql).fetchall()[0][0]
    return max(5, min(NAMED, _ALTOGETHER // max(1, answers)))


def _first_readers(found: Readers, limit: int, outside: int) -> list[tuple[int, Decision]]:
    """The first readers by number: everybody's stand-ins, then those with grants of their own.

    Among these outsiders come first.
    """
    picked = _everybody(found)
    own = found.named >> 3 << 3
    for part in (own & outside, own & ~outside) if own & outside else (own,):
        for crowd, decision in ((found.yes, Decision.YES), (found.cond, Decision.CONDITIONAL)):
            room = max(0, limit - len(picked))
            if room:
                picked += [(eid, decision) for eid in positions(crowd & part, room)]
    return picked


def _everybody(found: Readers) -> list[tuple[int, Decision]]:
    """The stand-ins that say more than the one before: everyone, anonymous, all staff."""
    picked, widest = [], 0
    for eid in (1, 0, 2):
        rank = found.rank(1 << eid)
        if rank > widest:
            picked.append((eid, _RANKS[rank]))
            widest = rank
    return picked


def judged(found: Readers, crowds: Crowds) -> tuple[Decision, Decision, Decision, int, int]:
    """The decisions and counts of a `ReadAccess`."""
    return (
        _RANKS[found.rank(-1)],
        _RANKS[found.rank(0b011)],
        _RANKS[found.rank(0b100)],
        (found.yes & crowds.persons).bit_count(),
        (found.cond & crowds.persons).bit_count(),
    )


def _ways(
    con: duckdb.DuckDBPyConnection, wanted: _Wanted
) -> dict[tuple[int, int], tuple[str, ...]]:
    columns = {"combo": wanted.combos, "eid": wanted.eids, "sid": wanted.sids}
    with registered(con, "wanted", columns):
        rows = con.execute(_WAYS).fetchall()
    found = {(combo, eid): tuple(texts) for combo, eid, texts in rows}
    return defaultdict(tuple, found)


def _reader(entity: Entity, decision: Decision, ways: tuple[str, ...]) -> Reader:
    about = (entity.id, entity.name, entity.type, entity.department)
    return Reader(*about, decision, ways, outsider=entity.outsider)


def _seen(entity: Entity, row: list[Any]) -> Reader:
    reads, first, last, size, explained, own, right = row
    return Reader(
        entity.id,
        entity.name,
        entity.type,
        entity.department,
        _RANKS[right],
        ("only by a grant to everybody",) if explained and right and not own else (),
        reads,
        moment(first),
        moment(last),
        size,
        explained,
        entity.outsider,
    )


def _sentence(logs: list[str], row: list[Any], now: datetime) -> str:
    total, logged, complete, landed, start, until = row
    if not logs:
        return "no access log covers it"
    parts = [" and ".join(logs[:3])]
    parts += [f"and {len(logs) - 3} more"] if len(logs) > 3 else []
    parts += [f"nothing for {total - logged} of {total} resources"] if logged < total else []
    if not complete:
        parts += _missing(moment(landed), moment(start), moment(until), now)
    return "; ".join(parts)


def _missing(
    landed: datetime | None, start: datetime | None, until: datetime | None, now: datetime
) -> list[str]:
    """What lies outside the logged time."""
    parts = ["when it landed is not known"] if landed is None else []
    if start is not None and (landed is None or landed < start):
        parts.append("nothing before")
    if until is not None and until < now:
        parts.append("nothing after")
    return parts or ["with gaps"]


def _day(time: datetime | None) -> str:
    if time is None:
        return "?"
    midnight = (time.hour, time.minute, time.second) == (0, 0, 0)
    return time.strftime("%Y-%m-%d" if midnight else "%Y-%m-%d %H:%M UTC")


_PROFILES = """
SELECT p.combo, bool_or(s.known), list(DISTINCT s.profile)
FROM combo_psid p JOIN (SELECT DISTINCT psid, profile, known FROM standing) s USING (psid)
GROUP BY p.combo ORDER BY p.combo
"""

_WAYS = f"""
WITH way AS (
  SELECT DISTINCT w.combo, w.eid, length(r.path) AS size, concat_ws(', ',
    CASE WHEN r.path <> '' THEN 'via ' || r.path END,
    CASE WHEN g.via <> '' THEN g.via ELSE g.system || ' grant on ' || g.scope END) AS text
  FROM wanted w JOIN reach r ON r.member = w.eid AND r.sid = w.sid
  JOIN (
    SELECT DISTINCT c.combo, g.sid, g.gid FROM combo_psid c JOIN pset p USING (psid)
    JOIN grant_row g USING (pid)
    WHERE g.live AND g.class IN (0, 1)) c ON c.combo = w.combo AND c.sid = w.sid
  JOIN grant_row g USING (gid) WHERE g.audience = '' OR w.eid < 3)
SELECT combo, eid, list(text ORDER BY size, text)[1:{VIAS}] FROM way GROUP BY combo, eid
"""  # noqa: S608 - our own constant

_GIVEN = """
SELECT c.combo, epoch_us(min(g.granted_time)), epoch_us(max(g.granted_time))
FROM combo_psid c JOIN pset p USING (psid) JOIN grant_row g USING (pid)
WHERE g.live AND g.class IN (0, 1) GROUP BY c.combo
"""

_READERS = """
SELECT s.sid, s.eid, s.reads, epoch_us(s.first_read), epoch_us(s.last_read), s.bytes_out,
  s.explained, s.own, s.right_
FROM (
  SELECT s.*, coalesce(t.outsider, false) AS outsider
  FROM set_reader s LEFT JOIN trait t USING (eid)) s
QUALIFY row_number() OVER (
  PARTITION BY s.sid ORDER BY s.explained, s.outsider DESC, s.own, s.reads DESC, s.eid) <= ?
ORDER BY s.sid, s.explained, s.outsider DESC, s.own, s.reads DESC, s.eid
"""

_DID = """
WITH summed AS (
  SELECT s.sid, sum(s.reads)::BIGINT AS reads, count(*) FILTER (e.person) AS people,
    count(*) FILTER (NOT s.explained) AS outsiders, min(s.first_read) AS first_read,
    max(s.last_read) AS last_read, sum(s.bytes_out)::BIGINT AS bytes_out
  FROM set_reader s JOIN entity e USING (eid) GROUP BY s.sid),
states AS (
  SELECT r.sid, bool_and(s.state = 'not read') AS unread FROM set_rid r
  JOIN read_state s USING (rid) GROUP BY r.sid)
SELECT t.sid, CASE WHEN s.reads > 0 THEN 'read' WHEN t.unread THEN 'not read' ELSE 'unknown' END,
  coalesce(s.reads, 0), coalesce(s.people, 0), coalesce(s.outsiders, 0),
  epoch_us(s.first_read), epoch_us(s.last_read), s.bytes_out
FROM states t LEFT JOIN summed s USING (sid)
"""

_LOGS = """
SELECT DISTINCT r.sid, v.source, v.resource, v.basis, epoch_us(min(v.start)),
  epoch_us(max(v."end"))
FROM set_rid r JOIN covered c USING (rid)
JOIN coverage v ON c.pattern IN (v.resource, v.resource || '/')
GROUP BY r.sid, v.source, v.resource, v.basis ORDER BY ALL
"""

_GAPS = """
WITH span AS (SELECT rid, min(start) AS start, max(until) AS until FROM logged GROUP BY rid)
SELECT r.sid, count(*), count(l.rid), bool_and(s.complete),
  epoch_us(CASE WHEN count(o.landed) = count(*) THEN min(o.landed) END),
  epoch_us(max(l.start)), epoch_us(min(l.until))
FROM set_rid r JOIN resources o USING (rid) JOIN read_state s USING (rid)
LEFT JOIN span l USING (rid) GROUP BY r.sid
"""
