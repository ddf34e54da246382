"""Did-you-mean hints for words that a person typed."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.errors import UsageError


def hint(word: str, known: Iterable[str]) -> str:
    """The next step for a word that is not among the known ones."""
    names = sorted(known)
    choice = f"use one of: {', '.join(names)}" if names else "remove it"
    return f"{close(word, names)} {choice}".strip()


def close(word: str, known: Iterable[str]) -> str:
    """`did you mean 'x'?`, or nothing."""
    from difflib import get_close_matches

    found = get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f"did you mean {found[0]!r}?" if found else ""


def only(words: Iterable[object], known: Iterable[str], what: str, where: str = "") -> None:
    """Raises UsageError for the first word that is not among the known ones."""
    names = list(known)
    for word in words:
        if word not in names:
            raise UsageError(f"{plain(word)} {what}", where, hint(str(word), names))


def plain(word: object) -> str:
    """A word as it may be quoted: names are, anything that could be data is not.

    A file given as a policy by mistake must not be printed piece by piece.
    """
    text = str(word)
    fine = len(text) <= 30 and text.replace("_", "").replace("-", "").isalpha()
    return repr(text) if fine else f"(a name of {len(text)} characters)"
