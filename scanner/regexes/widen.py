"""Widens the tree of an expression until every engine can search for it.

Each step keeps this: whenever the tree it was given matches somewhere in a text, so does
the tree it returns (digits of other scripts apart, see `knows_digits`).
"""

from __future__ import annotations

from math import log2

from scanner.regexes import charsets
from scanner.regexes.charsets import Chars
from scanner.regexes.tree import (
    EMPTY,
    Alt,
    Bound,
    Edge,
    Node,
    One,
    Rep,
    Seq,
    seq,
    without_edges,
)

_LARGE = 400  # positions of an automaton, roughly
_LONG = 8000  # characters of an expression; Hyperscan refuses more than 16,000


def knows_digits(node: Node) -> bool:
    r"""True when the node has a `\d` that means the digits of every script.

    They are searched for by themselves: where a match holds none of them, `[0-9]` is as
    good, and automata of all scripts' digits are large.
    """
    match node:
        case One(chars):
            return chars.digits and chars.wide != charsets.ALL_WIDE
        case Seq(items) | Alt(items):
            return any(knows_digits(item) for item in items)
        case Rep(item, _, _):
            return knows_digits(item)
    return False


# --- word boundaries


def bounded(node: Node) -> Node:
    r"""The node with each `Edge` made a `\b` by ASCII where that is safe, else left out."""
    match node:
        case Seq(items):
            return _bounded_items(items)
        case Alt(items):
            return Alt(tuple(bounded(item) for item in items))
        case Rep(item, low, high):
            return Rep(bounded(item), low, high)
        case Edge():
            return EMPTY
    return node


def _bounded_items(items: tuple[Node, ...]) -> Node:
    rest: Node = EMPTY
    edges_at_end = 0
    for item in reversed(items):
        if item != Edge():
            rest = seq([bounded(item), rest])
        elif rest == EMPTY:
            edges_at_end += 1
        else:
            rest = _edge_before(rest)
    return _mirror(_edge_before(_mirror(rest))) if edges_at_end else rest


def _edge_before(node: Node) -> Node:
    match node:
        case One(chars):
            return _edge_before_one(chars)
        case Rep(One(chars) as item, low, int(high)) if low >= 1:
            more = [Rep(item, low - 1, high - 1)] if high > 1 else []
            return seq([_edge_before_one(chars), *more])
        case Seq((head, *tail)) if not nullable(head):
            return seq([_edge_before(head), *tail])
        case Alt(items):
            return Alt(tuple(_edge_before(item) for item in items))
    ahead = first(node)
    safe = not nullable(node) and not ahead.wide and not ahead.ascii & ~charsets.WORD
    return seq([Bound(), node]) if safe else node


def _edge_before_one(chars: Chars) -> Node:
    word = Chars(chars.ascii & charsets.WORD)
    rest = Chars(chars.ascii & ~charsets.WORD, chars.wide)
    if not word.ascii:
        return One(chars)
    bounded = Seq((Bound(), One(word)))
    return bounded if rest == Chars() else Alt((bounded, One(rest)))


def _mirror(node: Node) -> Node:
    match node:
        case Seq(items):
            return Seq(tuple(_mirror(item) for item in reversed(items)))
        case Alt(items):
            return Alt(tuple(_mirror(item) for item in items))
        case Rep(item, low, high):
            return Rep(_mirror(item), low, high)
    return node


def nullable(node: Node) -> bool:
    match node:
        case Seq(items):
            return all(nullable(item) for item in items)
        case Alt(items):
            return any(nullable(item) for item in items)
        case Rep(item, low, _):
            return low == 0 or nullable(item)
        case One():
            return False
    return True


def first(node: Node) -> Chars:
    """The characters that what the node consumes can begin with."""
    found = Chars()
    match node:
        case One(chars):
            return chars
        case Rep(item, _, _):
            return first(item)
        case Alt(items):
            for item in items:
                found |= first(item)
        case Seq(items):
            for item in items:
                found |= first(item)
                if not nullable(item):
                    break
    return found


