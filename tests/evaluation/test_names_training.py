"""What training does to labelled text leaves the labels on the names."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("faker", reason="made-up names come from Faker")
sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
from names import real

TEXTS = [
    ("wnut17", ("met Ana Ruiz in Leeds", [(4, 12, "PERSON"), (16, 21, "LOCATION")])),
    ("pud", ("Ana Ruiz, of Acme, said no.", [(0, 8, "PERSON"), (13, 17, "ORGANIZATION")])),
    ("gum", ("It was late, she said.", [])),
]


def test_a_title_is_no_part_of_a_name_and_none_without_one() -> None:
    text = "Madam, Vice President Karen Bass and the Americans met King"
    spans = [(0, 5, "PERSON"), (7, 11, "PERSON"), (41, 50, "PERSON"), (55, 59, "PERSON")]
    assert real.mended((text, spans)) == (text, [(22, 32, "PERSON")])


def test_labels_move_with_the_names() -> None:
    varier = real.Varier(3, {"ana": 1, "ruiz": 2, "leeds": 4}, 15)
    for _ in range(60):
        people = 0
        for text, spans in varier.epoch(TEXTS):
            people += sum(label == "PERSON" for _, _, label in spans)
            for start, end, label in spans:
                name = text[start:end]
                assert name.strip() == name != ""
                assert (label == "ORGANIZATION") == (name.lower() == "acme")
        assert people <= 2


def test_the_same_seed_makes_the_same() -> None:
    made = [list(real.Varier(5, {}, 15).epoch(TEXTS)) for _ in range(2)]
    assert made[0] == made[1]
