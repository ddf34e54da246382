"""One file per way of running work units.  Each module defines `plugin`, an `Executor`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol


class Executor(Protocol):
    """Runs `work(task)` for every task, somewhere, and yields results as they come.

    `start()` is called once in each worker before any task and returns the work function.
    A task whose worker died or overran its time is retried once, then its result is
    `(task, None)`: quarantined.
    """

    def run(
        self,
        start: Callable[[], Callable[[Any], Any]],
        tasks: Iterable[Any],
        jobs: int,
        timeout: float,
    ) -> Iterator[tuple[Any, Any]]: ...
