"""From any Python regular expression to anchors for the matcher: wider, never narrower.

Whenever the source expression matches somewhere in a text, one of the anchors does too.
What the shared syntax cannot say is widened or left out: look-around, back-references,
Unicode word boundaries, long tails, big repeats.  What is too weak to be worth a search
becomes `always`: every value is then a candidate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from scanner.detectors import Pattern
from scanner.regexes import charsets
from scanner.regexes.tree import parse
from scanner.regexes.widen import affordable, bits, bounded, expression, knows_digits, trimmed

_WEAK = 8.0  # bits: about one hit in 256 characters of random text


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
    tree = trimmed(bounded(tree))
    if bits(tree) < _WEAK:
        return ALWAYS
    other = (charsets.other_digits(),) if knows_digits(tree) else ()
    return Anchors((expression(affordable(tree)), *other))


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
