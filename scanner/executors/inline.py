"""Runs every task in this process, one after the other: for embedding and for debugging.

A task that crashes the process takes the run with it, and no limit is kept; the
`local` executor has neither weakness.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any


class Inline:
    def run(
        self,
        start: Callable[[], Callable[[Any], Any]],
        tasks: Iterable[Any],
        jobs: int,  # noqa: ARG002
        timeout: float,  # noqa: ARG002
        memory: int = 0,  # noqa: ARG002
    ) -> Iterator[tuple[Any, Any]]:
        """Results in the order of tasks; `jobs` and the limits do not apply."""
        work = start()
        for task in tasks:
            yield task, work(task)


plugin = Inline()
