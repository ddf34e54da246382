"""Settles what was found in a text against what was found in the texts decoded from it.

A value may be matched as it is written and again as it reads: that is one secret.  Matches
of one text were settled among themselves before (`scanner.overlaps`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from scanner.batch import TextBatch
from scanner.decoders import Decoded, Origin
from scanner.detectors import Match
from scanner.inner import InnerPlaces
from scanner.longvalues import PiecePlaces

_Text = tuple[int, int]  # the places of a layer, by identity, and the row
_MOST = 0.5  # share of a decoded text: a smaller match is a thing in it, and not what it is


class Sighting(NamedTuple):
    """A match in one row of a layer of a batch.  Raw: it stays inside."""

    layer: TextBatch
    row: int
    match: Match


class _Span(NamedTuple):
    start: int
    end: int
    part: bool  # of decoded bytes of which the match is only a small part


@dataclass(slots=True)
class _Trace:
    """Where a sighting stands in its text, and in the texts around that: innermost first."""

    sighting: Sighting
    spans: dict[_Text, _Span] = field(default_factory=dict)
    decoded: int = 0  # steps that made text of bytes
    rewritten: int = 0
    width: int = 0  # code points it was written with, escapes beside it included
    changed: bool = False  # it, or what is beside it, was written in another way outside
    replaced: tuple[str, ...] = ()  # steps whose outer text is not scanned itself

    @property
    def text(self) -> _Text:
        return next(iter(self.spans))

    @property
    def root(self) -> _Text:
        return next(reversed(self.spans))


def settle(
    sightings: Iterable[Sighting], lost: Callable[[Match, Match], None]
) -> Iterator[Sighting]:
    """The sightings to keep; each loser is told to `lost(loser, winner)`.

    Of two of one category that overlap where the one text came of the other, the stronger
    rule wins; of equals what was decoded from bytes, which is the secret and not its cover,
    then what reads in another way than it is written, else what needs the least decoding.
    A thing inside decoded bytes and a match of their cover are two, unless they are the same.
    """
    found = list(sightings)
    if not any(_is_decoded(one) for one in found):
        yield from found
        return
    groups: dict[_Text, list[_Trace]] = {}
    for trace in map(_trace, found):
        groups.setdefault(trace.root, []).append(trace)
    for group in groups.values():
        kept = group if len({t.text for t in group}) == 1 else _settled(group, lost)
        yield from (trace.sighting for trace in kept)


def _is_decoded(one: Sighting) -> bool:
    places = one.layer.places
    places = places.outer if isinstance(places, PiecePlaces) else places
    return isinstance(places, InnerPlaces)


def _settled(group: Sequence[_Trace], lost: Callable[[Match, Match], None]) -> Iterator[_Trace]:
    kept: dict[tuple[str, ...], list[_Trace]] = {}
    chosen = set[int]()
    for trace in sorted(group, key=_strength):
        rivals = kept.setdefault(trace.replaced, [])  # others are other members of a document
        winner = next((k for k in rivals if _clash(k, trace)), None)
        if winner is None:
            rivals.append(trace)
            chosen.add(id(trace))
        else:
            lost(trace.sighting.match, winner.sighting.match)
    yield from (trace for trace in group if id(trace) in chosen)


def _strength(trace: _Trace) -> tuple[int, ...]:
    match = trace.sighting.match
    ranks = (-match.priority, -match.confidence.rank, -match.severity.rank)
    return (*ranks, -trace.decoded, -trace.width, not trace.changed, trace.rewritten)


def _clash(a: _Trace, b: _Trace) -> bool:
    """True when they are one thing: they overlap in the innermost text that both stand in."""
    one, other = a.sighting.match, b.sighting.match
    if one.rule.category != other.rule.category or a.text == b.text:
        return False
    common = next((text for text in a.spans if text in b.spans), None)
    if common is None:
        return False
    here, there = a.spans[common], b.spans[common]
    alike = (one.family, one.normal) == (other.family, other.normal)
    if not alike and (here.part or there.part):
        return False
    return here.start < there.end and there.start < here.end


def _trace(one: Sighting) -> _Trace:
    trace = _Trace(one, width=one.match.end - one.match.start)
    places, row = one.layer.places, one.row
    before = one.layer.pieces[row].offset if one.layer.pieces else 0
    span = _Span(one.match.start + before, one.match.end + before, False)
    while True:
        if isinstance(places, PiecePlaces):
            row, places = places.row, places.outer
        trace.spans[id(places), row] = span
        if not isinstance(places, InnerPlaces):
            return trace
        span = _outside(trace, places.decoded[row], span)
        row, places = places.rows[row], places.outer


def _outside(trace: _Trace, decoded: Decoded, span: _Span) -> _Span:
    """The span in the text that this one was decoded from."""
    origin, size = decoded.origin, span.end - span.start
    if origin is None:
        trace.replaced += (decoded.step,)
        return _Span(0, sys.maxsize, True)
    start, end = origin.span(span.start, span.end)
    if origin.exact:
        low, high = _with_edges(decoded.text, origin, span)
        trace.rewritten += 1
        trace.width = high - low if not trace.replaced else trace.width
        trace.changed = trace.changed or high - low != size
        return _Span(start, end, span.part)
    trace.decoded += 1
    trace.width = end - start if not trace.replaced else trace.width
    return _Span(start, end, span.part or size < _MOST * len(decoded.text))


def _with_edges(text: str, origin: Origin, span: _Span) -> tuple[int, int]:
    """The stretch outside that a span came of, with what was rewritten right beside it."""
    low, high = origin.span(span.start, span.end)
    before = origin.span(span.start - 1, span.start) if span.start else (low, low)
    after = origin.span(span.end, span.end + 1) if span.end < len(text) else (high, high)
    low = before[0] if before[1] - before[0] > 1 else low
    return low, after[1] if after[1] - after[0] > 1 else high
