"""Settles overlapping matches in one value: one secret is one finding."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from scanner.detectors import Match


@dataclass(slots=True)
class _Kept:
    """The matches of one category that stay: none overlaps another, so order is enough."""

    starts: list[int] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)

    def rival(self, match: Match) -> Match | None:
        """The strongest of the kept matches that it overlaps."""
        at = bisect_right(self.starts, match.start)
        rivals = []
        if at and self.matches[at - 1].end > match.start:
            rivals.append(self.matches[at - 1])
        while at < len(self.starts) and self.starts[at] < match.end:
            rivals.append(self.matches[at])
            at += 1
        return min(rivals, key=_strength, default=None)

    def add(self, match: Match) -> None:
        at = bisect_right(self.starts, match.start)
        self.starts.insert(at, match.start)
        self.matches.insert(at, match)


def settle(matches: Sequence[Match], lost: Callable[[Match, Match], None]) -> list[Match]:
    """The matches to keep, in order of place; each loser is told to `lost(loser, winner)`.

    Of overlapping matches of one category the one with the higher priority wins, then the
    more confident, the more severe, the longer, the earlier, and last the rule id decides.
    """
    kept: defaultdict[str, _Kept] = defaultdict(_Kept)
    found = list[Match]()
    for match in sorted(matches, key=_strength):
        winner = kept[match.rule.category].rival(match)
        if winner is None:
            kept[match.rule.category].add(match)
            found.append(match)
        else:
            lost(match, winner)
    return sorted(found, key=lambda m: (m.start, m.end, m.rule.id))


def _strength(match: Match) -> tuple[int, int, int, int, int, str]:
    length = match.end - match.start
    ranks = (-match.priority, -match.confidence.rank, -match.severity.rank)
    return (*ranks, -length, match.start, match.rule.id)
