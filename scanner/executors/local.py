"""A pool of processes on this machine that survives the death of any of them.

A worker has one task at a time.  When it dies, or overruns the time limit and is killed,
its task is tried once more in a fresh worker and then quarantined; nothing else is lost.
(The standard library's pool breaks as a whole when one worker is killed.)
"""

from __future__ import annotations

import multiprocessing as mp
import os
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from typing import Any

from scanner.errors import LeakgateError, crash_site

Work = Callable[[Any], Any]
_TRIES = 2
_STOP = None
# The fork server listens on a socket below the temporary folder, and the path of a socket
# may have 104 bytes (macOS; Linux 108), of which the standard library adds 32.
_LONGEST_TEMP = 70


class Local:
    def run(
        self, start: Callable[[], Work], tasks: Iterable[Any], jobs: int, timeout: float
    ) -> Iterator[tuple[Any, Any]]:
        """Results as they come.

        One task is taken per free worker; `tasks` may have more to give after it was empty.
        Raises the LeakgateError for which a worker could not start.
        """
        pool = _Pool(start, timeout)
        try:
            yield from pool.run(iter(tasks), max(1, jobs))
        finally:
            pool.close()


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection
    task: Any = None
    deadline: float = 0.0


class _Pool:
    def __init__(self, start: Callable[[], Work], timeout: float) -> None:
        self._start, self._timeout = start, timeout
        self._context = _context()
        self._idle: list[_Worker] = []
        self._busy: list[_Worker] = []
        self._again: deque[Any] = deque()  # tasks to try once more
        self._deaths: dict[int, int] = {}

    def run(self, tasks: Iterator[Any], jobs: int) -> Iterator[tuple[Any, Any]]:
        while self._feed(tasks, jobs) or self._busy:
            yield from self._collect()

    def close(self) -> None:
        for worker in self._busy:
            worker.process.kill()
        for worker in self._idle:
            with suppress(OSError):  # it died idle
                worker.pipe.send(_STOP)
        for worker in self._idle + self._busy:
            worker.process.join(5)
            worker.pipe.close()

    def _feed(self, tasks: Iterator[Any], jobs: int) -> bool:
        """Give every free worker a task; False when there was none to give."""
        fed = False
        while len(self._busy) < jobs:
            task = self._again.popleft() if self._again else next(tasks, _STOP)
            if task is _STOP:
                return fed
            self._give(self._free(), task)
            fed = True
        return fed

    def _free(self) -> _Worker:
        """A worker that waits, or a new one; that one died idle is no fault of the next task."""
        while self._idle:
            worker = self._idle.pop()
            if worker.process.is_alive():
                return worker
            worker.pipe.close()
        return self._hire()

    def _hire(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(self._start, theirs), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def _give(self, worker: _Worker, task: Any) -> None:
        worker.task, worker.deadline = task, time.monotonic() + self._timeout
        self._busy.append(worker)
        with suppress(OSError):  # it died idle: found at the next look, and the task goes on
            worker.pipe.send(task)

    def _collect(self) -> Iterator[tuple[Any, Any]]:
        """Results that are there, after waiting for the first (or for a death or deadline)."""
        first = min(w.deadline for w in self._busy)
        ready = wait([w.pipe for w in self._busy], max(0.0, first - time.monotonic()))
        for worker in [w for w in self._busy if w.pipe in ready]:
            yield from self._receive(worker)
        for worker in [w for w in self._busy if w.deadline <= time.monotonic()]:
            yield from self._bury(worker)

    def _receive(self, worker: _Worker) -> Iterator[tuple[Any, Any]]:
        try:
            result = worker.pipe.recv()
        except (EOFError, OSError):
            yield from self._bury(worker)
            return
        if isinstance(result, LeakgateError):
            raise result
        self._busy.remove(worker)
        self._idle.append(worker)
        self._deaths.pop(id(worker.task), None)
        yield worker.task, result

    def _bury(self, worker: _Worker) -> Iterator[tuple[Any, Any]]:
        self._busy.remove(worker)
        worker.process.kill()
        worker.process.join(5)
        worker.pipe.close()
        deaths = self._deaths.pop(id(worker.task), 0) + 1
        if deaths < _TRIES:
            self._deaths[id(worker.task)] = deaths
            self._again.append(worker.task)
        else:
            yield worker.task, None


def _context() -> ForkServerContext | SpawnContext:
    if sys.platform == "win32" or len(os.fsencode(tempfile.gettempdir())) > _LONGEST_TEMP:
        return mp.get_context("spawn")
    context = mp.get_context("forkserver")
    context.set_forkserver_preload(["scanner.executors._preload"])
    return context


def _serve(start: Callable[[], Work], pipe: Connection) -> None:
    """A worker's life.  It prints nothing: whatever it would print might quote the data."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(null, stream)
    work = _started(start, pipe)
    while (task := pipe.recv()) is not _STOP:
        pipe.send(work(task))


def _started(start: Callable[[], Work], pipe: Connection) -> Work:
    try:
        return start()
    except LeakgateError as error:
        pipe.send(error)
    except Exception as error:  # noqa: BLE001 - told to the parent without its message
        kind = f"{type(error).__name__} at {crash_site(error)}"
        pipe.send(LeakgateError(f"a worker could not start ({kind})"))
    sys.exit(1)


plugin = Local()
