"""How many key events are put together in a CPU second: `python tests/benchmarks/keystrokes.py`.

Made by the typist of the tests: one user, typos, caret moves, lost presses.  A plain loop is
timed beside it, for absolute numbers mean little on a busy machine.
"""

from __future__ import annotations

import json
import random
import string
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "keystrokes"))

from typist import Typist

from scanner import inputs, rereading
from scanner.batch import UnitLog
from scanner.sources import Shard

_WORDS = 60_000


def write_log(path: Path, words: int = _WORDS) -> int:
    """A log of that many typed words; returns its number of events."""
    dice, typist = random.Random(5), Typist(seed=1, typos=0.03, moves=0.01, lost=0.014)
    for _ in range(words):
        typist.text("".join(dice.choices(string.ascii_letters, k=5)) + " ")
    rows = [{**row, "user": "u1", "session": "s1", "window": "Editor"} for row in typist.log()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return len(rows)


def main() -> None:
    """Print events per CPU second, with and without reading the file."""
    started = time.process_time()
    sum(range(20_000_000))
    loop = time.process_time() - started
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "keys.jsonl"
        events = write_log(path)
        (shard,) = inputs.discover([str(path)])
        assert isinstance(shard, Shard)
        for unit in rereading.units(shard, "jsonl"):
            started = time.process_time()
            texts = sum(len(batch.values) for batch in rereading.batches(unit, UnitLog()))
            spent = time.process_time() - started
            rate = f"{events / spent:,.0f} events per CPU second"
            sys.stdout.write(f"{unit.recording}: {events:,} events, {texts:,} texts, {rate}")
            sys.stdout.write(f"; a plain loop of 20 million took {loop:.2f} s\n")


if __name__ == "__main__":
    main()
