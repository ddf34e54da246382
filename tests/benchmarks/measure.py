"""Runs one command and says what it and all its descendants cost.

    python measure.py RESULT.json COMMAND...

Descendants that outlive their parents (servers of a worker pool) are adopted and waited for,
so that nothing is left out.  `peak` is the largest resident set of a single process, in bytes.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import sys
import time
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


def main(result: str, command: list[str]) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    start = time.monotonic()
    first = os.posix_spawnp(command[0], command, os.environ)
    code = 0
    while True:
        try:
            pid, status = os.wait()
        except ChildProcessError:
            break
        if pid == first:
            code = os.waitstatus_to_exitcode(status)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost = {
        "code": code,
        "cpu": used.ru_utime + used.ru_stime,
        "wall": time.monotonic() - start,
        "peak": used.ru_maxrss * 1024,
    }
    Path(result).write_text(json.dumps(cost))


main(sys.argv[1], sys.argv[2:])
