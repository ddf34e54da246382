"""What a scan costs by kind of data, and where the time goes.

    python tests/benchmarks/kinds.py --size 16

Telemetry is made by seed; code is that of Python's own library, as one text, and as the content
of chats with whole files in them.  Each kind is scanned in this process by one worker, once to
prepare it and then measured: CPU seconds, and the share of each stage, told by the stack of
Python functions that a timer of CPU time finds.
"""

from __future__ import annotations

import gc
import json
import random
import signal
import sysconfig
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import click
from telemetry import write, write_policy

from scanner import inputs
from scanner.worker import Result, Settings, ShardTask, Start, Worker

_ROOT = f"{Path(inputs.__file__).parent}/"
_STAGES = {  # by the innermost function of ours in these files
    "multi-pattern pass": ("regexes/hyper.py", "regexes/gated.py"),
    "words in disguise": ("regexes/runs.py",),
    "confirmation": ("detectors/", "rulepacks/", "assigned/", "prepared.py"),
    "tracing hits to strings": ("sources/_glance.py", "sources/_members.py", "look.py"),
    "escapes and lines": ("files/json_escapes.py", "files/json_rows.py", "files/json_views.py"),
    "parsing what is held": ("files/json_parse.py", "files/json_walk.py"),
    "text to lines": ("sources/text.py", "sources/_pieces.py", "files/streams.py"),
    "decoding": ("decoders/", "unfold.py", "peek.py"),
    "second readings": ("recordings/", "rereading.py", "keystrokes/"),
    "columns and candidates": ("matcher.py", "scan.py", "batch.py", "distinct.py"),
}
_SECONDS = 0.005
_KEY = b"the key of the benchmark"


class Clock:
    """CPU seconds by stage: a long call into C counts in full when it comes back."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._last = 0.0

    def __enter__(self) -> Clock:
        self._last = time.process_time()
        signal.signal(signal.SIGPROF, self._tick)
        signal.setitimer(signal.ITIMER_PROF, _SECONDS, _SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)

    def _tick(self, _number: int, frame: FrameType | None) -> None:
        now = time.process_time()
        self.spent[_stage(frame)] += now - self._last  # type: ignore[assignment]
        self._last = now


def _stage(frame: FrameType | None) -> str:
    while frame is not None:
        _, ours, name = frame.f_code.co_filename.rpartition(_ROOT)
        for stage, files in _STAGES.items() if ours else ():
            if name.startswith(files):
                return stage
        frame = frame.f_back
    return "other"


def _code(size: int) -> Iterator[str]:
    """Files of Python's library, in one order, until they are so many bytes."""
    files = sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py"))
    random.Random(1).shuffle(files)
    for path in files:
        if size > 0 and "site-packages" not in path.parts and path.stat().st_size < 400_000:
            text = path.read_text("utf-8", "replace")
            size -= len(text)
            yield text


def make(folder: Path, size: int) -> dict[str, Path]:
    """The files, by kind."""
    write(folder, size, 1, ("jsonl", "parquet"))
    write_policy(folder)
    with (folder / "chats.jsonl").open("w", encoding="utf-8") as chats:
        for text in _code(size):
            turns = ({"role": "user", "content": "Review it."}, {"role": "tool", "content": text})
            chats.write(json.dumps({"messages": turns, "model": "example"}) + "\n")
    (folder / "code.py").write_text("\n".join(_code(size)), "utf-8")
    names = ("telemetry.jsonl", "telemetry.parquet", "chats.jsonl", "code.py")
    return {name: folder / name for name in names}


def scan(worker: Worker, path: Path) -> int:
    """All of a file; how many findings it has."""
    todo: list[Any] = [ShardTask(shard) for shard in inputs.discover([str(path)])]
    found = 0
    while todo:
        result = worker(todo.pop())
        if not isinstance(result, Result):
            raise click.ClickException("a unit was not scanned")
        todo += result.units
        found += result.count
    return found


@click.command()
@click.option("--size", default=16, show_default=True, help="MB of each kind.")
def main(size: int) -> None:
    """What a scan costs by kind of data, and where the time goes."""
    with tempfile.TemporaryDirectory(prefix="leakgate-kinds-") as folder:
        files = make(Path(folder), size * 1_000_000)
        detectors = {"names": None, "terms": {"files": ["terms.yaml"]}}
        worker = Start(Settings(_KEY, datetime.now(UTC), detectors, folder=folder))()
        for name, path in files.items():
            scan(worker, path)
            gc.freeze()  # as worker processes do
            begun = time.process_time()
            with Clock() as clock:
                found = scan(worker, path)
            told(name, time.process_time() - begun, found, size, clock.spent)


def told(name: str, seconds: float, found: int, size: int, spent: Counter[str]) -> None:
    """One kind, its stages from the dearest down."""
    click.echo(f"{name}: {1000 * seconds / size:.0f} CPU ms a MB, {found} findings")
    for stage, part in spent.most_common():
        click.echo(f"  {part / seconds:4.0%} {stage}")


if __name__ == "__main__":
    main()
