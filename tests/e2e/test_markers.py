"""Marks that tell scanners to look away, in every record: they hide nothing."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from e2e_house import NOW, House, jsonl

from scanner.rulepacks.examples import fill

MARKS = (
    "# pragma: allowlist secret",
    "# pragma: whitelist secret",
    "# gitleaks:allow",
    "# betterleaks:allow",
    "// kingfisher:ignore",
    "# noqa",
    "# noqa: S105",
    "# nosec",
    "# trufflehog:ignore",
    "# ggignore",
    "// nosemgrep",
    "<!-- leakgate:ignore -->",
)
SECRETS = {
    "github-token": fill("<<github:ghp_>>", "marks"),
    "aws-access-key-id": "AKIA" + fill("<<base32:16>>", "marks"),
    "database-url-password": "postgres://app:" + fill("<<alnum:18>>", "marks") + "@db.corp:5432/a",
    "payment-card": "card " + fill("<<card:4/16>>", "marks"),
    "email-address": "ada.marks" + "@" + "corp-lovelace.io",
    "private-key": fill("<<pem:RSA PRIVATE KEY>>", "marks"),
    "password-assignment": "password = '" + fill("<<alnum:14>>", "pw") + "'",
}


def _records(mark: str) -> list[dict[str, str]]:
    """A record for each secret, with the mark before, behind and beside it."""
    return [
        record
        for text in SECRETS.values()
        for record in (
            {"text": text + (f"  {mark}" if mark else ""), "note": mark},
            {"text": f"{mark}\n{text}" if mark else f"\n{text}", "note": mark},
        )
    ]


def _files(house: House, folder: str, mark: str) -> None:
    records = _records(mark)
    house.file(f"{folder}/a.jsonl", jsonl(records))
    out = io.StringIO()
    table = csv.DictWriter(out, ["text", "note"])
    table.writeheader()
    table.writerows(records)
    house.file(f"{folder}/b.csv", out.getvalue())
    house.file(f"{folder}/c.log", "".join(f"{r['text']}\n" for r in records))


@pytest.fixture(scope="module")
def report(new_house: Callable[[str], House]) -> dict[str, Any]:
    """One run over the same records without a mark, and with each mark."""
    house = new_house("marks")
    _files(house, "data/plain", "")
    for number, mark in enumerate(MARKS):
        _files(house, f"data/mark{number}", mark)
    result = house.run("scan", "data", "--now", NOW, "-qj1", "-o", "json=r.json")
    assert result.code == 1, result.all
    return house.json("r.json")


def _found(report: dict[str, Any], folder: str) -> Counter[tuple[Any, ...]]:
    """What was found in a folder, marks aside: everything but the offset in the text."""
    return Counter(
        (f["location"]["uri"].rpartition("/")[2], f["fingerprint"], f["rule_id"], f["confidence"])
        for f in report["findings"]
        if f["location"]["uri"].startswith(f"data/{folder}/") and f["category"] != "integrity"
    )


def test_without_marks_everything_is_found(report: dict[str, Any]) -> None:
    found = _found(report, "plain")
    for name in ("a.jsonl", "b.csv", "c.log"):
        assert len({print_ for file, print_, *_ in found if file == name}) >= len(SECRETS)


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_hides_nothing(report: dict[str, Any], mark: str) -> None:
    assert _found(report, "plain") == _found(report, f"mark{MARKS.index(mark)}")


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_is_reported_in_every_record(report: dict[str, Any], mark: str) -> None:
    folder = f"data/mark{MARKS.index(mark)}/"
    records = {
        f["location"]["record"]
        for f in report["findings"]
        if f["category"] == "integrity" and f["location"]["uri"] == f"{folder}a.jsonl"
    }
    assert records == set(range(2 * len(SECRETS)))


def test_marks_do_not_block_by_themselves(report: dict[str, Any]) -> None:
    marks = [i for i in report["incidents"] if i["category"] == "integrity"]
    assert marks
    blocking = {i for r in report["verdict"]["reasons"] for i in r["incident_ids"]}
    assert {i["id"] for i in marks}.isdisjoint(blocking)
