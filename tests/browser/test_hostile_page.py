"""Data that attacks the reader of its report: nothing of it runs, in the page or in a file."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import report_factory as factory
from waiting import until

from reports.formats.html import plugin
from scanner.model import Location, Report, StoredObject

pytestmark = pytest.mark.browser

FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "\t=1+1", " =1", "\uff1d1+1")
HIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ufeff]")


def attacked() -> Report:
    """Every text that a finding carries is an attack."""
    base = factory.hostile()
    texts = (*factory.HOSTILE, *FORMULAS, "</script><script>document.title='owned'</script>",
             "__proto__", 'x" onclick="document.title=1', "'; DROP TABLE x; --")  # fmt: skip
    findings = tuple(
        replace(
            factory.finding(
                f"attack {n}", factory.RULES[0], Location(text, text, n, text), text, text
            ),
            rule_id=text,
            category=text,
            subject=text,
        )
        for n, text in enumerate(texts)
    )
    objects = tuple(StoredObject(text, text, text, text) for text in texts)
    return replace(base, findings=findings, objects=objects)


def test_nothing_runs(opened: Any) -> None:
    page = opened(attacked())
    page.evaluate("document.querySelectorAll('details').forEach(box => { box.open = true; })")
    page.locator("[data-view=rows]").click()
    page.wait_for_selector(".view .row:visible")
    for text in ("<script>", "{{7*7}}", "__proto__", "javascript:alert(1)", "rule:__proto__"):
        page.locator("#q").fill(text)
        page.locator("#q").press("Enter")
        until(page, "location.hash.includes('q=')")
        page.locator(".view .row:visible").first.click()
        assert page.locator("dialog a[href^=javascript]").count() == 0
        page.keyboard.press("Escape")
    assert "owned" not in page.title()
    assert page.locator("a[href^='javascript']").count() == 0
    assert page.locator("img").count() == 0
    assert not HIDDEN.search(page.locator("body").inner_text().replace("\t", " "))


def test_addresses_with_attacks_break_nothing(opened: Any) -> None:
    page = opened(attacked(), "#q=%E0%A4%A")
    for fragment in ("i=<script>", "%", "sort=__proto__&view=rows", 'q="*(', "sort=file&view=rows"):
        page.evaluate("text => { location.hash = text; }", fragment)
        assert page.locator("h1").inner_text() == "BLOCK"
        assert "owned" not in page.title()
    page.wait_for_selector(".view .row:visible")


def test_no_cell_of_the_csv_is_a_formula(opened: Any, tmp_path: Path) -> None:
    page = opened(attacked())
    with page.expect_download() as waiting:
        page.locator("[data-save=csv]").click()
    target = tmp_path / "rows.csv"
    waiting.value.save_as(target)
    text = target.read_bytes().decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert any("cmd|" in cell for cell in cells)
    numbers = re.compile(r"-?\d+")
    for cell in cells:
        assert not re.match(r"\s*[=+\-@\uff1d]", cell) or numbers.fullmatch(cell), cell
    assert not HIDDEN.search(text.replace("\r\n", "\n"))


def test_the_policy_stops_what_templates_would_let_through(browser: Any, tmp_path: Path) -> None:
    attack = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    out = io.BytesIO()
    plugin.write(factory.blocked(), out)
    file = tmp_path / "report.html"
    file.write_bytes(out.getvalue().replace(b"<main>", b"<main>" + attack.encode()))
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(file.as_uri())
    assert page.title().startswith("BLOCK")
    assert any("Content Security Policy" in text for text in said)
    page.close()
