"""Anchors rewritten as text: each form matches wherever the one it was made of does."""

from __future__ import annotations

import re
from dataclasses import replace

from scanner.regexes.multipattern import Anchor

_CLASS = r"\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]"
_CODE = r"\\[xpP]\{[^}]*\}"
TOKEN = re.compile(
    rf"\\Q.*?(?:\\E|$)|{_CODE}|\\.|{_CLASS}|\(\?#[^)]*\)|\{{\d+(?:,\d*)?\}}|.", re.DOTALL
)
_EDGES = frozenset("^$")
BESIDES = "(?:^|[^0-9A-Za-z_])"  # where a token may begin: at the edge, or after no word
# The edge, or what is no letter of some: in a text one of those always stands there.
_LETTERS = (
    r"0-9A-Za-z_|(?:\\x\{(?:4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a]|[0-9a-f]{3,}|[c-f][0-9a-f])\}-?)+"
)
_BESIDE = re.compile(rf"\(\?:\^\|(\[\^(?:{_LETTERS})\])\)")
_COUNTED = 16  # times up to which a repeat keeps its limit
_SEEN = 8  # times that are looked for of a longer repeat at the end
_LITERAL = re.compile("[0-9A-Za-z_#-]{3}")


def loose(anchor: Anchor) -> Anchor:
    r"""The anchor without the edges of values and lines (`^`, `$`).

    It matches wherever the value stands between characters that belong to no word, as `"`
    and the separators of JSON: there every `\b` and `\B` is what it was at the value's edge.
    """
    beside = _BESIDE.match(anchor.expression)
    if beside:
        inner = loose(replace(anchor, expression=anchor.expression[beside.end() :]))
        return replace(inner, expression=f"{beside[1]}{inner.expression}")
    if _EDGES.isdisjoint(anchor.expression):
        return anchor
    tokens = ["", *TOKEN.findall(anchor.expression), "", ""]
    body = "".join(_edge(tokens, at) for at in range(1, len(tokens) - 2))
    return replace(anchor, expression=body)


def _edge(tokens: list[str], at: int) -> str:
    """A token, an edge as what it is inside a text: the end of a word, where a letter or digit is
    sure to stand beside it; else an empty group, in which what follows it still finds a place."""
    if tokens[at] not in _EDGES:
        return tokens[at]
    before, after, times = tokens[at - 1], tokens[at + 1], tokens[at + 2]
    is_start = tokens[at] == "^" and _is_word(after) and times[:1] not in ("*", "?", "{")
    return r"\b" if is_start or (tokens[at] == "$" and _is_word(before)) else "(?:)"


def _is_word(token: str) -> bool:
    return len(token) == 1 and token.isascii() and token.isalnum()


_COUNTS = re.compile(r",(?:1[7-9]|[2-9]\d|\d{3,})\}|\}$")  # of what may be rewritten


def uncounted(expression: str) -> str:
    """The expression without limits on long repeats: an automaton that counts is large, slow,
    and may take minutes to compile or be refused."""
    if not _COUNTS.search(expression):
        return expression
    tokens = TOKEN.findall(expression)
    body = "".join(map(_without_limit, tokens))
    if not _LITERAL.match(expression):
        return body
    # A literal in front says enough: what repeats at the end need not be seen to its end.
    low, _, high = tokens[-1][1:-1].partition(",")
    long = tokens[-1].startswith("{") and int(low or 0) > _SEEN and (not high or high.isdigit())
    return "".join([*map(_without_limit, tokens[:-1]), f"{{{_SEEN}}}"]) if long else body


def _without_limit(token: str) -> str:
    low, _, high = token[1:-1].partition(",")
    counted = token.startswith("{") and high.isdigit() and low.isdigit()
    return f"{{{low},}}" if counted and int(high) > _COUNTED else token
