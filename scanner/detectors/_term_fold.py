"""Reads text as a person would: look-alike letters, accents and unseen characters undone.

A `View` keeps case and, where a character is only replaced, offsets; what stands for no letter
(combining marks, zero-width characters) is left out, and the way back is remembered.
Look-alikes are the common part of Unicode's confusables (UTS 39): Cyrillic, Greek, small
capitals; everything that Unicode knows to be compatible with a letter (NFKD) is that letter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cached_property

_LOOKS = (  # each with the letter it looks like: Cyrillic, Greek, Armenian, others, small capitals
    "\u0430a\u0441c\u0435e\u0456i\u0458j\u043eo\u0440p\u0455s\u0443y\u0445x\u0501d\u051bq\u051d"
    "w\u04bbh\u0475v\u04cfl\u043ak\u0442t\u043cm\u043dh\u0432b\u0433r\u0410A\u0412B\u0421C"
    "\u0415E\u041dH\u0406I\u0408J\u041aK\u041cM\u041eO\u0420P\u0405S\u0422T\u0423Y\u0425X\u04ba"
    "H\u051aQ\u051cW\u0474V\u03b1a\u03bfo\u03bdv\u03b9i\u03bak\u03c1p\u03c5u\u03c4t\u03b5e"
    "\u03b7n\u03b3y\u03c9w\u03c7x\u0391A\u0392B\u0395E\u0396Z\u0397H\u0399I\u039aK\u039cM\u039d"
    "N\u039fO\u03a1P\u03a4T\u03a5Y\u03a7X\u0578n\u057du\u0585o\u0570h\u0131i\u0142l\u0141L"
    "\u00f8o\u00d8O\u0111d\u0110D\u0127h\u0126H\u0167t\u0166T\u0251a\u0261g\u0269i\u029fl\u1d00"
    "a\u0299b\u1d04c\u1d05d\u1d07e\ua730f\u0262g\u029ch\u026ai\u1d0aj\u1d0bk\u1d0dm\u0274n"
    "\u1d0fo\u1d18p\u0280r\ua731s\u1d1bt\u1d1cu\u1d20v\u1d21w\u028fy\u1d22z"
)
_ALIKE = dict(zip(_LOOKS[::2], _LOOKS[1::2], strict=True))
_UNSEEN = "\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff"
_MARKS = "\u0300-\u036f"
_OTHER = re.compile(r"[^\x00-\x7f]")
_LONGEST = 64  # letters of a word on either side of one that is not ASCII
_LEFT_OUT = re.compile(f"[{_UNSEEN}{_MARKS}]")


def _plain(char: str) -> str:
    """One character for one character."""
    for known in (char, unicodedata.normalize("NFKD", char)[:1]):
        if known in _ALIKE or known.isascii():
            return _ALIKE.get(known, known)
    base = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c))
    return base if len(base) == 1 and len(base.lower()) == 1 else char


class _Table(dict[int, str]):
    def __missing__(self, code: int) -> str:
        found = _plain(chr(code))
        self[code] = found
        return found


_TABLE = _Table()


def folded(text: str) -> str:
    """The text in lower case with plain letters, what is unseen left out."""
    return text.lower() if text.isascii() else View(text).lower


class View:
    """A text as it reads: `shape` with case, `lower` without, of one length."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.positions: list[int] | None = None
        if text.isascii():
            self.shape = text
        else:
            self.shape = self._kept(text).translate(_TABLE)

    def _kept(self, text: str) -> str:
        if not _LEFT_OUT.search(text):
            return text
        self.positions = [i for i, c in enumerate(text) if not _LEFT_OUT.match(c)]
        return "".join(text[i] for i in self.positions)

    @cached_property
    def lower(self) -> str:
        lower = self.shape.lower()
        if len(lower) == len(self.shape):
            return lower
        return "".join(c.lower() if len(c.lower()) == 1 else c for c in self.shape)

    def odd_words(self) -> Iterator[tuple[int, int]]:
        """Where letters and digits stand together of which some were written otherwise."""
        for place in self._odd:
            low = high = place
            while low and place - low < _LONGEST and self.lower[low - 1].isalnum():
                low -= 1
            while high < len(self.lower) and high - place < _LONGEST and self.lower[high].isalnum():
                high += 1
            if high > low:
                yield low, high

    @property
    def _odd(self) -> Iterator[int]:
        if self.positions is None:
            found = (match.start() for match in _OTHER.finditer(self.text))
            yield from (at for at in found if self.lower[at].isalnum())
            return
        before = -1
        for place, at in enumerate(self.positions):
            if at != before + 1 or not self.text[at].isascii():
                yield place
            before = at

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A span of the view as code points of the text."""
        if self.positions is None:
            return start, end
        return self.positions[start], self.positions[end - 1] + 1


# --- digits and signs that stand for letters

_LEET: Mapping[str, str] = {
    "a": "4@",
    "b": "8",
    "e": "3",
    "g": "96",
    "i": "1!|",
    "l": "1!|",
    "o": "0",
    "s": "5$",
    "t": "7+",
    "z": "2",
}
_SKELETON = str.maketrans("4@83961!|l05$7+2", "aabeggiiiiosstt" + "z")
LEET_LETTERS = 4  # letters and digits a word has at least to be looked for in this way
LEET_BESIDE = 3  # and one that stands beside another word of the same term


def leet_expression(word: str) -> str:
    """The word as an expression that takes signs for letters as well."""
    return "".join(f"[{c}{re.escape(_LEET[c])}]" if c in _LEET else re.escape(c) for c in word)


def may_be_leet(word: str, least: int = LEET_LETTERS) -> bool:
    return len(word) >= least and word.isascii() and any(c in _LEET for c in word)


def alike(found: str, word: str, least: int = LEET_LETTERS) -> bool:
    """True for a word with some letters, at most half of them, written as digits or signs."""
    if len(found) != len(word) or found == word or not may_be_leet(word, least):
        return False
    changed = [(a, b) for a, b in zip(found, word, strict=True) if a != b]
    return len(changed) * 2 <= len(word) and all(a in _LEET.get(b, "") for a, b in changed)


def skeleton(text: str) -> str:
    """One text for all that `alike` takes for each other: letters and digits only, folded."""
    return re.sub(r"[\W_]+", "", text.translate(_SKELETON))


# --- slips of a finger

TYPO_LETTERS = 8  # letters from which a word may be written with one


def one_slip(found: str, word: str) -> bool:
    """True when one letter is missing, too much or another, or two neighbours changed places."""
    if abs(len(found) - len(word)) > 1 or found == word:
        return False
    head = 0
    while head < min(len(found), len(word)) and found[head] == word[head]:
        head += 1
    a, b = found[head:], word[head:]
    swapped = len(a) > 1 and len(b) > 1 and a[0] == b[1] and a[1] == b[0] and a[2:] == b[2:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or swapped
