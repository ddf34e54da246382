"""What a worker says of files that do not hold still."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from e2e_house import KEY

from scanner import inputs
from scanner.sources import Shard, _lines
from scanner.tasks import SMALL, ShardsTask, ShardTask, UnitTask, grouped
from scanner.worker import Result, Settings, Worker, build_scanner

MARKS_ONLY = {
    name: None
    for name in ("assignments", "credentials", "detect_secrets", "pii", "presidio", "terms")
}


@pytest.fixture(scope="module")
def worker() -> Worker:
    now = datetime(2026, 10, 15, tzinfo=UTC)
    return Worker(build_scanner(Settings(KEY.encode(), now, MARKS_ONLY)))


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


def test_small_files_together_give_what_each_gives(worker: Worker, tmp_path: Path) -> None:
    marked = "x = 1  # pragma: allowlist secret"
    (tmp_path / "a.py").write_text(f"import os\n{marked}\n")
    (tmp_path / "b.jsonl").write_text(f'{{"text": "{marked}"}}\n{{broken\n' * 3)
    (tmp_path / "c.json").write_text(f'[{{"a": "{marked}"}}, {{"inner": "{{\\"b\\": 1}}"}}]')
    (tmp_path / "d.csv").write_text(f"id,note\n1,{marked}\n2,{marked}\n")
    (tmp_path / "e.log").write_bytes(f"{marked} caf\xe9\n".encode("latin-1"))
    (tmp_path / "f.txt").write_text("")
    (tmp_path / "g.md").write_text("only text\n")
    events = [{"key": c, "type": t} for c in "pass word" for t in ("keydown", "keyup")]
    (tmp_path / "h.jsonl").write_text("".join(f"{json.dumps(e)}\n" for e in events))
    shards = [s for s in inputs.discover([str(tmp_path)]) if isinstance(s, Shard)]
    tasks = [ShardTask(shard) for shard in shards]
    (tmp_path / "g.md").unlink()
    together = worker(ShardsTask(tuple(tasks)))
    alone = list[Result]()
    for task in tasks:
        result = worker(task)
        units = result.units if len(result.units) > 1 else []
        result.units = []
        alone += [result, *(worker(unit) for unit in units)]
    for result in (*alone, *(result for _, result in together)):
        result.key = b""  # of a file that was changed a moment ago there is none
    assert [result for _, result in together] == alone
    assert len(alone) > len(shards) == 8, "the keys are a unit of their own"
    assert sum(result.count for result in alone) >= 7


def test_a_small_file_that_may_be_known_is_not_scanned_at_once(
    worker: Worker, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("pragma: allowlist secret")
    (shard,) = inputs.discover([str(tmp_path)])
    assert isinstance(shard, Shard)
    ((_, result),) = worker(ShardsTask((ShardTask(shard, None),)))
    assert len(result.units) == 1 and not result.count
    assert isinstance(result.units[0], UnitTask) and worker(result.units[0]).count == 1


def test_small_shards_go_together_and_large_ones_alone() -> None:
    sizes = [10] * 40 + [SMALL + 1] + [SMALL] * 40
    tasks = [ShardTask(Shard(str(n), str(n), ".txt", size=size)) for n, size in enumerate(sizes)]
    groups = list(grouped(tasks, 2))
    parts = [list(g.parts) if isinstance(g, ShardsTask) else [g] for g in groups]
    assert [one for some in parts for one in some if one is not tasks[40]] == (
        tasks[:40] + tasks[41:]
    )
    assert max(map(len, parts)) == 5, "each worker has several"
    assert [tasks[40]] in parts
    assert list(grouped(tasks[:3], 2)) == tasks[:3]
