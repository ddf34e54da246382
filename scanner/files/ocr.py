"""Text in pictures of screens: cut into strips by exact comparison, each strip read once.

A gap is where a row (or column) of pixels equals the one before it.  Between gaps lie strips of
text, and a strip is read alone: equal pixels give equal text, on every run and in any order of
frames.  So of two frames of a session only the strips that differ are read twice.
"""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

from scanner.errors import UnreadableError

LABEL = "\x00read from a picture"  # of texts that OCR has read: no key can be this
TESSDATA = "/usr/share/tesseract-ocr/5/tessdata"  # Debian's, of the package tesseract-ocr-eng
_ROWS, _COLUMNS = 3, 36  # pixels of a gap
_LEAST = 6  # pixels: what is lower or narrower is no letter
_LOW = 8  # pixels: what is lower is no line
_FRAME = 15  # per cent of the rows of a strip, at most, in which there is no letter
_FAINT = 0.25  # of the usual ink in a row: what is between lines
_ALIKE = 0.5  # of the highest line are all others of a strip
_TALL, _SINGLE = 27, 60  # pixels: up to the second, a strip holds one line
_FEW = 8  # pixels of ink in a row: a word or two, of which nothing can be told
_MARGIN, _SCALE, _SECOND = 8, 2.0, 3.0
_SURE = 75  # per cent; what is read with less is looked at again
_CUTS = 4  # times that a strip is cut again
_REMEMBERED = 50_000  # strips
_PROOF = "canary"
_BLUR = 12  # grey levels
_LOUD = 24  # grey levels between a strip's darkest and lightest pixel, at least


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels: left and top corner, width and height."""

    x: int
    y: int
    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.x},{self.y},{self.width}x{self.height}"


@dataclass(frozen=True, slots=True, repr=False)
class Line:
    """One line as it was read, and where."""

    text: str
    box: Box


class Reader:
    """Reads pictures; keeps what it read by the digest of the pixels.  One per process."""

    def __init__(self) -> None:
        os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # each worker has a core to itself
        library: Any = import_module("tesserocr")  # without types of its own
        modes = library.PSM
        self._library = library
        self._api = library.PyTessBaseAPI(path=TESSDATA, lang="eng", oem=library.OEM.LSTM_ONLY)
        self._api.SetVariable("debug_file", "/dev/null")
        self._one, self._many = modes.SINGLE_LINE, modes.SPARSE_TEXT
        self._known: OrderedDict[bytes, tuple[Line, ...]] = OrderedDict()
        self.strips = self.read = 0  # seen, and read because they were new

    def lines(self, grey: Any) -> Iterator[Line]:
        """The lines of a picture (a 2-D array of grey levels), from top to bottom."""
        for box in strips(grey):
            self.strips += 1
            cut = grey[box.y : box.y + box.height, box.x : box.x + box.width]
            for line in self._strip(cut):
                at = line.box
                yield Line(line.text, Box(box.x + at.x, box.y + at.y, at.width, at.height))

    def _strip(self, grey: Any) -> tuple[Line, ...]:
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
        api = self._api
        if grey.shape[0] <= _SINGLE:
            text = self._single(grey)
            if text:
                yield Line(text, Box(0, 0, grey.shape[1], grey.shape[0]))
        else:
            api.SetPageSegMode(self._many)
            api.SetImage(_prepared(grey, _SCALE))
            api.SetSourceResolution(150)
            api.Recognize()
            for part, box in _parts(api.GetIterator(), self._library.RIL.TEXTLINE):
                text = " ".join(part.split())
                if text:
                    yield Line(text, _unscaled(box))
        api.Clear()

    def _single(self, grey: Any) -> str:
        """The text of one line; where it is unsure, that of a second look at another size."""
        best, surest = "", -1
        for scale in (_SCALE, _SECOND) if grey.shape[0] <= _TALL else (1.0, _SCALE):
            self._api.SetPageSegMode(self._one)
            self._api.SetImage(_prepared(grey, scale))
            self._api.SetSourceResolution(150)
            text, sure = " ".join(self._api.GetUTF8Text().split()), self._api.MeanTextConf()
            if sure > surest:
                best, surest = text, sure
            if sure >= _SURE:
                break
        return best


def _parts(iterator: Any, level: Any) -> Iterator[tuple[str, Any]]:
    """Text and corners of each line that was recognised."""
    while iterator is not None:
        try:
            text, box = iterator.GetUTF8Text(level), iterator.BoundingBox(level)
        except RuntimeError:  # nothing was recognised
            return
        if box is not None:
            yield text, box
        if not iterator.Next(level):
            return


def _unscaled(box: tuple[int, int, int, int]) -> Box:
    left, top, right, bottom = (max(0, round(v / _SCALE) - _MARGIN) for v in box)
    return Box(left, top, max(1, right - left), max(1, bottom - top))


def _prepared(grey: Any, scale: float) -> Any:
    """The strip dark on light, with a margin, larger."""
    import numpy as np
    from PIL import Image

    back = int(np.median(grey))
    padded = np.pad(grey, _MARGIN, constant_values=back)
    if back < 128:
        padded = 255 - padded
    image = Image.fromarray(padded)
    size = round(image.width * scale), round(image.height * scale)
    return image.resize(size, Image.Resampling.BICUBIC)


def strips(grey: Any) -> Iterator[Box]:
    """Where there is anything in a picture, cut at gaps: rows, then columns, then rows again."""
    height, width = grey.shape
    yield from _cut(grey, Box(0, 0, width, height), _CUTS, down=True)


def _cut(grey: Any, box: Box, cuts: int, down: bool) -> Iterator[Box]:
    part = grey[box.y : box.y + box.height, box.x : box.x + box.width]
    spans = list(_rows(part) if down else _spans(part.T, _COLUMNS))
    whole = len(spans) == 1 and spans[0][1] - spans[0][0] >= (box.height if down else box.width) - 1
    for start, stop in spans:
        if down:
            inner = Box(box.x, box.y + start, box.width, stop - start)
        else:
            inner = Box(box.x + start, box.y, stop - start, box.height)
        if not cuts or (whole and not down):
            if _says(grey, inner):
                yield inner
        else:
            yield from _cut(grey, inner, cuts - 1, not down)


def _says(grey: Any, box: Box) -> bool:
    if box.width < _LEAST or box.height < _LEAST:
        return False
    part = grey[box.y : box.y + box.height, box.x : box.x + box.width]
    return int(part.max()) - int(part.min()) >= _LOUD


def _rows(part: Any) -> list[tuple[int, int]]:
    """Spans of rows: lines stand close, but what is low (a dot, a bar of =) is a part of one."""
    found: list[tuple[int, int]] = []
    for start, stop in _spans(part, 1):
        low = found and min(stop - start, found[-1][1] - found[-1][0]) < _LOW
        if low and start - found[-1][1] < _ROWS:
            found[-1] = found[-1][0], stop
        else:
            found.append((start, stop))
    return [line for start, stop in found for line in _lines(part, start, stop)]


def _lines(part: Any, start: int, stop: int) -> list[tuple[int, int]]:
    """The lines of a strip in which letters of one reach into the next: cut where ink is least."""
    import numpy as np

    if stop - start < 2 * _LOW:
        return [(start, stop)]
    ink = np.count_nonzero(_steps(part[start:stop].T), axis=0)
    ink = np.maximum(0, ink - np.percentile(ink, _FRAME))  # without the borders of cells
    usual, cuts = np.median(ink), [0, len(ink)]
    if usual < _FEW:
        return [(start, stop)]
    for row in np.argsort(ink, kind="stable").tolist():
        if ink[row] > _FAINT * usual:
            break
        if min(abs(row - cut) for cut in cuts) >= _LOW:
            cuts.append(row)
    spans = list(pairwise(sorted(cuts)))
    heights = [np.count_nonzero(ink[low:high]) for low, high in spans]
    if min(heights) < _ALIKE * max(heights):  # what hangs below a line, the stem of a large letter
        return [(start, stop)]
    return [(start + low, start + high) for low, high in spans]


def _steps(part: Any) -> Any:
    """Where pixels differ from those of the row before, by more than JPEG blurs."""
    import numpy as np

    wide = part.astype(np.int16)
    return np.abs(wide[1:] - wide[:-1]) > _BLUR


def _spans(part: Any, gap: int) -> Iterator[tuple[int, int]]:
    """Where rows differ from the one before; those nearer to each other than a gap are one."""
    import numpy as np

    changed = np.flatnonzero(_steps(part).any(axis=1)) + 1
    if not len(changed):
        return
    breaks = np.flatnonzero(np.diff(changed) > gap)
    starts = changed[np.concatenate(([0], breaks + 1))] - 1
    stops = changed[np.concatenate((breaks, [len(changed) - 1]))] + 1
    yield from zip(starts.tolist(), np.minimum(stops, len(part)).tolist(), strict=True)


@cache
def reader() -> Reader:
    """The reader of this process.  Raises UnreadableError when it cannot read a drawn word."""
    try:
        made = Reader()
        alive = any(_PROOF in line.text for line in made.lines(_drawn(_PROOF)))
    except RuntimeError:  # tesseract does not start
        alive = False
    if alive:
        return made
    what = "OCR did not read a word that was drawn for it"
    hint = "install leakgate[ocr] and the system's tesseract-ocr-eng again"
    raise UnreadableError(what, TESSDATA, hint, "detector.dead")


def _drawn(word: str) -> Any:
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("L", (400, 60), "white")
    pen = ImageDraw.Draw(picture)
    pen.text((20, 15), word, fill="black", font=ImageFont.load_default(size=24))
    return np.asarray(picture)


@cache
def missing() -> bool:
    """True when what reads pictures, or its language data, is not installed."""
    installed = all(find_spec(name) is not None for name in ("tesserocr", "PIL", "numpy"))
    return not installed or not (Path(TESSDATA) / "eng.traineddata").is_file()
