"""Text in pictures of screens: cut into strips by exact comparison, each strip read once.

A strip is read alone: equal pixels give equal text, on every run and in any order of frames.
So of two frames of a session only the strips that differ are read twice.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from scanner import plugins
from scanner.errors import UnreadableError
from scanner.files.strips import strips
from scanner.ocr import Box, Engine, Eye, Line

LABEL = "\x00read from a picture"  # of texts that OCR has read: no key can be this
AUTO = "auto"
_SINGLE = 60  # pixels: up to this height a strip holds one line
_REMEMBERED = 50_000  # strips
_PROOF = "canary"
_NOISE = 0.2  # of the difference between letters and page


@dataclass(frozen=True, slots=True)
class Settings:
    """An engine by name, or `auto`: the best that is installed; and the frames of a video."""

    engine: str = AUTO
    frames_per_second: float = 1.0


@dataclass(slots=True)
class _Chosen:
    settings: Settings = field(default_factory=Settings)


_chosen = _Chosen()


def use(engine: str = AUTO, frames_per_second: float = 1.0) -> None:
    """How this process reads pictures from now on: sources have no options of their own."""
    _chosen.settings = Settings(engine, frames_per_second)


def frames_per_second() -> float:
    """How many frames of each second of a video are read."""
    return _chosen.settings.frames_per_second


class Reader:
    """Reads pictures; keeps what it read by the digest of the pixels.  One per process."""

    def __init__(self, eye: Eye) -> None:
        self._eye = eye
        self._known: OrderedDict[bytes, tuple[Line, ...]] = OrderedDict()
        self.strips = self.read = 0  # seen, and read because they were new

    def lines(self, grey: Any) -> Iterator[Line]:
        """The lines of a picture (a 2-D array of grey levels), from top to bottom."""
        yield from Film(self).lines(grey)

    def strip(self, grey: Any) -> tuple[Line, ...]:
        """The lines of one strip, placed in it."""
        made_of = grey.tobytes() + repr(grey.shape).encode()
        digest = hashlib.blake2b(made_of, digest_size=16).digest()
        found = self._known.get(digest)
        if found is None:
            self.read += 1
            found = self._known[digest] = tuple(self._recognised(grey))
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(digest)
        return found

    def _recognised(self, grey: Any) -> Iterator[Line]:
        height, width = grey.shape
        if height > _SINGLE:
            yield from self._eye.lines(grey)
        elif text := self._eye.line(grey):
            yield Line(text, Box(0, 0, width, height))


class Film:
    """Reads frames that come one after the other.

    Compression leaves its noise in what stands still: a strip that differs from the one at its
    place by far less than its letters from the page is not read again.  A letter more is no noise.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._before: dict[Box, tuple[Any, tuple[Line, ...]]] = {}

    def lines(self, grey: Any) -> Iterator[Line]:
        """The lines of the next frame (a 2-D array of grey levels), from top to bottom."""
        now: dict[Box, tuple[Any, tuple[Line, ...]]] = {}
        for box in strips(grey):
            self._reader.strips += 1
            cut = grey[box.y : box.y + box.height, box.x : box.x + box.width]
            before = self._before.get(box)
            same = before is not None and _is_noise(before[0], cut)
            now[box] = before if before and same else (cut, self._reader.strip(cut))
            for line in now[box][1]:
                at = line.box
                yield Line(line.text, Box(box.x + at.x, box.y + at.y, at.width, at.height))
        self._before = now


def _is_noise(before: Any, now: Any) -> bool:
    import numpy as np

    letters = int(before.max()) - int(before.min())
    return bool(np.abs(before.astype(np.int16) - now).max() <= _NOISE * letters)


def engine() -> str:
    """The name of the engine that reads pictures here; "" when none is installed that may."""
    return _installed(_chosen.settings.engine)


@cache
def _installed(wanted: str) -> str:
    engines: Mapping[str, Engine] = plugins.load_all("ocr")
    ranked = sorted(engines, key=lambda name: (engines[name].rank, name))
    names = ranked if wanted == AUTO else [wanted]
    return next((name for name in names if not engines[name].missing()), "")


def missing() -> bool:
    """True when nothing that may read pictures is installed."""
    return not engine()


def needs() -> str:
    """What to install, for those whose pictures are not read."""
    engines: Mapping[str, Engine] = plugins.load_all("ocr")
    wanted = _chosen.settings.engine
    if wanted != AUTO:
        return engines[wanted].needs
    return "; or: ".join(e.needs for e in sorted(engines.values(), key=lambda e: e.rank))


def identity() -> str:
    """All that decides what is read in given pictures and videos; "" when nothing is."""
    name = engine()
    if not name:
        return ""
    return f"{name} {plugins.load('ocr', name).version()} {frames_per_second()}"


def reader() -> Reader:
    """The reader of this process.  Raises UnreadableError when it cannot read a drawn word."""
    return reader_of(engine())


@cache
def reader_of(name: str) -> Reader:
    """The reader with an engine.  Raises as `reader` does."""
    chosen: Engine = plugins.load("ocr", name)
    try:
        made = Reader(chosen.start())
        alive = any(_PROOF in line.text for line in made.lines(_drawn(_PROOF)))
    except Exception:  # noqa: BLE001 - an engine that does not start says so in many ways
        alive = False
    if alive:
        return made
    what = "OCR did not read a word that was drawn for it"
    raise UnreadableError(what, name, f"install it again: {chosen.needs}", "detector.dead")


def _drawn(word: str) -> Any:
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("L", (400, 60), "white")
    pen = ImageDraw.Draw(picture)
    pen.text((20, 15), word, fill="black", font=ImageFont.load_default(size=24))
    return np.asarray(picture)
