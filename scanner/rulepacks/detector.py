"""A detector that runs one rule pack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from scanner import suggest
from scanner.detectors import Detector, DetectorContext, Drop, Match, Pattern, Value
from scanner.errors import UsageError
from scanner.model import Rule
from scanner.rulepacks.chance import share
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

    def alone(self, value: Value, key: str) -> Match | None:
        """What a weak rule makes of a whole value beside which no word stands."""
        return self.compiled[key].alone(value)

    def checked(self) -> Sequence[str]:
        """The rules with a check, for `chance`."""
        return [key for key, rule in self.compiled.items() if rule.spec.proof]

    def weak(self) -> Sequence[str]:
        """The rules that ask for a word, and which a column's values may prove as well."""
        return [key for key, rule in self.compiled.items() if rule.weak]

    def chance(self, rule_id: str) -> float | None:
        """How often the check of a rule passes by chance (`scanner.rulepacks.chance`)."""
        rule = self.compiled.get(rule_id)
        return share(rule) if rule is not None else None


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

    def alone(self, value: Value, key: str) -> Match | None:
        """As `PackDetector` does."""
        return self._rule(key).alone(value)

    def checked(self) -> Sequence[str]:
        """As `PackDetector` does."""
        return [key for key, rule in self._loaded.items() if rule.spec.proof]

    def weak(self) -> Sequence[str]:
        """As `PackDetector` does."""
        specs = (rule.spec for rule in self._loaded.values())
        return [spec.id for spec in specs if spec.proof and spec.context_required]

    def chance(self, rule_id: str) -> float | None:
        """As `PackDetector` does."""
        return share(self._rule(rule_id)) if rule_id in self._loaded else None

    def _rule(self, key: str) -> CompiledRule:
        rule = self._compiled.get(key)
        if rule is None:
            rule = self._compiled[key] = CompiledRule(self._loaded[key], self._proofs)
        return rule


def build_pack(
    pack: str, context: DetectorContext, proofs: Mapping[str, Proof] = PROOFS
) -> Detector:
    """The detector of one pack, every rule tested on its own examples unless they are proven.

    Options `disabled`, ids of rules to leave out, and `enabled`, ids of optional rules to take
    in.  Raises UsageError on a broken rule, an
    unknown option or an unknown id.
    """
    loaded = load_pack(pack, context.rules_dirs)
    off = _named(context, "disabled", {rule.spec.id for rule in loaded})
    off |= {r.spec.id for r in loaded if r.spec.optional} - _named(
        context, "enabled", {rule.spec.id for rule in loaded}
    )
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


def _named(context: DetectorContext, option: str, known: set[str]) -> set[str]:
    given = context.options.get(option, ())
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise UsageError(f"`{option}` must be a list of rule ids", hint=f"{option}: [rule-id]")
    for rule_id in given:
        if rule_id not in known:
            what = f"`{option}` names the unknown rule {suggest.plain(rule_id)}"
            raise UsageError(what, hint=suggest.hint(str(rule_id), known))
    return set(given)
