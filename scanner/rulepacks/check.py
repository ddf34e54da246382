"""Runs the examples and counter-examples that rules carry: they are the rules' tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scanner.detectors import Drop, Match, Pattern, Value
from scanner.errors import UsageError
from scanner.model import Confidence, Part, Rule
from scanner.regexes.linear import compile_re
from scanner.rulepacks.examples import fill
from scanner.rulepacks.load import PACKS, LoadedRule, broken, load_pack
from scanner.rulepacks.match import CompiledRule
from scanner.rulepacks.spec import Example


@dataclass(frozen=True, slots=True)
class RuleFailure:
    """One example that a rule gets wrong, or a rule file that does not load."""

    rule_id: str
    file: Path
    line: int
    what: str
    example: str = ""  # as written in the rule file, placeholders unfilled

    def __str__(self) -> str:
        shown = f": {self.example}" if self.example else ""
        return f"{self.file}:{self.line}, rule {self.rule_id}: {self.what}{shown}"


@dataclass(frozen=True, slots=True)
class ListedRule:
    """A loaded rule as `leakgate rules list` shows it."""

    rule: Rule
    file: Path
    line: int
    examples: int
    counter_examples: int


def list_rules(rules_dirs: Sequence[str] = ()) -> list[ListedRule]:
    """Every rule of our packs and of the folders given.  Raises UsageError on a broken one."""
    loaded = [rule for pack in PACKS for rule in load_pack(pack, rules_dirs)]
    return [
        ListedRule(
            r.rule,
            r.origin.file,
            r.origin.line,
            len(r.spec.examples) + len(r.spec.placeholders),
            len(r.spec.counter_examples),
        )
        for r in loaded
    ]


def check_pack(rules_dirs: Sequence[str] = ()) -> list[RuleFailure]:
    """All failures of our packs and of the folders given: patterns that do not compile and
    examples that come out wrong.

    Raises UsageError when a rule file cannot be read at all.
    """
    loaded = [rule for pack in PACKS for rule in load_pack(pack, rules_dirs)]
    return [failure for rule in loaded for failure in _failures(rule)]


def _failures(rule: LoadedRule) -> list[RuleFailure]:
    try:
        return list(failures(CompiledRule(rule)))
    except UsageError as err:
        return [_failure(rule, err.what, "")]


def require_examples(rule: CompiledRule) -> None:
    """Raises UsageError for the first example that the rule gets wrong."""
    for failure in failures(rule):
        raise broken(
            rule.loaded,
            f"{failure.what}: {failure.example}",
            "correct the pattern or the example; `leakgate rules test` lists all failures",
        )


def failures(rule: CompiledRule) -> Iterator[RuleFailure]:
    """What the rule's own examples show to be wrong."""
    spec = rule.spec
    if not spec.examples:
        yield _failure(rule.loaded, "the rule has no example", "")
    for example in spec.examples:
        yield from _check(rule, example, "an example is", found=True)
    for example in spec.placeholders:
        yield from _check(rule, example, "a placeholder is", found=True, low=True)
    for example in spec.counter_examples:
        yield from _check(rule, example, "a counter-example is", found=False)


def values(rule: LoadedRule) -> list[Value]:
    """The rule's examples as values, placeholders filled."""
    return [value_of(rule, e) for e in (*rule.spec.examples, *rule.spec.placeholders)]


def value_of(rule: LoadedRule, example: str | Example) -> Value:
    """One example as a value."""
    written = _written(example)
    part = Part.NUMBER if written.number else Part.VALUE
    try:
        return Value(fill(written.text, rule.spec.id).encode(), written.label, part)
    except UsageError as err:
        raise broken(rule, err.what, err.hint) from None


def _written(example: str | Example) -> Example:
    return Example(example) if isinstance(example, str) else example


def _check(
    rule: CompiledRule, example: str | Example, kind: str, found: bool, low: bool = False
) -> Iterator[RuleFailure]:
    value = value_of(rule.loaded, example)
    results = list(rule.find(value, ()))
    matches = [r for r in results if isinstance(r, Match)]
    wrong = _verdict(matches, results, found, low or rule.spec.confidence is Confidence.LOW)
    if found and not wrong and not _seen(rule.pattern, value):
        wrong = "never looked at: none of the rule's anchors stands in it"
    if wrong:
        yield _failure(rule.loaded, f"{kind} {wrong}", _written(example).text)


def _seen(pattern: Pattern, value: Value) -> bool:
    """Whether the matcher takes a value for a candidate of the pattern."""
    inside = (compile_re(one, pattern.caseless).search(value.data) for one in pattern.anchors)
    label = value.label.encode()
    return any(inside) or any(compile_re(one).search(label) for one in pattern.label_anchors)


def _verdict(
    matches: Sequence[Match], results: Sequence[Match | Drop], found: bool, low: bool
) -> str:
    if found and not matches:
        drops = sorted({r.filter for r in results if isinstance(r, Drop)})
        return "not found" + (f" (refused by {', '.join(drops)})" if drops else "")
    if matches and not found:
        return "found"
    strong = any(m.confidence is not Confidence.LOW for m in matches)
    return "found at low confidence only" if found and not low and not strong else ""


def _failure(rule: LoadedRule, what: str, example: str) -> RuleFailure:
    origin = rule.origin
    return RuleFailure(rule.spec.id, origin.file, origin.line, what, example)
