"""Columns of numbers that pass a check tell what they are; those that pass by chance do not."""

from __future__ import annotations

import random
from functools import cache

import pyarrow as pa
import pytest

from scanner.batch import ColumnPlaces, TextBatch
from scanner.detectors import Detector, DetectorContext
from scanner.detectors.pii import plugin
from scanner.rulepacks.proofs_pii import nhs
from scanner.telling import Telling


@cache
def detector() -> Detector:
    found: Detector = plugin.build(DetectorContext(proven=True))
    return found


def numbers(count: int, valid: float, seed: int = 3) -> list[str]:
    rng, made = random.Random(seed), list[str]()
    while len(made) < count:
        number = "".join(rng.choices("123456789", k=10))
        wanted = len(made) < valid * count
        if (nhs(number) is not None) == wanted:
            made.append(number)
    rng.shuffle(made)
    return made


def batch(values: list[str], label: str = "ref") -> TextBatch:
    return TextBatch(pa.array(values), ColumnPlaces(len(values), 0, f"/{label}", label))


def rows(values: list[str], label: str = "ref") -> dict[int, str]:
    telling = Telling({"pii": detector()})
    telling.begin()
    telling.look(batch(values, label))
    return {row: match.rule.id for row, match in telling.matches(batch(values, label))}


def test_a_column_of_valid_numbers_tells() -> None:
    values = numbers(60, 0.98)
    found = rows(values)
    assert set(found.values()) == {"uk-nhs-number"}
    assert set(found) == {i for i, number in enumerate(values) if nhs(number)}


@pytest.mark.parametrize("valid", [0.0, 0.1, 0.5])
def test_chance_does_not(valid: float) -> None:
    assert rows(numbers(60, valid)) == {}


def test_few_or_equal_values_do_not() -> None:
    assert rows(numbers(12, 1.0)) == {}
    assert rows(numbers(5, 1.0) * 20) == {}


def test_texts_are_not_tried() -> None:
    assert rows([f"the number {n}" for n in numbers(40, 1.0)]) == {}


def test_another_unit_begins_anew() -> None:
    telling = Telling({"pii": detector()})
    telling.look(batch(numbers(40, 1.0)))
    assert telling.any
    telling.begin()
    assert not telling.any
    assert list(telling.matches(batch(numbers(40, 1.0)))) == []


def test_chance_is_measured_for_every_check_of_digits() -> None:
    found = detector()
    shares = {key: found.chance(key) for key in ("uk-nhs-number", "credit-card", "email-address")}  # type: ignore[attr-defined]
    assert 0.05 < (shares["uk-nhs-number"] or 0) < 0.14
    assert (shares["credit-card"] or 0) < 0.2
    assert shares["email-address"] is None
