"""A detector that runs one rule pack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from scanner import suggest
from scanner.detectors import Detector, DetectorContext, Drop, Match, Pattern, Value
from scanner.errors import UsageError
from scanner.model import Rule
from scanner.rulepacks.chance import share
from scanner.rulepacks.check import require_examples
from scanner.rulepacks.load import LoadedRule, load_pack, own_rules
from scanner.rulepacks.match import CompiledRule, pattern_of
from scanner.rulepacks.proofs import PROOFS, Proof


class PackDetector:
    """The rules of one pack behind the `Detector` contract; a pattern's key is its rule id.

    A rule is compiled when it is needed: most runs meet a few of them.
    """

    def __init__(self, rules: Iterable[LoadedRule], proofs: Mapping[str, Proof] = PROOFS) -> None:
        self._loaded = {rule.spec.id: rule for rule in rules}
        self._compiled: dict[str, CompiledRule] = {}
        self._proofs = proofs

    @property
    def compiled(self) -> dict[str, CompiledRule]:
        """Every rule, compiled."""
        return {key: self._rule(key) for key in self._loaded}

    def rules(self) -> Sequence[Rule]:
        return [rule.rule for rule in self._loaded.values()]

    def patterns(self) -> Sequence[Pattern]:
        return [pattern_of(rule) for rule in self._loaded.values()]

    def dump(self) -> bytes:
        """All of it but the examples, for the same detector in another process."""
        return msgspec.msgpack.encode([_lean(rule) for rule in self._loaded.values()], enc_hook=str)

    @classmethod
    def load(cls, dumped: bytes, proofs: Mapping[str, Proof] = PROOFS) -> PackDetector:
        """The detector of which this was dumped."""
        return cls(_LOADED.decode(dumped), proofs)

    def confirm(self, value: Value, key: str, hits: Sequence[int]) -> Iterator[Match | Drop]:
        """Matches and refusals of one rule; values over 4 KiB are searched near the hits."""
        return self._rule(key).find(value, hits)

    def alone(self, value: Value, key: str) -> Match | None:
        """What a weak rule makes of a whole value beside which no word stands."""
        return self._rule(key).alone(value)

    def checked(self) -> Sequence[str]:
        """The rules with a check, for `chance`."""
        return [key for key, rule in self._loaded.items() if rule.spec.proof]

    def weak(self) -> Sequence[str]:
        """The rules that ask for a word, and which a column's values may prove as well."""
        specs = (rule.spec for rule in self._loaded.values())
        return [spec.id for spec in specs if spec.proof and spec.context_required]

    def chance(self, rule_id: str) -> float | None:
        """How often the check of a rule passes by chance (`scanner.rulepacks.chance`)."""
        return share(self._rule(rule_id)) if rule_id in self._loaded else None

    def _rule(self, key: str) -> CompiledRule:
        rule = self._compiled.get(key)
        if rule is None:
            rule = CompiledRule(self._loaded[key], self._proofs, proven=True)  # by `build_pack`
            self._compiled[key] = rule
        return rule


def _lean(rule: LoadedRule) -> LoadedRule:
    spec = msgspec.structs.replace(rule.spec, examples=(), counter_examples=(), placeholders=())
    return replace(rule, spec=spec)


def _read(_kind: type, given: str) -> Path:
    """The one kind of value that the format does not know: the file of a rule."""
    return Path(given)


_LOADED = msgspec.msgpack.Decoder(list[LoadedRule], dec_hook=_read)


def build_pack(
    pack: str, context: DetectorContext, proofs: Mapping[str, Proof] = PROOFS
) -> Detector:
    """The detector of one pack; rules of others are tested on their examples, unless proven.

    Those of ours passed theirs before they were released.

    Options `disabled`, ids of rules to leave out, and `enabled`, ids of optional rules to take
    in.  Raises UsageError on a broken rule, an
    unknown option or an unknown id.
    """
    loaded = load_pack(pack, context.rules_dirs)
    off = _named(context, "disabled", {rule.spec.id for rule in loaded})
    off |= {r.spec.id for r in loaded if r.spec.optional} - _named(
        context, "enabled", {rule.spec.id for rule in loaded}
    )
    own = own_rules()
    for rule in loaded:
        if not context.proven and not rule.origin.file.is_relative_to(own):
            require_examples(CompiledRule(rule))
    return PackDetector((rule for rule in loaded if rule.spec.id not in off), proofs)


def check_options(options: Mapping[str, object], known: Iterable[str], detector: str) -> None:
    """Raises UsageError for an option that the detector does not have."""
    suggest.only(options, known, f"is no option of the detector {detector}")


def _named(context: DetectorContext, option: str, known: set[str]) -> set[str]:
    given = context.options.get(option, ())
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise UsageError(f"`{option}` must be a list of rule ids", hint=f"{option}: [rule-id]")
    for rule_id in given:
        if rule_id not in known:
            what = f"`{option}` names the unknown rule {suggest.plain(rule_id)}"
            raise UsageError(what, hint=suggest.hint(str(rule_id), known))
    return set(given)
