"""Which words the matcher looks for, and which forms of which terms each of them stands for."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from scanner.detectors import Pattern
from scanner.detectors._term_files import Term
from scanner.detectors._term_fold import TYPO_LETTERS, leet_expression, may_be_leet
from scanner.detectors._term_kinds import core
from scanner.detectors._term_match import Form, swapped
from scanner.regexes import anchors

LETTERS = "letters"  # the key of the pattern for words that are written with other letters
FUZZY = 1000  # words up to which l33t and typos are looked for: each costs the engine a search
_MANY = 200  # forms from which words are shared between them


class Use(msgspec.Struct, frozen=True, array_like=True):
    """A word of a form of a term, each by its number; of a sealed term the word is none."""

    term: int
    form: int
    word: int


class Index(msgspec.Struct, frozen=True, array_like=True):
    """Everything that is derived from terms; `others` are forms without an ASCII word."""

    terms: list[Term]
    words: dict[str, list[Use]]
    short: list[Use]
    others: list[Use]
    fuzzy: bool
    ordinary: int  # forms that need evidence

    def form(self, use: Use) -> Form:
        return form_of(self.terms[use.term], use.form)


def form_of(term: Term, number: int) -> Form:
    return Form(core(term.kind, term.forms[number]), term.caseless, term.kind in ("host", "ticket"))


def build(terms: Sequence[Term]) -> Index:
    """The index of some terms; sealed ones are left out."""
    forms = [
        (t, f, form_of(term, f)) for t, term in enumerate(terms) for f in range(len(term.forms))
    ]
    shared = (
        Counter(w for *_, f in forms for w in set(f.words)) if len(forms) > _MANY else Counter()
    )
    words: dict[str, list[Use]] = defaultdict(list)
    short: list[Use] = []
    others: list[Use] = []
    ordinary = 0
    for t, f, form in forms:
        rarest = form.rarest(shared)
        if rarest is not None:
            words[form.words[rarest]].append(Use(t, f, rarest))
        elif all(word.isascii() for word in form.words):
            short.append(Use(t, f, max(range(len(form.words)), key=lambda i: len(form.words[i]))))
        if not form.text.isascii() and not any(w.isascii() and len(w) > 3 for w in form.words):
            others.append(Use(t, f, 0))
        ordinary += form.ordinary
    return Index(list(terms), dict(words), short, others, len(words) <= FUZZY, ordinary)


def patterns(index: Index) -> Iterator[Pattern]:
    """What the matcher looks for.  Keys are numbers: errors name keys, and a word may be a term."""
    for number, word in enumerate(index.words):
        found = (re.escape(word), *(_fuzzy(word) if index.fuzzy else ()))
        yield Pattern(f"word {number}", found, caseless=True, ascii=True)
    for number, use in enumerate(index.short):
        yield Pattern(f"short {number}", (_short(index, use),), caseless=True, ascii=True)
    if index.terms:
        yield Pattern(LETTERS, tuple(_other(index)), runs=True)


def _short(index: Index, use: Use) -> str:
    anchor = index.form(use).anchor()
    return f"{anchor}[-_ ]?[0-9]" if index.terms[use.term].kind == "ticket" else anchor


def _fuzzy(word: str) -> Iterator[str]:
    if may_be_leet(word):
        yield leet_expression(word)
    if len(word) >= TYPO_LETTERS and word.isalpha():
        half = len(word) // 2
        yield f"{word[:half]}(?:{'|'.join(_slipped(word[half:]))})"
        yield f"(?:{'|'.join(_slipped(word[:half]))}){word[half:]}"
        yield swapped(word)


def _slipped(half: str) -> Iterator[str]:
    """The half of a word with one letter too few or too many, another one, or two swapped."""
    for at in range(len(half)):
        yield half[:at] + half[at + 1 :]
        yield f"{half[:at]}[a-z]{half[at + 1 :]}"
        yield f"{half[:at]}[a-z]{half[at:]}"
        if at:
            yield half[: at - 1] + half[at] + half[at - 1] + half[at + 1 :]
    yield f"{half}[a-z]"


def _other(index: Index) -> Iterable[str]:
    """Anchors for forms in other scripts, as they are written."""
    for use in index.others:
        words = (re.escape(w) for w in index.terms[use.term].forms[use.form].split())
        found = anchors.of_re(re.compile(r"[\s_.-]{0,10}".join(words), re.IGNORECASE))
        yield from found.expressions
