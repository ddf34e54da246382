"""One secret is one finding; different kinds of data do not hide each other."""

from scanner.detectors import Match
from scanner.model import Confidence, Rule, Severity
from scanner.overlaps import settle


def match(rule: str, start: int, end: int, category: str = "credential", **more: object) -> Match:
    fields = {"confidence": Confidence.MEDIUM, "severity": Severity.HIGH} | more
    made = Rule(rule, rule, category, Severity.HIGH)
    return Match(made, start, end, "s" * (end - start), rule, "s", **fields)  # type: ignore[arg-type]


def kept(*matches: Match) -> tuple[list[str], list[tuple[str, str]]]:
    lost: list[tuple[str, str]] = []
    left = settle(matches, lambda loser, winner: lost.append((loser.rule.id, winner.rule.id)))
    return [m.rule.id for m in left], lost


def test_priority_then_confidence_then_length_decide() -> None:
    generic, special = match("generic", 0, 40, priority=-10), match("special", 5, 20)
    assert kept(generic, special) == (["special"], [("generic", "special")])
    sure = match("sure", 0, 5, confidence=Confidence.HIGH)
    assert kept(match("long", 0, 30), sure)[0] == ["sure"]
    assert kept(match("short", 0, 5), match("long", 0, 30))[0] == ["long"]


def test_categories_do_not_compete_and_neighbours_both_stay() -> None:
    assert kept(match("a", 0, 10), match("b", 0, 10, "pii"))[0] == ["a", "b"]
    assert kept(match("b", 10, 20), match("a", 0, 10))[0] == ["a", "b"]


def test_the_order_of_matches_does_not_matter() -> None:
    matches = [match("a", 0, 9), match("b", 3, 12), match("c", 8, 20), match("d", 30, 31)]
    assert (
        kept(*matches) == kept(*reversed(matches))
        or kept(*matches)[0] == kept(*reversed(matches))[0]
    )
