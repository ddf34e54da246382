"""What a worker says of files that do not hold still."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner import inputs
from scanner.sources import Shard, _lines
from scanner.worker import Result, Settings, ShardTask, Worker, build_scanner

MARKS_ONLY = {
    name: None
    for name in ("assignments", "credentials", "detect_secrets", "pii", "presidio", "terms")
}


@pytest.fixture(scope="module")
def worker() -> Worker:
    now = datetime(2026, 10, 15, tzinfo=UTC)
    return Worker(build_scanner(Settings(b"a key for the tests of workers", now, MARKS_ONLY)))


@pytest.fixture
def parts(tmp_path: Path, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> Result:
    """A shard after its first look, in several units that are still to be scanned."""
    monkeypatch.setattr(_lines, "SPAN", 1 << 20)
    path = tmp_path / "a.log"
    path.write_text("a line of text\n" * 300_000)
    (shard,) = inputs.discover([str(path)])
    assert isinstance(shard, Shard)
    result = worker(ShardTask(shard))
    assert len(result.units) > 2 and not result.log.problems
    return result


def codes(result: Result) -> list[str]:
    return [p.code for p in result.log.problems]


def test_parts_of_a_file_that_holds_still(worker: Worker, parts: Result) -> None:
    assert [codes(worker(task)) for task in parts.units] == [[]] * len(parts.units)


def test_a_change_between_digest_and_scan_is_seen(worker: Worker, parts: Result) -> None:
    path = Path(parts.units[0].unit.shard.path)
    before = path.stat()
    path.write_text("B line of text\n" * 300_000)  # the same size, and the time set back
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert {code for task in parts.units for code in codes(worker(task))} == {"source.changed"}


def test_another_file_in_its_place_is_seen(worker: Worker, parts: Result, tmp_path: Path) -> None:
    path = Path(parts.units[0].unit.shard.path)
    other = tmp_path / "other"
    other.write_bytes(path.read_bytes())
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)
    assert codes(worker(parts.units[-1])) == ["source.changed"]


def test_a_file_that_is_gone_fails(worker: Worker, parts: Result) -> None:
    Path(parts.units[0].unit.shard.path).unlink()
    result = worker(parts.units[0])
    assert (codes(result), result.failed) == (["source.gone"], True)
