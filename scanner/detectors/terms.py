"""Names of unreleased products, from term files of the user; see `_term_files` for the form."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from scanner.detectors import Detector, DetectorContext, Drop, Match, Pattern, Value
from scanner.detectors import _term_seal as seal
from scanner.detectors._term_evidence import FEW, NEIGHBOUR, Word, evidence
from scanner.detectors._term_files import SUFFIXES, Term, list_key, read_all
from scanner.detectors._term_fold import View, leet_expression
from scanner.detectors._term_index import LETTERS, Index, Use, build, form_of, patterns
from scanner.detectors._term_kinds import widened
from scanner.detectors._term_match import LEET, TYPO, Form, Hit, places
from scanner.errors import UsageError
from scanner.model import Confidence, Rule
from scanner.regexes.linear import compile_re
from scanner.rulepacks.detector import check_options

_RUN = re.compile(r"[^\W_]+")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_LONG_RUN = 64  # characters; a longer run is a text of its own
_ASCII = re.IGNORECASE | re.ASCII
_HEAD = 3  # letters; no word that is looked for by itself is shorter
_NEAR = 200  # code points within which another term is a neighbour

Sealed = tuple[str, str, int]  # hash and box of a form, and the number of its term
Runs = list[tuple[str, str, list[Sealed]]]


class _Told(NamedTuple):
    """A form of a term, as its file has it; `number` 0 is the term itself."""

    term: int
    form: Form
    written: str
    number: int


class _Terms:
    """Forms that share the word by which they are looked for are one pattern.

    So a hit makes one candidate however many terms there are.
    """

    def __init__(self, index: Index, key: bytes = b"", runs: Runs | None = None) -> None:
        self._index, self._runs = index, runs
        self._words = list(index.words)
        self._heads: dict[str, list[str]] | None = None
        self._quick: Any = None
        self._forms: dict[Use, Form] = {}
        self._rules: dict[int, Rule] = {}
        self._last: tuple[Value | None, View] = (None, View(""))
        self._few = index.ordinary <= FEW
        salts = {term.salt for term in index.terms if term.salt} if key else ()
        self._keys = {salt: list_key(key, salt) for salt in salts}

    def __repr__(self) -> str:
        return f"<{len(self._index.terms)} terms>"

    @property
    def places(self) -> tuple[str, ...]:
        """The globs of all places in which a term may stand."""
        return tuple(sorted({one for term in self._index.terms for one in term.allowed}))

    def rules(self) -> Sequence[Rule]:
        return [self._rule(number) for number in range(len(self._index.terms))]

    def patterns(self) -> Sequence[Pattern]:
        runs = [run for _, run, _ in self._sealed_runs()]
        sealed = ((f"run {n}", (leet_expression(run),)) for n, run in enumerate(runs))
        found = (Pattern(key, look, caseless=True, ascii=True) for key, look in sealed)
        return [*patterns(self._index), *found]

    def planted(self) -> Iterator[str]:
        """The first word that is looked for, and of each sealed list a run of its letters."""
        yield from self._words[:1]
        yield from {salt: run for salt, run, _ in self._sealed_runs()}.values()

    def dump(self) -> bytes:
        """All of it, for the same detector in another process."""
        return msgspec.msgpack.encode((self._index, self._sealed_runs()))

    @classmethod
    def load(cls, dumped: bytes, key: bytes) -> _Terms:
        index, runs = msgspec.msgpack.decode(dumped, type=tuple[Index, Runs])
        return cls(index, key, runs)

    def confirm(self, value: Value, key: str, hits: Sequence[int]) -> Iterator[Match | Drop]:
        """Every place where a term or an alias stands."""
        del hits
        kind, _, given = key.partition(" ")
        number = int(given or 0)
        view = self._view(value)
        if kind == LETTERS:
            yield from self._odd(view, value.label)
        elif kind == "word":
            word = self._words[number]
            spots = self._plain(view, places(view, word, self._index.fuzzy))
            for use in self._index.words[word]:
                yield from self._found(view, use, spots, value.label)
        elif kind == "short":
            use = self._index.short[number]
            found = places(view, self._form(use).words[use.word], fuzzy=False)
            spots = self._plain(view, found)
            yield from self._found(view, use, spots, value.label)
        elif re.search(leet_expression(self._sealed_runs()[number][1]), value.text, _ASCII):
            yield from self._unsealed(view, number, value.label)

    def _view(self, value: Value) -> View:
        if self._last[0] is not value:
            self._last = value, View(value.text)
        return self._last[1]

    def _form(self, use: Use) -> Form:
        form = self._forms.get(use)
        if form is None:
            form = self._forms[use] = self._index.form(use)
        return form

    # Plain terms -------------------------------------------------------------------------

    def _found(
        self, view: View, use: Use, spots: Sequence[Hit], label: str
    ) -> Iterator[Match | Drop]:
        written = self._index.terms[use.term].forms[use.form]
        told = _Told(use.term, self._form(use), written, use.form)
        yield from self._hits(view, told, use.word, spots, label)

    def _hits(
        self, view: View, told: _Told, word: int, spots: Sequence[Hit], label: str
    ) -> Iterator[Match | Drop]:
        seen = set[tuple[int, int]]()
        for spot in spots:
            hit = told.form.at(view, word, spot)
            if hit is not None and hit[:2] not in seen:
                seen.add(hit[:2])
                yield from self._judged(view, hit, told, label)

    def _plain(self, view: View, spots: Iterable[Hit]) -> list[Hit]:
        """Those that the matcher can see: others are found by `_odd`."""
        if view.text.isascii():
            return list(spots)
        return [spot for spot in spots if not self._is_odd(view, spot.start, spot.end)]

    def holds(self, run: str) -> bool:
        """True for a run in which a word of a term may be written with other letters."""
        if len(run) > _LONG_RUN:
            return True
        view = View(run)
        stretches = set(view.odd_words()) if self._any_word(view) else ()
        words = (one for low, high in stretches for one in self._words_at(view, low, high))
        spots = [Hit(start, start + len(word)) for word, start in words]
        spots += [spot for gram in self._grams for spot in places(view, gram, fuzzy=False)]
        return any(self._is_odd(view, spot.start, spot.end) for spot in spots)

    @cached_property
    def _grams(self) -> list[str]:
        """What is looked for by itself in oddly written texts, besides the words of terms: as
        far as it stands in one run."""
        uses = (*self._index.others, *self._index.short)
        words = [self._form(use).words[use.word] for use in uses]
        parts = (part for word in words for part in _RUN.findall(word))
        return list(dict.fromkeys([*parts, *(run for _, run, _ in self._sealed_runs())]))

    def _odd(self, view: View, label: str) -> Iterator[Match | Drop]:
        """Words that are written with look-alikes, accents or unseen characters."""
        stretches = sorted(set(view.odd_words())) if self._any_word(view) else ()
        for low, high in stretches:
            for word, start in self._words_at(view, low, high):
                spot = Hit(start, start + len(word))
                for use in self._index.words[word] if self._is_odd(view, *spot[:2]) else ():
                    yield from self._found(view, use, [spot], label)
        for use in (*self._index.others, *self._index.short):
            found = places(view, self._form(use).words[use.word], fuzzy=False)
            odd = [hit for hit in found if self._is_odd(view, hit.start, hit.end)]
            yield from self._found(view, use, odd, label)
        for number, (_, gram, _) in enumerate(self._sealed_runs()):
            if any(self._is_odd(view, *hit[:2]) for hit in places(view, gram, fuzzy=False)):
                yield from self._unsealed(view, number, label)

    def _any_word(self, view: View) -> bool:
        """False for a text that surely holds no word of a term, which one quick look tells."""
        if not self._index.fuzzy or not self._words:
            return bool(self._words)
        if self._quick is None:
            self._quick = compile_re("|".join(map(re.escape, self._words)))
        return self._quick.search(view.lower) is not None

    def _words_at(self, view: View, low: int, high: int) -> Iterator[tuple[str, int]]:
        """Words of terms within a stretch: anywhere, or of very many only whole parts."""
        if self._index.fuzzy:
            stretch = view.lower[low:high]
            for at in range(len(stretch)):
                for word in self._by_head().get(stretch[at : at + _HEAD], ()):
                    if stretch.startswith(word, at):
                        yield word, low + at
            return
        parts = (part.span() for part in _PART.finditer(view.shape, low, high))
        for start, end in sorted({(low, high), *parts}):
            for n in range(3):  # a plural's s may follow
                if view.lower[start : end - n] in self._index.words:
                    yield view.lower[start : end - n], start

    def _by_head(self) -> Mapping[str, Sequence[str]]:
        """The words of terms by their first letters."""
        if self._heads is None:
            self._heads = defaultdict(list)
            for word in self._words:
                self._heads[word[:_HEAD]].append(word)
        return self._heads

    def _is_odd(self, view: View, start: int, end: int) -> bool:
        low, high = view.span(start, end)
        return not view.text[low:high].isascii()

    # Sealed terms ------------------------------------------------------------------------

    def _sealed_runs(self) -> Runs:
        """(salt, run of letters, its forms) of everything that sealed lists look for."""
        if self._runs is None:
            self._runs = [one for salt in sorted(self._keys) for one in self._runs_of(salt)]
        return self._runs

    def _runs_of(self, salt: str) -> Iterator[tuple[str, str, list[Sealed]]]:
        forms: dict[str, list[Sealed]] = defaultdict(list)
        for number, term in enumerate(self._index.terms):
            if term.salt == salt:
                for gram, hashed, box in term.sealed:
                    forms[gram].append((hashed, box, number))
        for hashed, run in seal.grams(self._keys[salt], set(forms)).items():
            yield salt, run, forms[hashed]

    def _unsealed(self, view: View, number: int, label: str) -> Iterator[Match | Drop]:
        salt, run, forms = self._sealed_runs()[number]
        boxes = {hashed: box for hashed, box, _ in forms}
        terms = {hashed: term for hashed, _, term in forms}
        for hashed, written in seal.unsealed(view, run, self._keys[salt], boxes):
            told = _Told(terms[hashed], self._opened(terms[hashed], written), written, 0)
            words = told.form.words
            word = max(range(len(words)), key=lambda i: len(words[i]))
            spots = [h for h in places(view, words[word]) if h.flaw != TYPO]
            yield from self._hits(view, told, word, spots, label)

    def _opened(self, number: int, written: str) -> Form:
        term = self._index.terms[number]
        return form_of(replace(term, forms=(written,)), 0)

    # What is made of a hit ---------------------------------------------------------------

    def _judged(self, view: View, hit: Hit, told: _Told, label: str) -> Iterator[Match | Drop]:
        term = self._index.terms[told.term]
        span = widened(term.kind, told.written, view.shape, hit.start, hit.end)
        start, end = view.span(*(span or hit[:2]))
        rule, why = self._rule(told.term), None
        if span is None:
            yield Drop(rule.id, f"no {term.kind} around it", start, end)
            return
        if told.form.ordinary and not told.form.anywhere and hit.flaw != LEET:
            word = Word(view.shape, hit.start, hit.end, label, told.written)
            why = evidence(word, few=self._few)
            if self._neighbour(view, hit, told.term):
                why = max(why or NEIGHBOUR, NEIGHBOUR, key=lambda e: e.confidence.rank)
            if why is None:
                yield Drop(rule.id, "ordinary use of a word", start, end)
                return
        name = f"alias {told.number}" if told.number else "term"
        limits = [rule.confidence, *([why.confidence] if why else [])]
        limits += [Confidence.MEDIUM] if hit.flaw else []
        yield Match(
            rule,
            start,
            end,
            view.text[start:end],
            family="term",
            normal=term.normal or term.id,  # however it is written, it is the same secret
            confidence=min(limits, key=lambda c: c.rank),
            severity=rule.severity,
            evidence=tuple(filter(None, (name, hit.flaw, why.name if why else ""))),
            allowed=term.allowed,
        )

    def _neighbour(self, view: View, hit: Hit, number: int) -> bool:
        """True when another term stands near, one that speaks for itself or one of few."""
        for run in _RUN.finditer(view.lower, max(0, hit.start - _NEAR), hit.end + _NEAR):
            for use in self._index.words.get(run[0], ()):
                form = self._form(use)
                counts = use.term != number and (self._few or not form.ordinary)
                if counts and form.at(view, use.word, Hit(*run.span())):
                    return True
        return any(self._short_near(view, hit, use) for use in self._index.short[:FEW])

    def _short_near(self, view: View, hit: Hit, use: Use) -> bool:
        low, high = max(0, hit.start - _NEAR), hit.end + _NEAR
        found = self._form(use).all(view, use.word)
        return any(low <= one.start and one.end <= high for one in found)

    def _rule(self, number: int) -> Rule:
        rule = self._rules.get(number)
        if rule is None:
            rule = self._rules[number] = _rule(self._index.terms[number], self._index.fuzzy)
        return rule


def _rule(term: Term, fuzzy: bool) -> Rule:
    until = f" until {term.embargo_until.isoformat()}" if term.embargo_until else ""
    said = _SAID.get(term.kind, "A name that is under embargo")
    limit = "" if fuzzy else " Typos and l33t are not looked for in so long a list."
    limit = " Its list is sealed: typos are not looked for." if term.sealed else limit
    return Rule(
        f"term-{term.id}",
        f"{_TITLE.get(term.kind, 'Unreleased term')} {term.id}",
        "term",
        term.severity,
        Confidence.HIGH if term.caseless is not True else Confidence.MEDIUM,
        description=f"{said}{until}." + _owned(term.owner) + limit,
        remediation="Keep the record out of the release, or ask the owner of the term.",
        detector="terms",
    )


_TITLE = {"customer": "Confidential customer", "host": "Internal host", "ticket": "Internal ticket"}
_SAID = {
    "customer": "A customer whose name is confidential",
    "host": "A host name that is internal",
    "ticket": "A number of an internal ticket system",
}


def _owned(owner: str) -> str:
    return f" Its owner is {owner}." if owner else ""


def _active(term: Term, today: date | None) -> bool:
    return today is None or term.embargo_until is None or today < term.embargo_until


def _files(context: DetectorContext) -> list[Path]:
    given = context.options.get("files", [])
    if isinstance(given, str) or not isinstance(given, (list, tuple)):
        raise UsageError("`files` must be a list", "option files", "files: [terms.yaml]")
    own = [Path(context.folder, str(name)) for name in given]
    folders = [Path(folder, "terms") for folder in context.rules_dirs]
    found = [p for folder in folders for p in sorted(folder.glob("*.*")) if _is_term_file(p)]
    return list(dict.fromkeys([*found, *own]))


def _is_term_file(path: Path) -> bool:
    """In a folder of rules plain text may be anything: such lists are named in the policy."""
    return path.suffix.lower() in SUFFIXES and path.suffix.lower() != ".txt"


class _Factory:
    def build(self, context: DetectorContext) -> Detector:
        """Option `files`: term files, besides those in `terms/` of the rule folders.

        Raises UsageError on a broken file, by place; it never quotes a term.
        """
        check_options(context.options, ("files",), "terms")
        terms = read_all(_files(context), context.key)
        return _Terms(build([t for t in terms if _active(t, context.today)]), context.key)

    def confidential(self, context: DetectorContext) -> Sequence[Path]:
        """The term files: what is derived from them is kept on disk under the key only."""
        return _files(context)

    def load(self, context: DetectorContext, dumped: bytes) -> Detector:
        """The detector that another process built, without reading a file again."""
        return _Terms.load(dumped, context.key)


plugin = _Factory()
