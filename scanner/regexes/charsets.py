"""Sets of characters as a regular expression's classes mean them, over-approximated.

The ASCII part is exact where it can be; beyond ASCII the engines follow different versions
of Unicode, so there a set may say more than any of them, and never less.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache

Ranges = tuple[tuple[int, int], ...]

ALL_ASCII = (1 << 128) - 1
ALL_WIDE: Ranges = ((0x80, 0x10FFFF),)
SPACES_WIDE: Ranges = (
    *((cp, cp) for cp in (0x85, 0xA0, 0x1680, 0x180E)),
    (0x2000, 0x200B),
    (0x2028, 0x2029),
    *((cp, cp) for cp in (0x202F, 0x205F, 0x3000)),
)


@dataclass(frozen=True, slots=True)
class Chars:
    """A set of characters: a bit mask of the ASCII ones, and ranges of the others.

    With `digits` every decimal digit of other scripts belongs to it as well.
    """

    ascii: int = 0
    wide: Ranges = ()
    digits: bool = False

    def __or__(self, other: Chars) -> Chars:
        wide = self.wide if self.wide == other.wide else _merge(self.wide + other.wide)
        return Chars(self.ascii | other.ascii, wide, self.digits or other.digits)

    def expression(self) -> str:
        """The class in the syntax RE2 and Hyperscan share, `digits` left out."""
        if self.wide == ALL_WIDE:
            rest = _spans(ALL_ASCII & ~self.ascii)
            return f"[^{rest}]" if rest else "(?s:.)"
        if not self.wide and self.ascii.bit_count() == 1:
            return _escaped(self.ascii.bit_length() - 1)
        return f"[{_spans(self.ascii)}{''.join(_span(*r) for r in self.wide)}]"


def mask(text: str) -> int:
    """The bit mask of some ASCII characters."""
    return sum(1 << ord(c) for c in set(text))


def _run(low: int, high: int) -> int:
    return (1 << (high + 1)) - (1 << low)


DIGIT = _run(0x30, 0x39)
WORD = DIGIT | _run(0x41, 0x5A) | _run(0x61, 0x7A) | mask("_")
SPACE = mask("\t\n\x0b\x0c\r ")
_SPACE_OF_SOME = SPACE | _run(0x1C, 0x1F)  # Python counts the separators, others do not

ANY = Chars(ALL_ASCII, ALL_WIDE)
NOT_NEWLINE = Chars(ALL_ASCII & ~mask("\n"), ALL_WIDE)

CLASSES = {
    "digit": Chars(DIGIT, digits=True),
    "space": Chars(_SPACE_OF_SOME, SPACES_WIDE),
    "word": Chars(WORD, ALL_WIDE),
    "not_digit": Chars(ALL_ASCII & ~DIGIT, ALL_WIDE),
    "not_space": Chars(ALL_ASCII & ~SPACE, ALL_WIDE),
    "not_word": Chars(ALL_ASCII & ~WORD, ALL_WIDE),
}
# The ASCII characters that surely belong to a class: what its negation surely leaves out.
SURE = {
    "digit": DIGIT,
    "space": SPACE,
    "word": WORD,
    "not_digit": ALL_ASCII & ~DIGIT,
    "not_space": ALL_ASCII & ~_SPACE_OF_SOME,
    "not_word": ALL_ASCII & ~WORD,
}


@cache
def other_digits() -> str:
    """The class of all decimal digits that are not ASCII, as `re` and `regex` know them."""
    import re

    import regex

    text = "".join(map(chr, (*range(0x80, 0xD800), *range(0xE000, 0x20000))))
    runs = [m[0] for module in (re, regex) for m in module.finditer(r"\d+", text)]
    ranges = _merge(tuple((ord(run[0]), ord(run[-1])) for run in runs))
    return f"[{''.join(_span(*r) for r in ranges)}]"


def literal(code: int, caseless: bool) -> Chars:
    """One character, with all that any engine takes as its other cases."""
    if not caseless:
        return _of([code])
    known = _of([code, *_other_cases(chr(code))])
    return known if code < 0x80 else known | Chars(0, _NEW_CASES)


def span(low: int, high: int, caseless: bool) -> Chars:
    """A range of characters."""
    exact = Chars(_run(low, min(high, 0x7F)) if low < 0x80 else 0)
    if high >= 0x80 and caseless:
        return exact | Chars(mask("kKsSiI"), ALL_WIDE) | span(low, min(high, 0x7F), True)
    if high >= 0x80:
        return exact | Chars(0, ((max(low, 0x80), high),))
    for code in range(low, high + 1 if caseless else low):
        exact |= literal(code, True)
    return exact


def negated(sure: int) -> Chars:
    """All but the ASCII characters that are surely left out."""
    return Chars(ALL_ASCII & ~sure, ALL_WIDE)


def _of(codes: list[int]) -> Chars:
    narrow = sum(1 << c for c in {c for c in codes if c < 0x80})
    return Chars(narrow, _merge(tuple((c, c) for c in codes if c >= 0x80)))


_TURKIC = {"i", "I", "\u0130", "\u0131"}
# Where newer versions of Unicode add cases of old letters (none of ASCII ones, by its policy).
_NEW_CASES: Ranges = ((0x1C80, 0x1C8F), (0xA640, 0xA7FF), (0x10000, 0x10FFFF))
_FOLD_TO_ASCII = {"k": "\u212a", "s": "\u017f"}  # the Kelvin sign and the long s


@cache
def _other_cases(char: str) -> tuple[int, ...]:
    others = {char.lower(), char.upper(), char.title(), _FOLD_TO_ASCII.get(char.lower(), char)}
    others |= _folded()[char.casefold()] if not char.isascii() else set()
    others |= _TURKIC if char in _TURKIC else set()
    return tuple(sorted(ord(c) for c in others if len(c) == 1))


@cache
def _folded() -> dict[str, set[str]]:
    """Case-folded text to the characters that fold to it, in the planes that have case."""
    found: dict[str, set[str]] = defaultdict(set)
    for char in map(chr, range(0x1F000)):
        for key in {char.casefold(), char.lower(), char.upper()}:
            found[key.casefold()].add(char)
    return found


def _merge(ranges: Ranges) -> Ranges:
    out: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if out and low <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return tuple(out)


def _spans(bits: int) -> str:
    codes = [c for c in range(128) if bits >> c & 1]
    return "".join(_span(*r) for r in _merge(tuple((c, c) for c in codes)))


def _span(low: int, high: int) -> str:
    if high - low < 2:
        return "".join(map(_escaped, range(low, high + 1)))
    return f"{_escaped(low)}-{_escaped(high)}"


def _escaped(code: int) -> str:
    char = chr(code)
    if (char.isascii() and char.isalnum()) or char in "_ ":
        return char
    return f"\\x{code:02x}" if code < 0x80 else f"\\x{{{code:x}}}"
