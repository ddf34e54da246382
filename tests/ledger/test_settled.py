"""Columns become one finding, chance is told from certainty, subjects are filled in."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import columns
from scanner.audit.values import pattern
from scanner.ledger import schema as ledger_schema
from scanner.ledger import settled
from scanner.ledger.settled import Known, by_chance
from scanner.model import Confidence, Finding, Location, Severity

NOW = datetime(2026, 10, 5, 6, tzinfo=UTC)
SCHEMA = ledger_schema.schema("findings")


def finding(n: int, field: str = "/contact", subject: str = "", category: str = "pii") -> Finding:
    return Finding(
        f"{n:016x}",
        "rule",
        category,
        Severity.MEDIUM,
        Confidence.MEDIUM,
        Location("file:///d/a.jsonl", record=n, field=field, start=0, end=9),
        f"{n:064x}",
        "masked",
        NOW,
        ("pattern",),
        subject,
    )


def settle(
    found: list[Finding], folder: Path, known: Known
) -> tuple[list[Finding], list[settled.ColumnStats]]:
    def batches() -> Iterator[pa.RecordBatch]:
        yield columns.batch(Finding, found)

    stats = settled.columns(batches, SCHEMA, known, folder)
    out = settled.ordered(batches, SCHEMA, known, stats, folder)
    return [f for batch in out for f in columns.objects(Finding, batch)], stats


def known(refused: int = 0, chance: float | None = None, **more: object) -> Known:
    return Known(
        {"file:///d/a.jsonl": "store"},
        {"file:///d/a.jsonl": 1000},
        {("file:///d/a.jsonl", "contact", "rule"): refused},
        identity=lambda *parts: "|".join(parts),
        chance=lambda _: chance,
        **more,  # type: ignore[arg-type]
    )


def test_many_values_of_a_column_are_one(tmp_path: Path) -> None:
    found = [finding(n) for n in range(200)] + [finding(300, "/note")]
    out, (stats,) = settle(found, tmp_path, known())
    assert {f.column for f in out if f.location.field == "/contact"} == {stats.identity}
    assert [f.column for f in out if f.location.field == "/note"] == [""]
    assert (stats.findings, stats.values, stats.records) == (200, 200, 1000)
    assert stats.identity == "column|store|/contact|rule"
    assert {f.id for f in out} == {f.id for f in found}


def test_places_in_arrays_are_one_column(tmp_path: Path) -> None:
    out, (stats,) = settle([finding(n, f"/m/{n}/to") for n in range(200)], tmp_path, known())
    assert stats.field == "/m/*/to"
    assert all(f.column == stats.identity for f in out)


@pytest.mark.parametrize("category", ["credential", "term"])
def test_credentials_stay_single(tmp_path: Path, category: str) -> None:
    found = [finding(n, category=category) for n in range(200)]
    out, stats = settle(found, tmp_path, known())
    assert stats == []
    assert {f.column for f in out} == {""}


@pytest.mark.parametrize(
    ("refused", "chance", "confidence", "said"),
    [
        (2000, 0.09, Confidence.LOW, "chance"),
        (4, 0.09, Confidence.HIGH, "lifted"),
        (4, None, Confidence.MEDIUM, "kept"),
        (4, 0.9, Confidence.MEDIUM, "kept"),
        (200, 0.09, Confidence.MEDIUM, "kept"),
    ],
)
def test_the_share_that_passes_decides(
    tmp_path: Path, refused: int, chance: float | None, confidence: Confidence, said: str
) -> None:
    out, (stats,) = settle([finding(n) for n in range(200)], tmp_path, known(refused, chance))
    assert stats.settled == said
    assert {f.confidence for f in out} == {confidence}
    assert len(out) == 200
    assert all((len(f.evidence) == 2) == (said != "kept") for f in out)


@given(st.floats(0.01, 0.3), st.integers(100, 3000), st.integers(0, 99))
@settings(max_examples=30)
def test_random_columns_are_chance_and_whole_ones_are_not(
    chance: float, size: int, seed: int
) -> None:
    rng = random.Random(seed)
    passed = sum(rng.random() < chance for _ in range(size))
    assert by_chance(passed, size - passed, chance + 0.05)
    assert not by_chance(size, 0, chance)


def test_subjects_are_linked_and_filled_in_beside(tmp_path: Path) -> None:
    at = Location("file:///d/a.jsonl", record=1, field="/text", start=50, end=60)
    other = Location("file:///d/a.jsonl", record=2, field="/text")
    rows = [
        finding(1, "/text", "~p1"),
        Finding(**{**_raw(finding(9)), "location": at}),
        Finding(**{**_raw(finding(10)), "location": other}),
    ]
    out, _ = settle(rows, tmp_path, known(roots={"~p1": "~p0"}))
    assert [f.subject for f in out] == ["~p0", "~p0", ""]


def _raw(one: Finding) -> dict[str, object]:
    return {name: getattr(one, name) for name in Finding.__slots__}


def test_of_several_addresses_the_nearest_counts(tmp_path: Path) -> None:
    def at(n: int, start: int, subject: str) -> Finding:
        spot = Location("file:///d/a.jsonl", record=1, field="/text", start=start, end=start + 5)
        return Finding(**{**_raw(finding(n)), "location": spot, "subject": subject})

    rows = [at(1, 0, "~pa"), at(2, 10, ""), at(3, 100, "~pb"), at(4, 90, "")]
    out, _ = settle(rows, tmp_path, known())
    assert {f.id[-1]: f.subject for f in out} == {"1": "~pa", "2": "~pa", "3": "~pb", "4": "~pb"}


def test_the_audit_names_columns_as_the_ledger_does(tmp_path: Path) -> None:
    found = [finding(n, f"/a/{n}/b/7") for n in range(150)]
    _, (stats,) = settle(found, tmp_path, known())
    assert pattern({"field": "/a/12/b/7", "layers": []}) == stats.field
