"""A pool of processes on this machine that survives the death of any of them.

When a worker dies, or overruns the limit of time or memory and is killed, its task is tried
once more in a fresh worker and then quarantined; nothing else is lost.  (The standard
library's pool breaks as a whole when one worker is killed.)
"""

from __future__ import annotations

import selectors
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from typing import Any

from scanner.errors import LeakgateError
from scanner.executors import Quarantined
from scanner.executors._line import Line
from scanner.executors._memory import give_back, memory_of
from scanner.executors._processes import STOP, Work, hire

_TRIES = 2
_LOOK = 0.2  # seconds between looks at the memory of workers
_SHORT = 0.25  # seconds: of tasks that take less, a worker has the next one waiting
_FULL = 0.75  # of the memory limit: a worker that keeps so much gets no other task


class Local:
    def run(
        self,
        start: Callable[[], Work],
        tasks: Iterable[Any],
        jobs: int,
        timeout: float,
        memory: int = 0,
    ) -> Iterator[tuple[Any, Any]]:
        """Results as they come.

        A task is taken when a worker is about to be free; `tasks` may have more to give after
        it was empty.  At most two tasks a worker are taken and unanswered.
        Raises the LeakgateError for which a worker could not start.
        """
        give_back()  # of what was compiled: workers begin as copies of this process
        pool = _Pool(start, max(1, jobs), timeout, memory)
        try:
            yield from pool.run(iter(tasks))
        finally:
            pool.close()


@dataclass(slots=True, eq=False)
class _Worker:
    process: BaseProcess
    line: Line
    tasks: deque[Any] = field(default_factory=deque)  # the first one is being worked on
    since: float = 0.0  # when it was begun


class _Pool:
    def __init__(self, start: Callable[[], Work], jobs: int, timeout: float, memory: int) -> None:
        self._start, self._jobs = start, jobs
        self._timeout, self._memory = timeout, memory
        self._workers: list[_Worker] = []
        self._again: deque[Any] = deque()  # tasks to try once more, and those behind them
        self._deaths: dict[int, int] = {}
        self._usual = 1.0  # seconds that tasks take, of late
        self._died = False
        # Not epoll: its descriptor would be shared with forked workers.
        self._ready: selectors.BaseSelector = getattr(
            selectors, "PollSelector", selectors.SelectSelector
        )()

    def run(self, tasks: Iterator[Any]) -> Iterator[tuple[Any, Any]]:
        while self._feed(tasks) or any(w.tasks for w in self._workers):
            yield from self._collect()

    def close(self) -> None:
        for worker in self._workers:
            if worker.tasks:
                worker.process.kill()
            else:
                worker.line.send(STOP)
        for worker in self._workers:
            _end(worker)
        self._ready.close()

    # Giving --------------------------------------------------------------------------------

    def _feed(self, tasks: Iterator[Any]) -> bool:
        """Give tasks to all who can take one; False when there was none to give."""
        fed = False
        while self._room():
            task = self._again.popleft() if self._again else next(tasks, STOP)
            if task is STOP:
                return fed
            self._give(self._free(), task)
            fed = True
        return fed

    def _room(self) -> bool:
        if len(self._workers) < self._jobs:
            return True
        return any(not w.tasks or self._soon(w) for w in self._workers)

    def _soon(self, worker: _Worker) -> bool:
        """True when a worker with one task is likely to be done with it in a moment."""
        young = time.monotonic() - worker.since < _SHORT
        return len(worker.tasks) == 1 and young and self._usual < _SHORT

    def _free(self) -> _Worker:
        """A worker that waits, or a new one, or one whose task will be done soon."""
        for worker in [w for w in self._workers if not w.tasks]:
            if worker.process.is_alive():
                return worker
            self._forget(worker)  # it died idle: no fault of the next task
        if len(self._workers) < self._jobs:
            return self._hire()
        return min(self._workers, key=lambda w: (not self._soon(w), len(w.tasks)))

    def _hire(self) -> _Worker:
        others = [w.line.socket for w in self._workers]
        process, end = hire(self._start, self._memory, others, fresh=self._died)
        worker = _Worker(process, Line(end))
        self._workers.append(worker)
        self._ready.register(worker.line, selectors.EVENT_READ, worker)
        return worker

    def _give(self, worker: _Worker, task: Any) -> None:
        if not worker.tasks:
            worker.since = time.monotonic()
        worker.tasks.append(task)
        worker.line.send(task)

    # Taking --------------------------------------------------------------------------------

    def _collect(self) -> Iterator[tuple[Any, Any]]:
        """Results that are there, after waiting for the first (or for a death or a limit)."""
        for worker in self._workers:
            wanted = selectors.EVENT_WRITE if worker.line.unsent else 0
            self._ready.modify(worker.line, selectors.EVENT_READ | wanted, worker)
        for key, events in self._ready.select(self._patience()):
            if events & selectors.EVENT_WRITE:
                key.data.line.flush()
            if events & selectors.EVENT_READ:
                yield from self._receive(key.data)
        for worker in list(self._workers):
            why = self._over(worker)
            if why:
                yield from self._bury(worker, why)

    def _patience(self) -> float:
        """Seconds until something must be looked at."""
        due = min(w.since for w in self._workers if w.tasks) + self._timeout
        left = max(0.0, due - time.monotonic())
        return min(left, _LOOK) if self._memory else left

    def _receive(self, worker: _Worker) -> Iterator[tuple[Any, Any]]:
        for result in worker.line.receive():
            if isinstance(result, LeakgateError):
                raise result
            yield self._answered(worker), result
        if worker.line.closed:
            yield from self._bury(worker, "it died")
        elif not worker.tasks and self._uses(worker) > _FULL:
            worker.line.send(STOP)
            self._forget(worker)

    def _answered(self, worker: _Worker) -> Any:
        """The task whose result came; the next one begins."""
        task, now = worker.tasks.popleft(), time.monotonic()
        self._usual += (now - worker.since - self._usual) / 4
        worker.since = now
        self._deaths.pop(id(task), None)
        return task

    # Limits and deaths ---------------------------------------------------------------------

    def _over(self, worker: _Worker) -> str:
        """The limit that a worker has passed, or nothing."""
        if not worker.tasks:
            return ""
        if worker.since + self._timeout <= time.monotonic():
            return "it overran its time limit"
        return "it passed its memory limit" if self._uses(worker) > 1 else ""

    def _uses(self, worker: _Worker) -> float:
        """The part of its memory limit that a worker uses."""
        return memory_of(worker.process.pid) / self._memory if self._memory else 0.0

    def _bury(self, worker: _Worker, why: str) -> Iterator[tuple[Any, Any]]:
        self._died = True
        worker.process.kill()
        self._forget(worker)
        if not worker.tasks:
            return
        task = worker.tasks.popleft()
        self._again.extendleft(reversed(worker.tasks))  # the others are not to blame
        if parts := getattr(task, "parts", ()):
            self._again.extend(parts)
            return
        deaths = self._deaths.pop(id(task), 0) + 1
        if deaths < _TRIES:
            self._deaths[id(task)] = deaths
            self._again.append(task)
        else:
            yield task, Quarantined(why)

    def _forget(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        self._ready.unregister(worker.line)
        _end(worker)


def _end(worker: _Worker) -> None:
    worker.process.join(5)
    if worker.process.is_alive():
        worker.process.kill()
        worker.process.join(5)
    worker.line.close()


plugin = Local()
