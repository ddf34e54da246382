"""Worker processes: how one is started, and what it does until it ends."""

from __future__ import annotations

import gc
import multiprocessing as mp
import os
import signal
import socket
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from multiprocessing.context import ForkContext, ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from typing import Any

from scanner.errors import LeakgateError, crash_site
from scanner.executors import _line
from scanner.executors._memory import Creeping, statm

Work = Callable[[Any], Any]
STOP = None
# The fork server listens on a socket below the temporary folder, and the path of a socket
# may have 104 bytes (macOS; Linux 108), of which the standard library adds 32.
_LONGEST_TEMP = 70
_PRELOAD = "scanner.executors._preload"
_PR_SET_PDEATHSIG = 1  # prctl(2)
_OFTEN = (5_000, 10, 10)  # new objects until garbage is looked for: there is little to look at


def hire(
    start: Callable[[], Work], memory: int, others: Sequence[socket.socket], fresh: bool
) -> tuple[BaseProcess, socket.socket]:
    """A new worker and our end of the line to it.

    `others` are our ends of other lines, which a forked worker must not keep open.  With
    `fresh` it must not be forked from this process, whose state may be anything by now.
    """
    forked = not fresh and _may_fork()
    if forked:
        import_module(_PRELOAD)  # once here, not once in each worker
    ours, theirs = socket.socketpair()
    inherited = [*others, ours] if forked else []
    process = (mp.get_context("fork") if forked else _context()).Process(
        target=_serve, args=(start, theirs, memory, inherited), daemon=True
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of threads in libraries: see `_may_fork`
        process.start()
    theirs.close()
    return process, ours


def _may_fork() -> bool:
    """A fork has everything that is loaded here at once, where a new process starts from nothing.

    It has no other threads: a lock that one of ours holds would be held there for ever.  Those
    of the libraries that we scan with (Arrow, OpenBLAS) are prepared for it.
    """
    return sys.platform == "linux" and threading.active_count() == 1


def _context() -> ForkContext | ForkServerContext | SpawnContext:
    if sys.platform == "win32" or len(os.fsencode(tempfile.gettempdir())) > _LONGEST_TEMP:
        return mp.get_context("spawn")
    context = mp.get_context("forkserver")
    context.set_forkserver_preload([_PRELOAD])
    return context


def _serve(
    start: Callable[[], Work], end: socket.socket, memory: int, inherited: Sequence[socket.socket]
) -> None:
    """A worker's life.  It prints nothing: whatever it would print might quote the data."""
    for other in inherited:
        other.close()
    _obey_parent_only()
    _quiet()
    _limit_memory(memory)
    with suppress(EOFError, OSError):  # the parent is gone: so are we
        work = _started(start, end)
        gc.freeze()  # what is loaded stays: no search for garbage has to look at it
        gc.set_threshold(*_OFTEN)
        creeping = Creeping()
        while (task := _line.receive(end)) is not STOP:
            _line.send(end, work(task))
            creeping.look()


def _obey_parent_only() -> None:
    """Ctrl-C reaches the whole group: the parent decides.  Its death ends us at once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = mp.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _quiet() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    sys.stdout = sys.stderr = open(null, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - for good


def _limit_memory(memory: int) -> None:
    """Where nobody can look at our memory from outside, its reservation is limited instead."""
    if memory and not statm("self").exists():
        with suppress(ImportError, OSError, ValueError):
            import resource

            _, hard = resource.getrlimit(resource.RLIMIT_AS)
            resource.setrlimit(resource.RLIMIT_AS, (memory, hard))


def _started(start: Callable[[], Work], end: socket.socket) -> Work:
    try:
        return start()
    except LeakgateError as error:
        _line.send(end, error)
    except Exception as error:  # noqa: BLE001 - told to the parent without its message
        kind = f"{type(error).__name__} at {crash_site(error)}"
        _line.send(end, LeakgateError(f"a worker could not start ({kind})"))
    sys.exit(1)
