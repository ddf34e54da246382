"""What a process holds for itself, and the way to give back what it no longer uses."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_CREPT = 32 << 20  # bytes more than after the last time: worth looking for what is free


def statm(pid: int | str) -> Path:
    """Where Linux tells what a process holds."""
    return Path(f"/proc/{pid}/statm")


def memory_of(pid: int | None) -> int:
    """Bytes that a process holds for itself (mapped files not counted); 0 where none can tell."""
    try:
        fields = statm(pid or "self").read_bytes().split()
    except OSError:
        return 0
    return (int(fields[1]) - int(fields[2])) * _PAGE


def give_back() -> None:
    """Return free memory to the system, where the C library can (glibc)."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


class Creeping:
    """Gives back what a worker has freed, now and then.

    What thousands of small things leave behind is free in many places and returned from none:
    without this a worker seems to need more with every file.
    """

    def __init__(self) -> None:
        self._low = memory_of(None)

    def look(self) -> None:
        """To be called between tasks."""
        if memory_of(None) > self._low + _CREPT:
            give_back()
            self._low = memory_of(None)
