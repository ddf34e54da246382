"""Every rule of every detector that a policy leaves on, and every access check, as data."""

from __future__ import annotations

from datetime import UTC, datetime

from scanner import worker
from scanner.audit import checks
from scanner.config import Config
from scanner.detectors import Detector
from scanner.model import Rule
from scanner.rulepacks.load import own_rules


def detectors(config: Config) -> dict[str, Detector]:
    """The detectors of a policy.  Raises UsageError on a broken rule, option or term file."""
    settings = worker.Settings(
        key=b"",  # nothing is scanned
        now=datetime.now(UTC),
        detectors=config.detectors,
        rules_dirs=config.rules_dirs,
        folder=str(config.folder),
    )
    return worker.build_detectors(settings)


def rules(config: Config) -> list[Rule]:
    """All rules and checks, by category and id."""
    found = [rule for detector in detectors(config).values() for rule in detector.rules()]
    found += [check.rule for check in checks.load([own_rules(), *config.rules_dirs])]
    return sorted(found, key=lambda rule: (rule.category, rule.id))
