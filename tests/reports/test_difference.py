"""What changed from one run to another, in each of its forms."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from reports import difference
from scanner.decision import CheckSeen, Decision, Difference, Seen, compare
from scanner.model import Outcome, ReadState, Severity

AT = datetime(2026, 10, 5, tzinfo=UTC)
FORMS = (difference.as_text, difference.as_markdown, difference.as_json)


def run(name: str, *seen: Seen, **more: object) -> tuple[Decision, tuple[Seen, ...]]:
    made = Decision(name, name, "gate", AT, "k", Outcome.BLOCK, 1, "ci", "d1", whole=("d/a.jsonl",))
    return replace(made, **more), seen  # type: ignore[arg-type]


def seen(name: str, **more: object) -> Seen:
    made = Seen(name, name, "value", f"token {name}", "credential", Severity.HIGH, "s",
                ("d/a.jsonl",), "tok_", "", True, 1, 10, ReadState.NOT_READ)  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def of(
    old: tuple[Decision, tuple[Seen, ...]], new: tuple[Decision, tuple[Seen, ...]]
) -> Difference:
    return compare(*old, *new)


def test_new_fixed_still_and_not_looked_at() -> None:
    old = run("1", seen("a"), seen("b"), seen("c", places=("other/x.csv",)))
    new = run("2", seen("b"))
    found = of(old, new)
    assert [s.id for s in found.fixed] == ["a"]
    assert [s.id for s in found.still] == ["b"]
    assert [s.id for s in found.not_looked] == ["c"]
    assert [s.id for s in of(new, old).appeared] == ["a", "c"]
    assert found.changed == ()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"read": ReadState.READ}, "was read; before: was not read"),
        ({"people": None}, "unknown could read it; before: 10 people could read it"),
        ({"severity": Severity.CRITICAL}, "critical; before: high"),
        ({"accepted": "excepted", "blocks": False}, "excepted; before: blocks"),
        ({"places": ("d/a.jsonl", "d/b.jsonl"), "occurrences": 2}, "now also in d/b.jsonl"),
    ],
)
def test_what_is_not_as_before_is_told(more: dict[str, object], told: str) -> None:
    found = of(run("1", seen("a"), seen("b")), run("2", seen("a", **more), seen("b")))
    assert [pair.new.id for pair in found.changed] == ["a"]
    assert told in difference.as_text(found)
    assert told in difference.as_markdown(found)
    assert "1 still open, as before" in difference.as_text(found)
    assert json.loads(difference.as_json(found))["changed"][0]["old"]["id"] == "a"


def test_another_policy_other_answers_and_what_was_not_read_are_told() -> None:
    checks = (CheckSeen("public-read", "violated", 2), CheckSeen("new-one", "ok"))
    new = run("2", policy_name="strict", policy_digest="d2", unread=("d/a.jsonl",), checks=checks)
    found = of(run("1", checks=(CheckSeen("public-read", "ok"),)), new)
    for form in FORMS[:2]:
        told = form(found).replace("\\", "")
        assert "another policy: strict (d2); before: ci (d1)" in told
        assert "check public-read: violated 2 times; before: ok" in told
        assert "check new-one: ok; before: not asked" in told
        assert "1 input not read whole by the newer run: d/a.jsonl" in told
    assert json.loads(difference.as_json(found))["policy_changed"] is True


@pytest.mark.parametrize("form", FORMS)
def test_nothing_in_it_acts(form: object) -> None:
    bad = "\x1b[2J<script>@all\u202e`"
    found = of(run("1"), run("2", seen("a", title=bad, places=(bad, "b")), unread=(bad,)))
    text = form(found)  # type: ignore[operator]
    assert "\x1b" not in text
    assert "\u202e" not in text or form is difference.as_json
    assert form is not difference.as_markdown or "<script>" not in text
