"""Errors for people, and the exit codes.

An error says what happened, where, and what to do next.  Messages are written by
leakgate: text of a library's exception may quote scanned data and is never passed on.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The process exit codes; the output format never changes them."""

    PASS = 0
    BLOCKED = 1
    USAGE = 2
    INCOMPLETE = 3
    INTERNAL = 4


class LeakgateError(Exception):
    """Something a person can act on.

    Attributes: `what` happened, `where` (an input, a file and line, an option),
    and the `hint` that tells the next step.  None of them holds scanned data.
    """

    exit_code = ExitCode.INTERNAL

    def __init__(self, what: str, where: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what, self.where, self.hint = what, where, hint

    def __reduce__(self) -> tuple[type[LeakgateError], tuple[str, ...]]:
        return type(self), (self.what, self.where, self.hint)

    def diagnostics(self) -> str:
        """The message in full: what, where, and what to do next, one line each."""
        lines = [f"error: {self.what}"]
        lines += [f"  where: {self.where}"] if self.where else []
        lines += [f"  next:  {self.hint}"] if self.hint else []
        return "\n".join(lines)


class UsageError(LeakgateError):
    """A wrong flag, policy, rule file or path: nothing was scanned."""

    exit_code = ExitCode.USAGE


class UnreadableError(LeakgateError):
    """An input, or a part of one, that could not be read: it makes the verdict INCOMPLETE."""

    exit_code = ExitCode.INCOMPLETE

    def __init__(self, what: str, where: str = "", hint: str = "", code: str = "source.unreadable"):
        super().__init__(what, where, hint)
        self.code = code

    def __reduce__(self) -> tuple[type[LeakgateError], tuple[str, ...]]:
        return type(self), (self.what, self.where, self.hint, self.code)


def crash_site(error: BaseException) -> str:
    """`file.py:line` of the innermost frame: all that may be told of a foreign exception."""
    trace, site = error.__traceback__, "an unknown place"
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename.replace("\\", "/").rpartition("/")[2]
        site, trace = f"{name}:{trace.tb_lineno}", trace.tb_next
    return site
