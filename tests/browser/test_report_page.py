"""The incident report in a real browser: what a reader does with it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import report_factory as factory
from waiting import until

from reports.formats.quarantine import plugin as quarantine
from scanner.model import Incident, Outcome

pytestmark = pytest.mark.browser

CARD = next(i for i in factory.blocked().incidents if i.title == "Payment card number")
PHONE = {"viewport": {"width": 390, "height": 844}}
DARK = {"color_scheme": "dark"}


QUERIES = {
    "rule:aws-*": ["AWS access key"],
    "severity>=critical": ["AWS access key", "GitHub token"],
    "reader:lind": ["AWS access key"],
    "reader:lind -category:credential": [],
    'owner:"platform telemetry" severity<high': ["E-mail address", "In-band suppression"],
    "category:pii,term -read:unknown": ["Unreleased product"],
    "is:accepted": ["GitHub token"],
    "record:7": ["Unreleased product"],
    "record>1000": ["AWS access key"],
    '"payment card"': ["Payment card number"],
    "SHARD-0042 payment": ["Payment card number"],
    f"incident:{CARD.id}": ["Payment card number"],
    CARD.id: ["Payment card number"],
    "s3://tern-training/": ["Payment card number", "GitHub token"],
    "file:*.jsonl": ["Unreleased product", "E-mail address", "In-band suppression"],
    "is:public": [],
    "is:staff is:resource": ["Everyone in the company can read the telemetry store"],
}


def shown(page: Any) -> list[str]:
    """The titles of the incidents in sight."""
    titles: list[str] = page.locator(".incident:not([hidden]) h3").all_inner_texts()
    return titles


def counts(page: Any) -> tuple[str, str]:
    """Incidents and places, as the two buttons say."""
    buttons = page.locator(".tabs b")
    return buttons.nth(0).inner_text(), buttons.nth(1).inner_text()


def ask(page: Any, query: str) -> None:
    page.locator("#q").fill(query)
    page.locator("#q").press("Enter")


def saved(page: Any, what: str, folder: Path) -> str:
    with page.expect_download() as waiting:
        page.locator(f"[data-save={what}]").click()
    target = folder / waiting.value.suggested_filename
    waiting.value.save_as(target)
    return target.read_bytes().decode("utf-8-sig")


def test_it_opens_with_the_worst_incident(opened: Any) -> None:
    page = opened(factory.blocked())
    assert page.title().startswith("BLOCK")
    assert shown(page)[0] == "AWS access key"
    assert page.locator(".incident details[open] > .body").count() == 1
    assert counts(page) == ("7", "14")


def test_queries(opened: Any) -> None:
    page = opened(factory.blocked())
    for query, titles in QUERIES.items():
        ask(page, query)
        wanted = f"decodeURIComponent(location.hash) === {json.dumps('#q=' + query)}"
        until(page, wanted)
        found = shown(page)
        assert len(found) == len(titles), (query, found)
        assert all(any(f.startswith(t) for f in found) for t in titles), (query, found)


def test_an_unknown_field_is_told_and_the_word_looked_for(opened: Any) -> None:
    page = opened(factory.blocked())
    ask(page, "colour:red")
    page.wait_for_selector("#odd:not([hidden])")
    assert "There is no field “colour”" in page.locator("#odd").inner_text()
    assert page.locator("#none").is_visible()
    assert page.locator("[data-save=csv]").is_disabled()


def test_the_state_is_in_the_address(opened: Any) -> None:
    page = opened(factory.blocked())
    ask(page, "severity>=high")
    page.locator("[data-view=rows]").click()
    page.locator("[data-sort=store]").click()
    page.locator("[data-sort=store]").click()
    until(page, "location.hash.includes('sort=-store')")
    state = counts(page)
    first = page.locator(".view .row").first.inner_text()
    page.reload()
    page.wait_for_selector(".view .row")
    assert page.locator("#q").input_value() == "severity>=high"
    assert page.locator("[data-view=rows]").get_attribute("aria-pressed") == "true"
    assert counts(page) == state
    assert page.locator(".view .row").first.inner_text() == first


@pytest.mark.parametrize("name", [CARD.fingerprint, CARD.id])
def test_a_deep_link_opens_its_incident(opened: Any, name: str) -> None:
    page = opened(factory.blocked(), f"#i={name}")
    if name == CARD.fingerprint:
        card = page.locator(".incident", has=page.locator("h3", has_text="Payment card number"))
        assert card.locator("> details").get_attribute("open") is not None
        assert "Payment card" in page.evaluate("document.activeElement.textContent")
    else:  # the other name leads to its places
        page.wait_for_selector(".view .row")
        assert page.locator(".view .row:visible").count() == 2


def test_a_deep_link_past_the_worst_leads_to_its_places(opened: Any) -> None:
    def named(incident: Incident) -> Incident:  # as the audit names it
        digest = hashlib.sha256(f"value {incident.fingerprint}".encode()).hexdigest()
        return replace(incident, id=f"inc-{digest[:16]}")

    many = [named(i) for i in factory.large(450).incidents]
    last = max(many, key=Incident.badness)
    page = opened(replace(factory.large(1), incidents=tuple(many)), f"#i={last.fingerprint}")
    page.wait_for_selector(".view .row:visible")
    assert page.locator("#count").inner_text().startswith("1 incident, 1 place match")
    page.locator(".view .row:visible").click()
    assert last.title in page.locator("dialog h2").inner_text()


def test_places_sort_open_and_follow_the_keyboard(opened: Any) -> None:
    page = opened(factory.blocked(), "#view=rows")
    page.wait_for_selector(".view .row")
    page.locator("[data-sort=what]").click()
    heads = page.locator("[role=columnheader]")
    assert heads.nth(1).get_attribute("aria-sort") == "ascending"
    names = page.locator(".view .row:visible .c1 .main").all_inner_texts()
    assert names == sorted(names)
    page.locator(".view .row[tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.getAttribute('aria-rowindex')") == "4"
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]")
    assert "AWS access key" in page.locator("dialog h2").inner_text()
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.getAttribute('aria-rowindex')") == "15"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"


def _row_of_the_output() -> dict[str, Any]:
    """A `row` line of the output `quarantine`."""
    out = io.BytesIO()
    quarantine.write(factory.blocked(), out)
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    return dict(next(row for row in rows if row["kind"] == "row"))


def test_what_is_filtered_can_be_saved(opened: Any, tmp_path: Path) -> None:
    page = opened(factory.blocked())
    ask(page, "category:credential")
    until(page, "location.hash.includes('q=')")
    rows = list(csv.DictReader(io.StringIO(saved(page, "csv", tmp_path))))
    assert len(rows) == 6
    assert {row["category"] for row in rows} == {"credential"}
    assert rows[0]["file"] == factory.STORE
    assert rows[0]["record"] == "1320"
    assert (rows[0]["start"], rows[0]["end"]) == ("12", "32")
    assert "Marc Duval <marc.duval@tern.example>" in rows[0]["readers"]
    places = [json.loads(line) for line in saved(page, "quarantine", tmp_path).splitlines()]
    assert sorted((p["uri"], p["record"]) for p in places) == sorted(
        [*((factory.STORE, n) for n in (1320, 1321, 1388, 2210, 2211)), (factory.SHARD, 5)]
    )
    assert {p["kind"] for p in places} == {"row"}
    assert set(places[0]) <= set(_row_of_the_output())
    assert all(p["incidents"] and not p["whole"] for p in places)


def test_ready_filters_and_cells_of_the_heat_map_ask(opened: Any) -> None:
    page = opened(factory.blocked())
    page.locator("[data-add='is:blocking']").click()
    until(page, "location.hash.includes('blocking')")
    assert len(shown(page)) == 2
    page.locator("[data-add='is:blocking']").click()
    until(page, "!location.hash.includes('blocking')")
    page.locator(".heat a").first.click()
    until(page, "location.hash.includes('store')")
    assert page.locator(".view .row:visible").count() > 0


def test_a_phone_is_never_pushed_sideways(opened: Any) -> None:
    reports = (factory.blocked(), factory.hostile(), factory.empty())
    for report in (*reports, factory.empty(Outcome.INCOMPLETE, 3)):
        page = opened(report, **PHONE)
        if page.locator("[data-open=yes]").is_visible():
            page.locator("[data-open=yes]").click()
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            page.locator("[data-view=rows]").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_dark_pages_are_dark(opened: Any) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    light = opened(factory.blocked()).evaluate(colour)
    dark = opened(factory.blocked(), **DARK).evaluate(colour)
    assert min(map(int, re.findall(r"\d+", light))) > 200
    assert max(map(int, re.findall(r"\d+", dark))) < 60


def test_without_scripts_verdict_and_incidents_are_there(opened: Any) -> None:
    page = opened(factory.large(450), java_script_enabled=False)
    assert page.locator("h1").inner_text() == "BLOCK"
    assert page.locator(".incident").count() == 200
    assert page.locator(".incident").last.is_visible()
    assert not page.locator("#find").is_visible()
    assert "needs a browser that runs scripts" in page.locator("noscript").inner_text()


def sheets(page: Any) -> int:
    return len(re.findall(rb"/Type /Page\b", page.pdf()))


def test_paper_gets_the_incidents_with_and_without_scripts(opened: Any) -> None:
    full = opened(factory.blocked(), "#view=rows")
    silent = opened(factory.blocked(), java_script_enabled=False)
    full.emulate_media(media="print")
    assert full.locator(".incidents").is_visible()
    assert not full.locator("#rows").is_visible()
    many = sheets(full)
    assert abs(many - sheets(silent)) <= 1
    assert many > 3
    full.emulate_media(media="screen")
    full.locator("[data-view=incidents]").click()
    full.locator("[data-open=yes]").click()
    assert sheets(full) > many  # what the reader has opened is printed whole


def test_half_a_million_pixels_down_the_rows_are_there(opened: Any) -> None:
    page = opened(factory.large(3000), "#view=rows")
    page.wait_for_selector(".view .row")
    page.locator(".view .row[tabindex='0']").focus()
    page.keyboard.press("End")
    total = page.locator("[role=table]").get_attribute("aria-rowcount")
    assert page.evaluate("document.activeElement.getAttribute('aria-rowindex')") == total
    assert page.evaluate("document.activeElement.innerText.trim().length") > 10
    assert page.locator(".view .row").count() < 60
