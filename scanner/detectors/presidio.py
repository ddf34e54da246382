"""presidio's pattern recognizers, the user's own included, behind our matcher.

A candidate is given to the recognizer as a whole, so spans, checksums and scores are
presidio's own; only values in which it could find anything are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from scanner.detectors import Detector, DetectorContext, Drop, Form, Match, Pattern, Value
from scanner.detectors._presidio_choice import QUIET, Choice, chosen
from scanner.detectors._presidio_run import SECONDS, Budget, Hit, Runner, offline
from scanner.errors import UsageError
from scanner.model import Confidence, Rule, Severity
from scanner.regexes import anchors
from scanner.regexes.anchors import Anchors
from scanner.rulepacks.context import Phrases, plain_words
from scanner.rulepacks.detector import check_options

_PRIORITY = -10  # where a rule of our own pack finds the same value, that one stays
_NEAR = 80  # characters before and after a match in which a needed word may stand
_SHORT = 4  # letters up to which a needed word is likely to be a part of others
_OPTIONS = ("recognizers", "registry", "languages", "min_score", "timeout")


class _Entry:
    """One recognizer with what the matcher and the report need of it."""

    def __init__(self, choice: Choice, budget: Budget) -> None:
        self.runner = Runner(choice.recognizer, budget)
        self.entity: str = choice.recognizer.supported_entities[0]
        self.rule = _rule(self.entity, choice.recognizer)
        self.need = choice.need
        self.phrases = Phrases(choice.need)

    def pattern(self, key: str) -> Pattern:
        forms = _forms(self.runner.recognizer)
        if not self.need:
            return replace(_of_recognizer(self.runner.recognizer).pattern(key), forms=forms)
        words = anchors.any_of([_of_phrase(phrase) for phrase in self.need])
        return Pattern(key, words.expressions, label_anchors=words.expressions, forms=forms)

    def said(self, value: Value, hit: Hit) -> bool:
        """True when a needed word stands near the match, or in the label."""
        before, after = value.text[: hit.start][-_NEAR:], value.text[hit.end :][:_NEAR]
        return not self.need or self.phrases.near(value.label, before, after)


def _by_patterns(recognizer: Any) -> bool:
    """True for one that finds what its patterns match, and nothing else."""
    from presidio_analyzer import PatternRecognizer

    return type(recognizer).analyze is PatternRecognizer.analyze


def _forms(recognizer: Any) -> tuple[Form, ...]:
    if not _by_patterns(recognizer):
        return ()
    flags = int(recognizer.global_regex_flags)
    return tuple(Form(pattern.regex, flags) for pattern in recognizer.patterns)


def _of_recognizer(recognizer: Any) -> Anchors:
    own = _by_patterns(recognizer)
    if type(recognizer).__name__ == "PhoneRecognizer":
        return anchors.of_re(re.compile(r"\d"))
    if not own and not type(recognizer).__module__.startswith("presidio_analyzer."):
        return anchors.ALWAYS  # it may find what its patterns do not
    flags = int(recognizer.global_regex_flags)
    return anchors.any_of([anchors.of_regex(p.regex, flags) for p in recognizer.patterns])


def _of_phrase(phrase: str) -> Anchors:
    """What stands in every text in which `Phrases` finds the phrase.

    A short one is looked for as a word only, or common words would be full of it; words
    begin and end at word boundaries, underscores and the humps of camelCase.
    """
    body = r"[\W_]*".join(re.escape(word) for word in plain_words(phrase).split())
    if len(body) > _SHORT or not body.isascii():
        return anchors.of_re(re.compile(body, re.I))
    hump = rf"[A-Za-z0-9]{body[0].upper()}(?i:{body[1:]})"
    fronts = (rf"\b(?i:{body})", f"_(?i:{body})", hump)
    ends = (r"\b", r"(?i:s)\b", "(?i:s)?[0-9_A-Z]")
    return anchors.of_re(re.compile("|".join(front + end for front in fronts for end in ends)))


class _Recognizers:
    def __init__(self, entries: Mapping[str, _Entry], floor: float, budget: Budget) -> None:
        self._entries, self._floor, self._budget = entries, floor, budget

    def rules(self) -> Sequence[Rule]:
        return list({e.rule.id: e.rule for e in self._entries.values()}.values())

    def patterns(self) -> Sequence[Pattern]:
        return [entry.pattern(key) for key, entry in self._entries.items()]

    def confirm(self, value: Value, key: str, hits: Sequence[int]) -> Iterator[Match | Drop]:
        """What the recognizer finds in the value, wherever the anchors were.

        Raises UnreadableError when an expression overran its time.
        """
        del hits
        entry = self._entries[key]
        self._budget.open(value, len(value.text))
        for hit in entry.runner.find(value.text, value.label):
            if hit.score < self._floor:
                yield Drop(entry.rule.id, "presidio-score", hit.start, hit.end)
            elif not entry.said(value, hit):
                yield Drop(entry.rule.id, "context", hit.start, hit.end)
            else:
                yield _match(entry, hit, value.text[hit.start : hit.end])


def _match(entry: _Entry, hit: Hit, text: str) -> Match:
    return Match(
        entry.rule,
        hit.start,
        hit.end,
        text,
        family=entry.entity.lower(),
        normal=re.sub(r"[\W_]+", "", text).upper(),
        confidence=confidence(hit.score),
        severity=entry.rule.severity,
        evidence=(f"presidio score {hit.score:.2f}",),
        priority=_PRIORITY,
    )


def confidence(score: float) -> Confidence:
    """presidio's score as ours: from 0.85 high (a check passed), from 0.5 medium, else low."""
    if score >= 0.85:
        return Confidence.HIGH
    return Confidence.MEDIUM if score >= 0.5 else Confidence.LOW


