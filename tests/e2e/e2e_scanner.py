"""The scanner in this process, with every detector: built once for all tests that look at it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from e2e_house import KEY

from scanner.scan import Scanner
from scanner.worker import Settings, build_scanner


@cache
def whole(engine: str = "hyperscan") -> Scanner:
    """What it found before decides nothing of what it finds (tests/test_scan.py sees to that)."""
    now = datetime(2026, 10, 15, tzinfo=UTC)
    return build_scanner(Settings(KEY.encode(), now, engine=engine))
