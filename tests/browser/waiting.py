"""Waiting for a page that forbids `eval`, and so the waiting that playwright would do."""

from __future__ import annotations

import time
from typing import Any


def until(page: Any, expression: str, seconds: float = 15) -> None:
    """Returns when an expression is true in the page.  Fails when it stays false."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        time.sleep(0.02)
