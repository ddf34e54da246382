"""Finds one written form of a term, however it is cased, joined and spelled.

Words of a form may be joined by nothing, blanks, `_`, `-`, `.`, a line break, or what URLs and
code have in their place (`%20`, `+`, `::`); a plural or
possessive s may follow.  Both sides end at a word: not a letter or digit, the hump of a
camelCase name, or a digit next to a letter.  Digits and signs may stand for letters (l33t),
and a word of eight letters or more may hold one typo; look-alikes and accents are undone by
`_term_fold`, on whose view of a text all of this works.

A form of one word that is ordinary English ("muse") needs evidence: see `_term_evidence`.
`caseless: true` takes it in any use, `caseless: false` takes any form only as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from scanner.detectors._term_fold import (
    LEET_BESIDE,
    TYPO_LETTERS,
    View,
    alike,
    folded,
    leet_expression,
    may_be_leet,
    one_slip,
)
from scanner.detectors._term_words import is_ordinary

# Besides ASCII blanks: what word processors and web pages put between words.
_JOINTS = r"(?:[\t-\r _.\-\u00a0\u2010-\u2014\u202f+]|%20|::)*"
_BEHIND, _AHEAD = re.compile(_JOINTS + r"\Z"), re.compile(_JOINTS)
_MOST_JOINTS = 10
_OTHER_JOINTS = "\u00a0\u00ad\u200b\u2010-\u2014\u202f"
# A number behind a name may stand apart from it: `Solaris9`, `SOLARIS-9`.
_SPLIT = re.compile(rf"[\s_.\-{_OTHER_JOINTS}]+|(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z]{{4}})(?=[0-9])")
_PLURAL = re.compile("['\u2019]?s|es|['\u2019]", re.IGNORECASE)
# Letters and digits a form needs to be found at a hump, and at a turn from letters to digits:
# shorter ones would be found in random text such as base64.
_HUMP_LENGTH, _TURN_LENGTH = 4, 5
_RARE = 4  # letters from which a word of a form is looked for by itself
EXACT, LEET, TYPO = "", "l33t", "typo"


class Hit(NamedTuple):
    """A form in a view; `flaw` says how it deviates from the term (EXACT, LEET, TYPO)."""

    start: int
    end: int
    flaw: str = EXACT


@dataclass(frozen=True, repr=False)
class Form:
    """One way to write a term."""

    text: str
    caseless: bool | None = None
    anywhere: bool = False  # edges do not matter: whoever asks looks at what is around

    @cached_property
    def words(self) -> list[str]:
        """The words of the form, folded."""
        return [folded(word) for word in _SPLIT.split(self.text) if word]

    @cached_property
    def ordinary(self) -> bool:
        """True for one word that everybody uses: it does not speak for itself."""
        if self.caseless is not None or len(self.words) != 1:
            return False
        mixed = re.search("[a-z][A-Z]", self.text)
        return not mixed and is_ordinary(self.words[0])

    def rarest(self, shared: Mapping[str, int]) -> int | None:
        """Which of the words the form is looked for by; None when all are short or not ASCII.

        `shared` says how many forms hold a word.
        """
        good = [i for i, w in enumerate(self.words) if len(w) >= _RARE and w.isascii()]
        return min(good, key=lambda i: self._cost(i, shared), default=None)

    def _cost(self, number: int, shared: Mapping[str, int]) -> tuple[bool, bool, int, int]:
        word = self.words[number]
        return (
            word.isdigit() and len(word) < 6,
            is_ordinary(word),
            shared.get(word, 1) if len(shared) > 1 else 0,
            -len(word),
        )

    def anchor(self) -> str:
        """The words in their order, whatever joins them; for ASCII forms."""
        return "[^0-9A-Za-z]*".join(re.escape(word) for word in self.words)

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """The spans of the form in a text, without a plural's s."""
        view = View(text)
        for hit in self.all(view, 0):
            yield view.span(hit.start, hit.end)

    def all(self, view: View, number: int) -> Iterator[Hit]:
        """Every hit around a place of the word with this number, one for each place."""
        seen = set[tuple[int, int]]()
        for place in places(view, self.words[number]):
            hit = self.at(view, number, place)
            if hit and hit[:2] not in seen:
                seen.add(hit[:2])
                yield hit

    def at(self, view: View, number: int, place: Hit) -> Hit | None:
        """The form around a place of one of its words."""
        start, end, flaws = place.start, place.end, {place.flaw}
        for at in reversed(range(number)):
            before = self._before(view, at, start)
            if before is None:
                return None
            start, flaws = before.start, flaws | {before.flaw}
        for at in range(number + 1, len(self.words)):
            after = self._after(view, at, end)
            if after is None:
                return None
            end, flaws = after.end, flaws | {after.flaw}
        hit = Hit(start, end, max(flaws))
        return hit if self._fits(view, hit) else None

    def _before(self, view: View, number: int, end: int) -> Hit | None:
        word = self.words[number]
        joints = _BEHIND.search(view.shape, max(0, end - _MOST_JOINTS), end)
        at = joints.start() if joints else end
        spans = [(at - size, at) for size in _sizes(word) if size <= at]
        whole = _begins if number == 0 else _anyhow
        return _first(view, word, spans, whole)

    def _after(self, view: View, number: int, start: int) -> Hit | None:
        word = self.words[number]
        joints = _AHEAD.match(view.shape, start, start + _MOST_JOINTS)
        at = joints.end() if joints else start
        spans = [(at, at + size) for size in _sizes(word) if at + size <= len(view.shape)]
        whole = _ends if number == len(self.words) - 1 else _anyhow
        return _first(view, word, spans, whole)

    def _fits(self, view: View, hit: Hit) -> bool:
        if self.anywhere:
            return True
        start, end, shape = hit.start, hit.end, view.shape
        if self.caseless is False and view.text[slice(*view.span(start, end))] != self.text:
            return False
        edge = _word_edge if hit.flaw else self._edge
        if not edge(shape, start):
            return False
        if edge(shape, end):
            return True
        plural = _PLURAL.match(shape, end)
        return plural is not None and edge(shape, plural.end()) and not self._is_longer(view, hit)

    def _is_longer(self, view: View, hit: Hit) -> bool:
        """True where form and plural are an ordinary word of their own: "new" and "news"."""
        return self.ordinary and view.shape[hit.end : hit.end + 1] not in "'\u2019"

    def _edge(self, text: str, at: int) -> bool:
        if _parted(text, at):
            return True
        if text[at - 1].isalpha() != text[at].isalpha():
            return self._length >= _TURN_LENGTH
        return self._length >= _HUMP_LENGTH and _hump(text, at)

    @cached_property
    def _length(self) -> int:
        return sum(len(word) for word in self.words)


