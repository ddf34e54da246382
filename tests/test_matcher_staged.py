"""Two looks and then confirmation find what every detector finds in every value."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner import plugins
from scanner.batch import EachPlace, Place, TextBatch
from scanner.detectors import Detector, DetectorContext, Match, Value
from scanner.matcher import Matcher
from scanner.rulepacks.check import values
from scanner.rulepacks.detector import PackDetector

ENGINES = ["re2", *(["hyperscan"] if find_spec("hyperscan") else [])]


@cache
def detectors() -> dict[str, Detector]:
    return {
        n: plugins.load("detectors", n).build(DetectorContext()) for n in ("pii", "assignments")
    }


@cache
def matcher(engine: str) -> Matcher:
    return Matcher(detectors(), engine)


@cache
def examples() -> tuple[str, ...]:
    pack = detectors()["pii"]
    assert isinstance(pack, PackDetector)
    found = [v.text for rule in pack.compiled.values() for v in values(rule.loaded)]
    return (*found, "db_password = 'Quietfox42!'", '{"name": "api_key", "value": "q7Zt9XvB2m"}')


def found(value: str, only: set[tuple[str, str]] | None = None) -> set[tuple[str, str, int, int]]:
    """(detector, pattern, start, end) of each match, of every pattern or of some."""
    made = Value(value.encode())
    return {
        (name, pattern.key, match.start, match.end)
        for name, detector in detectors().items()
        for pattern in detector.patterns()
        if only is None or (name, pattern.key) in only
        for match in detector.confirm(made, pattern.key, ())
        if isinstance(match, Match)
    }


BITS = st.deferred(
    lambda: (
        st.sampled_from(examples())
        | st.sampled_from(
            ["\\n", "%20", "\x1b[31m", "\u0131", "\u212a", "x", "_", " ", "\n", "\u00e9", "="]
        )
    )
)
VALUES = st.lists(st.lists(BITS, max_size=4).map("".join), min_size=1, max_size=5)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=VALUES)
def test_staged_and_confirmed_is_the_same_as_everything_on_every_value(
    engine: str, texts: list[str]
) -> None:
    batch = TextBatch(pa.array(texts, pa.large_string()), EachPlace([Place()] * len(texts)))
    asked: dict[int, set[tuple[str, str]]] = {}
    for candidate in matcher(engine).candidates(batch):
        asked.setdefault(candidate.row, set()).add((candidate.detector, candidate.key))
    for row, text in enumerate(texts):
        assert found(text, asked.get(row, set())) == found(text)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=VALUES)
def test_a_line_in_which_anything_is_found_is_hit_at_the_first_coarse_look(
    engine: str, texts: list[str]
) -> None:
    for text in texts:
        if found(text):
            assert matcher(engine).coarse.values(f'{{"t":"{text}"}}\n'.encode())
