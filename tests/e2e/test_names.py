"""Names in prose through the real program: JSON Lines, CSV and text, and the budget."""

from __future__ import annotations

from typing import Any

from e2e_house import NOW, House, jsonl

OTHERS = (
    "presidio: false, detect_secrets: false, assignments: false, credentials: false, pii: false"
)
CHAT = [
    "Hi Xiomara, can you call Jorge Ramirez before Friday?",
    "my name is Anna Kowalska and i live in Leeds",
    "Please ask Michael Brown whether the report is ready for him",
    "I was talking to Priya Venkatesan about the garden and she had no idea",
]
IDLE = [
    {"title": "Weekly Report - Google Docs", "text": "Getting Started with Visual Studio Code"},
    {"title": "Inbox (3) - Outlook", "message": "the release is planned for Monday in October"},
]


def scan(house: House, *paths: str, names: str = "{}", more: str = "") -> tuple[int, Any]:
    policy = house.policy(f"{{{OTHERS}, names: {names}}}", more)
    args = ("scan", *paths, "--policy", policy, "--now", NOW, "-o", "json=r.json", "--fresh")
    done = house.run(*args, "-j", "1", "-q")
    return done.code, house.json("r.json")


def names_in(report: Any, suffix: str) -> set[tuple[int, str]]:
    """(record, confidence) of every name that was found in a file."""
    found = [f for f in report["findings"] if f["rule_id"] == "person-name"]
    mine = (f for f in found if f["location"]["uri"].endswith(suffix))
    return {(f["location"]["record"], f["confidence"]) for f in mine}


def test_names_are_found_in_every_form_and_twice_the_same(house: House) -> None:
    house.file("a.jsonl", jsonl([*({"text": t} for t in CHAT), *IDLE]))
    house.file("b.csv", "id,message\n" + "".join(f'{n},"{t}"\n' for n, t in enumerate(CHAT)))
    house.file("c.txt", "\n".join(CHAT) + "\n")
    code, first = scan(house, "a.jsonl", "b.csv", "c.txt")
    assert code == 0, "names are of medium severity: the built-in clauses let them pass"
    for suffix in ("a.jsonl", "b.csv", "c.txt"):
        assert len({record for record, _ in names_in(first, suffix)}) == len(CHAT), suffix
    assert {record for record, _ in names_in(first, "a.jsonl")} <= {0, 1, 2, 3}
    once = (house.work / "r.json").read_bytes()
    scan(house, "a.jsonl", "b.csv", "c.txt")
    assert (house.work / "r.json").read_bytes() == once
    assert b"Kowalska" not in once


def test_the_budget_is_told_and_moves_the_verdict_as_the_policy_says(house: House) -> None:
    house.file("a.jsonl", jsonl({"text": t} for t in CHAT))
    code, report = scan(house, "a.jsonl", names="{budget: 15}")
    (problem,) = report["inputs"][0]["problems"]
    assert (code, problem["code"], problem["count"]) == (0, "note.reader.budget", 3)
    code, report = scan(house, "a.jsonl", names="{budget: 15, beyond_budget: incomplete}")
    assert (code, report["inputs"][0]["problems"][0]["code"]) == (3, "reader.budget")


def test_a_policy_can_block_on_names_and_switch_them_off(house: House) -> None:
    house.file("a.jsonl", jsonl({"text": t} for t in CHAT))
    block = "gate: {block: [{category: pii, min_confidence: medium, more_than: 0}]}"
    assert scan(house, "a.jsonl", more=block)[0] == 1
    code, report = scan(house, "a.jsonl", names="{ner: off}", more=block)
    assert (code, names_in(report, "a.jsonl")) == (0, set())


def test_a_recogniser_that_is_not_there_is_a_usage_error(house: House) -> None:
    house.file("a.jsonl", jsonl({"text": t} for t in CHAT))
    policy = house.policy("{names: {ner: en_core_web_of_nowhere}}")
    done = house.run("scan", "a.jsonl", "--policy", policy)
    assert done.code == 2
    assert "no spaCy pipeline" in done.err and "pip install" in done.err