def places(view: View, word: str, fuzzy: bool = True) -> Iterator[Hit]:
    """Where a word stands in a view: as it is, in l33t, or with a typo."""
    at = view.lower.find(word)
    while at >= 0:
        yield Hit(at, at + len(word))
        at = view.lower.find(word, at + 1)
    if not fuzzy or not word.isascii():
        return
    if may_be_leet(word):
        for match in re.finditer(leet_expression(word), view.lower):
            if alike(match[0], word):
                yield Hit(*match.span(), LEET)
    if len(word) >= TYPO_LETTERS and word.isalpha():
        yield from _slips(view, word)


def _slips(view: View, word: str) -> Iterator[Hit]:
    """One half of the word is whole, or the two letters in the middle changed places."""
    half, size, lower = len(word) // 2, len(word), view.lower
    for piece, front in ((word[:half], True), (word[half:], False), (swapped(word), True)):
        at = lower.find(piece)
        while at >= 0:
            end = at + len(piece)
            for n in (size + 1, size, size - 1):
                span = (at, at + n) if front else (end - n, end)
                if span[0] >= 0 and span[1] <= len(lower) and _slipped(view, span, word):
                    yield Hit(*span, TYPO)
            at = lower.find(piece, at + 1)


def swapped(word: str) -> str:
    """The word with the two letters in its middle in each other's place."""
    half = len(word) // 2
    return f"{word[: half - 1]}{word[half]}{word[half - 1]}{word[half + 1 :]}"


def _slipped(view: View, span: tuple[int, int], word: str) -> bool:
    found = view.lower[span[0] : span[1]]
    if not (found.isalpha() and one_slip(found, word)):
        return False
    return not any(is_ordinary(w) for w in (found, found + view.lower[span[1] : span[1] + 1]))


def _sizes(word: str) -> tuple[int, ...]:
    size = len(word)
    return (size, size + 1, size - 1) if size >= TYPO_LETTERS else (size,)


def _first(
    view: View, word: str, spans: list[tuple[int, int]], whole: Callable[[str, int, int], bool]
) -> Hit | None:
    """The best of the spans; where the word is not `whole`, it may have a letter too many."""
    part = None
    for start, end in spans:
        found = view.lower[start:end]
        if found == word and whole(view.shape, start, end):
            return Hit(start, end)
        part = Hit(start, end) if found == word else part
        if alike(found, word, LEET_BESIDE):
            return Hit(start, end, LEET)
    for start, end in spans if len(word) >= TYPO_LETTERS else ():
        if _slipped(view, (start, end), word):
            return Hit(start, end, TYPO)
    return part


def _anyhow(text: str, start: int, end: int) -> bool:  # noqa: ARG001 - as the two below
    return True


def _begins(text: str, start: int, end: int) -> bool:  # noqa: ARG001
    return not (text[start - 1 : start].islower() and text[start].islower())


def _ends(text: str, start: int, end: int) -> bool:  # noqa: ARG001
    plural = _PLURAL.match(text, end)
    edge = plural is not None and _word_edge(text, plural.end())
    return edge or not text[end : end + 1].islower()


def _word_edge(text: str, at: int) -> bool:
    """As `Form._edge`, but for what deviates from the term: no turn from letters to digits."""
    return _parted(text, at) or _hump(text, at)


def _parted(text: str, at: int) -> bool:
    """True where no letter or digit adjoins another, but for those of a blank in a URL."""
    if at in (0, len(text)) or text[at - 3 : at] == "%20":
        return True
    return not (text[at - 1].isalnum() and text[at].isalnum())


def _hump(text: str, at: int) -> bool:
    """True between `launch` and `Muse` in `launchMuse`, `XML` and `Muse` in `XMLMuse`."""
    before, after, then = text[at - 1], text[at], text[at + 1 : at + 2]
    return after.isupper() and (before.islower() or then.islower())
