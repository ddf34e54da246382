"""What axe-core says of the page, where it is installed (LEAKGATE_AXE names axe.min.js)."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import report_factory as factory
from waiting import until

from reports.weekly import weekly
from reports.weekly_outputs import write
from scanner.decision import Decision, Seen
from scanner.model import Outcome, Severity

AXE = Path(os.environ.get("LEAKGATE_AXE", "/usr/share/nodejs/axe-core/axe.min.js"))

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed"),
]

_RUN = """async () => (await axe.run({resultTypes: ["violations"]})).violations
  .filter(v => ["serious", "critical"].includes(v.impact))
  .map(v => v.id + ": " + v.nodes.map(n => n.target.join(" ")).slice(0, 5).join(", "))"""


def faults(page: Any) -> list[str]:
    page.evaluate(AXE.read_text("utf-8"))
    found: list[str] = page.evaluate(_RUN)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_incidents_places_and_dialog(opened: Any, scheme: str) -> None:
    page = opened(factory.blocked(), color_scheme=scheme)
    page.locator("[data-open=yes]").click()
    page.evaluate("document.querySelectorAll('details').forEach(box => { box.open = true; })")
    assert faults(page) == []
    page.locator("[data-view=rows]").click()
    page.wait_for_selector(".view .row:visible")
    assert faults(page) == []
    page.locator(".view .row:visible").first.click()
    until(page, "document.querySelector('dialog').open")
    assert faults(page) == []


def test_a_phone_and_empty_pages(opened: Any) -> None:
    phone = {"width": 390, "height": 844}
    for report in (factory.hostile(), factory.empty(), factory.empty(Outcome.INCOMPLETE, 3)):
        assert faults(opened(report, viewport=phone)) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_compliance_page(opened: Any, tmp_path: Path, scheme: str) -> None:
    days = [datetime(2026, 10, day, tzinfo=UTC) for day in range(5, 13)]
    hold = Seen("a", "a", "value", "token", "credential", Severity.HIGH, places=("a.jsonl",))
    runs = [
        (Decision(f"r{n}", f"r{n}", "gate", day, "k", Outcome.BLOCK, 1, whole=("a.jsonl",)), [hold])
        for n, day in enumerate(days[:-1])
    ]
    with (tmp_path / "week.html").open("wb") as out:
        write(weekly(runs, days[0], days[-1]), "html", out)
    page = opened(factory.empty(), color_scheme=scheme)
    page.goto((tmp_path / "week.html").as_uri())
    assert page.locator("svg.trend").count() == 1
    assert faults(page) == []