def _rule(entity: str, recognizer: Any) -> Rule:
    slug = re.sub(r"[^a-z0-9]+", "-", entity.lower()).strip("-")
    known = type(recognizer).__name__ in QUIET
    return Rule(
        f"presidio-{slug}",
        f"{entity.replace('_', ' ')} (presidio)",
        "pii",
        Severity.HIGH if known else Severity.MEDIUM,
        description=f"Found by presidio's {recognizer.name}.",
        remediation="Remove or mask the value, and find out how it came into the data.",
        tags=("CWE-359", "GDPR-Art-4"),
        detector="presidio",
    )


class _Factory:
    canaries = {"presidio-au-abn": "abn 51 824 753 556"}  # noqa: RUF012 - the tax office's own

    def build(self, context: DetectorContext) -> Detector:
        """Options.

        `recognizers`: class names of presidio, `module:Class` or `file.py:Class` (relative to
        the policy), or "all"; `registry`: a
        registry file of presidio; a quiet set when neither is given.  `languages`: keep
        those only.  `min_score`: presidio's score from which a result counts (0.5).
        `timeout`: seconds of CPU for one value, all recognizers together, for each 64 KiB of
        it (0.05); what takes longer is a problem of the input, "not searched".
        """
        options = context.options
        check_options(options, _OPTIONS, "presidio")
        offline()
        budget = Budget(_number(options, "timeout", SECONDS, 3600.0))
        entries: dict[str, _Entry] = {}
        for choice in chosen(options, context.folder):
            r = choice.recognizer
            key = f"{r.supported_entities[0]}/{r.name}/{r.supported_language}/{len(entries)}"
            entries[key] = _Entry(choice, budget)
        return _Recognizers(entries, _number(options, "min_score", 0.5, 1.0), budget)

    def depends_on(self, context: DetectorContext) -> Sequence[Path] | None:
        """No files; but a registry, or code of somebody else, may change whenever it likes."""
        names = context.options.get("recognizers") or ()
        foreign = names != "all" and any(":" in str(name) for name in names)
        return None if foreign or "registry" in context.options else ()


def _number(options: Mapping[str, Any], name: str, default: float, most: float) -> float:
    given = options.get(name, default)
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not 0 <= given <= most:
        raise UsageError(f"`{name}` must be a number from 0 to {most:g}", f"option {name}")
    return float(given)


plugin = _Factory()
