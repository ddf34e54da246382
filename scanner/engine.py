"""Paths in, sealed findings and the fate of every input out.

The engine hands tasks to an executor: first the names of the inputs (so that nothing
sensitive in a file name is ever shown), then shards, then the units of large shards.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from scanner.executors import Executor, Quarantined
from scanner.inputs import Unusable
from scanner.model import Finding, InputRecord, InputStatus
from scanner.sources import Shard
from scanner.worker import NamesTask, Result, Settings, ShardTask, Start

Input = Shard | Unusable
_NAMES_PER_TASK = 1000


class Progress(Protocol):
    """Told as work is done: stored bytes since the last call, totals of the other two."""

    def advance(self, size: int, findings: int = 0, failed: int = 0) -> None: ...


@dataclass(slots=True)
class ScanOutcome:
    """All a scan found.  Findings are in order of location, inputs in order of name."""

    findings: list[Finding] = field(default_factory=list)
    inputs: list[InputRecord] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    paths: dict[str, str] = field(default_factory=dict)  # shown uri -> where the bytes are
    engine: str = ""  # the multi-pattern engine that was used


@dataclass(slots=True)
class _Entry:
    """What is known of one shard so far."""

    shard: Shard
    record: InputRecord
    size_left: int
    open_tasks: int = 0
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Workers:
    """Who does the work: how many at a time, and what each task may take."""

    executor: Executor
    jobs: int = 1
    timeout: float = 600.0  # seconds
    memory: int = 2 << 30  # bytes a worker may hold for itself


def scan(
    found: Sequence[Input], settings: Settings, workers: Workers, progress: Progress
) -> ScanOutcome:
    """Scan everything that was found (`scanner.inputs.discover`).

    Raises UsageError for broken rules or options.
    What goes wrong with a single input is in its record, and the scan goes on.
    """
    run = _Run(found, progress)
    start = Start(settings)
    limits = (workers.jobs, workers.timeout, workers.memory)
    for task, result in workers.executor.run(start, run.tasks, *limits):
        run.take(task, result)
    return run.outcome()


class _Tasks:
    """A queue that is read while it grows: empty now does not mean empty for good."""

    def __init__(self) -> None:
        self._queue: deque[Any] = deque()

    def add(self, tasks: Iterable[Any]) -> None:
        self._queue.extend(tasks)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if not self._queue:
            raise StopIteration
        return self._queue.popleft()


class _Run:
    def __init__(self, found: Sequence[Input], progress: Progress) -> None:
        self.tasks = _Tasks()
        self._progress, self._failed = progress, 0
        self._found = found
        self._entries: dict[str, _Entry] = {}
        self._outcome = ScanOutcome()
        uris = [f.uri for f in self._found]
        chunks = [uris[i : i + _NAMES_PER_TASK] for i in range(0, len(uris), _NAMES_PER_TASK)]
        self._names: dict[str, str] = {}
        self._names_open = len(chunks)
        self.tasks.add(NamesTask(tuple(chunk)) for chunk in chunks)

    def take(self, task: Any, result: Result | Quarantined) -> None:
        if isinstance(task, NamesTask):
            self._take_names(task, result)
        else:
            shard = task.shard if isinstance(task, ShardTask) else task.unit.shard
            self._take_shard(self._entries[_key(shard)], result)

    def _take_names(self, task: NamesTask, result: Result | Quarantined) -> None:
        if isinstance(result, Quarantined) or result.failed:
            # Not even the names could be scanned: none of them may be shown.
            hidden = {uri: f"input-{len(self._names) + i}" for i, uri in enumerate(task.uris)}
            result = Result(names=hidden, failed=True)
            result.log.problem("names.failed", "the names of the inputs could not be scanned")
        self._names |= result.names
        self._outcome.engine = result.engine or self._outcome.engine
        self._keep(result)
        self._name_problems(result)
        self._names_open -= 1
        if self._names_open == 0:
            self._begin()

    def _begin(self) -> None:
        for found in self._found:
            uri = self._names[found.uri]
            if isinstance(found, Shard):
                self._admit(replace(found, uri=uri))
            else:
                self._refuse(found, uri)

    def _admit(self, shard: Shard) -> None:
        record = InputRecord(shard.uri, "", InputStatus.SCANNED, member=shard.member)
        self._entries[_key(shard)] = _Entry(shard, record, shard.size, 1)
        self._outcome.paths[shard.uri] = shard.path
        self.tasks.add([ShardTask(shard)])

    def _refuse(self, found: Unusable, uri: str) -> None:
        problem = replace(found.problem, where=uri)
        record = InputRecord(uri, "", found.status, reason=problem.what, problems=(problem,))
        self._outcome.inputs.append(record)
        self._failed += 1

    def _take_shard(self, entry: _Entry, result: Result | Quarantined) -> None:
        result = _quarantined(result) if isinstance(result, Quarantined) else result
        self._keep(result)
        entry.failed |= result.failed
        entry.record = _add(entry.record, result)
        entry.open_tasks += len(result.units) - 1
        self.tasks.add(result.units)
        share = entry.size_left // (entry.open_tasks + 1)
        entry.size_left -= share
        self._failed += int(result.failed)
        self._progress.advance(share, len(self._outcome.findings), self._failed)

    def _keep(self, result: Result) -> None:
        self._outcome.findings += result.findings
        self._outcome.dropped += result.tally.dropped

    def _name_problems(self, result: Result) -> None:
        if result.log.problems:
            problems = tuple(result.log.problems)
            status = InputStatus.FAILED
            record = InputRecord("(names of inputs)", "", status, problems=problems)
            self._outcome.inputs.append(replace(record, reason=problems[0].what))

    def outcome(self) -> ScanOutcome:
        out = self._outcome
        out.inputs += [_settled(entry) for entry in self._entries.values()]
        out.inputs.sort(key=lambda r: (r.uri, r.member))
        out.findings.sort(key=_place_order)
        return out


def _key(shard: Shard) -> str:
    return f"{shard.path}\0{shard.member}"


def _quarantined(because: Quarantined) -> Result:
    result = Result(failed=True)
    hint = (
        "split the input, raise limits.unit_seconds or limits.worker_memory_mb, or look at what "
        "is special about it"
    )
    what = f"a worker was lost on this input, twice; the second time {because.why}"
    result.log.problem("unit.quarantined", what, "", hint)
    return result


def _add(record: InputRecord, result: Result) -> InputRecord:
    log = result.log
    return replace(
        record,
        format=result.source or record.format,
        sha256=result.sha256 or record.sha256,
        records=record.records + log.records,
        failed_records=record.failed_records + log.failed_records,
        values=record.values + log.values,
        bytes=record.bytes + log.bytes,
        findings=record.findings + len(result.findings),
        problems=(*record.problems, *log.problems),
    )


def _settled(entry: _Entry) -> InputRecord:
    """The record with its final status; anything short of whole is partial or failed."""
    record = entry.record
    whole = not entry.failed and not any(p.is_failure for p in record.problems)
    if whole:
        return record
    status = InputStatus.PARTIAL if record.records else InputStatus.FAILED
    reason = next(p.what for p in record.problems if p.is_failure)
    return replace(record, status=status, reason=reason)


def _place_order(finding: Finding) -> tuple[Any, ...]:
    at = finding.location
    record = -1 if at.record is None else at.record
    place = (at.uri, at.member, record, at.field, at.layers, at.start, at.end)
    return (*place, finding.rule_id, finding.id)
