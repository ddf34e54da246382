"""Runs one presidio recognizer on one text as presidio would, without its traps.

No spaCy model: a blank pipeline gives the words, and a word in lower case is its own lemma,
which is all that presidio's context words need.  No network: e-mail domains are checked
against the suffix list that tldextract carries.  A regex time-out is an error here, where
presidio drops the pattern and reports success.  Its log, which may quote values, is cut off.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from functools import cache
from typing import Any

from scanner.errors import UnreadableError
from scanner.rulepacks.context import plain_words

_WHOLE = 100_000  # characters up to which a text's words are looked at as a whole
_AROUND = 1_000  # beyond that: characters before and after a match


@dataclass(frozen=True, slots=True)
class Hit:
    """What presidio found: code points, and its score from 0 to 1."""

    start: int
    end: int
    score: float


class Runner:
    """One recognizer, with a limit in seconds for each of its expressions."""

    def __init__(self, recognizer: Any, seconds: float) -> None:
        self.recognizer = recognizer
        self._watch = _quiet()
        flags = recognizer.global_regex_flags
        recognizer.patterns = [_limited(p, flags, seconds) for p in recognizer.patterns]

    def find(self, text: str, label: str = "") -> list[Hit]:
        """The recognizer's results, with its context words looked for in text and label.

        Raises UnreadableError when an expression overran its time.
        """
        self._watch.timed_out = False
        raw = self.recognizer.analyze(text, self.recognizer.supported_entities, None)
        if self._watch.timed_out:
            raise _overran()
        enhanced = self._enhanced(text, raw, label) if self.recognizer.context else raw
        return sorted(_hits(enhanced), key=lambda h: (h.start, h.end))

    def _enhanced(self, text: str, raw: list[Any], label: str) -> list[Any]:
        if len(text) <= _WHOLE:
            return self._with_context(text, raw, label) if raw else []
        return [r for one in raw for r in self._near(text, one, label)]

    def _near(self, text: str, result: Any, label: str) -> list[Any]:
        first = max(0, result.start - _AROUND)
        window = text[first : result.end + _AROUND]
        result.start, result.end = result.start - first, result.end - first
        found = self._with_context(window, [result], label)
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


def words_of(text: str, language: str) -> Any:
    """presidio's NlpArtifacts of a text, by a pipeline without a model."""
    from presidio_analyzer.nlp_engine import NlpArtifacts

    words = _blank(language)
    tokens = words.nlp.make_doc(text)
    lemmas = [token.lower_ for token in tokens]
    return NlpArtifacts([], tokens, [token.idx for token in tokens], lemmas, words, language)


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

    return LemmaContextAwareEnhancer()


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

    def __init__(self, compiled: Any, seconds: float) -> None:
        self._compiled, self._seconds = compiled, seconds

    def finditer(self, text: str, **_given: object) -> Iterator[Any]:
        try:
            yield from self._compiled.finditer(text, timeout=self._seconds)
        except TimeoutError:
            raise _overran() from None


def _limited(pattern: Any, flags: int, seconds: float) -> Any:
    """A copy: built-in recognizers share their patterns with every instance."""
    import regex

    own = copy(pattern)
    own.compiled_regex = _Timed(regex.compile(pattern.regex, flags), seconds)
    own.compiled_with_flags = flags
    return own


def _overran() -> UnreadableError:
    return UnreadableError(
        "an expression overran its time on a value, which was not searched for it",
        hint="give the detector presidio a larger `timeout`, or leave the recognizer out",
        code="detector.timeout",
    )
