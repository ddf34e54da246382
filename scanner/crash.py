"""Crashes without data: no exception message, source line or local variable reaches a terminal.

A message may quote what was scanned (`invalid literal for int(): ...`), so a crash is told by
the types of its exceptions and by the frames it passed, nothing else.  `guard()` makes that
hold for the whole process; it is called at start-up and in every worker.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

ADVICE = (
    "  where: the lines above; they name code only and hold nothing of the scanned data\n"
    "  next:  nothing was decided, so treat the data as not passed; report these lines as a bug"
)


_PR_SET_DUMPABLE = 4  # prctl(2)


_MOST_FRAMES = 20  # from the outside, and as many from the inside: a recursion has a thousand


def describe(error: BaseException) -> str:
    """Type and frames of an exception and of those that caused it, outermost first."""
    lines = ["error: leakgate crashed; messages are left out because they may quote data"]
    for cause in _chain(error):
        kind = type(cause)
        lines.append(f"  {kind.__module__}.{kind.__qualname__}")
        lines += [f"    {frame}" for frame in _frames(cause.__traceback__)]
    return "\n".join([*lines, ADVICE])


def guard() -> None:
    """Make this process unable to print or dump data when it dies."""
    _no_core_dumps()
    sys.excepthook = lambda _type, error, _trace: _print(error)
    threading.excepthook = lambda args: _print(args.exc_value)
    sys.unraisablehook = lambda args: _print(args.exc_value)
    logging.disable(logging.CRITICAL)  # a library's log lines may quote the text it was given
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # so may its warnings


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    todo = [error]
    while todo and len(seen) < 10:
        one = todo.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        todo += getattr(one, "exceptions", ())
        todo += [e for e in (one.__cause__, one.__context__) if e is not None]


def _frames(trace: TracebackType | None) -> list[str]:
    walked = list(traceback.walk_tb(trace))
    told = [f"{_short(f.f_code.co_filename)}:{line}:{f.f_code.co_name}" for f, line in walked]
    left = len(told) - 2 * _MOST_FRAMES
    if left <= 0:
        return told
    return [*told[:_MOST_FRAMES], f"... {left} more ...", *told[-_MOST_FRAMES:]]


def _short(filename: str) -> str:
    """The last three parts of a path: enough to find the code, nothing of whose machine it is."""
    return "/".join(Path(filename).parts[-3:]).lstrip("/")


def _print(error: BaseException | None) -> None:
    if error is None or sys.stderr is None:
        return
    sys.stderr.write(describe(error) + "\n")


def _no_core_dumps() -> None:
    try:
        import resource
    except ImportError:  # not a POSIX system: it has no core files either
        return
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
    if sys.platform == "linux":
        # The limit does not hold where a program takes the dumps (core_pattern with a pipe).
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
