"""What the pii rules must not fall below, on made-up text; see `pii.py` beside it."""

from __future__ import annotations

import time

import pii
import pytest

from scanner.regexes import linear

# Committed floors: precision, recall.  Raise them when the rules get better.
FLOORS = {
    "EMAIL": (0.99, 0.98), "PHONE": (0.95, 0.88), "CARD": (0.99, 0.98), "IBAN": (0.99, 0.99),
    "SSN": (0.96, 0.98), "IP": (0.97, 0.92), "URL": (0.97, 0.97), "ADDRESS": (0.95, 0.75),
    "BIRTH": (0.98, 0.97), "CRYPTO": (0.99, 0.99), "MAC": (0.99, 0.99),
}  # fmt: skip


@pytest.fixture(scope="module")
def detector() -> pii.Detector:
    return pii.detector()


@pytest.fixture(scope="module")
def spans(detector: pii.Detector) -> pii.Callable[[str], pii.Spans]:
    return pii.ours(detector)


def test_precision_and_recall_keep_their_floors(spans: pii.Callable[[str], pii.Spans]) -> None:
    scores = pii.scored(pii.samples(seed=11, each=36), spans)
    low = {
        kind: (round(scores[kind].precision, 3), round(scores[kind].recall, 3))
        for kind, (precision, recall) in FLOORS.items()
        if scores[kind].precision < precision or scores[kind].recall < recall
    }
    assert low == {}


def test_machine_text_raises_no_alarm_of_high_risk(spans: pii.Callable[[str], pii.Spans]) -> None:
    rate, found = pii.alarms(pii.machine_text(seed=5, count=60), spans)
    assert (rate, found) == (0.0, {})


@pytest.mark.parametrize(
    "unit", [".", "7", "1:1:", "0 ", "12-", "a@", "QUJD", "[1,", "+1 ", "A ", "Aa1 ", "x."]
)
def test_no_line_is_slow(detector: pii.Detector, unit: str) -> None:
    """64 KB of anything cost each rule that is asked next to nothing."""
    value = pii.Value((unit * 65536)[:65536].encode())
    costs = {}
    for pattern in detector.patterns():
        if not any(
            linear.compile_re(a, pattern.caseless).search(value.data) for a in pattern.anchors
        ):
            continue
        start = time.process_time()
        list(detector.confirm(value, pattern.key, (0,)))
        costs[pattern.key] = time.process_time() - start
    slow = {key: round(cost, 3) for key, cost in costs.items() if cost > 0.2}
    assert slow == {}
