"""Runs one presidio recognizer on one text as presidio would, without its traps.

No spaCy model: a blank pipeline gives the words, and a word in lower case is its own lemma,
which is all that presidio's context words need.  No network: e-mail domains are checked
against the suffix list that tldextract carries.  A regex time-out is an error here, where
presidio drops the pattern and reports success.  Its log, which may quote values, is cut off.
"""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache, lru_cache
from time import process_time
from typing import Any

from scanner.errors import UnreadableError
from scanner.rulepacks.context import plain_words

_CHUNK = 4_000  # characters of which the matches are put into context together
_AROUND = 1_000  # and those before and after them that are looked at
SECONDS = 0.05  # of CPU for one value, for each 64 KiB of it that were begun
_PER_HIT = 0.0005  # and for each result: these are what the value is searched for


@dataclass(frozen=True, slots=True)
class Hit:
    """What presidio found: code points, and its score from 0 to 1."""

    start: int
    end: int
    score: float


class Budget:
    """CPU time that the recognizers may take for one value, all of them together."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._value, self._left = seconds, object(), 0.0

    def open(self, value: object, size: int) -> None:
        """Begin to count for a value of so many characters, unless it is that already."""
        if value is not self._value:
            self._value = value
            self._left = self._seconds * max(1, -(-size // 65_536))

    def spend(self, seconds: float, hits: int = 0) -> None:
        self._left -= seconds - hits * _PER_HIT

    def left(self) -> float:
        """Seconds.  Raises UnreadableError when there are none."""
        if self._left <= 0:
            raise _overran()
        return self._left


class Runner:
    """One recognizer; what its expressions may take is in the budget."""

    def __init__(self, recognizer: Any, budget: Budget) -> None:
        self.recognizer, self.budget = recognizer, budget
        self._watch = _quiet()
        flags = getattr(recognizer, "global_regex_flags", 0)
        if getattr(recognizer, "patterns", None):
            recognizer.patterns = [_limited(p, flags, budget) for p in recognizer.patterns]

    def find(self, text: str, label: str = "") -> list[Hit]:
        """The recognizer's results, with its context words looked for in text and label.

        Raises UnreadableError when an expression overran its time.
        """
        self.budget.left()
        begun = process_time()
        self._watch.timed_out = False
        try:
            raw = self.recognizer.analyze(text, self.recognizer.supported_entities, None) or []
        finally:
            self.budget.spend(process_time() - begun)
        if self._watch.timed_out:
            raise _overran()
        begun = process_time()
        enhanced = self._enhanced(text, raw, label) if self.recognizer.context else raw
        found = sorted(_hits(enhanced), key=lambda h: (h.start, h.end))
        self.budget.spend(process_time() - begun, len(found))
        return found

    def _enhanced(self, text: str, raw: list[Any], label: str) -> list[Any]:
        """The results in their context, those of one stretch of the text together."""
        chunks: dict[int, list[Any]] = {}
        for one in raw:
            chunks.setdefault(one.start // _CHUNK, []).append(one)
        return [r for found in chunks.values() for r in self._near(text, found, label)]

    def _near(self, text: str, results: list[Any], label: str) -> list[Any]:
        low = results[0].start // _CHUNK * _CHUNK
        first = _edge(text, max(0, low - _AROUND))
        last = max(low + _CHUNK, *(r.end for r in results))
        window = text[first : last + _AROUND]
        for one in results:
            one.start, one.end = one.start - first, one.end - first
        found = self._with_context(window, results, label)
        for one in found:
            one.start, one.end = one.start + first, one.end + first
        return found

    def _with_context(self, text: str, raw: list[Any], label: str) -> list[Any]:
        artifacts = words_of(text, self.recognizer.supported_language)
        try:
            found: list[Any] = _enhancer().enhance_using_context(
                text, raw, artifacts, [self.recognizer], label_words(label)
            )
        except ValueError:  # a match where there is no word; its message would quote it
            return raw
        return found


def _hits(results: list[Any]) -> Iterator[Hit]:
    from presidio_analyzer import EntityRecognizer

    for result in EntityRecognizer.remove_duplicates(results):
        yield Hit(result.start, result.end, result.score)


def label_words(label: str) -> list[str]:
    """The words of a label, and all of them as one phrase: presidio's own words are single."""
    phrase = plain_words(label).strip()
    return [*phrase.split(), phrase] if phrase else []


