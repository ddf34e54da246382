"""One pass over a large buffer with many patterns: Hyperscan, or RE2 where it is missing.

Both answer the same question, "which pattern ends at which byte", and agree on it up to
this: an answer may be an over-approximation, never an omission.  Confirmation is exact and
happens elsewhere, so the two engines give identical findings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, Protocol

from scanner.errors import UsageError


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

    def complete(self, anew: bool) -> None:
        """Have at once what much text asks for: only what was kept, unless `anew`."""
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
        from scanner.regexes.hyper import Hyperscan

        return Hyperscan(anchors, numbers, compiled)
    return _Re2(anchors, numbers)


def _check(anchors: Sequence[Anchor]) -> None:
    for anchor in anchors:
        if r"\A" in anchor.expression or r"\z" in anchor.expression:
            raise UsageError(
                "an anchor must not be tied to the start or end of the value",
                where=anchor.owner,
                hint=r"leave \A and \z out of the anchor; keep them in the pattern",
            )


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

    def complete(self, anew: bool) -> None:
        pass

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
