"""Results that are kept: used again when they are whole, and only then."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner import columns, spool
from scanner.batch import UnitLog
from scanner.errors import UsageError
from scanner.kept import Kept, Origin, Result, reusable
from scanner.model import Confidence, Finding, Location, Problem, Severity
from scanner.seal import Sealer
from scanner.spool import Spool, Unkept

NOW = datetime(2026, 10, 15, tzinfo=UTC)
LATER = datetime(2026, 10, 16, tzinfo=UTC)
SEALER = Sealer(b"a key for the tests of results", NOW)
KEY, SHA = b"k" * 16, "ab" * 32


def finding(number: int, uri: str = "data/a.jsonl", field: str = "/t") -> Finding:
    at = Location(uri, record=number, field=field, start=1, end=9)
    print_ = f"{number:064x}"
    name = SEALER.id_of(print_, "r", at)
    return Finding(name, "r", "pii", Severity.HIGH, Confidence.LOW, at, print_, "x", NOW)


def result(*numbers: int, uri: str = "data/a.jsonl") -> Result:
    found = [finding(n, uri) for n in numbers]
    log = UnitLog(3, 1, 7, 99, [Problem("record.invalid", "not JSON", "", records=(2,))])
    return Result(uri.encode(), "jsonl", log, {"r: low entropy": 4}, len(found), found)


def found(kept: Kept, now: datetime = NOW) -> list[Finding]:
    batches = kept.findings(SEALER, now)
    return [f for batch in batches for f in columns.objects(Finding, batch)]


def test_a_result_comes_back_as_it_was_put(tmp_path: Path) -> None:
    with Kept(tmp_path, "scope") as kept:
        kept.put(result(1, 2), Origin(SHA, 500, KEY))
        assert (found(kept), kept.count) == ([finding(1), finding(2)], 2)
    with Kept(tmp_path, "scope") as kept:
        assert kept.digests_of(500) == (SHA,) and kept.digests_of(501) == ()
        taken = kept.take(KEY, "data/a.jsonl")
        assert taken == result(1, 2)
        assert Counter(taken.dropped) == {"r: low entropy": 4}
        assert found(kept) == [finding(1), finding(2)]
        assert {f.observed_at for f in found(kept, LATER)} == {LATER}


@pytest.mark.parametrize("many", [False, True])
def test_under_another_name_findings_have_its_place_and_id(tmp_path: Path, many: bool) -> None:
    with Kept(tmp_path, "scope") as kept:
        one = result(*range(10))
        if many:
            writer = Spool(str(kept.folder))
            writer.findings = list(one.findings)
            writer._flush()
            writer.close()
            one.findings, one.spool = [], writer.name
        kept.put(one, Origin(SHA, 500, KEY))
    with Kept(tmp_path, "scope") as kept:
        assert kept.take(KEY, "data/b.jsonl")
        assert found(kept) == [finding(n, "data/b.jsonl") for n in range(10)]


def test_other_scopes_and_unnamed_results_are_not_seen(tmp_path: Path) -> None:
    with Kept(tmp_path, "scope") as kept:
        kept.put(result(1), Origin(SHA, 500, KEY))
        kept.put(result(2), Origin())
    for scope, fresh in (("other", False), ("scope", True)):
        with Kept(tmp_path, scope, fresh) as kept:
            assert kept.take(KEY, "data/a.jsonl") is None and kept.digests_of(500) == ()
    with Kept(tmp_path, "scope") as kept:
        assert kept.take(bytes(16), "data/a.jsonl") is None


def test_a_live_run_is_not_seen_and_a_dead_one_is(tmp_path: Path) -> None:
    with Kept(tmp_path, "scope") as live:
        live.put(result(1), Origin(SHA, 500, KEY))
        with Kept(tmp_path, "scope") as beside:
            assert beside.take(KEY, "data/a.jsonl") is None
        live.put(result(2), Origin(SHA, 500, b"l" * 16))
    with Kept(tmp_path, "scope") as after:
        assert after.take(KEY, "data/a.jsonl") and after.take(b"l" * 16, "data/a.jsonl")


def test_nothing_is_left_where_nothing_can_be_used_again(tmp_path: Path) -> None:
    with Kept(tmp_path, "scope") as kept:
        kept.put(result(1), Origin())
    with Kept(tmp_path, "scope") as kept:
        kept.put(result(1), Origin(SHA, 500, KEY))
        kept.void()
    assert list((tmp_path / ".kept").rglob("journal")) == []


@pytest.mark.parametrize("at", range(0, 400, 23))
def test_a_journal_that_is_cut_or_changed_gives_nothing_wrong(tmp_path: Path, at: int) -> None:
    with Kept(tmp_path, "scope") as kept:
        kept.put(result(1, 2), Origin(SHA, 500, KEY))
        kept.put(result(3), Origin(SHA, 500, b"l" * 16))
    (journal,) = (tmp_path / ".kept").rglob("journal")
    data = journal.read_bytes()
    for damaged in (data[:at], data[:at] + bytes([data[at] ^ 255]) + data[at + 1 :]):
        journal.write_bytes(damaged)
        with Kept(tmp_path, "scope") as kept:
            assert kept.take(KEY, "data/a.jsonl") in (None, result(1, 2))
            assert kept.take(b"l" * 16, "data/a.jsonl") in (None, result(3))


def test_only_what_the_content_decides_is_used_again() -> None:
    def log(code: str) -> UnitLog:
        return UnitLog(problems=[Problem(code, "x", "")])

    assert reusable(UnitLog(), failed=False)
    assert all(reusable(log(code), False) for code in ("record.invalid", "note.x", "decode.depth"))
    for code in ("source.changed", "source.gone", "unit.quarantined", "detector.crashed"):
        assert not reusable(log(code), failed=False)
    assert not reusable(UnitLog(), failed=True)


def test_many_findings_go_to_a_private_file(tmp_path: Path) -> None:
    writer = Spool(str(tmp_path))
    writer.add(finding(n) for n in range(2 * spool.BLOCK + 5))
    writer.close()
    assert (writer.count, writer.findings) == (2 * spool.BLOCK + 5, [])
    (path,) = tmp_path.iterdir()
    assert path.stat().st_mode & 0o077 == 0
    rows = [f for b in spool.read(tmp_path / writer.name) for f in columns.objects(Finding, b)]
    assert rows == [finding(n) for n in range(writer.count)]


def test_few_findings_stay_in_memory_and_half_characters_are_noticed(tmp_path: Path) -> None:
    writer = Spool(str(tmp_path))
    writer.add([finding(1)])
    writer.close()
    assert (writer.findings, writer.name, writer.exact) == ([finding(1)], "", True)
    writer.add([finding(2, field="/\ud800")])
    assert not writer.exact
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_that_cannot_be_written_is_told_before_the_scan(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError) as error:
        Kept(tmp_path / "file", "scope")
    assert "cannot be written" in error.value.what and "--ledger" in error.value.hint


def test_a_folder_that_takes_nothing_ends_the_run(tmp_path: Path) -> None:
    writer = Spool(str(tmp_path / "gone"))
    with pytest.raises(Unkept) as error:
        writer.add(finding(n) for n in range(spool.BLOCK))
    assert "cannot be kept" in error.value.what and error.value.hint
