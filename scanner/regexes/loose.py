"""Anchors for text in which a value does not stand alone, such as an undecoded JSON line."""

from __future__ import annotations

import re
from dataclasses import replace

from scanner.regexes.multipattern import Anchor

_CLASS = r"\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]"
_TOKEN = re.compile(rf"\\Q.*?(?:\\E|$)|\\.|{_CLASS}|\(\?#[^)]*\)|.", re.DOTALL)
_EDGES = frozenset("^$")


def loose(anchor: Anchor) -> Anchor:
    r"""The anchor without the edges of values and lines (`^`, `$`).

    It matches wherever the value stands between characters that belong to no word, as `"`
    and the separators of JSON: there every `\b` and `\B` is what it was at the value's edge.
    """
    tokens = _TOKEN.findall(anchor.expression)
    # An empty group and not nothing: what repeats or follows the edge must still find a place.
    body = "".join("(?:)" if token in _EDGES else token for token in tokens)
    return replace(anchor, expression=body)