def _edge(text: str, at: int) -> int:
    """Where a word begins, at this place or a little before: a cut word would be another."""
    while at > 0 and not text[at - 1].isspace() and at % _CHUNK != _CHUNK // 2:
        at -= 1
    return at


@lru_cache(16)  # recognizers look at the same stretch one after the other
def words_of(text: str, language: str) -> Any:
    """presidio's NlpArtifacts of a text, by a pipeline without a model."""
    from presidio_analyzer.nlp_engine import NlpArtifacts

    words = _blank(language)
    tokens = words.nlp.make_doc(text)
    lemmas = [token.lower_ for token in tokens]
    begins = [token.idx for token in tokens]
    spelled: Any = [t.text for t in tokens]
    told: Any = NlpArtifacts([], spelled, begins, lemmas, words, language)
    told.keywords = frozenset(told.keywords)  # asked about each word before each match
    return told


class _Words:
    """The two questions that NlpArtifacts asks of an NLP engine."""

    def __init__(self, nlp: Any) -> None:
        self.nlp = nlp

    def is_stopword(self, word: str, _language: str) -> bool:
        return bool(self.nlp.vocab[word].is_stop)

    def is_punct(self, word: str, _language: str) -> bool:
        return bool(self.nlp.vocab[word].is_punct)


@cache
def _blank(language: str) -> _Words:
    import spacy

    try:
        return _Words(spacy.blank(language))
    except ImportError:  # the language is unknown, or its tokenizer needs another library
        return _Words(spacy.blank("xx"))


@cache
def _enhancer() -> Any:
    from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer

    found: Any = LemmaContextAwareEnhancer()
    # presidio goes through all the words before a match, for each match anew.
    found._find_index_of_match_token = _token_at
    return found


def _token_at(_word: str, start: int, tokens: Sequence[str], begins: Sequence[int]) -> int:
    """The first token that ends behind a place.  Raises ValueError where there is none."""
    at = max(0, bisect_right(begins, start) - 1)
    at += start >= begins[at] + len(tokens[at])
    if at == len(tokens):
        raise ValueError("no token")
    return at


def offline() -> None:
    """Makes presidio's e-mail check use the suffix list in the package, and write no cache."""
    import tldextract.tldextract as extractor

    extractor.TLD_EXTRACTOR = extractor.TLDExtract(cache_dir=None, suffix_list_urls=())


class _Watch(logging.Handler):
    """Takes presidio's log: notes a time-out, and shows nothing."""

    timed_out = False

    def emit(self, record: logging.LogRecord) -> None:
        self.timed_out = self.timed_out or "timed out" in str(record.msg)


@cache
def _quiet() -> _Watch:
    logger, watch = logging.getLogger("presidio-analyzer"), _Watch(logging.WARNING)
    logger.propagate = False
    logger.handlers = [watch]
    return watch


class _Timed:
    """A compiled expression whose time-out is an error that presidio does not catch."""

    def __init__(self, compiled: Any, budget: Budget) -> None:
        self._compiled, self._budget = compiled, budget

    def finditer(self, text: str, **_given: object) -> Iterator[Any]:
        """All matches, found at once; again where the clock ran while others had the CPU."""
        begun, limit = process_time(), self._budget.left()
        allowed = limit
        while True:
            try:
                return iter(list(self._compiled.finditer(text, timeout=allowed)))
            except TimeoutError:
                allowed = 2 * limit - (process_time() - begun)
                if allowed <= limit:
                    raise _overran() from None


def _limited(pattern: Any, flags: int, budget: Budget) -> Any:
    """A copy: built-in recognizers share their patterns with every instance."""
    import regex

    own = copy(pattern)
    own.compiled_regex = _Timed(regex.compile(pattern.regex, flags), budget)
    own.compiled_with_flags = flags
    return own


def _overran() -> UnreadableError:
    return UnreadableError(
        "an expression overran its time on a value, which was not searched for it",
        hint="give the detector presidio a larger `timeout`, or leave the recognizer out",
        code="detector.timeout",
    )