# --- cutting to what is worth searching for


def trimmed(node: Node) -> Node:
    """The node without the optional text at both ends: a match of it lies in every match."""
    return _mirror(_without_front(_mirror(_without_front(node))))


def _without_front(node: Node) -> Node:
    match node:
        case Alt(items):
            return Alt(tuple(_without_front(item) for item in items))
        case Rep(item, low, _):
            return _last_of(node, item, low)
        case Seq((head, *tail)) if head != Bound():
            head = EMPTY if nullable(head) else _without_front(head)
            return seq([head, *tail]) if head != EMPTY else _without_front(seq(tail))
    return node


def _last_of(node: Node, item: Node, low: int) -> Node:
    """What a repeat at the front surely ends with."""
    if low < 2:
        return _without_front(item) if low else EMPTY
    return node if _has_bound(item) else Rep(item, low, low)


def _has_bound(node: Node) -> bool:
    return without_edges(node) != node


def affordable(node: Node) -> Node:
    """The node widened until its automaton is small: open repeats, then cut alternatives."""
    for limit in (256, 64, 16, 4, 1):
        node = trimmed(_clipped(node, limit))
        if _size(node) <= _LARGE and len(expression(node)) <= _LONG:
            return node
    return trimmed(_heads(node))


def _heads(node: Node) -> Node:
    """The node with each long list of alternatives cut to its first characters."""
    match node:
        case Seq(items):
            return seq(_heads(item) for item in items)
        case Alt(items) if len(items) > 20 and not nullable(node):
            return seq([One(first(node)), Rep(One(charsets.ANY), 0, None)])
        case Alt(items):
            return Alt(tuple(_heads(item) for item in items))
        case Rep(item, low, high):
            return Rep(_heads(item), low, high)
    return node


def _clipped(node: Node, limit: int) -> Node:
    match node:
        case Seq(items):
            return seq(_clipped(item, limit) for item in items)
        case Alt(items):
            return Alt(tuple(_clipped(item, limit) for item in items))
        case Rep(item, low, high):
            over = high is None or high > limit
            return Rep(_clipped(item, limit), min(low, limit), None if over else high)
    return node


def _size(node: Node) -> int:
    match node:
        case One(chars):
            return 1 + min(8, 2 * len(chars.wide))
        case Seq(items) | Alt(items):
            return sum(_size(item) for item in items)
        case Rep(item, low, high):
            return _size(item) * max(1, low, high or 0)
    return 0


def bits(node: Node) -> float:
    """How much a match says: the fewest bits that random printable text would have to hit."""
    match node:
        case One(chars):
            printable = min(95, max(1, (chars.ascii >> 32).bit_count()))
            return log2(95 / printable)
        case Seq(items):
            return sum(bits(item) for item in items)
        case Alt(items):
            return max(0.0, min(bits(item) for item in items) - log2(len(items)))
        case Rep(item, low, _):
            return low * bits(item)
        case Bound():
            return 2.0
    return 0.0


# --- writing it down


def expression(node: Node) -> str:
    """The node in the syntax RE2 and Hyperscan share."""
    match node:
        case One(chars):
            return chars.expression()
        case Seq(items):
            return "".join(expression(item) for item in items)
        case Alt(items):
            return f"(?:{'|'.join(expression(item) for item in items)})"
        case Rep(item, low, high):
            return _repeat(expression(item), isinstance(item, One), low, high)
        case Bound():
            return r"\b"
    return ""


def _repeat(body: str, single: bool, low: int, high: int | None) -> str:
    times = {(0, None): "*", (1, None): "+", (0, 1): "?", (1, 1): ""}.get((low, high))
    if times is None:
        times = f"{{{low}}}" if low == high else f"{{{low},{'' if high is None else high}}}"
    return (body if single else f"(?:{body})") + times
