"""A small tree of what a regular expression must consume, read from Python's own parser.

Look-ahead, anchors and other assertions are left out, except word boundaries; a look-behind
at the very beginning becomes text in front.  Each step only widens what is matched.
"""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from scanner.regexes import charsets
from scanner.regexes.charsets import Chars

_sre: Any = importlib.import_module("re._parser")


@dataclass(frozen=True, slots=True)
class One:
    """One character of a set."""

    chars: Chars


@dataclass(frozen=True, slots=True)
class Seq:
    items: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Alt:
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Rep:
    item: Node
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Edge:
    r"""A word boundary of the source expression, by its own idea of a word."""


@dataclass(frozen=True, slots=True)
class Bound:
    r"""A `\b` by ASCII, next to an ASCII word character: it holds wherever an `Edge` does."""


Node = One | Seq | Alt | Rep | Edge | Bound
EMPTY = Seq()


def seq(items: Iterable[Node]) -> Node:
    """A sequence, flattened."""
    flat: list[Node] = []
    for item in items:
        flat += item.items if isinstance(item, Seq) else [item]
    return flat[0] if len(flat) == 1 else Seq(tuple(flat))


def without_edges(node: Node) -> Node:
    """The node without its word boundaries."""
    match node:
        case Seq(items):
            return seq(without_edges(item) for item in items)
        case Alt(items):
            return Alt(tuple(without_edges(item) for item in items))
        case Rep(item, low, high):
            return Rep(without_edges(item), low, high)
        case Edge() | Bound():
            return EMPTY
    return node


def parse(pattern: str, flags: int) -> Node | None:
    """The tree of an expression in the syntax of `re`, or None when it is not in it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # "possible nested set": other engines differ there
            parsed = _sre.parse(pattern, flags)
    except (re.error, Warning, RecursionError, OverflowError, ValueError):
        return None
    return _Reader().sequence(parsed, parsed.state.flags, True)


class _Reader:
    def __init__(self) -> None:
        self._groups: dict[int, tuple[Any, int]] = {}

    def sequence(self, tokens: Any, flags: int, first: bool) -> Node:
        items: list[Node] = []
        for op, argument in tokens:
            ahead = first and all(item == EMPTY for item in items)
            items.append(self._node(str(op).lower(), argument, flags, ahead))
        return seq(items)

    def _node(self, op: str, argument: Any, flags: int, first: bool) -> Node:
        reader = getattr(self, f"_{op}", None)
        node: Node = reader(argument, flags, first) if reader else EMPTY
        return node

    def _literal(self, code: int, flags: int, _first: bool) -> Node:
        return One(charsets.literal(code, bool(flags & re.I)))

    def _not_literal(self, code: int, _flags: int, _first: bool) -> Node:
        return One(charsets.negated(1 << code if code < 0x80 else 0))

    def _any(self, _argument: None, flags: int, _first: bool) -> Node:
        return One(charsets.ANY if flags & re.S else charsets.NOT_NEWLINE)

    def _in(self, members: Any, flags: int, _first: bool) -> Node:
        inside, sure = Chars(), 0
        for op, argument in members:
            chars, certain = _member(str(op).lower(), argument, flags)
            inside, sure = inside | chars, sure | certain
        is_negated = bool(members) and str(members[0][0]).lower() == "negate"
        return One(charsets.negated(sure) if is_negated else inside)

    def _category(self, name: Any, flags: int, _first: bool) -> Node:
        return One(_category(name, flags))

    def _branch(self, argument: Any, flags: int, first: bool) -> Node:
        return Alt(tuple(self.sequence(branch, flags, first) for branch in argument[1]))

    def _subpattern(self, argument: Any, flags: int, first: bool) -> Node:
        group, add, remove, tokens = argument
        inner = (flags | add) & ~remove
        node = self.sequence(tokens, inner, first)
        if group is not None:
            self._groups[group] = (tokens, inner)
        return node

    def _atomic_group(self, tokens: Any, flags: int, first: bool) -> Node:
        return self.sequence(tokens, flags, first)

    def _max_repeat(self, argument: Any, flags: int, first: bool) -> Node:
        low, high, tokens = argument
        limit = None if high is _sre.MAXREPEAT else int(high)
        item = self.sequence(tokens, flags, first and limit == 1)
        return EMPTY if item == EMPTY or limit == 0 else Rep(item, int(low), limit)

    _min_repeat = _possessive_repeat = _max_repeat

    def _groupref(self, group: int, flags: int, _first: bool) -> Node:
        # It repeats what the group matched, so the group's own shape is a superset.
        if group not in self._groups:
            return Rep(One(charsets.ANY), 0, None)
        tokens, inner = self._groups[group]
        return without_edges(self.sequence(tokens, inner | flags & re.I, False))

    def _groupref_exists(self, argument: Any, flags: int, _first: bool) -> Node:
        _, yes, no = argument
        return Alt((self.sequence(yes, flags, False), self.sequence(no or (), flags, False)))

    def _at(self, where: Any, _flags: int, _first: bool) -> Node:
        return Edge() if str(where).lower() == "at_boundary" else EMPTY

    def _assert(self, argument: Any, flags: int, first: bool) -> Node:
        direction, tokens = argument
        return self.sequence(tokens, flags, True) if direction < 0 and first else EMPTY


def _member(op: str, argument: Any, flags: int) -> tuple[Chars, int]:
    """A member of a class: the characters it may stand for, and the ASCII ones it must."""
    caseless = bool(flags & re.I)
    if op == "literal":
        return charsets.literal(argument, caseless), 1 << argument if argument < 0x80 else 0
    if op == "range":
        low, high = argument
        return charsets.span(low, high, caseless), charsets.span(low, high, False).ascii
    if op == "category":
        return _category(argument, flags), charsets.SURE[_class_name(argument)]
    return Chars(), 0


def _category(name: Any, flags: int) -> Chars:
    chars = charsets.CLASSES[_class_name(name)]
    narrow = flags & re.A and "not" not in _class_name(name)
    return Chars(chars.ascii) if narrow else chars


def _class_name(name: Any) -> str:
    return str(name).lower().removeprefix("category_")
