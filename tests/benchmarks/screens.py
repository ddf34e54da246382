"""Measures what is found in pictures of screens: `python tests/benchmarks/screens.py`.

Chromium renders a terminal, an editor, a chat and a table, dark and light, with letters of 12 to
16 pixels; values made by seed stand in them, and as many frames hold none.  Each frame is scanned
by the worker of a real run.  A value is caught where a finding of its kind has, but for mistakes
of OCR, its text; whatever else is found is a false alarm.  Last comes a line that is typed.
"""

from __future__ import annotations

import io
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import click
from screen_pages import Plant, Screen, page, plants, screens

from scanner import inputs, plugins
from scanner.files import ocr
from scanner.model import Confidence, Finding
from scanner.sources import Shard
from scanner.worker import Settings, ShardTask, UnitTask, Worker, build_scanner

_VIEW: Any = {"width": 1100, "height": 720}
_SAME = 0.8  # of the letters read are those planted
_FLOORS = {"card": 1.0, "ssn": 1.0, "phone": 1.0, "ip": 1.0, "email": 0.85, "token": 0.95}


@dataclass
class Score:
    """What was planted and caught by kind, what was found beside, and the time."""

    planted: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    clean_false: int = 0
    frames: int = 0
    seconds: float = 0.0


_RULES = {
    "card": ("card",), "ssn": ("ssn", "social"), "phone": ("phone",), "ip": ("ip",),
    "email": ("email",),
}  # fmt: skip


def _is_kind(finding: Finding, kind: str) -> bool:
    if kind == "token":
        return finding.category == "credential"
    words = finding.rule_id.replace(":", "-").replace("_", "-").split("-")
    return any(word in words for word in _RULES[kind])


def alike(read: str, value: str) -> float:
    """How far a text that was read is the value; spaces and case do not count."""
    left, right = ("".join(t.split()).lower() for t in (read, value))
    return SequenceMatcher(None, left, right, autojunk=False).ratio()


class Scan:
    """Scans files as a run does, without names, terms, and what others' plug-ins add."""

    def __init__(self, engine: str) -> None:
        off = dict.fromkeys(("presidio", "detect_secrets", "names", "terms"))
        now = datetime(2026, 10, 1, tzinfo=UTC)
        settings = Settings(b"k" * 32, now, detectors=off, ocr={"engine": engine})
        self._work = Worker(build_scanner(settings))

    def findings(self, path: Path) -> list[tuple[Finding, str]]:
        """What is found, with the text as it was read."""
        (shard,) = inputs.discover([str(path)])
        assert isinstance(shard, Shard)
        first: Any = self._work(ShardTask(shard))
        rest: list[Any] = [self._work(UnitTask(task.unit, task.state)) for task in first.units]
        found = [f for result in (first, *rest) for f in result.findings]
        return [
            (f, str(inputs.value_at(shard, f.location, str)))
            for f in found
            if f.confidence is not Confidence.LOW
        ]


def _measure(score: Score, screen: Screen, planted: list[Plant], found: list[Any]) -> None:
    used = set[int]()
    for plant in planted:
        score.planted[plant.kind] += 1
        hits = [
            n
            for n, (finding, read) in enumerate(found)
            if _is_kind(finding, plant.kind) and alike(read, plant.value) >= _SAME
        ]
        used.update(hits)
        score.caught[plant.kind] += bool(hits)
        if not hits:
            score.missed.append(f"{screen.name} {plant.kind} {plant.value}")
    over = [
        f"{screen.name} {f.rule_id} {read!r}"
        for n, (f, read) in enumerate(found)
        if n not in used and not any(alike(read, p.value) >= 0.5 for p in planted)
    ]
    score.false += over
    if not planted:
        score.clean_false += len(over)


def _shots(seed: int, folder: Path) -> Iterator[tuple[Screen, list[Plant], Path]]:
    """Frames with values and without, in turn."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        shown: Any = browser.new_page(viewport=_VIEW)
        for number, screen in enumerate(screens()):
            dice = random.Random(f"{seed} {number}")
            for planted in (plants(dice), []):
                shown.set_content(page(screen, planted, dice))
                path = folder / f"{screen.name}-{len(planted)}.png"
                path.write_bytes(shown.screenshot())
                yield screen, planted, path
        browser.close()


def _typed(folder: Path) -> tuple[float, float]:
    """CPU seconds for the frames of a typed line: read whole each time, and by what changed."""
    import numpy as np
    from PIL import Image, ImageDraw

    first = Image.open(io.BytesIO(next(folder.glob("terminal-light-14-0.png")).read_bytes()))
    frames = []
    for count in range(1, 25):
        frame: Any = first.convert("L")
        ImageDraw.Draw(frame).text((20, 660), "password hunter22hunter22hunter"[:count], fill=20)
        frames.append(np.asarray(frame))
    costs = []
    for fresh in (True, False):
        reader = ocr.Reader(plugins.load("ocr", ocr.engine()).start())
        list(reader.lines(frames[0]))
        started = time.process_time()
        for frame in frames[1:]:
            if fresh:
                reader._known.clear()
            list(reader.lines(frame))
        costs.append(time.process_time() - started)
    return costs[0], costs[1]


def _print(score: Score, wordy: bool) -> None:
    for kind, floor in _FLOORS.items():
        share = score.caught[kind] / score.planted[kind]
        told = "met" if share >= floor else "NOT MET"
        counts = f"{score.caught[kind]:>4} of {score.planted[kind]:<4}"
        click.echo(f"{kind:<8}{counts}{share:7.1%}  floor {floor:.0%}: {told}")
    clean = score.frames / 2
    beside = f"{len(score.false) - score.clean_false} beside the values of the others"
    click.echo(
        f"false alarms: {100 * score.clean_false / clean:.1f} per 100 clean frames; {beside}"
    )
    size = f"{_VIEW['width']} x {_VIEW['height']} pixels"
    click.echo(f"{score.seconds / score.frames:.2f} CPU seconds a frame of {size}")
    for line in (*score.missed, *score.false) if wordy else ():
        click.echo(f"  {line}")


@click.command()
@click.option("--seed", default=1)
@click.option("--engine", default="auto", help="One of those in `scanner/ocr`.")
@click.option("--wordy", is_flag=True, help="Tell what was missed and what was found beside it.")
def main(seed: int, engine: str, wordy: bool) -> None:
    """Render, scan, print the shares."""
    score, scan = Score(), Scan(engine)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for screen, planted, path in _shots(seed, folder):
            started = time.process_time()
            found = scan.findings(path)
            score.seconds += time.process_time() - started
            score.frames += 1
            _measure(score, screen, planted, found)
        whole, changed = _typed(folder)
    _print(score, wordy)
    click.echo(
        f"a line typed in 24 frames: read by what changed {whole / changed:.1f} times faster"
    )
    sys.exit(any(score.caught[k] < f * score.planted[k] for k, f in _FLOORS.items()))


if __name__ == "__main__":
    main()
