"""From any Python regular expression to anchors for the matcher: wider, never narrower.

Whenever the source expression matches somewhere in a text, one of the anchors does too.
What the shared syntax cannot say is widened or left out: look-around, back-references,
Unicode word boundaries, long tails, big repeats.  What is too weak to be worth a search
becomes `always`: every value is then a candidate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import log2

from scanner import charsets
from scanner.charsets import Chars
from scanner.detectors import Pattern
from scanner.regextree import (
    EMPTY,
    Alt,
    Bound,
    Edge,
    Node,
    One,
    Rep,
    Seq,
    parse,
    seq,
    without_edges,
)

_WEAK = 8.0  # bits: about one hit in 256 characters of random text
_LARGE = 400  # positions of an automaton, roughly
_LONG = 8000  # characters of an expression; Hyperscan refuses more than 16,000


@dataclass(frozen=True, slots=True)
class Anchors:
    """Anchors of one expression; `always` when none is selective enough."""

    expressions: tuple[str, ...] = ()
    always: bool = False

    def pattern(self, key: str) -> Pattern:
        """As a pattern for the matcher."""
        return Pattern(key, anchors=self.expressions, always=self.always)


ALWAYS = Anchors(always=True)


def of_re(expression: re.Pattern[str]) -> Anchors:
    """The anchors of an expression compiled by `re`."""
    return _anchors(expression.pattern, expression.flags & ~re.DEBUG)


# Flags of the `regex` module that mean the same in `re`: I, M, S, X; and those that only
# narrow or say nothing: ASCII, UNICODE, VERSION0.
_SAME_FLAGS = int(re.I | re.M | re.S | re.X)
_HARMLESS_FLAGS = 0x80 | 0x20 | 0x2000


def of_regex(pattern: str, flags: int) -> Anchors:
    """The anchors of an expression for the PyPI module `regex`.

    What only that module knows (fuzzy matching, set operations, recursion) gives `always`.
    """
    if flags & ~(_SAME_FLAGS | _HARMLESS_FLAGS):
        return ALWAYS
    known = _in_python_syntax(pattern)
    if known is None:
        return ALWAYS
    body, inline = known
    return _anchors(body, flags & _SAME_FLAGS | inline)


def any_of(parts: list[Anchors]) -> Anchors:
    """The anchors of "any of these expressions"."""
    if any(part.always for part in parts):
        return ALWAYS
    return Anchors(tuple(dict.fromkeys(e for part in parts for e in part.expressions)))


def _anchors(pattern: str, flags: int) -> Anchors:
    tree = parse(pattern, flags)
    if tree is None:
        return ALWAYS
    tree = _trimmed(_bounded(tree))
    if bits(tree) < _WEAK:
        return ALWAYS
    other = (charsets.other_digits(),) if _knows_digits(tree) else ()
    return Anchors((expression(_affordable(tree)), *other))


def _knows_digits(node: Node) -> bool:
    r"""True when the node has a `\d` that means the digits of every script.

    They are searched for by themselves: where a match holds none of them, `[0-9]` is as
    good, and automata of all scripts' digits are large.
    """
    match node:
        case One(chars):
            return chars.digits and chars.wide != charsets.ALL_WIDE
        case Seq(items) | Alt(items):
            return any(_knows_digits(item) for item in items)
        case Rep(item, _, _):
            return _knows_digits(item)
    return False


# --- the syntax of `regex`, as far as `re` can read it

_TOKEN = re.compile(
    r"\\p\{\^?\w+\}|\\P\{\^?\w+\}|\\.|\(\?[ims]+\)|\(\?<(?=[A-Za-z_])"
    r"|\{\d*(?:,\d*)?\}|\[\^?\]?|.",
    re.DOTALL,
)


def _in_python_syntax(pattern: str) -> tuple[str, int] | None:
    """The expression as `re` reads it, with the flags set inside; None for what it cannot."""
    out, flags, inside = [], 0, ""
    for piece in _TOKEN.findall(pattern):
        text = _python_piece(piece, inside)
        if text is None:
            return None
        if not inside and re.fullmatch(r"\(\?[ims]+\)", piece):
            flags |= sum({"i": re.I, "m": re.M, "s": re.S}[c] for c in set(piece[2:-1]))
        inside = _class_state(piece, inside)
        out.append(text)
    return "".join(out), flags


def _class_state(piece: str, inside: str) -> str:
    """The bracket that opened the class we are in after this piece, or nothing."""
    if inside:
        return "" if piece == "]" else inside
    return piece[:2] if piece.startswith("[") else ""


def _python_piece(piece: str, inside: str) -> str | None:
    if re.match(r"\\[pP]\{", piece):
        if inside.startswith("[^"):
            return "\U0010ffff"  # leaves out nothing that matters; the class stays a class
        return r"\s\S" if inside else r"[\s\S]"
    if inside:
        return None if piece == "[" else piece
    if piece == "{":
        return None  # fuzzy matching, or a brace that the two modules may read differently
    if piece.startswith("(?<"):
        return "(?P<"
    return "" if re.fullmatch(r"\(\?[ims]+\)", piece) else piece


# --- word boundaries


def _bounded(node: Node) -> Node:
    r"""The node with each `Edge` made a `\b` by ASCII where that is safe, else left out."""
    match node:
        case Seq(items):
            return _bounded_items(items)
        case Alt(items):
            return Alt(tuple(_bounded(item) for item in items))
        case Rep(item, low, high):
            return Rep(_bounded(item), low, high)
        case Edge():
            return EMPTY
    return node


def _bounded_items(items: tuple[Node, ...]) -> Node:
    rest: Node = EMPTY
    edges_at_end = 0
    for item in reversed(items):
        if item != Edge():
            rest = seq([_bounded(item), rest])
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
        case Seq((head, *tail)) if not _nullable(head):
            return seq([_edge_before(head), *tail])
        case Alt(items):
            return Alt(tuple(_edge_before(item) for item in items))
    first = _first(node)
    safe = not _nullable(node) and not first.wide and not first.ascii & ~charsets.WORD
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


def _nullable(node: Node) -> bool:
    match node:
        case Seq(items):
            return all(_nullable(item) for item in items)
        case Alt(items):
            return any(_nullable(item) for item in items)
        case Rep(item, low, _):
            return low == 0 or _nullable(item)
        case One():
            return False
    return True


def _first(node: Node) -> Chars:
    """The characters that what the node consumes can begin with."""
    found = Chars()
    match node:
        case One(chars):
            return chars
        case Rep(item, _, _):
            return _first(item)
        case Alt(items):
            for item in items:
                found |= _first(item)
        case Seq(items):
            for item in items:
                found |= _first(item)
                if not _nullable(item):
                    break
    return found


# --- cutting to what is worth searching for


def _trimmed(node: Node) -> Node:
    """The node without the optional text at both ends: a match of it lies in every match."""
    return _mirror(_without_front(_mirror(_without_front(node))))


def _without_front(node: Node) -> Node:
    match node:
        case Alt(items):
            return Alt(tuple(_without_front(item) for item in items))
        case Rep(item, low, _):
            return _last_of(node, item, low)
        case Seq((head, *tail)) if head != Bound():
            head = EMPTY if _nullable(head) else _without_front(head)
            return seq([head, *tail]) if head != EMPTY else _without_front(seq(tail))
    return node


def _last_of(node: Node, item: Node, low: int) -> Node:
    """What a repeat at the front surely ends with."""
    if low < 2:
        return _without_front(item) if low else EMPTY
    return node if _has_bound(item) else Rep(item, low, low)


def _has_bound(node: Node) -> bool:
    return without_edges(node) != node


def _affordable(node: Node) -> Node:
    """The node widened until its automaton is small: open repeats, then cut alternatives."""
    for limit in (256, 64, 16, 4, 1):
        node = _trimmed(_clipped(node, limit))
        if _size(node) <= _LARGE and len(expression(node)) <= _LONG:
            return node
    return _trimmed(_heads(node))


def _heads(node: Node) -> Node:
    """The node with each long list of alternatives cut to its first characters."""
    match node:
        case Seq(items):
            return seq(_heads(item) for item in items)
        case Alt(items) if len(items) > 20 and not _nullable(node):
            return seq([One(_first(node)), Rep(One(charsets.ANY), 0, None)])
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
