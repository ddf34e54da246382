"""One file per way of running work units.  Each module defines `plugin`, an `Executor`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Quarantined:
    """The result of a task that cost two workers their lives; `why` is said of the second."""

    why: str


class Executor(Protocol):
    """Runs `work(task)` for every task, somewhere, and yields results as they come.

    `start()` is called once in each worker before any task and returns the work function.
    A task whose worker died, overran `timeout` (seconds) or passed `memory` (bytes, 0: no
    limit) is retried once, then its result is `(task, Quarantined(why))`.  One that has `parts`
    is not retried as a whole: each of its parts is a task then.
    """

    def run(
        self,
        start: Callable[[], Callable[[Any], Any]],
        tasks: Iterable[Any],
        jobs: int,
        timeout: float,
        memory: int = 0,
    ) -> Iterator[tuple[Any, Any]]: ...
