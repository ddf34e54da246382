"""Marks by which data asks scanners to look away: never obeyed, always reported.

A record that says `pragma: allowlist secret` was prepared for a scanner, or copied from code
that was.  Either way a tool that obeys the mark has passed over what stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scanner.detectors import Detector, DetectorContext, Drop, Match, Pattern, Value
from scanner.model import Confidence, Rule, Severity
from scanner.rulepacks.detector import check_options

_GAP = r"[ \t]{0,8}"


@dataclass(frozen=True, slots=True)
class _Mark:
    """A tool and its marks.  The anchor is in the syntax that RE2 and Hyperscan share."""

    tool: str
    name: str
    anchor: str  # found in every text that holds the mark
    marks: str
    reference: str


_MARKS = (
    _Mark(
        "detect-secrets",
        "detect-secrets",
        rf"pragma{_GAP}:{_GAP}(?:allow|white)list",
        rf"\bpragma{_GAP}:{_GAP}(?:allow|white)list"
        r"(?:[ \t-]{1,8}nextline)?[ \t-]{1,8}secrets?\b",
        "https://github.com/Yelp/detect-secrets#inline-allowlisting",
    ),
    _Mark(
        "gitleaks",
        "Gitleaks",
        r"gitleaks:allow",
        r"\bgitleaks:allow\b",
        "https://github.com/gitleaks/gitleaks#gitleaksallow",
    ),
    _Mark(
        "betterleaks",
        "Betterleaks",
        r"betterleaks:allow",
        r"\bbetterleaks:allow\b",
        "https://github.com/betterleaks/betterleaks",
    ),
    _Mark(
        "kingfisher",
        "Kingfisher",
        r"kingfisher:(?:ignore|allow)",
        r"\bkingfisher:(?:ignore|allow)\b",
        "https://github.com/mongodb/kingfisher",
    ),
    _Mark(
        "trufflehog",
        "TruffleHog",
        r"trufflehog:ignore",
        r"\btrufflehog:ignore\b",
        "https://github.com/trufflesecurity/trufflehog",
    ),
    _Mark(
        "ggshield",
        "ggshield",
        r"ggignore",
        r"\bggignore(?:-start|-end)?\b",
        "https://docs.gitguardian.com/ggshield-docs/reference/secret/ignoring-secrets",
    ),
    _Mark(
        "semgrep",
        "Semgrep",
        r"nosem",
        r"(?:#|//|<!--|/\*|--)[ \t]{0,8}nosem(?:grep)?\b",
        "https://semgrep.dev/docs/ignoring-files-folders-code",
    ),
    _Mark(
        "secretlint",
        "Secretlint",
        r"secretlint-disable",
        r"\bsecretlint-disable(?:-next-line|-line)?\b",
        "https://github.com/secretlint/secretlint",
    ),
    _Mark(
        "trivy",
        "Trivy",
        r"trivy:ignore",
        r"\btrivy:ignore\b",
        "https://trivy.dev/latest/docs/configuration/filtering/",
    ),
    _Mark(
        "bandit",
        "Bandit",
        r"nosec",
        r"#[ \t]{0,8}nosec\b",
        "https://bandit.readthedocs.io/en/latest/config.html",
    ),
    # flake8 and ruff: alone it silences all, else only the codes for passwords in code count.
    _Mark(
        "noqa",
        "flake8 and Ruff",
        r"noqa",
        rf"#{_GAP}noqa\b(?:{_GAP}:{_GAP}(?:[A-Z]+[0-9]+[, \t]{{1,8}}){{0,20}}S10[567]\b"
        rf"|(?!{_GAP}:))",
        "https://docs.astral.sh/ruff/linter/#error-suppression",
    ),
    _Mark(
        "leakgate",
        "leakgate",
        rf"leakgate{_GAP}:{_GAP}(?:ignore|allow)",
        rf"(?:<!--{_GAP})?\bleakgate{_GAP}:{_GAP}(?:ignore|allow)\b(?:{_GAP}-->)?",
        "",
    ),
)


class _Markers:
    def __init__(self) -> None:
        self._rules = {_rule(mark).id: _rule(mark) for mark in _MARKS}
        self._marks = {
            _rule(mark).id: re.compile(mark.marks, re.ASCII | re.IGNORECASE) for mark in _MARKS
        }

    def rules(self) -> Sequence[Rule]:
        return list(self._rules.values())

    def patterns(self) -> Sequence[Pattern]:
        return [Pattern(_rule(m).id, (m.anchor,), caseless=True) for m in _MARKS]

    def confirm(self, value: Value, key: str, hits: Sequence[int]) -> Iterator[Match | Drop]:
        """Every mark of one tool."""
        del hits
        for found in self._marks[key].finditer(value.text):
            yield _match(self._rules[key], found)


def _match(rule: Rule, found: re.Match[str]) -> Match:
    return Match(
        rule,
        found.start(),
        found.end(),
        found[0],
        family="marker",
        normal=rule.id,  # all marks of a tool are one incident
        confidence=rule.confidence,
        severity=rule.severity,
        evidence=("mark",),
        reveal=len(found[0]),
    )


def _rule(mark: _Mark) -> Rule:
    return Rule(
        f"marker-{mark.tool}",
        f"Mark that tells {mark.name} to look away",
        "integrity",
        Severity.LOW,
        Confidence.HIGH,
        description="Data that tells a scanner to skip it. leakgate does not obey such marks.",
        remediation="Look at what stands beside the mark: other scanners have passed over it.",
        tags=("CWE-693",),
        references=(mark.reference,) if mark.reference else (),
        detector="markers",
    )


class _Factory:
    canaries = {"marker-bandit": "x = 1  # nosec"}  # noqa: RUF012

    def build(self, context: DetectorContext) -> Detector:
        """No options."""
        check_options(context.options, (), "markers")
        return _Markers()

    def depends_on(self, context: DetectorContext) -> Sequence[Path]:  # noqa: ARG002
        """No files."""
        return ()


plugin = _Factory()
