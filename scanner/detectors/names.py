"""Names of persons, and addresses, in natural language: a recogniser reads what sounds like it.

Anchors and a look at the words choose the values that are worth reading: sentences and messages
with a capital letter inside a sentence, a title or greeting, or a common first name.  What the
recogniser finds there is checked by words and cues: `finding` is of medium confidence, `review`
of low.  Fields that are named after a name (`last_name`) are checked by the word list alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from scanner.detectors import Budget, Canary, Detector, DetectorContext, Drop, Match, Pattern, Value
from scanner.detectors._names_anchors import LABELS, files, prose_patterns
from scanner.detectors._names_backends import Backend, Span, backend, count_of
from scanner.detectors._names_forms import FORMS, field_name, in_forms
from scanner.detectors._names_prose import Kind, kind_of
from scanner.detectors._names_tiers import address, narrowed, person, trimmed
from scanner.errors import UnreadableError, UsageError
from scanner.model import Confidence, Rule, Severity
from scanner.rulepacks.detector import check_options

_OPTIONS = ("ner", "budget", "beyond_budget", "nlp_engine")
_WORDS = 100_000  # of the first unit of a shard: 5 to 8 seconds
_LATER = 10  # of each later unit a tenth of that
_PRIORITY = -20  # what a rule of a pack finds at the same place says more
_NAME, _ADDRESS = "person-name", "prose-address"
_PLANTED = "Please ask Maria Schneider about the invoice."


class _Names:
    """With `ner` off only fields that are named after names are looked at."""

    def __init__(self, ner: str, folder: str, conf: str, budget: Budget) -> None:
        self._ner, self._folder, self._conf, self.budget = ner, folder, conf, budget
        self._rules = {rule.id: rule for rule in _rules(ner, budget.words)}

    def rules(self) -> Sequence[Rule]:
        return list(self._rules.values())

    def patterns(self) -> Sequence[Pattern]:
        field = Pattern("field", label_anchors=LABELS, caseless=True)
        form = Pattern("form", FORMS)
        return [field, form] if self._ner == "off" else [field, form, *prose_patterns()]

    def confirm(self, value: Value, key: str, hits: Sequence[int]) -> Iterator[Match | Drop]:
        """A field that is named after a name and holds nothing else; a line of a form; the name
        behind a greeting."""
        del hits
        if key == "field" and len(value.data) < 200:
            found = field_name(value.text, value.label)
            if found:
                yield self._match(_NAME, value.text, found, "finding", "named field")
        elif key == "form":
            for span in in_forms(value.text):
                yield self._match(_NAME, value.text, span, "finding", "form or greeting")

    # Reading -----------------------------------------------------------------------------

    def cost(self, value: Value) -> int:
        """Words of a value in natural language, 0 for all others."""
        return 0 if kind_of(value) is Kind.OTHER else count_of(value.text)

    def read(self, values: Sequence[Value]) -> list[list[Match | Drop]]:
        """Names and addresses of each value."""
        if not self._alive:
            what = "the name recogniser found no name in a sentence that was planted for it"
            raise UnreadableError(what, "detector names", "install leakgate again", "detector.dead")
        texts = [value.text for value in values]
        found = self._backend.read(texts)
        return [
            [one for span in spans for one in self._judged(text, span, kind_of(value))]
            for text, spans, value in zip(texts, found, values, strict=True)
        ]

    @cached_property
    def _backend(self) -> Backend:
        return backend(self._ner, self._folder, self._conf)

    @cached_property
    def _alive(self) -> bool:
        """False for a model of the package that reads nothing; of others nobody knows a name."""
        if self._ner != "embedded":
            return True
        return any(span.label == "PERSON" for span in self._backend.read([_PLANTED])[0])

    def _judged(self, text: str, span: Span, kind: Kind) -> Iterator[Match | Drop]:
        named = span.label == "PERSON"
        start, end = (narrowed if named else trimmed)(text, span.start, span.end)
        if start >= end:
            return
        tier = (
            person(text, start, end, kind) if named else address(text, start, end, span.label, kind)
        )
        rule = _NAME if named else _ADDRESS
        if tier in ("finding", "review") and (tier == "finding" or kind is Kind.PROSE):
            yield self._match(rule, text, (start, end), tier, f"recogniser: {self._ner}")
        elif named or span.label == "ADDRESS":
            yield Drop(rule, tier, start, end)

    def _match(self, rule: str, text: str, span: tuple[int, int], tier: str, why: str) -> Match:
        start, end = span
        found, sure = text[start:end], tier == "finding"
        return Match(
            self._rules[rule],
            start,
            end,
            found,
            family=rule,
            normal=" ".join(re.findall(r"\w+", found.casefold())),
            confidence=Confidence.MEDIUM if sure else Confidence.LOW,
            severity=self._rules[rule].severity if sure else Severity.LOW,
            evidence=(why, f"tier: {tier}"),
            priority=_PRIORITY,
        )


def _rules(ner: str, words: int) -> Iterator[Rule]:
    some = f"At most {words:,} words of a shard's first 16 MiB are read, then a tenth of that each."
    reads = some if ner != "off" else ""
    for rule, name in ((_NAME, "Name of a person"), (_ADDRESS, "Postal address in a text")):
        yield Rule(
            rule,
            name,
            "pii",
            Severity.MEDIUM,
            description=f"Found by the name recogniser ({ner}). {reads}".strip(),
            remediation="Remove the text, or replace names and addresses by made-up ones.",
            tags=("CWE-359", "GDPR-Art-4"),
            references=("https://eur-lex.europa.eu/eli/reg/2016/679/oj",),
            detector="names",
        )


class _Factory:
    canaries = {_NAME: Canary("Maria", "first_name")}  # noqa: RUF012

    def build(self, context: DetectorContext) -> Detector:
        """Options.

        `ner`: "embedded" (the model of the package), "off", the name or path of a spaCy
        pipeline, or "presidio"; `nlp_engine`: presidio's configuration file for the last.
        `budget`: words that are read of the first 16 MiB of a shard (100,000); of each further
        16 MiB a tenth as many are, as a sample.  `beyond_budget`: "note" says in the report what
        was left out, "incomplete" makes the verdict INCOMPLETE as well.
        """
        options = context.options
        check_options(options, _OPTIONS, "names")
        ner, conf = _ner(options), str(options.get("nlp_engine", ""))
        if conf and ner != "presidio":
            raise UsageError("`nlp_engine` is for ner: presidio", "detectors.names.nlp_engine")
        if ner not in ("embedded", "off"):
            backend(ner, context.folder, conf)  # what is missing is told now
        return _Names(ner, context.folder, conf, _budget(options))

    def depends_on(self, context: DetectorContext) -> Sequence[Path] | None:
        """Our own lists; a pipeline of somebody else may be gone any day, and is looked for."""
        return files() if _ner(context.options) in ("embedded", "off") else None


def _ner(options: Mapping[str, Any]) -> str:
    given = options.get("ner", "embedded")
    given = "off" if given is False else given  # YAML takes `off` for false
    if not isinstance(given, str) or not given:
        hint = "write embedded, off, presidio, or the name or path of a spaCy pipeline"
        raise UsageError("`ner` must be a name", "detectors.names.ner", hint)
    return given


def _budget(options: Mapping[str, Any]) -> Budget:
    words, beyond = options.get("budget", _WORDS), options.get("beyond_budget", "note")
    if isinstance(words, bool) or not isinstance(words, int) or words < 0:
        hint = "give the number of words that may be read of one unit, for example 100000"
        raise UsageError("`budget` must be a whole number", "detectors.names.budget", hint)
    if beyond not in ("note", "incomplete"):
        hint = "write note or incomplete"
        raise UsageError(
            "`beyond_budget` is neither of the two", "detectors.names.beyond_budget", hint
        )
    return Budget(
        words,
        words // _LATER,
        "note.reader.budget" if beyond == "note" else "reader.budget",
        f"values were not read for names: the budget of {words:,} words was spent",
        "raise `budget` under detectors.names in the policy to have them read",
    )


plugin = _Factory()
