"""Anchors rewritten as text: each form matches wherever the one it was made of does."""

from __future__ import annotations

import re
from dataclasses import replace

from scanner.regexes.multipattern import Anchor

_CLASS = r"\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]"
_CODE = r"\\[xpP]\{[^}]*\}"
_TOKEN = re.compile(
    rf"\\Q.*?(?:\\E|$)|{_CODE}|\\.|{_CLASS}|\(\?#[^)]*\)|\{{\d+,\d+\}}|.", re.DOTALL
)
_EDGES = frozenset("^$")
_COUNTED = 16  # times up to which a repeat keeps its limit


def loose(anchor: Anchor) -> Anchor:
    r"""The anchor without the edges of values and lines (`^`, `$`).

    It matches wherever the value stands between characters that belong to no word, as `"`
    and the separators of JSON: there every `\b` and `\B` is what it was at the value's edge.
    """
    tokens = _TOKEN.findall(anchor.expression)
    # An empty group and not nothing: what repeats or follows the edge must still find a place.
    body = "".join("(?:)" if token in _EDGES else token for token in tokens)
    return replace(anchor, expression=body)


def uncounted(expression: str) -> str:
    """The expression with no upper limit on long repeats: an automaton that counts is large,
    slow, and may take minutes to compile or be refused."""
    return "".join(map(_without_limit, _TOKEN.findall(expression)))


def _without_limit(token: str) -> str:
    low, _, high = token[1:-1].partition(",")
    counted = token.startswith("{") and high.isdigit() and low.isdigit()
    return f"{{{low},}}" if counted and int(high) > _COUNTED else token
