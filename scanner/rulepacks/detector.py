"""A detector that runs one rule pack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from scanner import suggest
from scanner.detectors import Detector, DetectorContext, Drop, Match, Pattern, Value
from scanner.errors import UsageError
from scanner.model import Rule
from scanner.rulepacks.check import require_examples
from scanner.rulepacks.load import LoadedRule, load_pack
from scanner.rulepacks.match import CompiledRule
from scanner.rulepacks.proofs import PROOFS, Proof


class PackDetector:
    """The rules of one pack behind the `Detector` contract; a pattern's key is its rule id."""

    def __init__(self, rules: Iterable[CompiledRule]) -> None:
        self.compiled = {rule.spec.id: rule for rule in rules}

    def rules(self) -> Sequence[Rule]:
        return [rule.loaded.rule for rule in self.compiled.values()]

    def patterns(self) -> Sequence[Pattern]:
        return [rule.pattern for rule in self.compiled.values()]

    def confirm(self, value: Value, key: str, hits: Sequence[int]) -> Iterator[Match | Drop]:
        """Matches and refusals of one rule; values over 64 KiB are searched near the hits."""
        return self.compiled[key].find(value, hits)


class ProvenPack:
    """The same for rules that passed their examples before: one is compiled when it is needed."""

    def __init__(self, rules: Iterable[LoadedRule], proofs: Mapping[str, Proof]) -> None:
        self._loaded = {rule.spec.id: rule for rule in rules}
        self._compiled: dict[str, CompiledRule] = {}
        self._proofs = proofs

    def rules(self) -> Sequence[Rule]:
        return [rule.rule for rule in self._loaded.values()]

    def patterns(self) -> Sequence[Pattern]:
        return [self._rule(key).pattern for key in self._loaded]

    def confirm(self, value: Value, key: str, hits: Sequence[int]) -> Iterator[Match | Drop]:
        """As `PackDetector` does."""
        return self._rule(key).find(value, hits)

    def _rule(self, key: str) -> CompiledRule:
        rule = self._compiled.get(key)
        if rule is None:
            rule = self._compiled[key] = CompiledRule(self._loaded[key], self._proofs)
        return rule


def build_pack(
    pack: str, context: DetectorContext, proofs: Mapping[str, Proof] = PROOFS
) -> Detector:
    """The detector of one pack, every rule tested on its own examples unless they are proven.

    Option `disabled`: ids of rules to leave out.  Raises UsageError on a broken rule, an
    unknown option or an unknown id.
    """
    loaded = load_pack(pack, context.rules_dirs)
    off = _disabled(context, {rule.spec.id for rule in loaded})
    if context.proven:
        return ProvenPack((rule for rule in loaded if rule.spec.id not in off), proofs)
    compiled = [CompiledRule(rule) for rule in loaded]
    for rule in compiled:
        require_examples(rule)
    kept = (rule for rule in compiled if rule.spec.id not in off)
    return PackDetector(_with(rule, proofs) for rule in kept)


def _with(rule: CompiledRule, proofs: Mapping[str, Proof]) -> CompiledRule:
    """The rule under another validator; its examples were written for the usual one."""
    name = rule.spec.proof
    same = not name or proofs.get(name) is PROOFS.get(name)
    return rule if same else CompiledRule(rule.loaded, proofs)


def check_options(options: Mapping[str, object], known: Iterable[str], detector: str) -> None:
    """Raises UsageError for an option that the detector does not have."""
    for name in options:
        if name not in known:
            what = f"the detector {detector} has no option {suggest.plain(name)}"
            raise UsageError(what, hint=suggest.hint(name, known))


def _disabled(context: DetectorContext, known: set[str]) -> set[str]:
    given = context.options.get("disabled", ())
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise UsageError("`disabled` must be a list of rule ids", hint="disabled: [rule-id]")
    for rule_id in given:
        if rule_id not in known:
            what = f"`disabled` names the unknown rule {suggest.plain(rule_id)}"
            raise UsageError(what, hint=suggest.hint(str(rule_id), known))
    return set(given)
