"""Words and phrases near a match, however they are written: `db_password`, `dbPassword`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BETWEEN = re.compile(r"[\W_]+")


@lru_cache(maxsize=4096)
def plain_words(text: str) -> str:
    """The words of a name or text in lower case between single spaces, as ` db password `."""
    return f" {_BETWEEN.sub(' ', _CAMEL.sub(' ', text)).strip().lower()} "


class Phrases:
    """Finds any of some words or phrases; a plural `s` is allowed, a longer word is not."""

    def __init__(self, phrases: Sequence[str]) -> None:
        inner = "|".join(re.escape(plain_words(p).strip()) for p in phrases)
        self._found = re.compile(rf" (?:{inner})s? ") if phrases else None

    @staticmethod
    def anchors(phrases: Sequence[str]) -> tuple[str, ...]:
        """Regular expressions of which one matches wherever one of the phrases stands."""
        return tuple(_anchor(plain_words(phrase).split()) for phrase in phrases)

    def near(self, *texts: str) -> bool:
        """True when a phrase stands in one of the texts."""
        found = self._found
        return found is not None and any(found.search(plain_words(t)) for t in texts)


def _anchor(words: list[str]) -> str:
    """A phrase that starts a part of a name: `tel`, `home_tel`, `homeTel`; not `hotel`."""
    # Whatever `plain_words` turns into a space is a `\W` or `_` here, or nothing (camelCase).
    phrase = r"[\W_]*".join(map(re.escape, words))
    if not phrase[0].isascii():
        return f"(?i:{phrase})"
    first, rest = re.escape(words[0][0].upper()), phrase[1:]
    return rf"\b(?i:{phrase})|_(?i:{phrase})|[A-Za-z0-9]{first}(?i:{rest})"
