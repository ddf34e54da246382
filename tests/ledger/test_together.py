"""Many processes on one ledger: writers, readers, and one that is killed.

`LEAKGATE_LEDGER_SECONDS=60` lets them run for a minute.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from scanner.ledger import Ledger
from scanner.ledger.views import connect

SECONDS = float(os.environ.get("LEAKGATE_LEDGER_SECONDS", "2"))
ROWS = 500

WRITE = """
import sys, time
from datetime import UTC, datetime
from scanner.ledger import Ledger
from scanner.model import LogCoverage
folder, name, seconds, rows = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
day = datetime(2026, 10, 1, tzinfo=UTC)
end, number = time.monotonic() + seconds, 0
while time.monotonic() < end or not number:
    with Ledger(folder).run(f"{name}-{number:05}") as run:
        run.write("coverage", (LogCoverage(f"s3://{n}/", day, day, "", "declared")
                               for n in range(rows)))
    number += 1
print(number)
"""
READ = """
import sys, time
from scanner.ledger import Ledger
from scanner.ledger.views import connect
folder, seconds, rows = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
end, seen = time.monotonic() + seconds, 0
while time.monotonic() < end or not seen:
    ledger = Ledger(folder)
    runs = ledger.runs()[-20:]
    with connect(ledger, runs) as con:
        (count,) = con.execute("SELECT count(*) FROM coverage").fetchone()
    assert count == len(runs) * rows, (count, len(runs))
    assert not runs or sum(1 for _ in ledger.read_coverage(runs[-1])) == rows
    seen += 1
print(seen)
"""


def _started(script: str, *args: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-c", script, *map(str, args)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_writers_and_readers_never_meet(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    writers = [_started(WRITE, folder, f"w{n}", SECONDS, ROWS) for n in range(3)]
    readers = [_started(READ, folder, SECONDS, ROWS) for _ in range(2)]
    told = [process.communicate(timeout=SECONDS + 240) for process in (*writers, *readers)]
    assert [error for _, error in told] == [""] * 5
    written = sum(int(out) for out, _ in told[:3])
    ledger = Ledger(folder)
    assert len(ledger.runs()) == written
    with connect(ledger, ledger.runs()[:50]) as con:
        total = con.execute("SELECT count(*) FROM coverage").fetchone()
    assert total == (min(50, written) * ROWS,)


def test_a_killed_writer_leaves_the_ledger_whole(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    with Ledger(folder).run("whole"):
        pass
    writer = _started(WRITE, folder, "w", 0, 50_000_000)
    while not list(folder.glob(".run=w-*/coverage.parquet")) and writer.poll() is None:
        time.sleep(0.05)
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    assert Ledger(folder).runs() == ["whole"]
    assert list(Ledger(folder).read_coverage("whole")) == []
