"""One Chromium for all tests of pages; every page is watched for what it must not do."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reports.formats.html import plugin
from scanner.model import Report

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", e => violations.push(e.violatedDirective));
"""

Opened = Callable[..., Any]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "chromium is not installed: apt-get install chromium"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium, args=ARGS)


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Opened]:
    """Opens a report, or the source of a page: (report, fragment, context options) -> page.

    When the test ends, no page may have logged an error, broken its own policy or asked
    for anything but itself.
    """
    pages: list[Any] = []
    said: list[str] = []

    def open_page(report: Report | str, fragment: str = "", **options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
        page = context.new_page()
        pages.append(page)
        page.set_default_timeout(15_000)
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"error: {error}"))
        page.on("dialog", lambda dialog: said.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: said.append(request.url) if _other(request) else None)
        page.add_init_script(WATCH)
        file = tmp_path / f"report-{len(pages)}.html"
        file.write_bytes(report.encode() if isinstance(report, str) else page_of(report))
        page.goto(file.as_uri() + fragment)
        return page

    yield open_page
    scripted = [p for p in pages if p.evaluate("typeof violations !== 'undefined'")]
    violations = [v for page in scripted for v in page.evaluate("violations")]
    for page in pages:
        page.context.close()
    assert said == []
    assert violations == []


def page_of(report: Report) -> bytes:
    out = io.BytesIO()
    plugin.write(report, out)
    return out.getvalue()


def _other(request: Any) -> bool:
    return not request.url.startswith(("file:", "blob:file:", "blob:null"))
