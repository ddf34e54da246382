"""Finds one written form of a term, however it is cased and joined.

Words of a form may be joined by nothing, blanks, `_`, `-`, `.` or a line break; a plural or
possessive s may follow.  Both sides end at a word: not a letter or digit, the hump of a
camelCase name, or a digit next to a letter.

A form of several words, or with a digit, matches in any case.  A form of one plain word may
be a dictionary word ("muse"), so it matches only as written, in CAPITALS, or as a part of an
identifier (`muse_build`, `launchMuse`), unless its entry says `caseless: true`; with
`caseless: false` only as written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from scanner.regexes import anchors
from scanner.regexes.anchors import Anchors

# Besides ASCII blanks: what word processors and web pages put between words.
_OTHER_JOINTS = "\u00a0\u00ad\u200b\u2010\u2011\u2012\u2013\u2014\u202f"
_JOINT = rf"(?:[\x09-\x0d _.\-]|{'|'.join(_OTHER_JOINTS)}){{0,10}}"
_SPLIT = re.compile(rf"[\s_.\-{_OTHER_JOINTS}]+|(?<=[a-z])(?=[A-Z])")
_PLURAL = re.compile("['\u2019]?s|es", re.IGNORECASE)
# Letters and digits a form needs to be found at a hump, and at a turn from letters to digits:
# shorter ones would be found in random text such as base64.
_HUMP_LENGTH, _TURN_LENGTH = 4, 5
_RARE, _RARE_OF_MANY = 8, 4  # letters from which a word of a form is looked for by itself


@dataclass(frozen=True, repr=False)
class Form:
    """One way to write a term."""

    text: str
    caseless: bool | None = None

    @cached_property
    def words(self) -> list[str]:
        return [word for word in _SPLIT.split(self.text) if word]

    def rarest(self, shared: Mapping[str, int] | None = None) -> str:
        """The word (in lower case) by which an ASCII form is looked for; "" when none is rare.

        `shared` says how many forms hold a word, when there are so many forms that a shorter
        word must do: one word compiles in no time, all words of a form take a millisecond.
        """
        least = _RARE_OF_MANY if shared else _RARE
        alone = [w.lower() for w in self.words if len(w) >= least and not w.isdigit()]
        return min(alone, key=lambda w: (shared.get(w, 1) if shared else 1, -len(w)), default="")

    def anchor(self) -> str:
        """The words in their order, whatever joins them, in RE2 and Python syntax alike.

        For ASCII forms only: beyond, engines differ about case.
        """
        return "[^0-9A-Za-z]*".join(re.escape(word) for word in self.words)

    def absent(self, lower: str) -> bool:
        """True when a text in lower case cannot hold the form; for ASCII forms, and quick."""
        return any(word not in lower for word in self._lower)

    @cached_property
    def _lower(self) -> list[str]:
        return [word.lower() for word in self.words]

    def anchors(self) -> Anchors:
        """Anchors for a form in any script."""
        return anchors.of_re(self._expression)

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        flags = re.IGNORECASE | (re.ASCII if self.text.isascii() else re.NOFLAG)
        return re.compile(_JOINT.join(re.escape(word) for word in self.words), flags)

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """The spans of the form in a text, without a plural's s."""
        match = self._expression.search(text)
        while match:
            start, end = match.span()
            taken = self._fits(text, start, end)
            if taken:
                yield start, end
            match = self._expression.search(text, end if taken else start + 1)

    def _fits(self, text: str, start: int, end: int) -> bool:
        ends = [end, *(m.end() for m in [_PLURAL.match(text, end)] if m)]
        return (
            self._edge(text, start)
            and any(self._edge(text, at) for at in ends)
            and self._cased(text, start, end)
        )

    def _edge(self, text: str, at: int) -> bool:
        if at in (0, len(text)) or not (text[at - 1].isalnum() and text[at].isalnum()):
            return True
        if text[at - 1].isalpha() != text[at].isalpha():
            return self._length >= _TURN_LENGTH
        return self._length >= _HUMP_LENGTH and _hump(text, at)

    @cached_property
    def _length(self) -> int:
        return sum(c.isalnum() for c in self.text)

    def _cased(self, text: str, start: int, end: int) -> bool:
        if self.caseless or not self._may_be_ordinary:
            return True
        found = text[start:end]
        if self.caseless is False or found == self.text:
            return found == self.text
        return found.isupper() or _in_identifier(text, start, end)

    @cached_property
    def _may_be_ordinary(self) -> bool:
        return self.caseless is False or (len(self.words) == 1 and self.words[0].isalpha())


def _hump(text: str, at: int) -> bool:
    """True between `launch` and `Muse` in `launchMuse`, `XML` and `Muse` in `XMLMuse`."""
    before, after, then = text[at - 1], text[at], text[at + 1 : at + 2]
    return after.isupper() and (before.islower() or then.islower())


def _in_identifier(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return "_" in (before, after) or before.isalnum() or after.isupper()
