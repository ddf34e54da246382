"""Hyperscan databases: of everything at once, or of what a text may hit (`gated`)."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import version
from typing import Any, Protocol

import hyperscan as hs
import msgspec

from scanner import cache
from scanner.errors import UsageError
from scanner.regexes import stored
from scanner.regexes.gated import Gated, Plan, plan
from scanner.regexes.multipattern import Anchor

_MANY = 64  # anchors that are not compiled at once, but as texts ask for them
_PLAN = msgspec.msgpack.Decoder(Plan)
_ASKED = msgspec.msgpack.Decoder(tuple[list[int], bytes])

Hits = list[tuple[int, int]]


class Hyperscan:
    """All anchors, those that are confidential in a database of their own: it is kept on disk
    encrypted."""

    name = "hyperscan"
    joins = True

    def __init__(self, anchors: Sequence[Anchor], ids: list[int], compiled: bytes = b"") -> None:
        pairs = list(zip(anchors, ids, strict=True))
        both = ([p for p in pairs if p[0].private == private] for private in (False, True))
        each = [part for part in both if part]
        known = stored.parts(compiled) if compiled else [b""] * len(each)
        self._parts = [_part(*one) for one in zip(each, known, strict=True)]

    def scan(self, data: Any) -> Hits:
        return [hit for part in self._parts for hit in part.scan(data)]

    def complete(self, anew: bool) -> None:
        for part in self._parts:
            part.complete(anew)

    def dump(self) -> bytes:
        return stored.joined([part.dump() for part in self._parts])


class _Part(Protocol):
    def scan(self, data: Any) -> Hits: ...

    def complete(self, anew: bool) -> None: ...

    def dump(self) -> bytes: ...


def _part(pairs: Sequence[tuple[Anchor, int]], known: bytes) -> _Part:
    if pairs[0][0].private or len(pairs) < _MANY:
        return _Whole(pairs, known)
    return _Gated(pairs, known)


class _Whole:
    """Few anchors, or those of term lists: literals for the most part."""

    def __init__(self, pairs: Sequence[tuple[Anchor, int]], known: bytes) -> None:
        anchors, ids = [a for a, _ in pairs], [number for _, number in pairs]
        # By index, where private: so many that share one id take the engine minutes.
        self._ids = ids if pairs[0][0].private else None
        shown = list(range(len(pairs))) if self._ids else ids
        self._database = _load(known) if known else _kept(cache.used(), anchors, shown)

    def scan(self, data: Any) -> Hits:
        found = _scan(self._database, data)
        return found if self._ids is None else [(self._ids[n], end) for n, end in found]

    def complete(self, anew: bool) -> None:
        pass

    def dump(self) -> bytes:
        return _dump(self._database)


class _Gated:
    """Many anchors; see `gated`.  For much data they are one database after all."""

    def __init__(self, pairs: Sequence[tuple[Anchor, int]], known: bytes) -> None:
        self._cache = cache.used()
        self._whole: Any = None
        self._anchors, self._ids = [a for a, _ in pairs], [number for _, number in pairs]
        self._made_of = _made_of(self._anchors, self._ids)
        known = known or self._cache.get("gated", self._made_of) or b""
        with suppress(hs.error, msgspec.MsgspecError):
            if known:
                self._take(known)
                return
        self._gated = self._made()
        self._cache.put("gated", self._made_of, self.dump())

    def _take(self, known: bytes) -> None:
        whole, made_of, gate, rest = [*stored.parts(known), b"", b"", b""][:4]
        self._whole = _load(whole) if whole else None
        if not whole:
            each = _load(gate), _load(rest) if rest else None
            self._gated = Gated(_PLAN.decode(made_of), *each, self._some, self._keep)
            self._again()

    def _made(self) -> Gated:
        made_of = plan(self._anchors)
        flags = [_flags(a) | hs.HS_FLAG_SINGLEMATCH for a in made_of.literals]
        gate = _database(made_of.literals, range(len(flags)), flags)
        return Gated(made_of, gate, self._some(made_of.open), self._some, self._keep)

    def _keep(self, numbers: Sequence[int], database: Any) -> None:
        """Keep what this data asked for: the next is likely to ask for the same."""
        content = msgspec.msgpack.encode((list(numbers), _dump(database)))
        self._cache.put("asked", self._made_of, content)

    def _again(self) -> None:
        known = self._cache.get("asked", self._made_of)
        if known is not None:
            numbers, database = _ASKED.decode(known)
            self._gated.take(numbers, _load(database))

    def _some(self, numbers: Sequence[int]) -> Any:
        return _compile([self._anchors[n] for n in numbers], numbers) if numbers else None

    def scan(self, data: Any) -> Hits:
        if self._whole is not None:
            return _scan(self._whole, data)
        each, ids = self._gated.databases(data), self._ids
        return [(ids[n], end) for database in each for n, end in _scan(database, data)]

    def complete(self, anew: bool) -> None:
        if self._whole is None:
            self._whole = _kept(self._cache, self._anchors, self._ids, anew)

    def dump(self) -> bytes:
        if self._whole is not None:
            return stored.joined([_dump(self._whole)])
        gated = self._gated
        rest = b"" if gated.rest is None else _dump(gated.rest)
        made_of = msgspec.msgpack.encode(gated.plan)
        return stored.joined([b"", made_of, _dump(gated.gate), rest])


def _kept(
    kept: cache.Cache, anchors: Sequence[Anchor], ids: Sequence[int], anew: bool = True
) -> Any:
    """The database of these anchors: the one that was kept, or a new one, or (not `anew`) None."""
    private = anchors[0].private
    made_of = _made_of(anchors, ids)
    known = kept.get("database", made_of, private)
    with suppress(hs.error):  # of another version or processor, by its own header
        if known is not None:
            return _load(known)
    if not anew:
        return None
    database = _compile(anchors, ids)
    kept.put("database", made_of, _dump(database), private)
    return database


def _made_of(anchors: Sequence[Anchor], ids: Sequence[int]) -> bytes:
    facts = [(a.expression, _flags(a), n) for a, n in zip(anchors, ids, strict=True)]
    return stored.made_of(_platform(), facts)


@lru_cache(maxsize=1)
def _platform() -> str:
    """Version and processor features that databases are compiled for."""
    one = _database([Anchor("a")], [0], [0])
    return f"{version('hyperscan')} {one.info()!r} {platform.machine()}"


def _load(compiled: bytes) -> Any:
    database = hs.loadb(compiled, mode=hs.HS_MODE_BLOCK)
    database.scratch = hs.Scratch(database)
    return database


def _dump(database: Any) -> bytes:
    return bytes(hs.dumpb(database))


def _compile(anchors: Sequence[Anchor], ids: Iterable[int]) -> Any:
    numbers = list(ids)
    try:
        return _database(anchors, numbers, [_flags(a) for a in anchors])
    except hs.error:
        # Some expression is beyond exact matching: find out which, and take the
        # engine's superset mode for those.
        return _database(anchors, numbers, [_settle(a) for a in anchors])


def _database(anchors: Sequence[Anchor], ids: Iterable[int], flags: list[int]) -> Any:
    database = hs.Database(mode=hs.HS_MODE_BLOCK)
    expressions = [a.expression.encode() for a in anchors]
    database.compile(expressions=expressions, ids=list(ids), flags=flags)
    return database


def _flags(anchor: Anchor) -> int:
    flags = hs.HS_FLAG_MULTILINE if anchor.ascii else hs.HS_FLAG_UTF8 | hs.HS_FLAG_MULTILINE
    flags |= hs.HS_FLAG_CASELESS if anchor.caseless else 0
    flags |= hs.HS_FLAG_UCP if anchor.unicode else 0
    return int(flags)


def _settle(anchor: Anchor) -> int:
    flags = _flags(anchor)
    for attempt in (flags, flags | hs.HS_FLAG_PREFILTER):
        try:
            _database([anchor], [0], [attempt])
        except hs.error:
            continue
        return int(attempt)
    raise UsageError(
        "the multi-pattern engine cannot take this anchor",
        where=anchor.owner,
        hint="give the rule a simpler anchor, for example its literal prefix",
    )


def _scan(database: Any, data: Any) -> Hits:
    found: Hits = []
    database.scan(data, match_event_handler=_collect, context=found)
    return found


def _collect(anchor: int, _start: int, end: int, _flags: int, hits: Any) -> None:
    hits.append((anchor, end))
