"""Progress on standard error: a bar on a terminal, a line every ten seconds elsewhere."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

HEARTBEAT_SECONDS = 10.0


class Progress(Protocol):
    """What a long run tells: bytes done since the last call, and totals so far."""

    def advance(self, size: int, findings: int = 0, failed: int = 0) -> None: ...


@contextmanager
def progress(total_bytes: int, quiet: bool = False) -> Iterator[Progress]:
    """A progress display of the kind that fits; `findings` and `failed` are running totals."""
    if quiet:
        yield _Silent()
    elif sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        with _bar(total_bytes) as bar:
            yield bar
    else:
        yield _Heartbeat(total_bytes)


class _Silent:
    def advance(self, size: int, findings: int = 0, failed: int = 0) -> None:
        pass


class _Heartbeat:
    def __init__(self, total: int) -> None:
        self._total, self._done = total, 0
        self._start = self._last = time.monotonic()

    def advance(self, size: int, findings: int = 0, failed: int = 0) -> None:
        self._done += size
        if time.monotonic() - self._last < HEARTBEAT_SECONDS:
            return
        self._last = time.monotonic()
        sys.stderr.write(f"{self._line(findings, failed)}\n")
        sys.stderr.flush()

    def _line(self, findings: int, failed: int) -> str:
        share = f"{min(100, 100 * self._done // self._total)} %, " if self._total else ""
        seconds = self._last - self._start
        return (
            f"leakgate: {share}{self._done / 1e6:.1f} MB in {seconds:.0f} s, "
            f"{findings} findings, {failed} failed"
        )


class _Bar:
    def __init__(self, bar: _RichBar, task: int) -> None:
        self._bar, self._task = bar, task

    def advance(self, size: int, findings: int = 0, failed: int = 0) -> None:
        told = f"{findings} findings" + (f", {failed} failed" if failed else "")
        self._bar.update(self._task, advance=size, told=told)


class _RichBar(Protocol):
    def update(self, task_id: int, *, advance: float, told: str) -> None: ...


@contextmanager
def _bar(total: int) -> Iterator[Progress]:
    from rich import progress as rich
    from rich.console import Console

    columns = (
        rich.TextColumn("scanning"),
        rich.BarColumn(),
        rich.DownloadColumn(),
        rich.TimeRemainingColumn(),
        rich.TextColumn("{task.fields[told]}"),
    )
    with rich.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("scanning", total=total or None, told="")
        yield _Bar(bar, task)  # type: ignore[arg-type]
