"""A secret seen as it is written and as it reads is one finding: the one that says more."""

from __future__ import annotations

from collections.abc import Sequence

from scanner.batch import EachPlace, Place, TextBatch, text_array
from scanner.decoders import Decoded
from scanner.decoders._stretches import Edits, Stretch
from scanner.detectors import Match
from scanner.inner import InnerPlaces
from scanner.model import Confidence, Rule, Severity
from scanner.sightings import Sighting, settle

OUTER = TextBatch(text_array(["x" * 60]), EachPlace([Place(0, "/t")]))


def _match(start: int, end: int, name: str = "a", priority: int = 0) -> Match:
    rule = Rule(name, name, "credential", Severity.HIGH)
    level = (Confidence.HIGH, Severity.HIGH)
    return Match(rule, start, end, "s" * (end - start), "f", name, *level, priority=priority)


def _inner(outer: TextBatch, decoded: Decoded) -> TextBatch:
    places = InnerPlaces(outer.places)
    places.add(0, decoded)
    return TextBatch(text_array([decoded.text]), places)


def _kept(sightings: Sequence[Sighting]) -> tuple[list[str], list[str]]:
    lost: list[str] = []
    kept = [s.match.rule.id for s in settle(sightings, lambda loser, _: lost.append(loser.rule.id))]
    return kept, lost


BYTES = _inner(OUTER, Decoded("base64:10-30", "y" * 14, origin=Stretch(10, 30)))


def test_what_was_encoded_wins_over_its_cover() -> None:
    cover, secret = Sighting(OUTER, 0, _match(10, 30, "cover")), Sighting(BYTES, 0, _match(0, 14))
    assert _kept([cover, secret]) == (["a"], ["cover"])


def test_the_stronger_rule_wins() -> None:
    cover = Sighting(OUTER, 0, _match(8, 30, "cover", priority=1))
    assert _kept([cover, Sighting(BYTES, 0, _match(0, 14))]) == (["cover"], ["a"])


def test_a_thing_inside_and_its_cover_are_two() -> None:
    cover, part = Sighting(OUTER, 0, _match(10, 30, "cover")), Sighting(BYTES, 0, _match(0, 5))
    assert _kept([cover, part]) == (["cover", "a"], [])


def test_what_lies_apart_is_not_compared() -> None:
    apart = Sighting(OUTER, 0, _match(31, 40, "apart"))
    assert _kept([apart, Sighting(BYTES, 0, _match(0, 14))]) == (["apart", "a"], [])


def test_a_rewritten_text_shows_the_same_again_and_more() -> None:
    edits = Edits(0, [20], [26], [20], [21])  # six code points of an escape read as one
    plain = _inner(OUTER, Decoded("html:0-60", "z" * 55, origin=edits))
    same = [Sighting(OUTER, 0, _match(2, 12)), Sighting(plain, 0, _match(2, 12))]
    assert [s.layer for s in settle(same, lambda *_: None)] == [OUTER]
    beside = [Sighting(OUTER, 0, _match(26, 40)), Sighting(plain, 0, _match(21, 35))]
    assert [s.layer for s in settle(beside, lambda *_: None)] == [plain]


def test_one_thing_by_two_ways_is_one() -> None:
    edits = Edits(0, [40], [43], [40], [41])
    plain = _inner(OUTER, Decoded("percent:0-60", "z" * 58, origin=edits))
    again = _inner(plain, Decoded("base64:10-30", "y" * 14, origin=Stretch(10, 30)))
    found = [Sighting(BYTES, 0, _match(1, 4)), Sighting(again, 0, _match(1, 4))]
    assert [s.layer for s in settle(found, lambda *_: None)] == [BYTES]


def test_members_of_a_document_are_not_one() -> None:
    places = InnerPlaces(OUTER.places)
    for key in "ab":
        places.add(0, Decoded(f"json:/{key}", "v" * 9))
    batch = TextBatch(text_array(["v" * 9] * 2), places)
    found = [Sighting(batch, row, _match(0, 9)) for row in range(2)]
    assert _kept(found) == (["a", "a"], [])
