"""Helpers: what a file's recordings give, and what a whole scan finds in it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from e2e_house import KEY

from scanner import inputs, rereading
from scanner.batch import Place, UnitLog
from scanner.keystrokes.views import expand
from scanner.model import Finding
from scanner.tasks import ShardTask, UnitTask
from scanner.worker import Settings, Worker, build_scanner


def recordings_of(path: Path) -> tuple[list[tuple[Place, str]], UnitLog]:
    """(place, text) of everything that was put together, and the log."""
    (shard,) = inputs.discover([str(path)])
    log, found = UnitLog(), []
    for unit in rereading.units(shard, inputs.source_for(shard)):
        for batch in rereading.batches(unit, log):
            texts = batch.values.to_pylist()
            found += [(next(batch.places.of(i)), text) for i, text in enumerate(texts)]
    return found, log


def texts_of(path: Path) -> list[str]:
    return [text for _, text in recordings_of(path)[0]]


@cache
def _worker() -> Worker:
    off = dict.fromkeys(("presidio", "detect_secrets", "pii", "terms"))
    settings = Settings(KEY.encode(), datetime(2026, 10, 1, tzinfo=UTC), detectors=off)
    return Worker(build_scanner(settings))


def finds(path: Path) -> list[Finding]:
    """All that a scan finds in a file, plain records included."""
    (shard,) = inputs.discover([str(path)])
    work = _worker()
    first = work(ShardTask(shard))
    results = [first, *(work(UnitTask(t.unit, t.state)) for t in first.units)]
    return [finding for result in results for finding in result.findings]


def rows_named(found: list[Finding]) -> set[int]:
    """All rows that the findings tell to remove."""
    rows = {row for f in found for row in expand(f.location.rows.rpartition(":")[2])}
    return rows | {f.location.record for f in found if not f.location.rows}
