"""Texts that make backtracking engines hang cost a scan no more than others of their size."""

from __future__ import annotations

import time

import pytest

from scanner import plugins
from scanner.detectors import Detector, DetectorContext, Value
from scanner.regexes import linear

_SIZE = 40_000  # bytes: below the length from which only the surroundings of hits are searched
_SECONDS = 10.0  # of CPU, for all patterns; one backtracking one would take hours


@pytest.fixture(scope="module")
def detector() -> Detector:
    built: Detector = plugins.load("detectors", "assignments").build(DetectorContext())
    return built


@pytest.mark.parametrize(
    "unit",
    ["a", "password", "key=", "token: ", '"', "name: key ", "<key ", "pass is ", "-p ",
     "= \\", "a@a:"],
)  # fmt: skip
def test_repetition_costs_no_more_than_its_size(detector: Detector, unit: str) -> None:
    value = Value((unit * (_SIZE // len(unit))).encode() + b"!")
    start = time.process_time()
    for pattern in detector.patterns():
        for _ in detector.confirm(value, pattern.key, ()):
            pass
    assert time.process_time() - start < _SECONDS


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|aa)+$", "(a|a?)+$", "(.*a){12}$", "^(([a-z])+.)+$"]
)
def test_catastrophic_patterns_run_in_linear_time(pattern: str) -> None:
    compiled, start = linear.compile_re(pattern), time.process_time()
    compiled.search(b"a" * _SIZE + b"!")
    assert time.process_time() - start < 2
