"""Paths in, sealed findings and the fate of every input out.

The engine hands tasks to an executor: first the names of the inputs (so that nothing
sensitive in a file name is ever shown), then shards, then the units of large shards.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any, Protocol

from scanner import kept
from scanner.errors import LeakgateError
from scanner.executors import Executor, Quarantined
from scanner.inputs import Unusable
from scanner.kept import Kept, Origin, reusable
from scanner.model import InputRecord, InputStatus, Problem
from scanner.sources import Shard
from scanner.tasks import NamesTask, ShardTask, UnitTask, grouped
from scanner.worker import Result, Settings, Start

Input = Shard | Unusable
_NAMES_PER_TASK = 1000
_LINKS = 1_000_000  # pairs of pseudonyms that a run joins, the first in their order


class Progress(Protocol):
    """Told as work is done: stored bytes since the last call, totals of the other two."""

    def advance(self, size: int, findings: int = 0, failed: int = 0) -> None: ...


@dataclass(slots=True)
class ScanOutcome:
    """What became of every input, in order of name; the findings are in `Kept`."""

    inputs: list[InputRecord] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    paths: dict[str, str] = field(default_factory=dict)  # shown uri -> where the bytes are
    engine: str = ""  # the multi-pattern engine that was used
    refused: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # uri, field, rule
    links: set[tuple[str, str]] = field(default_factory=set)  # pseudonyms of one person
    reused: int = 0  # inputs of which every part had been scanned before


_Order = tuple[int, str]  # of a part within its shard, whoever is done first


@dataclass(slots=True)
class _Entry:
    """What is known of one shard so far."""

    shard: Shard
    record: InputRecord
    size_left: int
    open_tasks: int = 0
    failed: bool = False
    scanned: bool = False  # by this run, at least in part
    reused: bool = False  # from an earlier run, at least in part
    problems: list[tuple[_Order, Problem]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Workers:
    """Who does the work: how many at a time, and what each task may take."""

    executor: Executor
    jobs: int = 1
    timeout: float = 600.0  # seconds
    memory: int = 2 << 30  # bytes a worker may hold for itself


def scan(
    found: Sequence[Input], settings: Settings, workers: Workers, progress: Progress, kept: Kept
) -> ScanOutcome:
    """Scan everything that was found (`scanner.inputs.discover`), but what `kept` knows.

    The findings go to `kept`.  Raises UsageError for broken rules or options, LeakgateError
    when findings cannot be kept.
    What goes wrong with a single input is in its record, and the scan goes on.
    """
    run = _Run(found, progress, kept, workers.jobs)
    start = Start(replace(settings, spool=str(kept.folder)))
    limits = (workers.jobs, workers.timeout, workers.memory)
    for task, result in workers.executor.run(start, run.tasks, *limits):
        if isinstance(result, LeakgateError):
            raise result
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
    def __init__(self, found: Sequence[Input], progress: Progress, kept: Kept, jobs: int) -> None:
        self.tasks, self._jobs = _Tasks(), jobs
        self._progress, self._failed = progress, 0
        self._kept = kept
        self._found = found
        self._entries: dict[str, _Entry] = {}
        self._outcome = ScanOutcome()
        uris = [f.uri for f in self._found]
        chunks = [uris[i : i + _NAMES_PER_TASK] for i in range(0, len(uris), _NAMES_PER_TASK)]
        self._names: dict[str, str] = {}
        self._names_open = len(chunks)
        self.tasks.add(NamesTask(tuple(chunk)) for chunk in chunks)

    def take(self, task: Any, result: Any) -> None:
        """A result, or those of many that were one task."""
        if isinstance(result, list):
            for one, its in result:
                entry = self._entry(one)
                entry.open_tasks += isinstance(one, UnitTask)  # of which we only hear now
                self._take_shard(entry, its, _order(one))
        elif isinstance(task, NamesTask):
            self._take_names(task, result)
        else:
            result = _quarantined(result) if isinstance(result, Quarantined) else result
            self._take_shard(self._entry(task), result, _order(task))

    def _entry(self, task: ShardTask | UnitTask) -> _Entry:
        shard = task.shard if isinstance(task, ShardTask) else task.unit.shard
        return self._entries[_key(shard)]

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
        admitted = list[ShardTask]()
        for found in self._found:
            uri = self._names[found.uri]
            if isinstance(found, Shard):
                admitted.append(self._admit(replace(found, uri=uri)))
            else:
                self._refuse(found, uri)
        self.tasks.add(grouped(admitted, self._jobs))

    def _admit(self, shard: Shard) -> ShardTask:
        record = InputRecord(shard.uri, "", InputStatus.SCANNED, member=shard.member)
        self._entries[_key(shard)] = _Entry(shard, record, shard.size, 1)
        self._outcome.paths[shard.uri] = shard.path
        return ShardTask(shard, self._kept.digests_of(shard.size))

    def _refuse(self, found: Unusable, uri: str) -> None:
        problem = replace(found.problem, where=uri)
        record = InputRecord(uri, "", found.status, reason=problem.what, problems=(problem,))
        self._outcome.inputs.append(record)
        self._failed += 1

    def _take_shard(self, entry: _Entry, result: Result, order: _Order) -> None:
        entry.failed |= result.failed
        entry.scanned |= not result.units
        _add(entry, result, order)
        self._keep(result, entry)
        todo = [task for task in result.units if not self._known(entry, task)]
        entry.open_tasks += len(todo) - 1
        self.tasks.add(todo)
        share = entry.size_left // (entry.open_tasks + 1)
        entry.size_left -= share
        self._failed += int(result.failed)
        self._progress.advance(share, self._kept.count, self._failed)

    def _known(self, entry: _Entry, task: UnitTask) -> bool:
        """True for a part that an earlier run scanned: what it found counts as found now."""
        earlier = self._kept.take(task.key, entry.shard.uri) if task.key else None
        if earlier is None:
            return False
        result = Result(count=earlier.count, source=earlier.source, log=earlier.log)
        _add(entry, result, _order(task))
        self._outcome.dropped.update(earlier.dropped)
        refused = {(field, rule): count for field, rule, count in earlier.refused}
        self._noted(entry, refused, earlier.links)
        entry.reused = True
        return True

    def _keep(self, result: Result, entry: _Entry | None = None) -> None:
        self._outcome.dropped += result.tally.dropped
        if entry is not None:
            self._noted(entry, result.tally.refused, result.tally.links)
        again = entry is not None and reusable(result.log, result.failed)
        origin = Origin(key=result.key if again else b"")
        if entry is not None and origin.key:
            origin = Origin(entry.record.sha256, entry.shard.size, result.key)
        if result.count or origin.key:
            uri = entry.shard.uri if entry is not None else ""
            self._kept.put(_to_keep(result, uri), origin)

    def _noted(
        self,
        entry: _Entry,
        refused: Mapping[tuple[str, str], int],
        links: Iterable[tuple[str, str]],
    ) -> None:
        for spot, count in refused.items():
            self._outcome.refused[entry.shard.uri, *spot] += count
        # A part that is left out depends on nothing but the links: runs give equal reports.
        self._outcome.links.update(links)
        if len(self._outcome.links) > _LINKS:
            self._outcome.links = set(sorted(self._outcome.links)[:_LINKS])

    def _name_problems(self, result: Result) -> None:
        if result.log.problems:
            problems = tuple(result.log.problems)
            status = InputStatus.FAILED
            record = InputRecord("(names of inputs)", "", status, problems=problems)
            self._outcome.inputs.append(replace(record, reason=problems[0].what))

    def outcome(self) -> ScanOutcome:
        out = self._outcome
        entries = self._entries.values()
        out.inputs += [_settled(entry) for entry in entries]
        out.inputs.sort(key=lambda r: (r.uri, r.member))
        out.reused = sum(e.reused and not e.scanned for e in entries)
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


def _to_keep(result: Result, uri: str) -> kept.Result:
    return kept.Result(
        uri.encode("utf-8", "surrogatepass"),
        result.source,
        result.log,
        dict(result.tally.dropped),
        result.count,
        result.findings,
        result.spool,
        refused=sorted((*spot, count) for spot, count in result.tally.refused.items()),
        links=sorted(result.tally.links),
    )


def _order(task: ShardTask | UnitTask) -> _Order:
    return (-1, "") if isinstance(task, ShardTask) else (task.unit.start, repr(task.unit))


def _add(entry: _Entry, result: Result, order: _Order) -> None:
    log, record = result.log, entry.record
    entry.problems += ((order, problem) for problem in log.problems)
    entry.record = replace(
        record,
        format=result.source or record.format,
        sha256=result.sha256 or record.sha256,
        records=record.records + log.records,
        failed_records=record.failed_records + log.failed_records,
        values=record.values + log.values,
        bytes=record.bytes + log.bytes,
        findings=record.findings + result.count,
    )


def _settled(entry: _Entry) -> InputRecord:
    """The record with its final status; anything short of whole is partial or failed."""
    ordered = sorted(entry.problems, key=itemgetter(0))
    record = replace(entry.record, problems=tuple(problem for _, problem in ordered))
    whole = not entry.failed and not any(p.is_failure for p in record.problems)
    if whole:
        return record
    status = InputStatus.PARTIAL if record.records else InputStatus.FAILED
    reason = next(p.what for p in record.problems if p.is_failure)
    return replace(record, status=status, reason=reason)
