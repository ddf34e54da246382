"""What the pii rules must not fall below, on made-up text; see `pii.py` beside it."""

from __future__ import annotations

import sys

import pii
import pytest

from scanner.regexes import linear

# Committed floors: precision, recall.  Raise them when the rules get better.
FLOORS = {
    "EMAIL": (0.99, 0.98), "PHONE": (0.95, 0.95), "CARD": (0.99, 0.98), "IBAN": (0.99, 0.99),
    "SSN": (0.96, 0.98), "IP": (0.97, 0.96), "URL": (0.97, 0.97), "ADDRESS": (0.95, 0.80),
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


def test_forms_and_reports_that_name_personal_data_hold_none(
    spans: pii.Callable[[str], pii.Spans],
) -> None:
    names = (
        "Passport number", "Social security number", "Account number", "Driver's license",
        "Tax id", "Medical record number", "Card number", "IBAN", "Steuer-ID", "BSN",
    )  # fmt: skip
    form = (f"{n}: ________ (section {i}.4, form W-{468 + i})" for i, n in enumerate(names))
    report = (
        f"{n} check: 44{i}059 ok, 10{i}828573 failed, batch 55634292" for i, n in enumerate(names)
    )
    text = "\n".join([*form, *report])
    assert [s for s in spans(text) if s[1] in pii.HIGH_RISK] == []


def calls(
    detector: pii.Detector, key: str, text: str, label: str = "", hits: tuple[int, ...] = ()
) -> int:
    """How many functions a rule calls for a text; it is the same in every run."""
    value, counted = pii.Value(text.encode(), label), 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event.endswith("call")

    list(detector.confirm(value, key, hits))  # what is made once is not of this text
    sys.setprofile(count)
    try:
        list(detector.confirm(value, key, hits))
    finally:
        sys.setprofile(None)
    return counted


@pytest.mark.parametrize(
    "unit",
    [".", "7", "1:1:1:", "0 ", "12-", "+1 ", "-", "a@", "@", "QUJD", "[1,", "1.5,", "f3", "/", '"',
     "x.", "A ", "Aa1 ", "1763690000 ", "4111 1111 1111 1111 ", "123-45-6789 ", "12-AB-34 "],
)  # fmt: skip
def test_no_line_is_slow(detector: pii.Detector, unit: str) -> None:
    """A rule does a few steps a byte, and twice as many for twice as much, where no word that
    it asks for stands."""
    small, large = ((unit * size)[:size] for size in (6_000, 12_000))
    costs = {
        pattern.key: (calls(detector, pattern.key, small), calls(detector, pattern.key, large))
        for pattern in detector.patterns()
        if any(
            linear.compile_re(a, pattern.caseless).search(small.encode()) for a in pattern.anchors
        )
    }
    slow = {key: cost for key, cost in costs.items() if cost[1] > 2.2 * cost[0] + 400}
    assert slow == {}
    assert sum(cost for _, cost in costs.values()) < 16 * len(large)


@pytest.mark.parametrize("unit", ["1763690000 ", "52.520008, ", "1 1 ", "4111 1111 "])
def test_a_word_makes_its_neighbours_candidates_and_no_others(
    detector: pii.Detector, unit: str
) -> None:
    small, large = (f"phone ssn iban {unit * (size // len(unit))}" for size in (6_000, 24_000))
    for key in ("phone-national", "us-ssn-plain", "iban-lower", "bank-account"):
        more = calls(detector, key, large, hits=(14,)) - calls(detector, key, small, hits=(14,))
        assert more < 400, key
