"""One rule of a pack, compiled: where it matches in a value, and what it makes of that."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, TypeVar

from scanner import suggest
from scanner.detectors import Drop, Match, Pattern, Value
from scanner.errors import UsageError
from scanner.model import Confidence, Part
from scanner.regexes import linear as regex
from scanner.rulepacks import noise
from scanner.rulepacks.context import Phrases
from scanner.rulepacks.filters import FILTERS, PLACEHOLDER_OF, PLACEHOLDERS, Candidate, entropy
from scanner.rulepacks.load import LoadedRule, broken
from scanner.rulepacks.noise import NOISE
from scanner.rulepacks.proofs import NORMALISERS, PROOFS, Proof
from scanner.rulepacks.spec import RuleSpec
from scanner.rulepacks.windows import WHOLE, found_in, last_char, windows

T = TypeVar("T")
NEAR = 80  # characters of context on either side
_KNOWN = 64  # judgements that are kept of a long value, which repeats itself or does not
_NOTED = 4096  # candidates of one value that are kept for other rules
# Versions, counts, and numbers of four digits and more, outside of parentheses; no dates.
_OTHER = re.compile(
    r"\([^()]{0,40}\)|((?<![0-9/])[0-9](?:[ .-]?[0-9]){3,}(?![0-9/])|\bv[0-9]+\.[0-9.]+"
    r"|\b(?:lookups|requests|queries|exports?|checks?|counts?|totals?|errors?|jobs?|batch|refs?"
    r"|orders?|tickets?|invoices?|builds?|rows?|columns?|sections?|commit|coverage)\b)"
)
_BESIDE = 40  # characters before a bare number that could be anything, and half of it after
_WRAPPED = 25  # characters: a line that begins with fewer goes on with what the last one says
_LOOSE = ("", "phone-national", "ssn", "nhs", "us.ein")  # checks that many a number passes
_ALWAYS = ("templated", "masked")  # filters of every rule, with nothing to say of a number
_WORD = f"{string.ascii_letters}{string.digits}_"
_REPEATS = re.compile(r"(?:\[\^[^\]]*\]|(?<!\\)\.|\\[SWD])\{(?:\d*,)?(\d+)\}")
_LONGEST_REPEAT = 80  # of nearly any character, in an anchor
_SECRET = re.compile(r"secret\d?")  # groups of a pattern: each is a secret of its own
_MIN_START = 3  # characters an anchor needs when it is taken from the pattern


@dataclass(frozen=True, slots=True)
class _Judgement:
    """What the checks say of one candidate: a filter that refused it, or the evidence."""

    refused: str = ""
    confidence: Confidence = Confidence.LOW
    evidence: tuple[str, ...] = ()


def pattern_of(loaded: LoadedRule) -> Pattern:
    """What the matcher looks for, of a rule.  Raises UsageError where there is nothing."""
    spec = loaded.spec
    if spec.label_required:
        if not spec.label:
            raise UsageError("label_required needs a label", hint="add `label: '<regex>'`")
        return Pattern(spec.id, label_anchors=(spec.label,))
    if spec.starts:
        return _at_starts(loaded)
    if spec.context_required and not spec.anchors:
        words = Phrases.anchors(spec.context)
        labels = (*words, *((spec.label,) if spec.label else ()))
        return Pattern(spec.id, words, labels, ascii=True)
    return Pattern(spec.id, spec.anchors or (_start(spec),), caseless=spec.caseless)


def _at_starts(loaded: LoadedRule) -> Pattern:
    before, _ = _bounds(loaded)
    spec = loaded.spec
    if spec.caseless or not all(re.fullmatch(before or "$", c) for c in _WORD):
        hint = "use `anchors`, or `bounds: word` without `caseless`"
        raise UsageError("`starts` need bounds that keep words off, and their case", hint=hint)
    return Pattern(spec.id, (*spec.anchors, *spec.starts), starts=spec.starts)


def _start(spec: RuleSpec) -> str:
    bare = regex.compile_re(spec.pattern, spec.caseless)
    start = "" if spec.caseless else regex.fixed_start(bare)
    if len(start) < _MIN_START:
        hint = "list in `anchors` what every match holds, for example ['AKIA', 'ASIA']"
        raise UsageError("the pattern has no fixed start to search for", hint=hint)
    return "".join(c if c.isalnum() or c == "_" else f"\\x{ord(c):02x}" for c in start)


class CompiledRule:
    """Searches values for one rule.  Raises UsageError when the rule cannot be compiled.

    Of a rule that is `proven` the anchors are not tried again: to compile them takes longer
    than all else.
    """

    def __init__(
        self, loaded: LoadedRule, proofs: Mapping[str, Proof] = PROOFS, proven: bool = False
    ) -> None:
        self.loaded, self.spec = loaded, loaded.spec
        try:
            self._compile(proofs)
            if not proven:
                _refuse_costly(self.pattern)
                _refuse_empty(self._bare, *map(regex.compile_re, self.pattern.anchors))
        except UsageError as err:
            raise broken(loaded, err.what, err.hint) from None

    def _compile(self, proofs: Mapping[str, Proof]) -> None:
        spec = self.spec
        self._bare = regex.compile_re(spec.pattern, spec.caseless)
        before, after = _bounds(self.loaded)
        self._regex = regex.compile_re(regex.bounded(spec.pattern, before, after), spec.caseless)
        groups = self._regex.groupindex
        self._span_group = groups["leakgate_span"]
        self._secret_groups = sorted(groups[g] for g in groups if _SECRET.fullmatch(g))
        self._looks_back = bool(before)
        self._label = regex.compile_re(spec.label) if spec.label else None
        self._context = Phrases(spec.context)
        self._proof = _named("proof", spec.proof, proofs) if spec.proof else None
        self._must_prove = spec.proof != "" and spec.proof_required
        self._normal = _named("normalise", spec.normalise, NORMALISERS)
        names = (*_ALWAYS, *(n for f in spec.filters for n in (NOISE if f == "noise" else (f,))))
        self._filters = tuple((n, _named("filter", n, FILTERS)) for n in dict.fromkeys(names))
        self._of_numbers = tuple(f for f in self._filters if f[0] not in _ALWAYS)
        kind = spec.placeholder or PLACEHOLDER_OF[self.loaded.rule.category]
        self._placeholder = _named("placeholder", kind, PLACEHOLDERS)

    @cached_property
    def pattern(self) -> Pattern:
        """What the matcher looks for."""
        return pattern_of(self.loaded)

    @property
    def weak(self) -> bool:
        """True for a rule that asks for a word, and has a check that a column may pass."""
        return bool(self.spec.proof and self.spec.context_required)

    @property
    def check(self) -> Callable[[str], str | None] | None:
        """The check that proves a value; None for a rule that has none."""
        return self._proof

    def find(self, value: Value, hits: Sequence[int]) -> Iterator[Match | Drop]:
        """Everything the rule makes of a value."""
        if self._labelled(value) is False:
            return
        for low, high in self._stretches(value, hits):
            if self._bare.search(value.data, low, high) is not None:
                yield from self._in_window(value, low, self._uncut(value.data, low, high))

    def _stretches(self, value: Value, hits: Sequence[int]) -> Iterator[tuple[int, int]]:
        """What is searched: of a long value what is near the hits, of the rule's own form or of
        the words that it asks for."""
        size, reach = len(value.data), self.spec.reach
        if size > WHOLE and self._asked_by_words:
            if self._named(value):  # the words may stand elsewhere in the text
                return iter([(0, size)])
            reach = self._longest + self._context.longest + NEAR * (1 if value.ascii else 4)
        return windows(size, hits, reach)

    def is_candidate(self, value: Value) -> bool:
        """True when the rule's form stands in a value that has the label it asks for."""
        found = self._bare.search(value.data, 0, len(value.data)) is not None
        return found and self._labelled(value) is not False

    def _named(self, value: Value) -> bool:
        """True when the label says what the value is."""
        return bool(self._labelled(value)) or self._context.near(value.label)

    @cached_property
    def _vague(self) -> bool:
        """True for a rule that nearly any row of digits passes, so that words must stand near."""
        return self.spec.context_required and self.spec.proof in _LOOSE

    @property
    def _personal(self) -> bool:
        return self.loaded.rule.category == "pii"

    @cached_property
    def _asked_by_words(self) -> bool:
        """True when the matcher looks for the rule's words: see `pattern_of`."""
        spec = self.spec
        return spec.context_required and not (spec.anchors or spec.starts or spec.label_required)

    @cached_property
    def _longest(self) -> int:
        """Bytes of a match, at most."""
        return min(regex.longest(self.spec.pattern), self.spec.reach)

    @cached_property
    def _shortest(self) -> int:
        """Bytes of a match, at least."""
        return regex.shortest(self.spec.pattern)

    def _labelled(self, value: Value) -> bool | None:
        """False when a required label is missing."""
        agrees = self._label is not None and self._label.search(value.label.encode()) is not None
        return agrees or (None if not self.spec.label_required else False)

    def _uncut(self, data: bytes, low: int, high: int) -> int:
        """The window's end, moved on until no match ends there because the window does."""
        step, first = self._longest, high
        while high < len(data):
            found = self._bare.finditer(data, low, high)
            cut = next((m for m in found if m.end() == high and m.start() < first), None)
            if cut is None:
                break
            # Ever farther, so that a match of any length costs no more than its size.
            low, high, step = cut.start(), min(len(data), high + step), 2 * step
        return high

    def _in_window(self, value: Value, low: int, high: int) -> Iterator[Match | Drop]:
        reached, known = low, dict[tuple[bytes, int], _Judgement]()
        for span, secrets in self._spans(value.data, (low, high)):
            yield from self._unbounded(value, reached, span[0])
            reached = span[1]
            for start, end in secrets:
                yield self._judged(value, start, end, known)
        yield from self._unbounded(value, reached, high)

    def _spans(self, data: bytes, window: tuple[int, int]) -> Iterator[tuple[Any, list[Any]]]:
        """(span, spans of the secrets in it) of each match.

        A rule that looks at what stands before goes on at a match's last character, which
        may be that neighbour of the next one.
        """

        def resume(found: Any) -> int:
            end: int = found.end(self._span_group)
            return last_char(data, end) if self._looks_back else end

        for found in found_in(self._regex, data, window, self._longest, resume):
            span = found.span(self._span_group)
            secrets = [found.span(group) for group in self._secret_groups]
            yield span, [secret for secret in secrets if secret[0] >= 0] or [span]

    def _unbounded(self, value: Value, low: int, high: int) -> Iterator[Drop]:
        """The things between two matches that only their neighbours rule out, as one drop."""
        gap = high - low >= self._shortest
        found = self._bare.finditer(value.data, low, high) if gap else iter(())
        first = next(found, None)
        if first is not None:
            drop = self._drop(value, "bounds", *first.span())
            yield replace(drop, count=1 + sum(1 for _ in found))

    def _judged(
        self, value: Value, start: int, end: int, known: dict[tuple[bytes, int], _Judgement]
    ) -> Match | Drop:
        """In a long value the same thing in the same surroundings is judged once."""
        place = value.data[max(0, start - 4 * NEAR) : end + 4 * NEAR], min(start, 4 * NEAR)
        judgement = known.get(place)
        if judgement is None:
            judgement = self._judge(value, _candidate(value, start, end))
            if len(value.data) > WHOLE:
                known[place] = judgement
            if len(known) > _KNOWN:
                known.clear()
        if judgement.refused:
            return self._drop(value, judgement.refused, start, end)
        return self._match(value, start, end, judgement)

    def _match(self, value: Value, start: int, end: int, judgement: _Judgement) -> Match:
        first, secret = value.chars(start), value.data[start:end].decode("utf-8", "replace")
        return Match(
            rule=self.loaded.rule,
            start=first,
            end=first + len(secret),
            secret=secret,
            family=self.loaded.family,
            normal=self._normal(secret),
            confidence=judgement.confidence,
            severity=self.spec.severity,
            evidence=judgement.evidence,
            reveal=self.spec.reveal,
            priority=self.spec.priority,
        )

    def alone(self, value: Value) -> Match | None:
        """What a whole value would be if a word beside it said so; its check must hold."""
        secrets = (s for _, spans in self._spans(value.data, (0, len(value.data))) for s in spans)
        for start, end in secrets:
            candidate = _candidate(value, start, end)
            whole = (start, end) == (0, len(value.data)) and not self._placeholder(candidate)
            proved = self._proof(candidate.secret) if whole and self._proof else None
            if proved and not self._refused(candidate, doubtful=False):
                evidence = "pattern", proved, "column: nearly all values pass the check"
                told = _Judgement("", Confidence.MEDIUM, evidence)
                return self._match(value, start, end, told)
        return None

    def _judge(self, value: Value, candidate: Candidate) -> _Judgement:
        """The checks in their order: filters, entropy, context, proof; in a long value what
        does not pass its proof is not asked about anything else."""
        first = len(value.data) > WHOLE and self._must_prove
        proved = self._proved(candidate) if first else None
        if first and proved is None:
            return _Judgement(self.spec.proof)
        doubtful = self._placeholder(candidate)
        refused = self._refused(candidate, doubtful)
        agrees = "" if refused else self._agrees(value, candidate)
        if refused or (self._lone(value) and not agrees):
            return _Judgement(refused or self._lone(value))
        proved = proved or self._proved(candidate)
        if self._must_prove and proved is None:
            return _Judgement(self.spec.proof)
        return self._accept(proved, agrees, doubtful)

    def _proved(self, candidate: Candidate) -> str | None:
        """What the check says of it; None where it does not pass, and where there is none."""
        return self._proof(candidate.secret) if self._proof else None

    def _refused(self, candidate: Candidate, doubtful: bool) -> str:
        """The filter that refuses; a documentation value need not look random."""
        filters = self._of_numbers if candidate.number else self._filters
        if doubtful:
            filters = tuple(f for f in filters if f[0] != "word-like")
        if refused := candidate.refused(filters):
            return refused
        low = not doubtful and entropy(candidate.secret) < self.spec.entropy
        return "entropy" if low else ""

    def _agrees(self, value: Value, candidate: Candidate) -> str:
        if self._labelled(value):
            return "label"
        if self._context.near(value.label):
            return "context in the label"
        if own := candidate.own_key:
            named = self._context.near(own) and not noise.measures(own)
            return "context in its key" if named else ""
        vague = self._vague and (candidate.number or self._personal)
        beside = self._beside(candidate) if vague else candidate.beside
        return "context" if self._context.near(*beside) else ""

    def _beside(self, candidate: Candidate) -> tuple[str, str]:
        """What may say what a number is that could be anything: no further than the next number
        of another form, which the words beyond it are about.
        """
        before, after = candidate.beside
        if self._personal:  # a secret's words may stand in other lines of its file
            before, after = _own_line(before, after)
        if candidate.secret.isdigit():
            before, after = before[-_BESIDE:], after[: _BESIDE // 2]
        ends = (end for number, end in _others(before) if not self._formed(number))
        return before[max(ends, default=0) :], after

    def _formed(self, number: str | None) -> bool:
        """True for what is no number, or one as the rule looks for."""
        return number is None or self._bare.fullmatch(number.encode()) is not None

    def _lone(self, value: Value) -> str:
        """Why a candidate without label or context is refused; "" when it is not."""
        if self.spec.context_required:
            return "context"
        return "number" if value.part is Part.NUMBER else ""

    def _accept(self, proved: str | None, agrees: str, doubtful: bool) -> _Judgement:
        proof = f"{self.spec.proof}: {proved}" if proved else ""
        evidence = ["pattern", f"entropy at least {self.spec.entropy:g}" * (self.spec.entropy > 0)]
        evidence += [proof, agrees]
        lifted = (proved and not self.spec.proof_required) or (
            agrees and not self.spec.context_required and not self.spec.label_required
        )
        confidence = _lift(self.spec.confidence) if lifted else self.spec.confidence
        if doubtful:
            confidence, evidence = Confidence.LOW, [*evidence, "placeholder"]
        return _Judgement("", confidence, tuple(e for e in evidence if e))

    def _drop(self, value: Value, name: str, start: int, end: int) -> Drop:
        checked = bool(name) and name == self.spec.proof
        return Drop(self.spec.id, name, value.chars(start), value.chars(end), checked)


@lru_cache(maxsize=4096)  # many rules ask about the text beside one number
def _others(before: str) -> list[tuple[str | None, int]]:
    """The other numbers and kinds of things in it, and where they end."""
    return [(m[1], m.end()) for m in _OTHER.finditer(before)]


def _own_line(before: str, after: str) -> tuple[str, str]:
    """What stands beside a number without the lines after it, and those before it."""
    line = before.rpartition("\n")[2]
    return line if len(line) >= _WRAPPED else before, after.partition("\n")[0]


def _bounds(loaded: LoadedRule) -> tuple[str, str]:
    bounds = loaded.spec.bounds
    if isinstance(bounds, str):
        return regex.BOUNDS[bounds]
    return bounds.before, bounds.after


def _named(kind: str, name: str, known: Mapping[str, T]) -> T:
    if name not in known:
        raise UsageError(f"unknown {kind} {suggest.plain(name)}", hint=suggest.hint(name, known))
    return known[name]


def _refuse_empty(*patterns: Any) -> None:
    if any(p.search(b"") is not None for p in patterns):
        raise UsageError("a pattern or an anchor matches the empty text", hint="make it longer")


def _refuse_costly(pattern: Pattern) -> None:
    """Anchors run over every byte of the data, all of them at once."""
    for anchor in (*pattern.anchors, *pattern.label_anchors):
        if any(int(most) > _LONGEST_REPEAT for most in _REPEATS.findall(anchor)):
            hint = "end the anchor before the repetition: it need not tell the whole match"
            what = f"an anchor repeats nearly any character more than {_LONGEST_REPEAT} times"
            raise UsageError(what, hint=hint)


def _candidate(value: Value, start: int, end: int) -> Candidate:
    """The candidate of a span, made once for all rules."""
    known = value.notes.get((start, end))
    if known is None:
        if len(value.notes) > _NOTED:
            value.notes.clear()
        known = value.notes[start, end] = _made(value, start, end)
    return known


def _made(value: Value, start: int, end: int) -> Candidate:
    data = value.data
    before = data[max(0, start - 4 * NEAR) : start].decode("utf-8", "ignore")[-NEAR:]
    after = data[end : end + 4 * NEAR].decode("utf-8", "ignore")[:NEAR]
    return Candidate(data[start:end].decode("utf-8", "replace"), before, after, value.label)


def _lift(confidence: Confidence) -> Confidence:
    return Confidence.HIGH if confidence is not Confidence.LOW else Confidence.MEDIUM
