"""Planted canaries: live detectors are proved, dead ones make the run INCOMPLETE."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from e2e_house import KEY, House, jsonl
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.batch import UnitLog
from scanner.canaries import Canaries
from scanner.detectors._term_files import Term
from scanner.detectors._term_seal import sealed_file
from scanner.scan import Scanner
from scanner.seal import Sealer
from scanner.worker import Settings, build_scanner

NOW = datetime(2026, 10, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return build_scanner(Settings(KEY.encode(), NOW))


def problems(canaries: Canaries) -> list[str]:
    log = UnitLog()
    canaries.look(log)
    return [f"{p.code} {p.where}" for p in log.problems]


def of(scanner: Scanner, detectors: dict[str, Any], key: bytes = b"k" * 20) -> Canaries:
    return Canaries(detectors, scanner.matcher, Sealer(key, NOW).digest)


class Built:
    """A detector that counts as built, so that it has to confirm."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class Dead(Built):
    def confirm(self, value: Any, key: str, hits: Sequence[int]) -> Iterator[Any]:
        return iter(())


class Crashing(Built):
    def confirm(self, value: Any, key: str, hits: Sequence[int]) -> Iterator[Any]:
        raise ValueError("half of a sentence about the data")


def test_every_detector_of_ours_with_rules_of_its_own_is_proved(scanner: Scanner) -> None:
    canaries = of(scanner, dict(scanner.detectors))
    assert problems(canaries) == []
    assert set(scanner.detectors) - set(canaries._texts) == {"gitleaks", "terms"}


def test_rules_of_the_user_are_proved_by_a_word_of_theirs(tmp_path: Path, scanner: Scanner) -> None:
    file = tmp_path / "gitleaks.toml"
    file.write_text(
        "[[rules]]\nid = 'acme'\nregex = 'acme-key_[a-z]{9}'\nkeywords = ['acme-key_']\n"
    )
    options: dict[str, Any] = dict.fromkeys(scanner.detectors)
    armed = build_scanner(Settings(b"k" * 20, NOW, options | {"gitleaks": {"files": [str(file)]}}))
    detectors = {"gitleaks": armed.detectors["gitleaks"]}
    assert problems(Canaries(detectors, armed.matcher, Sealer(b"k" * 20, NOW).digest)) == []
    deaf = Canaries(detectors, scanner.matcher, Sealer(b"k" * 20, NOW).digest)
    assert problems(deaf) == ["detector.dead detector gitleaks"]


def test_plain_and_sealed_terms_are_each_proved(tmp_path: Path, scanner: Scanner) -> None:
    key = b"k" * 20
    terms = [Term("t", ("Halcyon Quay",))]
    (tmp_path / "sealed.yaml").write_bytes(sealed_file(terms, key, "here"))
    (tmp_path / "plain.yaml").write_text("version: 1\nterms: [{id: p, term: Vantrel}]\n")
    files = {name: str(tmp_path / f"{name}.yaml") for name in ("sealed", "plain")}
    off: dict[str, Any] = dict.fromkeys(scanner.detectors)

    def armed(*names: str) -> Scanner:
        chosen = off | {"terms": {"files": [files[name] for name in names]}}
        return build_scanner(Settings(key, NOW, chosen))

    both, half = armed("plain", "sealed"), armed("plain")
    detectors = {"terms": both.detectors["terms"]}
    seed = Sealer(key, NOW).digest
    assert problems(Canaries(detectors, both.matcher, seed)) == []
    deaf = Canaries(detectors, half.matcher, seed)
    assert problems(deaf) == ["detector.dead detector terms"]


@given(st.binary(min_size=16, max_size=16))
@settings(max_examples=60)
def test_whatever_the_key_a_live_detector_finds_its_canary(scanner: Scanner, key: bytes) -> None:
    live = {n: Built(d) for n, d in scanner.detectors.items() if n != "presidio"}
    assert problems(of(scanner, live, key)) == []


@pytest.mark.parametrize("kind", [Dead, Crashing])
def test_a_detector_that_finds_nothing_is_named_each_time(scanner: Scanner, kind: Any) -> None:
    canaries = of(scanner, {n: Built(d) for n, d in scanner.detectors.items() if n == "pii"})
    canaries._detectors["pii"] = kind(scanner.detectors["pii"])  # type: ignore[index]
    assert problems(canaries) == ["detector.dead detector pii"]
    assert problems(canaries) == ["detector.dead detector pii"]


def test_a_matcher_without_its_patterns_is_dead(scanner: Scanner) -> None:
    off = {name: None for name in scanner.detectors if name != "markers"}
    deaf = build_scanner(Settings(b"k" * 20, NOW, off))
    canaries = Canaries(scanner.detectors, deaf.matcher, Sealer(b"k" * 20, NOW).digest)
    assert "detector.dead detector credentials" in problems(canaries)


def test_it_costs_next_to_nothing(scanner: Scanner) -> None:
    canaries = of(scanner, dict(scanner.detectors))
    start = time.process_time()
    problems(canaries)
    assert time.process_time() - start < 0.1


def test_a_dead_detector_makes_the_run_incomplete(tmp_path: Path) -> None:
    """Through the real program: a library that broke on this machine."""
    house = House(tmp_path / "house")
    house.site(
        "import scanner.detectors.markers as markers\n"
        "markers._Markers.confirm = lambda *a: iter(())\n"
    )
    house.file("data/a.jsonl", jsonl([{"text": "x = 1  # nosec"}]))
    policy = house.policy()
    result = house.run("gate", "data", "--policy", policy, "-qj1")
    assert result.code == 3, result.all
    assert "a value that was planted for it" in result.out
