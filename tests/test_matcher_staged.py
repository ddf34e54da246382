"""Two looks and then confirmation find what every detector finds in every value."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from importlib.util import find_spec

import pyarrow as pa
from e2e_house import KEY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner import plugins
from scanner.batch import EachPlace, Place, TextBatch
from scanner.detectors import Match, Value
from scanner.rulepacks.check import values
from scanner.rulepacks.load import load_pack
from scanner.scan import Scanner
from scanner.worker import Settings, build_scanner

ENGINES = ["re2", *(["hyperscan"] if find_spec("hyperscan") else [])]


@cache
def scanner(engine: str) -> Scanner:
    off = {n: None for n in plugins.names("detectors") if n not in ("pii", "assignments")}
    now = datetime(2026, 10, 15, tzinfo=UTC)
    return build_scanner(Settings(KEY.encode(), now, off, engine=engine))


@cache
def examples() -> tuple[str, ...]:
    found = [v.text for rule in load_pack("pii") for v in values(rule)]
    return (*found, "db_password = 'Quietfox42!'", '{"name": "api_key", "value": "q7Zt9XvB2m"}')


def found(value: str, only: set[tuple[str, str]] | None = None) -> set[tuple[str, str, int, int]]:
    """(detector, pattern, start, end) of each match, of every pattern or of some."""
    made = Value(value.encode())
    return {
        (name, pattern.key, match.start, match.end)
        for name, detector in scanner(ENGINES[0]).detectors.items()
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


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=VALUES)
def test_both_looks_miss_nothing_that_is_found_in_any_value(texts: list[str]) -> None:
    """What candidates leave to confirm is all, and its line is hit at the first coarse look."""
    everything = [found(text) for text in texts]  # dear: no engine has a part in it
    batch = TextBatch(pa.array(texts, pa.large_string()), EachPlace([Place()] * len(texts)))
    for engine in ENGINES:
        asked: dict[int, set[tuple[str, str]]] = {}
        for candidate in scanner(engine).matcher.candidates(batch):
            asked.setdefault(candidate.row, set()).add((candidate.detector, candidate.key))
        for row, (text, expected) in enumerate(zip(texts, everything, strict=True)):
            assert found(text, asked.get(row, set())) == expected, engine
            if expected:
                line = f'{{"t":"{text}"}}\n'.encode()
                assert scanner(engine).matcher.coarse.values(line), engine
