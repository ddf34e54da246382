"""One pass over a large buffer with many patterns: Hyperscan, or RE2 where it is missing.

Both answer the same question, "which pattern ends at which byte", and agree on it up to
this: an answer may be an over-approximation, never an omission.  Confirmation is exact and
happens elsewhere, so the two engines give identical findings.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, Protocol

from scanner import cache
from scanner.errors import UsageError
from scanner.regexes import stored


@dataclass(frozen=True, slots=True)
class Anchor:
    """One regular expression of the pass; see `scanner.detectors.Pattern` for its syntax.

    Errors name the `owner`, never the expression: it may be a confidential term.
    """

    expression: str
    caseless: bool = False
    unicode: bool = False
    owner: str = field(default="", compare=False)  # the detector and its pattern
    private: bool = field(default=True, compare=False)  # not kept on disk as it is
    ascii: bool = False  # see `Pattern.ascii`; such literals compile ten times as fast
    starts: bool = False  # see `Pattern.starts`


def chosen(engine: str) -> str:
    """The name of the engine: for `auto` the fastest that this platform has."""
    if engine != "auto":
        return engine
    return "hyperscan" if find_spec("hyperscan") else "re2"


class MultiPattern(Protocol):
    """`joins` says that many values may be scanned as one buffer: the engine reports every
    match, so one that crosses from a value into the next hides none that begins there."""

    name: str
    joins: bool

    def scan(self, data: Any) -> list[tuple[int, int]]:
        """(index of the anchor or its id, byte offset where it ended) for every hit, unordered.

        `data` is a buffer of valid UTF-8.
        """
        ...

    def dump(self) -> bytes:
        """The compiled form, for `build` in another process; empty when there is none."""
        ...


def build(
    anchors: Sequence[Anchor],
    engine: str = "auto",
    compiled: bytes = b"",
    ids: Sequence[int] | None = None,
) -> MultiPattern:
    """The fastest engine this platform has, or the named one (hyperscan, re2).

    `compiled` is what `dump` gave for the same anchors and ids on the same machine.
    `ids` are what `scan` reports in place of indices; anchors that share one are cheaper.
    Raises UsageError when an anchor is outside the syntax both engines share.
    """
    _check(anchors)
    numbers = list(ids) if ids is not None else list(range(len(anchors)))
    if chosen(engine) == "hyperscan":
        return _Hyperscan(anchors, numbers, compiled)
    return _Re2(anchors, numbers)


def _check(anchors: Sequence[Anchor]) -> None:
    for anchor in anchors:
        if r"\A" in anchor.expression or r"\z" in anchor.expression:
            raise UsageError(
                "an anchor must not be tied to the start or end of the value",
                where=anchor.owner,
                hint=r"leave \A and \z out of the anchor; keep them in the pattern",
            )


class _Hyperscan:
    name = "hyperscan"
    joins = True

    def __init__(self, anchors: Sequence[Anchor], ids: list[int], compiled: bytes = b"") -> None:
        import hyperscan

        self._hs = hyperscan
        # What is confidential is a database of its own: it is kept on disk encrypted.
        pairs = list(zip(anchors, ids, strict=True))
        both = ([p for p in pairs if p[0].private == private] for private in (False, True))
        parts = [part for part in both if part]
        if compiled:
            self._databases = [self._load(one) for one in stored.parts(compiled)]
        else:
            self._databases = [self._made(part) for part in parts]
        self._ids = [_numbers(part) for part in parts]

    def _made(self, pairs: Sequence[tuple[Anchor, int]]) -> Any:
        """The database of these anchors: the one that was kept, or a new one."""
        anchors, ids = [a for a, _ in pairs], [number for _, number in pairs]
        private = anchors[0].private
        ids = list(range(len(anchors))) if private else ids
        facts = [(a.expression, self._flags(a), n) for a, n in zip(anchors, ids, strict=True)]
        made_of = stored.made_of(self._platform(), facts)
        kept = cache.used().get("database", made_of, private)
        with suppress(self._hs.error):  # of another version or processor, by its own header
            if kept is not None:
                return self._load(kept)
        database = self._compile(anchors, ids)
        cache.used().put("database", made_of, self._hs.dumpb(database), private)
        return database

    def _platform(self) -> str:
        """Version and processor features that databases are compiled for."""
        one = self._database([b"a"], [0], [0])
        return f"{version('hyperscan')} {one.info()!r} {platform.machine()}"

    def _load(self, compiled: bytes) -> Any:
        database = self._hs.loadb(compiled, mode=self._hs.HS_MODE_BLOCK)
        database.scratch = self._hs.Scratch(database)
        return database

    def dump(self) -> bytes:
        return stored.joined([bytes(self._hs.dumpb(database)) for database in self._databases])

    def _compile(self, anchors: Sequence[Anchor], ids: list[int]) -> Any:
        expressions = [a.expression.encode() for a in anchors]
        flags = [self._flags(a) for a in anchors]
        try:
            return self._database(expressions, ids, flags)
        except self._hs.error:
            # Some expression is beyond exact matching: find out which, and take the
            # engine's superset mode for those.
            return self._database(expressions, ids, [self._settle(a) for a in anchors])

    def _database(self, expressions: list[bytes], ids: list[int], flags: list[int]) -> Any:
        database = self._hs.Database(mode=self._hs.HS_MODE_BLOCK)
        database.compile(expressions=expressions, ids=ids, flags=flags)
        return database

    def _flags(self, anchor: Anchor) -> int:
        hs = self._hs
        flags = hs.HS_FLAG_MULTILINE if anchor.ascii else hs.HS_FLAG_UTF8 | hs.HS_FLAG_MULTILINE
        flags |= hs.HS_FLAG_CASELESS if anchor.caseless else 0
        flags |= hs.HS_FLAG_UCP if anchor.unicode else 0
        return int(flags)

    def _settle(self, anchor: Anchor) -> int:
        flags = self._flags(anchor)
        for attempt in (flags, flags | self._hs.HS_FLAG_PREFILTER):
            try:
                self._database([anchor.expression.encode()], [0], [attempt])
            except self._hs.error:
                continue
            return attempt
        raise UsageError(
            "the multi-pattern engine cannot take this anchor",
            where=anchor.owner,
            hint="give the rule a simpler anchor, for example its literal prefix",
        )

    def scan(self, data: Any) -> list[tuple[int, int]]:
        hits: list[tuple[int, int]] = []
        for database, ids in zip(self._databases, self._ids, strict=True):
            found: list[tuple[int, int]] = []
            database.scan(data, match_event_handler=_collect, context=found)
            hits += found if ids is None else [(ids[number], end) for number, end in found]
        return hits


def _numbers(pairs: Sequence[tuple[Anchor, int]]) -> list[int] | None:
    """Ids by index, for private anchors: so many that share one take the engine minutes."""
    return [number for _, number in pairs] if pairs[0][0].private else None


def _collect(anchor: int, _start: int, end: int, _flags: int, hits: Any) -> None:
    hits.append((anchor, end))


_RE2_MEMORY = 1 << 30  # bytes its automata may take; a set of a thousand anchors needs over 8 MB


class _Re2:
    name = "re2"
    joins = False

    def __init__(self, anchors: Sequence[Anchor], ids: list[int]) -> None:
        import re2

        self._ids = ids
        options = re2.Options()
        options.log_errors = False
        options.never_capture = True
        options.max_mem = _RE2_MEMORY
        self._each = [re2.compile(_re2_expression(a), options) for a in anchors]
        # RE2 answers "no match" when it ran out of memory.  The empty pattern at the end
        # matches everywhere: without it in the answer, there was no answer.
        self._set = re2.Set.SearchSet(options)
        for expression in [*map(_re2_expression, anchors), ""]:
            self._set.Add(expression)
        self._set.Compile()

    def scan(self, data: Any) -> list[tuple[int, int]]:
        text = bytes(data)
        hits = ((i, hit) for i in self._which(text) for hit in self._each[i].finditer(text))
        return [(self._ids[i], at) for i, hit in hits for at in hit.span()]

    def dump(self) -> bytes:
        return b""  # RE2 compiles in no time and has no stored form

    def _which(self, text: bytes) -> Sequence[int]:
        matched = set(self._set.Match(text) or ())
        everywhere = len(self._each)
        if everywhere not in matched:
            return range(everywhere)
        return sorted(matched - {everywhere})


# What Python and Hyperscan (UCP) mean by these classes; RE2's own are ASCII only.
_UNICODE_CLASSES = {
    r"\d": r"\p{Nd}",
    r"\w": r"\p{L}\p{N}\p{Mn}\p{Pc}",
    r"\s": r"\s\x0b\x1c-\x1f\x{85}\p{Z}",
}
_TOKEN = re.compile(r"\\.|\[\^?\]?|\]|.", re.DOTALL)


def _re2_expression(anchor: Anchor) -> str:
    body = _widen(anchor.expression) if anchor.unicode else anchor.expression
    return f"(?m{'i' if anchor.caseless else ''}:{body})"


def _widen(expression: str) -> str:
    """The expression with ASCII classes replaced by their Unicode meaning."""
    out, inside = [], False
    for piece in _TOKEN.findall(expression):
        inside = (inside or piece.startswith("[")) and piece != "]"
        out.append(_unicode_class(piece, inside))
    return "".join(out)


def _unicode_class(piece: str, inside: bool) -> str:
    wide = _UNICODE_CLASSES.get(piece.lower())
    if wide is None:
        return piece
    if piece.islower():
        return wide if inside else f"[{wide}]"
    # A negated class within brackets cannot be spelled out: anything is a safe superset.
    return r"\x{00}-\x{10FFFF}" if inside else f"[^{wide}]"
