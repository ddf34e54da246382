"""Settles overlapping matches in one value: one secret is one finding."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scanner.detectors import Match


def settle(matches: Sequence[Match], lost: Callable[[Match, Match], None]) -> list[Match]:
    """The matches to keep, in order of place; each loser is told to `lost(loser, winner)`.

    Of overlapping matches of one category the one with the higher priority wins, then the
    more confident, the more severe, the longer, the earlier, and last the rule id decides.
    """
    kept: list[Match] = []
    for match in sorted(matches, key=_strength):
        winner = next((k for k in kept if _clash(k, match)), None)
        if winner is None:
            kept.append(match)
        else:
            lost(match, winner)
    return sorted(kept, key=lambda m: (m.start, m.end, m.rule.id))


def _strength(match: Match) -> tuple[int, int, int, int, int, str]:
    length = match.end - match.start
    ranks = (-match.priority, -match.confidence.rank, -match.severity.rank)
    return (*ranks, -length, match.start, match.rule.id)


def _clash(a: Match, b: Match) -> bool:
    return a.rule.category == b.rule.category and a.start < b.end and b.start < a.end
