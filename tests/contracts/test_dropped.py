"""Nothing that was a candidate disappears without a name."""

from __future__ import annotations

from collections import Counter

import pytest
from e2e_scanner import whole

from scanner.batch import EachPlace, Place, TextBatch, UnitLog, text_array
from scanner.detectors import Drop, Match, Value
from scanner.rulepacks.check import value_of
from scanner.rulepacks.load import PACKS, load_pack
from scanner.rulepacks.match import CompiledRule
from scanner.scan import Scanner, Tally

APART = ("names", "presidio")  # one reads batches, the other stops when its time is up


@pytest.mark.parametrize("pack", PACKS)
def test_a_counter_example_is_no_candidate_or_leaves_a_named_drop(pack: str) -> None:
    refused = Counter[bool]()
    for loaded in load_pack(pack, ()):
        rule = CompiledRule(loaded)
        for example in loaded.spec.counter_examples:
            value = value_of(loaded, example)
            drops = [one for one in rule.find(value, ()) if isinstance(one, Drop)]
            assert all(drop.filter and drop.count > 0 for drop in drops)
            expected = rule.is_candidate(value)
            assert bool(drops) == expected, (loaded.spec.id, example)
            refused[expected] += 1
    assert refused[True] > 50  # or the pack has no counter-examples worth the name
    assert refused[False] > 50


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return whole()


def _values() -> list[Value]:
    """Examples and counter-examples of every fifth rule."""
    rules = [rule for pack in PACKS for rule in load_pack(pack, ())][::5]
    both = ((rule, e) for rule in rules for e in (*rule.spec.examples, *rule.spec.counter_examples))
    return [value_of(rule, example) for rule, example in both]


def test_every_match_is_a_finding_or_a_named_drop(scanner: Scanner) -> None:
    values = _values()
    places = [Place(i, "/v", value.label, value.part) for i, value in enumerate(values)]
    batch = TextBatch(text_array([value.text for value in values]), EachPlace(places))
    matches, drops = Counter[str](), Counter[str]()
    for candidate in scanner.matcher.candidates(batch):
        detector = scanner.detectors[candidate.detector]
        if candidate.detector in APART:
            continue
        value = values[candidate.row]
        for outcome in detector.confirm(value, candidate.key, candidate.hits):
            if isinstance(outcome, Match):
                matches[outcome.rule.id] += 1
            else:
                drops[f"{outcome.rule_id}: {outcome.filter}"] += outcome.count
    tally = Tally()
    found = [match for _, match in scanner.matches(batch, UnitLog(), tally)]
    covered = Counter[str]()
    for name, count in tally.dropped.items():
        rule, _, reason = name.partition(": ")
        if rule.startswith(("presidio-", "person-name", "prose-address")):
            continue
        if reason.startswith("covered by ") or reason == "the value is something else already":
            covered[rule] += count
        else:
            assert drops[name] == count
    assert set(drops) <= set(tally.dropped)
    kept = Counter(match.rule.id for match in found)
    assert all(matches[rule] == kept[rule] + covered[rule] for rule in matches)
    assert sum(kept.values()) > 200
    assert sum(covered.values()) > 50
