"""The compliance report: what is counted as what, and the same numbers in each form."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.weekly import STATES, WORST, weekly
from reports.weekly_outputs import FORMATS, tables, write
from scanner.decision import CheckSeen, Decision, Seen
from scanner.model import ExceptionRecord, Outcome, ReadState, Severity

START = datetime(2026, 10, 5, tzinfo=UTC)
END = START + timedelta(days=7)
FILE = "store/a.jsonl"


def at(day: float) -> datetime:
    return START + timedelta(days=day)


def run(day: float, *seen: Seen, **more: object) -> tuple[Decision, tuple[Seen, ...]]:
    fields = {"whole": (FILE,), "outcome": Outcome.BLOCK if seen else Outcome.PASS} | more
    name = f"r{day}"
    made = Decision(name, name, "gate", at(day), "k", exit_code=0, **fields)  # type: ignore[arg-type]
    return made, seen


def seen(name: str, landed: float | None = None, **more: object) -> Seen:
    fields = {"places": (FILE,), "people": 10, "read": ReadState.READ} | more
    when = at(landed) if landed is not None else None
    fields = {"kind": "value", "title": f"token {name}", "category": "credential"} | fields
    return Seen(name, name, severity=Severity.HIGH, landed=when, **fields)  # type: ignore[arg-type]


def test_an_incident_is_new_then_fixed_then_reopened() -> None:
    a = seen("a", landed=0)
    runs = [run(1, a), run(2), run(3, a)]
    found = weekly(runs, START, END)
    assert found.now.incidents == {"new": 1, "open": 1, "fixed": 1, "reopened": 1, "excepted": 0}
    assert (found.now.detect.median, found.now.repair.median) == (24.0, 24.0)
    assert found.now.exposure_hours == 24 * (2 + 4)
    assert found.now.reader_hours == 24 * (2 + 4) * 10


def test_what_a_run_did_not_look_at_is_not_fixed() -> None:
    a = seen("a")
    for more in ({"whole": ("other/b.jsonl",)}, {"whole": (), "unread": (FILE,)}):
        found = weekly([run(1, a), run(2, **more)], START, END)
        assert found.now.incidents["open"] == 1
        assert found.now.incidents["fixed"] == 0


def test_a_file_that_is_gone_from_a_folder_that_was_read_is_fixed() -> None:
    found = weekly([run(1, seen("a")), run(2, whole=("store/b.jsonl",))], START, END)
    assert found.now.incidents["fixed"] == 1


def test_only_a_run_with_evidence_clears_an_open_grant() -> None:
    wide = seen("w", kind="resource", places=())
    scan = run(2)
    scan = (Decision("s", "s", "scan", at(2), "k", Outcome.PASS, 0, whole=(FILE,)), ())
    assert weekly([run(1, wide), scan], START, END).now.incidents["open"] == 1
    assert weekly([run(1, wide), run(2)], START, END).now.incidents["fixed"] == 1


def test_an_accepted_one_is_excepted_and_what_falls_due_is_told() -> None:
    record = ExceptionRecord("a", "accept", "active", "why", "ana", expires=at(9).date())
    late = ExceptionRecord("b", "accept", "active", "why", "bo", expires=at(90).date())
    one = run(
        1, seen("a", accepted="excepted"), exceptions=(record, late), overrides=("--exit-zero",)
    )
    found = weekly([one], START, END)
    assert (found.now.incidents["excepted"], found.now.incidents["open"]) == (1, 0)
    assert [due[1] for due in found.falling_due] == ["ana"]
    assert [what for _, _, what in found.now.overrides] == ["--exit-zero"]
    assert found.now.runs["overridden"] == 1


def test_change_is_against_the_period_before() -> None:
    runs = [run(-3, seen("a")), run(1, seen("a"), seen("b"))]
    found = weekly(runs, START, END)
    assert found.change() == {"new": 0, "open": 1, "fixed": 0, "reopened": 0, "excepted": 0}


def test_checks_give_purpose_and_unused_grants_and_unknown_is_not_zero() -> None:
    checks = (CheckSeen("unused-grant", "violated", 7), CheckSeen("purpose-not-listed", "unknown"))
    found = weekly([run(1, checks=checks)], START, END)
    assert [count for _, count in found.now.unused_grants] == [7]
    assert found.now.purpose == {}
    assert found.now.detect.median is None


_NAMES = st.sampled_from("abcd")


@given(st.lists(st.sets(_NAMES), max_size=8))
@settings(max_examples=60)
def test_the_counts_agree_with_each_other(days: list[set[str]]) -> None:
    runs = [run(n / 2, *(seen(name) for name in sorted(names))) for n, names in enumerate(days)]
    found = weekly(runs, START, END)
    assert found.now.incidents["open"] == (len(days[-1]) if days else 0)
    assert found.now.incidents["new"] == len(set().union(*days))
    for groups in found.now.by.values():
        for state in STATES:
            assert sum(g[state] for g in groups.values()) == found.now.incidents[state]
    assert 0 <= found.now.exposure_hours <= 7 * 24 * 4


def _week() -> bytes:
    out = io.BytesIO()
    a = seen("<script>alert(1)</script>", landed=0, store="=cmd|x")
    write(weekly([run(1, a), run(2, a, seen("b")), run(3, a)], START, END), "html", out)
    return out.getvalue()


def test_the_page_is_one_safe_file_with_a_table_for_each_chart() -> None:
    page = _week().decode()
    assert page == _week().decode()
    assert "<script" not in page
    assert "style=" not in page
    assert "default-src &#39;none&#39;" in page
    assert not re.search(r"(src|href)=\"(?!#)", page)
    assert page.count('class="trend"') == 1
    assert page.count('role="img"') <= page.count("<table")
    assert page.count('<rect class="bar ') >= 5
    assert "2 incidents are open" not in page
    assert "1 incident is open at the end" in page
    assert "The gate ran" in page


def test_a_week_without_runs_says_so_and_many_runs_fold_their_numbers() -> None:
    def page(*runs: tuple[Decision, tuple[Seen, ...]]) -> str:
        out = io.BytesIO()
        write(weekly(runs, START, END), "html", out)
        return out.getvalue().decode()

    assert "The gate did not run in this time; what is open was found before." in page()
    many = page(*(run(n / 100, *(seen(str(k)) for k in range(n % 5))) for n in range(400)))
    assert "<summary>The 400 numbers</summary>" in many
    assert many.count("<circle") < 1000


def test_an_incident_in_two_stores_counts_in_each() -> None:
    found = weekly([run(1, seen("a", store="raw, exports"))], START, END)
    assert {name: g["new"] for name, g in found.now.by["store"].items()} == {"raw": 1, "exports": 1}


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_has_the_same_numbers(form: str) -> None:
    out = io.BytesIO()
    found = weekly([run(1, seen("a", landed=0)), run(2, seen("a"), seen("b"))], START, END)
    write(found, form, out)
    text = out.getvalue().decode()
    if form == "json":
        assert json.loads(text)["now"]["incidents"]["new"] == 2
        return
    for table in tables(found):
        assert table.title in text
    numbers = re.sub("<svg.*?</svg>", "", text)
    assert re.search(r"new\D+2\D", numbers)


def test_the_csv_reads_back() -> None:
    out = io.BytesIO()
    write(weekly([run(1, seen("a", store="=1+1"))], START, END), "csv", out)
    rows = list(csv.reader(io.StringIO(out.getvalue().decode())))
    assert ["new", "1", "0", "1"] in rows
    assert ["'=1+1", "1", "1", "0", "0", "0"] in rows


def test_what_is_open_at_the_end_is_named_worst_and_longest_first() -> None:
    bad = replace(seen("bad", people=None), severity=Severity.CRITICAL)
    ok = seen("ok", accepted="excepted")
    runs = [run(1, seen("old"), ok), run(2, seen("old"), seen("new"), bad, ok)]
    found = weekly(runs, START, END)
    assert [(o.identity, o.days) for o in found.worst] == [("bad", 5.0), ("old", 6.0), ("new", 5.0)]
    table = next(t for t in tables(found) if t.title.startswith("Open at the end"))
    assert table.rows[0][:2] == ("token bad", "critical")
    assert "unknown" in table.rows[0]
    many = [seen(str(n)) for n in range(WORST + 3)]
    table = next(t for t in tables(weekly([run(1, *many)], START, END)) if "worst" in t.title)
    assert len(table.rows) == WORST
    assert "3 more are open" in table.note
