"""Anchors without a literal (digit runs, letters mixed with digits), made cheap for a first look.

An engine finds thousands of literals in one fast sweep, but runs an automaton of its own for
each expression that has none.  Those are looked for by what they have in common first, and
one by one only in the values in which that was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import log2

from scanner.regexes.charsets import ALL_WIDE, DIGIT, Chars, Ranges
from scanner.regexes.literals import literals
from scanner.regexes.loose import BESIDES, TOKEN
from scanner.regexes.multipattern import Anchor
from scanner.regexes.needles import Needle, needles, word
from scanner.regexes.tree import EMPTY, Alt, Bound, Node, One, Rep, Seq, parse, seq
from scanner.regexes.widen import bits, bounded, expression, first, nullable, trimmed

_ENOUGH = 7.5  # bits of a run of letters or signs that are worth a literal search
_SELECTIVE = 18.0  # bits that the end of an expression must still say
_BEGIN = 6  # characters that are looked at of what stands behind something rare
_COMMON = 0.5  # share of text from which beginnings are too many to look at
# Characters that fold to ASCII letters; nearly no text has them, and they make automata large.
_ODD = frozenset({0x130, 0x131, 0x17F, 0x212A})
ODD = r"[\x{130}\x{131}\x{17f}\x{212a}]"

# What a token may follow: no word, or an escape that is still written out (see `linear`).
_HEX = "[0-9A-Fa-f]"
_HEADS = (
    BESIDES,
    r"\\[nrtbfv0]",
    rf"(?:%|\\x|\\u{_HEX}{{2}}){_HEX}{{2}}",
    r"\x1b\[[0-9;]{0,12}m",
)


def at_start(body: str) -> str:
    """The expression, where no token goes on."""
    return f"(?:{'|'.join(_HEADS)})(?:{body})"


def at_starts(bodies: Iterable[str], brief: bool = False) -> list[Anchor]:
    """Anchors that hit where one of the bodies stands and no token goes on there.

    One automaton finds them all: behind a boundary there is nothing to count twice.  `brief`
    ones look, behind what is rare itself, only at how the bodies begin.
    """
    known = list(dict.fromkeys(bodies))
    if not known:
        return []
    after = [either := "|".join(known), *[_beginnings(known) if brief else either] * 3]
    pairs = zip(_HEADS, after, strict=True)
    return [Anchor(f"{head}(?:{body})", private=False) for head, body in pairs]


def _beginnings(bodies: Sequence[str]) -> str:
    """What some expressions begin with: those that begin with a digit, and the others."""
    trees = [_tree(Anchor(body)) for body in bodies]
    known = [tree for tree in trees if tree is not None]
    if len(known) < len(bodies):
        return "|".join(bodies)
    digits = [tree for tree in known if not first(tree).ascii & ~DIGIT]
    both = (beginning(Alt(tuple(s))) for s in (digits, [t for t in known if t not in digits]) if s)
    return "|".join(dict.fromkeys(both))


def beginning(node: Node) -> str:
    """A class for each of the first characters of whatever the node matches."""
    chars = [Chars()] * _BEGIN
    ends = _reached(node, {0}, chars)
    return "".join(one.expression() for one in chars[: min(ends)])


def _reached(node: Node, starts: set[int], chars: list[Chars]) -> set[int]:
    """Where a match of the node that begins at one of these places may end, the last place
    for all beyond; `chars` takes in what may stand at each."""
    match node:
        case One(some):
            for place in starts - {_BEGIN}:
                chars[place] |= some
            return {min(place + 1, _BEGIN) for place in starts}
        case Seq(items):
            for item in items:
                starts = _reached(item, starts, chars)
        case Alt(items):
            return {end for item in items for end in _reached(item, starts, chars)}
        case Rep(item, low, high):
            ends = set(starts) if not low else set()
            for times in range(1, 1 + min(high or _BEGIN, max(low, _BEGIN))):
                starts = _reached(item, starts, chars)
                ends |= starts if times >= low else set()
            return ends
    return starts


def first_look(anchor: Anchor) -> list[Anchor]:
    """Cheaper anchors of which one hits in every text that an anchor without a literal hits;
    empty for one that has a literal, or is not understood."""
    if _is_plain(anchor):
        return []
    if word := _word_in_front(anchor):
        return [Anchor(word.expression, private=anchor.private, ascii=True), _HAS_ODD]
    exact = _tree(anchor)
    tree = plain(exact) if exact is not None else None
    if exact is None or tree is None:
        return []
    if literal_bits(tree) >= _ENOUGH:
        known = _needles(tree, anchor.private)
    elif _is_word(trimmed(tree)):
        known = []  # its edges say more than its letters: it is looked for as it is
    else:
        known = [Anchor(expression(_rare_front(trimmed(tree))), private=anchor.private)]
    return known if tree == exact or not known else [*known, _HAS_ODD]


_HAS_ODD = Anchor(ODD, private=False)
_ENDLESS = re.compile(r"[*+]|,\}")
_HEADED = re.compile(r"\(\?i:([a-z0-9]+)\)(?![?*+{])")


def _word_in_front(anchor: Anchor) -> Needle | None:
    """The rare word that an expression begins with, before what may go on without end.

    Thousands are of this form: to read each as a tree would take seconds.
    """
    headed = _HEADED.match(anchor.expression)
    if headed is None or anchor.unicode or anchor.caseless:
        return None
    rest = anchor.expression[headed.end() :]
    return word(headed[1]) if _ENDLESS.search(rest) and _is_one_way(rest) else None


def _is_one_way(expression: str) -> bool:
    """False where a `|` stands outside of all groups."""
    depth = 0
    for part in TOKEN.findall(expression):
        depth += (part == "(") - (part == ")")
        if part == "|" and not depth:
            return False
    return True


def _is_plain(anchor: Anchor) -> bool:
    """True for what has a literal, seen without reading the expression as a tree."""
    if anchor.starts or _ENDLESS.search(anchor.expression):
        return False
    known = literals(anchor)
    return bool(known) and all(_PLAIN.fullmatch(one.expression) for one in known)


_PLAIN = re.compile(r"[0-9A-Za-z_]{3,}")


def _is_word(node: Node) -> bool:
    """True for a few letters in a row, each of them in one case or both."""
    return all(isinstance(item, One) and _bits(item.chars) for item in _flat(node))


def words_of(anchor: Anchor) -> list[Anchor]:
    """Literals of which one stands wherever an open-ended anchor hits, however common they are;
    empty where there are none."""
    exact = _tree(anchor)
    tree = plain(exact) if exact is not None else None
    if exact is None or tree is None:
        return []
    known = _needles(tree, anchor.private, rare=False)
    return known if tree == exact or not known else [*known, _HAS_ODD]


def _needles(tree: Node, private: bool, rare: bool = True) -> list[Anchor]:
    """Literals to look for first, where an expression says more than they do."""
    if not _repeats(tree):
        return []
    found = sorted(needles(tree, rare), key=lambda needle: (needle.text, needle.caseless))
    return [Anchor(needle.expression, private=private, ascii=True) for needle in found]


def _repeats(node: Node) -> bool:
    """True for what may go on without end: an automaton runs with it for as long."""
    match node:
        case Seq(items) | Alt(items):
            return any(map(_repeats, items))
        case Rep(item, _, high):
            return high is None or _repeats(item)
    return False


_CODE = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")
# What Python reads in another way than the engines do.
_FOREIGN = re.compile(r"\{,|\\[vQ]|\[\[:|\(\?#|[\^$]\*")


def _tree(anchor: Anchor) -> Node | None:
    if _FOREIGN.search(anchor.expression) or anchor.unicode:
        return None
    text = _CODE.sub(lambda m: f"\\U{int(m[1], 16):08x}", anchor.expression)
    tree = parse(text, re.IGNORECASE if anchor.caseless else 0)
    return bounded(tree) if tree is not None else None


def first_bytes(expression: str) -> frozenset[int]:
    """The bytes that a match may begin with, in UTF-8: all, where that cannot be told."""
    tree = _tree(Anchor(expression))
    if tree is None or nullable(tree):
        return frozenset(range(256))
    chars = first(tree)
    wide = range(0x80, 0x100) if chars.wide or chars.digits else ()
    return frozenset([*(code for code in range(128) if chars.ascii >> code & 1), *wide])


def plain(node: Node) -> Node | None:
    """The node for texts without odd characters; None when nothing matches without them."""
    match node:
        case One(chars):
            known = Chars(chars.ascii, _without_odd(chars.wide))
            return One(known) if known != Chars() else None
        case Seq(items):
            parts = [plain(item) for item in items]
            return None if None in parts else seq(part for part in parts if part is not None)
        case Alt(items):
            kept = dict.fromkeys(part for item in items if (part := plain(item)) is not None)
            return Alt(tuple(kept)) if kept else None
        case Rep(item, low, high):
            inner = plain(item)
            return Rep(inner, low, high) if inner is not None else (None if low else EMPTY)
    return node


def _without_odd(wide: Ranges) -> Ranges:
    if wide == ALL_WIDE:
        return wide
    return tuple((a, b) for a, b in wide if not (a == b and a in _ODD) and (a, b) != (0x130, 0x131))


def _rare_front(node: Node) -> Node:
    """The end of the node from where it begins with rarer characters, if it still says enough:
    an automaton costs what it takes to look at all that may begin a match."""
    items = _flat(node)
    if _share(first(node)) < _COMMON:
        return node
    ends = [Seq(tuple(items[at:])) for at in range(len(items))]
    good = [end for end in ends if not nullable(end) and bits(end) >= _SELECTIVE]
    return min(good, key=lambda end: _share(first(end)), default=node)


def _flat(node: Node) -> list[Node]:
    """The parts that a match consists of, one after the other."""
    match node:
        case Seq(items):
            return [part for item in items for part in _flat(item)]
        case Alt((item,)):
            return _flat(item)
    return [node]


def _share(chars: Chars) -> float:
    return sum(_frequency(code) for code in range(128) if chars.ascii >> code & 1)


# --- how much a literal says


def literal_bits(node: Node) -> float:
    """Bits of the best run of nearly fixed characters that stands in every match."""
    match node:
        case One(chars):
            return _bits(chars)
        case Alt(items):
            return min(literal_bits(item) for item in items)
        case Rep(item, low, _):
            return literal_bits(item) if low else 0.0
        case Seq(items):
            return _best_run(items)
    return 0.0


def _best_run(items: tuple[Node, ...]) -> float:
    best = run = 0.0
    for item in items:
        said = _bits(item.chars) if isinstance(item, One) else 0.0
        run = run + said if said or isinstance(item, Bound) else 0.0
        best = max(best, run, 0.0 if nullable(item) else literal_bits(item))
    return best


@lru_cache(maxsize=10_000)
def _bits(chars: Chars) -> float:
    """Bits of one character; 0 for a class of more than five."""
    codes = [code for code in range(128) if chars.ascii >> code & 1]
    if len(codes) > 5 or (chars.wide and (codes or chars.wide[0][0] != chars.wide[-1][1])):
        return 0.0
    return -log2(sum(map(_frequency, codes)) or 0.002)


def _frequency(code: int) -> float:
    """How often a character stands in text, roughly."""
    char = chr(code)
    if char.islower():
        return 0.024
    if char.isdigit() or char in " .,/-_:\"'\t\n":
        return 0.02
    return 0.004
