"""What leaves is a keyed fingerprint and a mask, and nothing can be read back from them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detectors import Match
from scanner.model import Confidence, Location, Rule, Severity
from scanner.seal import Sealer, preview

NOW = datetime(2026, 10, 20, tzinfo=UTC)
RULE = Rule("r", "R", "credential", Severity.HIGH)


def match(secret: str, normal: str = "", family: str = "f") -> Match:
    return Match(
        RULE, 0, len(secret), secret, family, normal or secret, Confidence.HIGH, Severity.HIGH
    )


def test_one_value_has_one_fingerprint_wherever_it_stands() -> None:
    sealer = Sealer(b"k" * 32, NOW)
    here, there = Location("a", record=1), Location("b", record=7, field="/x")
    a, b = sealer.seal(match("secret-one"), here), sealer.seal(match("secret-one"), there)
    assert a.fingerprint == b.fingerprint
    assert a.id != b.id
    assert len(a.fingerprint) == 64


def test_other_key_family_or_value_is_another_fingerprint() -> None:
    at = Location("a")
    base = Sealer(b"k" * 32, NOW).seal(match("secret-one"), at)
    others = [
        Sealer(b"q" * 32, NOW).seal(match("secret-one"), at),
        Sealer(b"k" * 32, NOW).seal(match("secret-two"), at),
        Sealer(b"k" * 32, NOW).seal(match("secret-one", family="g"), at),
    ]
    assert base.fingerprint not in {o.fingerprint for o in others}


@given(st.text(alphabet=st.characters(exclude_characters="•"), min_size=1), st.integers(0, 60))
def test_a_preview_shows_at_most_a_third_of_the_value(secret: str, reveal: int) -> None:
    shown = preview(secret, reveal).partition("•")[0]
    assert len(shown) * 3 <= len(secret)
    assert secret.startswith(shown)


@pytest.mark.parametrize(
    ("length", "said"), [(3, "under 8"), (8, "8 to 15"), (31, "16 to 31"), (32, "32 to 63")]
)
def test_a_preview_says_the_length_only_roughly(length: int, said: str) -> None:
    assert said in preview("x" * length, 0)


def test_nothing_raw_is_printed() -> None:
    sealer = Sealer(b"the deployment key, 32 bytes long", NOW)
    assert "deployment" not in repr(sealer)
    assert "hunter" not in repr(match("hunter2-hunter2"))
    assert "hunter" not in repr(sealer.seal(match("hunter2-hunter2"), Location("a")))
