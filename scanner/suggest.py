"""Did-you-mean hints for words that a person typed."""

from __future__ import annotations

from collections.abc import Iterable


def hint(word: str, known: Iterable[str]) -> str:
    """The next step for a word that is not among the known ones."""
    from difflib import get_close_matches

    names = sorted(known)
    close = get_close_matches(word, names, n=1, cutoff=0.6)
    choice = f"use one of: {', '.join(names)}" if names else "remove it"
    return f"did you mean {close[0]!r}? {choice}" if close else choice


def plain(word: object) -> str:
    """A word as it may be quoted: names are, anything that could be data is not.

    A file given as a policy by mistake must not be printed piece by piece.
    """
    text = str(word)
    fine = len(text) <= 40 and text.replace("_", "").replace("-", "").isalnum()
    return repr(text) if fine else f"(a name of {len(text)} characters)"
