"""Words and phrases near a match, however they are written: `db_password`, `dbPassword`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any

from scanner.regexes.linear import compile_re

# `iPhone` is one word.
_CAMEL = re.compile(r"(?<=[a-z0-9])(?<!\bi)(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LETTER = re.compile(r"[^\W\d_]")
_BETWEEN = re.compile(r"[\W_]+")
_GAP = 4  # characters between two words of a phrase; what stands further apart is none
# Thai, Lao, kana, Han, Hangul (whose words carry particles): no spaces tell their words apart.
_UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
# What follows a word that `Phrases` finds: its end, a plural, a number or a capital letter.
_END = r"[sS]?(?:\b|[0-9A-Z_])"


@lru_cache(maxsize=4096)
def plain_words(text: str) -> str:
    """The words of a name or text in lower case between single spaces, as ` db password `.

    A bar stands where words are so far apart that they make no phrase.
    """
    return _spaced(_CAMEL.sub(" ", text))


def _spaced(text: str) -> str:
    return f" {_BETWEEN.sub(_space, text).strip(' |').lower()} "


def _space(gap: re.Match[str]) -> str:
    return " " if gap.end() - gap.start() <= _GAP else " | "


def words_of(text: str) -> list[str]:
    """The same words, one by one."""
    return plain_words(text).replace("|", "").split()


class Phrases:
    """Finds any of some words or phrases; a plural `s` or a number (`phone2`) is allowed behind
    it, a longer word is not.  Scripts that put no spaces between words are searched as they are.
    """

    def __init__(self, phrases: Sequence[str]) -> None:
        self._phrases = phrases

    @cached_property
    def _plain(self) -> list[str]:
        return [plain_words(phrase).strip() for phrase in self._phrases]

    @cached_property
    def longest(self) -> int:
        """Bytes from one end of a phrase to the other, at most: see `_anchor`."""
        sizes = (2 * len(p.encode()) + 4 * _GAP * p.count(" ") for p in self._plain)
        return max(sizes, default=0)

    @cached_property
    def _found(self) -> Any:
        """Searches for all of them; None where there is none."""
        spaced = [re.escape(p) for p in self._plain if not _UNSPACED.search(p)]
        dense = [re.escape(p) for p in self._plain if _UNSPACED.search(p)]
        parts = [rf" (?:{'|'.join(spaced)})s?[0-9]{{0,2}} "] if spaced else []
        return compile_re("|".join(parts + dense)) if self._phrases else None

    @staticmethod
    def anchors(phrases: Sequence[str]) -> tuple[str, ...]:
        r"""Regular expressions of which one matches wherever a phrase stands; over bytes, but
        for those with `\x{}`."""
        return tuple(dict.fromkeys(_anchor(plain_words(phrase).split()) for phrase in phrases))

    def near(self, *texts: str) -> bool:
        """True when a phrase stands in one of the texts."""
        found = self._found
        return found is not None and any(found.search(w) for t in texts for w in _spellings(t))


@lru_cache(maxsize=4096)  # many rules ask about the text beside one number
def _spellings(given: str) -> tuple[bytes, ...]:
    """The words of a text, in UTF-8; and those of `WhatsApp` and `MyKad`, whose capitals part
    nothing.  None of a text without a letter."""
    text = _usual(given)
    if not _LETTER.search(text):
        return ()
    said = (plain_words(text), _spaced(text)) if _CAMEL.search(text) else (plain_words(text),)
    return tuple(words.encode("utf-8", "replace") for words in said)


def _usual(text: str) -> str:
    """The text without the two signs that fold to ASCII letters: anchors do not fold them."""
    return text if text.isascii() else text.translate(_ODD)


_ODD = {0x212A: " ", 0x130: " ", 0x17F: " "}
_LONG = 7  # letters of a word that is rare enough to be looked for in any place
# Letters that make a word longer on its left: Latin, Greek, Cyrillic, Hebrew, Arabic.
_SCRIPTS = (
    r"\x{41}-\x{5a}\x{61}-\x{7a}\x{c0}-\x{d6}\x{d8}-\x{f6}\x{f8}-\x{24f}",
    r"\x{386}\x{388}-\x{38a}\x{38e}-\x{3a1}\x{3a3}-\x{3ce}",
    r"\x{400}-\x{481}\x{48a}-\x{52f}",
    r"\x{5d0}-\x{5ea}",
    r"\x{620}-\x{64a}\x{671}-\x{6d3}",
)
_COMMON = frozenset(
    """number account address company country identity identification identifier licence license
    national personal document security social reference medical patient insurance register
    registration employer payment certificate customer contact location position service""".split()  # noqa: SIM905
)


def _anchor(words: list[str]) -> str:
    """A phrase; or a word, where it is long and rare wherever it stands, else where it starts a
    part of a name: `tel`, `home_tel`, `homeTel`; not `hotel`."""
    # Whatever `plain_words` turns into a space is a `\W` or `_` here (of up to four bytes each),
    # or nothing (camelCase).
    end = _END if words[-1].isascii() else ""
    if len(words) > 1 and all(len(word) == 1 and word.isascii() for word in words):
        return _initials(words) + end
    if len(words) > 1:
        return rf"[\W_]{{0,{4 * _GAP}}}".join(map(_folded, words)) + end
    phrase = _folded(words[0])
    if len(words[0]) >= _LONG and words[0] not in _COMMON:
        return phrase
    if not words[0][0].isascii():
        return _not_after(words[0][0]) + phrase
    return _at_word(words[0]) + end


def _initials(letters: Sequence[str]) -> str:
    """`S.S.N.`, `s s n`, `sSN`: within a word the letters are no initials."""
    rest = (rf"(?:[\W_]{{1,{4 * _GAP}}}{_folded(one)}|{one.upper()})" for one in letters[1:])
    return _at_word(letters[0]) + "".join(rest)


def _at_word(word: str) -> str:
    """A word where it starts a part of a name."""
    phrase, rest = _folded(word), _folded(word[1:])
    return rf"(?:\b{phrase}|_{phrase}|[A-Za-z0-9]{re.escape(word[0].upper())}{rest})"


def _not_after(char: str) -> str:
    """What keeps a word from being found within another: no letter of its own script before it."""
    script = next((s for s in _SCRIPTS if compile_re(f"[{s}]").search(char.encode())), "")
    return f"(?:^|[^{script}])" if script else ""


def _folded(word: str) -> str:
    """A word in either case, spelled out where the case is not that of ASCII."""
    parts = re.findall(r"[\x00-\x7f]+|[^\x00-\x7f]", word)
    return "".join(f"(?i:{re.escape(p)})" if p.isascii() else _either(p) for p in parts)


def _either(char: str) -> str:
    forms = dict.fromkeys((char, char.upper(), char.lower()))
    return f"(?:{'|'.join(forms)})" if len(forms) > 1 else char
