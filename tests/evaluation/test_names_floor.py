"""The name recogniser does not fall below what it was measured at (see docs/names-model.md)."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("faker", reason="made-up names come from Faker")


@pytest.fixture(scope="module")
def names() -> ModuleType:
    path = Path(__file__).with_name("names.py")
    spec = importlib.util.spec_from_file_location("evaluation_names", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = module  # dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def reader(names: ModuleType) -> Any:
    return names.Reader()


def test_names_in_chats_that_training_has_not_seen(names: ModuleType, reader: Any) -> None:
    score = reader.score(names.chat(300), "PERSON")
    assert score.precision >= 0.93
    assert score.recall >= 0.95


@pytest.mark.parametrize(
    ("genre", "recall"),
    [("letters", 0.84), ("reviews", 0.8), ("posts", 0.66), ("talk", 0.74), ("reports", 0.8)],
)
def test_names_of_unlisted_peoples(
    names: ModuleType, reader: Any, genre: str, recall: float
) -> None:
    score = reader.score(names.letters.texts(genre, 120), "PERSON")
    assert score.precision >= 0.8
    assert score.recall >= recall


def test_addresses_in_sentences(names: ModuleType, reader: Any) -> None:
    for texts, recall in ((names.addresses(100), 0.8), (names.letters.texts("places", 100), 0.62)):
        score = reader.score(texts, "ADDRESS")
        assert score.precision >= 0.95
        assert score.recall >= recall


def test_nobody_is_found_in_titles_and_telemetry(names: ModuleType, reader: Any) -> None:
    for texts in (names.titles(600), names.telemetry(600)):
        for label in ("title", "text"):
            assert [m.rule.id for found in reader.read(texts, label) for m in found] == []
