"""The HTML report as a browser, a reader without scripts and an attacker see it."""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
import report_factory as factory

from reports.charts import timeline
from reports.formats.html import SHOWN_INCIDENTS, plugin
from scanner.model import (
    BlastRadius,
    Decision,
    DerivedCopy,
    ExceptionRecord,
    Exposure,
    Incident,
    Outcome,
    Previous,
    Problem,
    Reader,
    Report,
)

VOID = {"meta", "br", "input", "link", "img", "hr"}


def page(report: Report) -> str:
    out = io.BytesIO()
    plugin.write(report, out)
    return out.getvalue().decode("utf-8")


class Tree(HTMLParser):
    """What a parser makes of a page: every tag with its attributes, and the text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.said: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID and not (self.get_starttag_text() or "").endswith("/>"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        # li, th, td and the like are always closed in our templates
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.said.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())


def all_of(report: Report) -> Tree:
    return Tree(page(report))


def test_the_verdict_the_reasons_and_the_first_steps_come_first() -> None:
    text = all_of(factory.blocked()).text
    order = [
        "BLOCK",
        "This data must not go out.",
        "No credential of severity critical may go out",
        "Every input must be read whole",
        "Exit code 1",
        "Deactivate the access key in IAM now",
        "Make 3 inputs readable",
        "Suspected breach",
        "Incidents, worst first",
        "What was found where",
        "Grants, the broadest first, by the sensitive data behind them",
        "Candidates that filters dropped",
        "Accepted before",
    ]
    body = text[text.index("Skip to the incidents") :]
    places = [body.index(words) for words in order]
    assert places == sorted(places)


def test_it_names_who_could_and_who_did_read() -> None:
    text = all_of(factory.blocked()).text
    for words in (
        "all staff (1,204 people)",
        "7 people (61 reads), 2 without a known grant",
        "First read 2 h 12 min after it landed.",
        "Tomas Lind",
        "Marc Duval",
        "no grant known",
        "via people-analytics, bucket policy statement 3",
        "4 of 7 readers are named here.",
        "bucket policy statement 3",
        "unknown: no log covers 1 to 5 Oct 2026",
        "no read in the logs",
        "unknown: no grants were given for this place",
        "the member is encrypted",
        "not read",
        "row group 7 does not match its checksum",
    ):
        assert words in text


def test_every_element_is_closed_and_every_id_is_unique() -> None:
    for report in (factory.blocked(), factory.hostile(), factory.empty(), factory.large(30)):
        tree = all_of(report)
        assert tree.open == []
        ids = [attrs["id"] for _, attrs in tree.tags if "id" in attrs]
        assert len(ids) == len(set(ids))


def test_links_into_the_page_lead_somewhere() -> None:
    for report in (factory.blocked(), factory.large(SHOWN_INCIDENTS + 50)):
        tree = all_of(report)
        ids = {attrs["id"] for _, attrs in tree.tags if "id" in attrs}
        links = [a["href"] for tag, a in tree.tags if tag == "a" and a["href"]]
        inside = [href[1:] for href in links if href.startswith("#")]
        assert len(inside) > 10
        assert set(inside) <= ids


def test_nothing_in_it_needs_the_network_or_an_inline_handler() -> None:
    tree = all_of(factory.hostile())
    for tag, attrs in tree.tags:
        assert tag not in ("img", "iframe", "object", "embed", "link", "base")
        assert not any(name.startswith("on") or name == "style" for name in attrs)
        assert "src" not in attrs
        if tag == "a":
            assert re.match(r"#|https://", attrs["href"] or "")
    scripts = [attrs for tag, attrs in tree.tags if tag == "script"]
    assert [a.get("type") for a in scripts] == ["text/plain", None]  # data, and ours


def test_hostile_text_is_shown_and_does_nothing() -> None:
    source = page(factory.hostile())
    text = Tree(source).text
    assert "<script>document.title='owned'</script>" in text
    assert "{{7*7}}" in text
    assert "\u2039U+202E\u203a" in text
    assert "\u2039ESC\u203a[31m" in text
    assert "\u2039U+200B\u203a" in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ufeff]", source)


def test_beyond_the_worst_it_says_how_many_are_left() -> None:
    text = all_of(factory.large(1000)).text
    assert "The worst 200 of 1,000 incidents are shown. The other 800 are in the JSON" in text
    shown = [a for t, a in all_of(factory.large(1000)).tags if a.get("class") == "incident"]
    assert len(shown) == SHOWN_INCIDENTS
    assert {a["data-severity"] for a in shown} == {"critical", "high"}
    assert shown[0]["data-severity"] == "critical"


def again(title: str, times: int) -> list[Incident]:
    """One incident, over and over, with fingerprints of their own."""
    one = next(i for i in factory.blocked().incidents if i.title == title)
    return [replace(one, id=f"inc-{n}", fingerprint=factory.digest(str(n))) for n in range(times)]


def test_later_incidents_are_short_and_say_the_same() -> None:
    """The worst 200 stand in the page as they are: they must leave room for the rows."""
    report = replace(factory.empty(), incidents=tuple(again("AWS access key", 60)))
    cards = re.findall('<li class="incident"(.*?)</details>\n</li>', page(report), re.S)
    assert len(cards[-1]) < 0.8 * len(cards[1]) < 7500
    for card in (cards[1], cards[-1]):
        words = " ".join(Tree(f"<ol><li{card}").said)
        for told in ("1,216 by 4 grants", "read after it landed", "at least 3", "first read"):
            assert told in words


def test_a_step_names_the_incidents_that_ask_for_it() -> None:
    key, *more = again("AWS access key", 3)
    text = all_of(replace(factory.empty(), incidents=(key, *more))).text
    assert "AWS access key and 2 more Deactivate the access key" in text
    text = all_of(replace(factory.empty(), incidents=(key,))).text
    assert "What to do Deactivate the access key" in text


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (factory.empty(), "Nothing was found. 912,400 values in 1 input were read"),
        (factory.empty(), "Nothing. Keep this report with the release."),
        (factory.empty(Outcome.INCOMPLETE, 3), "Nothing was scanned, so nothing is known"),
        (factory.empty(Outcome.INCOMPLETE, 3), "so this is not a pass"),
        (factory.empty(), "whether anything was read is unknown everywhere"),
    ],
)
def test_an_empty_report_says_what_is_known(report: Report, words: str) -> None:
    assert words in all_of(report).text


def test_headings_step_down_one_at_a_time() -> None:
    levels = [int(t[1]) for t, _ in all_of(factory.blocked()).tags if re.fullmatch(r"h\d", t)]
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))


def rows_of(report: Report) -> tuple[dict[str, Any], bytes]:
    """The head and the numbers of the first chunk of rows that the page carries."""
    packed = re.search(r'<script type="text/plain" data-rows="\d+">(.*?)</script>', page(report))
    assert packed
    data = gzip.decompress(base64.b64decode(packed[1]))
    end = 4 + int.from_bytes(data[:4], "little")
    return json.loads(data[4:end]), data[end:]


def test_every_finding_and_exposed_resource_is_a_row() -> None:
    report = factory.blocked()
    head, _ = rows_of(report)
    exposed = [i for i in report.incidents if i.kind == "resource"]
    assert head["n"] == len(report.findings) + sum(len(i.resources) for i in exposed)
    assert set(head["columns"]["category"]["d"]) == set(factory.CATEGORIES)
    assert set(head["columns"]["preview"]["d"]) == {i.preview for i in report.incidents}


def test_a_name_that_is_shown_otherwise_is_carried_as_it_is_too() -> None:
    head, _ = rows_of(factory.hostile())
    files = head["columns"]["file"]
    real = [files["x"].get(str(n), shown) for n, shown in enumerate(files["d"])]
    assert set(real) == set(factory.HOSTILE)


def test_equal_reports_of_any_order_of_findings_have_equal_sums() -> None:
    report = factory.blocked()
    turned = replace(report, findings=tuple(reversed(report.findings)))
    one, other = (rows_of(r)[0]["columns"]["file"]["d"] for r in (report, turned))
    assert sorted(one) == sorted(other)
    assert page(report).partition("data-rows")[0] == page(turned).partition("data-rows")[0]


def test_a_suspected_breach_has_its_fields_and_what_is_to_add() -> None:
    text = all_of(factory.blocked()).text
    for words in (
        "1 incident with sensitive data was read, 1 of them by somebody without a known grant",
        "without a known grant: Marc Duval and etl-nightly",
        "To add Chain of custody.",
    ):
        assert words in text
    assert "Art. 33" not in text  # no personal data was read
    personal = [replace(i, category="pii") for i in factory.blocked().incidents]
    text = all_of(replace(factory.blocked(), incidents=tuple(personal))).text
    for part in ("(a)", "(b)", "(c)", "(d)"):
        assert f"Art. 33(3){part}" in text
    assert "15 Oct 2026, 06:30 UTC" in text  # 72 hours after the run
    quiet = tuple(replace(i, in_baseline=True) for i in factory.blocked().incidents)
    assert "Suspected breach" not in all_of(replace(factory.blocked(), incidents=quiet)).text


def test_grants_are_ranked_and_the_broadest_come_first() -> None:
    everyone = Reader("*", "everyone", "public", via=("bucket policy statement 9",))
    worst, *others = sorted(factory.blocked().incidents, key=Incident.badness)
    access = replace(others[0].could_read, known=True, readers=(everyone,))
    report = replace(factory.blocked(), incidents=(worst, replace(others[0], could_read=access)))
    text = all_of(report).text.partition("Grants, the broadest first")[2]
    names = ("bucket policy statement 9", "bucket policy statement 2", "row 4")
    assert [*map(text.index, names)] == sorted(map(text.index, names))


def test_a_timeline_has_grants_and_an_old_one_does_not_squeeze_it() -> None:
    worst = min(factory.blocked().incidents, key=Incident.badness)
    old, late = factory.at(1).replace(year=2019), factory.at(3)
    could = replace(worst.could_read, first_granted=old, last_granted=late)
    line = timeline(replace(worst, could_read=could), ())
    spots = {mark.label: mark.at for mark in line.marks}
    assert spots["first grant"] < spots["landed"] == 3 < spots["last grant"] < spots["found"] == 97
    report = replace(factory.blocked(), incidents=(replace(worst, could_read=could),))
    assert "first grant 1 Oct 2019" in all_of(report).text


def test_an_incident_tells_how_far_it_went() -> None:
    worst = min(factory.blocked().incidents, key=Incident.badness)
    then = replace(worst.could_read, people=3, all_staff=Decision.NO)
    lay = Exposure(factory.at(2), factory.at(5), "read", then, worst.could_read)
    copy = DerivedCopy("s3://team/copy.csv", "team", factory.STORE, strangers=2, people=9)
    way = BlastRadius("robot", "Loader", resources=40, certain=31, stores=("raw",), uses=7,
                      used_by=("mallory",), last_use=factory.at(9))  # fmt: skip
    outside = (Reader("x@else.example", "Xu", reads=1, outsider=True),)
    full = replace(worst, exposure=lay, copies=(copy,), opens=(way,), outsiders=outside)
    text = all_of(replace(factory.blocked(), incidents=(full,))).text
    for said in (
        "3 days until it was first read", "could read: 3 people", "can read: all staff",
        "Xu (read it)", "s3://team/copy.csv ; can read: 9 people",
        "2 people read it who cannot read the original",
        "40 stored objects (31 without a condition)",
        "Used 7 times since it landed by mallory",
    ):  # fmt: skip
        assert said in text
    assert "How far it went" not in all_of(factory.empty()).text


def test_a_place_is_listed_once_with_all_that_is_wrong_there() -> None:
    (over,) = [i for i in factory.blocked().incidents if i.kind == "resource"]
    other = replace(over, id="inc-2", title="Read while everybody could", rule_ids=("r2",))
    report = replace(factory.blocked(), incidents=(over, other))
    part = all_of(report).text.partition("Exposed places")[2].partition("Checks of access")[0]
    assert part.count("s3://tern-telemetry/desktop/") == 1
    assert "Read while everybody could" in part


def test_what_changed_since_the_last_run_is_told() -> None:
    before = Previous("run-1", factory.at(11), 5, 20, 6, 3, 1)
    text = all_of(replace(factory.blocked(), previous=before)).text
    assert "3 new values, 1 gone" in text
    assert "Changes are since the run of 11 Oct 2026, 08:00 UTC over 5 inputs." in text
    assert "Changes are since" not in all_of(factory.blocked()).text


def test_exceptions_are_listed_with_their_end() -> None:
    worst = min(factory.blocked().incidents, key=Incident.badness)
    record = ExceptionRecord(worst.fingerprint, "accept", "active", "waits for the purge", "ana",
                             expires=date(2026, 11, 20), incident_id=worst.id)  # fmt: skip
    incidents = tuple(replace(i, excepted=i.id == worst.id) for i in factory.blocked().incidents)
    report = replace(factory.blocked(), exceptions=(record,), incidents=incidents)
    text = all_of(report).text
    assert "waits for the purge" in text
    assert "2026-11-20" in text
    assert (
        "1 in the baseline, 1 excepted" in text or "1 incident in the baseline, 1 excepted" in text
    )


def test_what_detectors_left_out_is_summed_up() -> None:
    left = Problem("note.reader.budget", "values were not read for names", "", "raise it", 7)
    inputs = tuple(replace(i, problems=(left,)) for i in factory.blocked().inputs[:3])
    text = all_of(replace(factory.blocked(), inputs=inputs)).text
    assert "21 times in 3 inputs: values were not read for names. Next: Raise it." in text
