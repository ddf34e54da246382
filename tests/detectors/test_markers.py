"""Marks that ask scanners to look away."""

from __future__ import annotations

import pytest

from scanner import plugins
from scanner.batch import EachPlace, Place, TextBatch, UnitLog, text_array
from scanner.detectors import DetectorContext, Match
from scanner.errors import UsageError
from scanner.matcher import Matcher
from scanner.scan import Scanner, Tally
from scanner.seal import Sealer, preview

DETECTOR = plugins.load("detectors", "markers").build(DetectorContext())
MARKS = {
    "x = 1  # pragma: allowlist secret": ("detect-secrets", "pragma: allowlist secret"),
    "x // Pragma:Whitelist secret": ("detect-secrets", "Pragma:Whitelist secret"),
    "# pragma: allowlist nextline secret\ny": (
        "detect-secrets",
        "pragma: allowlist nextline secret",
    ),
    "k #gitleaks:allow": ("gitleaks", "gitleaks:allow"),
    "k # betterleaks:allow": ("betterleaks", "betterleaks:allow"),
    "kingfisher:ignore": ("kingfisher", "kingfisher:ignore"),
    "/* trufflehog:ignore */": ("trufflehog", "trufflehog:ignore"),
    "pw # ggignore": ("ggshield", "ggignore"),
    "pw // nosemgrep: secrets.generic": ("semgrep", "// nosemgrep"),
    "/* secretlint-disable-next-line */": ("secretlint", "secretlint-disable-next-line"),
    "#trivy:ignore:AVD-1": ("trivy", "trivy:ignore"),
    "p = 'x'  # nosec B105": ("bandit", "# nosec"),
    "p = 'x'  # noqa": ("noqa", "# noqa"),
    "p = 'x'  # NOQA\nq": ("noqa", "# NOQA"),
    "p = 'x'  # noqa as agreed": ("noqa", "# noqa"),
    "'# noqa'": ("noqa", "# noqa"),
    "p = 'x'  #noqa: S105": ("noqa", "#noqa: S105"),
    "p = 'x'  # noqa: E501, S106": ("noqa", "# noqa: E501, S106"),
    "a <!-- leakgate:ignore --> b": ("leakgate", "<!-- leakgate:ignore -->"),
    "a # leakgate: ignore": ("leakgate", "leakgate: ignore"),
    "größe 🦊 kingfisher:ignore": ("kingfisher", "kingfisher:ignore"),
}
NO_MARKS = (
    "import x  # noqa: E501",
    "run the noqa check, then pragma once",
    "the kingfisher ignores the pond",
    "nosecret nosebleed nosemantic",
    "add it to the allowlist; a secret pragma",
    "leakgate ignores nothing",
    "gitleaks:allowance",
    "#nosection",
)


def matches(text: str) -> list[Match]:
    scanner = Scanner({"markers": DETECTOR}, {}, Sealer(b"k" * 16, None))  # type: ignore[arg-type]
    batch = TextBatch(text_array([text]), EachPlace([Place()]))
    return [match for _, match in scanner.matches(batch, UnitLog(), Tally())]


@pytest.mark.parametrize("text", MARKS)
def test_marks_are_found_with_their_span(text: str) -> None:
    tool, mark = MARKS[text]
    found = [(m.rule.id, text[m.start : m.end], m.secret) for m in matches(text)]
    assert found == [(f"marker-{tool}", mark, mark)]


@pytest.mark.parametrize("text", NO_MARKS)
def test_what_only_looks_like_a_mark_is_not_reported(text: str) -> None:
    assert matches(text) == []


def test_marks_are_of_low_severity_and_certain() -> None:
    for rule in DETECTOR.rules():
        found = (rule.category, rule.severity, rule.confidence, rule.detector)
        assert found == ("integrity", "low", "high", "markers")


def test_all_marks_of_one_tool_are_one_incident() -> None:
    several = matches("pragma: allowlist secret, pragma: whitelist secret; kingfisher:ignore")
    assert len({(m.family, m.normal) for m in several}) == 2
    assert len(several) == 3


def test_the_preview_shows_the_start_of_the_public_word() -> None:
    (match,) = matches("# pragma: allowlist secret")
    assert preview(match.secret, match.reveal).startswith("pragma: •")


def test_every_mark_has_an_anchor_of_its_own() -> None:
    assert Matcher({"markers": DETECTOR}).engine in ("hyperscan", "re2")
    assert len({p.key for p in DETECTOR.patterns()}) == len(DETECTOR.rules())


def test_it_has_no_options() -> None:
    with pytest.raises(UsageError, match="no option"):
        plugins.load("detectors", "markers").build(DetectorContext({"off": True}))
