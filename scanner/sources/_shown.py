"""Texts of frames that come one after the other: what stays where it is, is given once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from scanner.batch import Place
from scanner.errors import UnreadableError
from scanner.files import ocr
from scanner.ocr import Box, Line
from scanner.pointer import join
from scanner.sources._texts import Found, armoured
from scanner.sources._wrapped import unwrapped

_Above = Callable[[int, int], list[str]]


@dataclass(frozen=True, slots=True, repr=False)
class _Held:
    """A line, the number of the frame in which it came, and its own in that frame."""

    line: Line
    frame: int
    number: int

    def stays(self, lines: Iterable[Line]) -> bool:
        """True when one of the lines is this one; in films a box may be a pixel larger."""
        return any(_same(self.line, line) for line in lines)


def shown(frames: Iterable[tuple[int, Any]], above: _Above) -> Found:
    """The lines of (number, grey levels) pairs; several pairs of one number are one frame.

    A line is given when it is gone.  Fields are `/ocr/<line>/<x>,<y>,<width>x<height>`, in
    pixels, below what `above` makes of the numbers of the first and the last frame with it; the
    record is the first.
    Raises UnreadableError as the frames do, and when OCR does not work.
    """
    held, last = list[_Held](), 0
    broken: UnreadableError | None = None
    try:
        film = ocr.Film(ocr.reader())
        for number, views in groupby(frames, itemgetter(0)):
            now = _lines(film, [grey for _, grey in views])
            yield from _given([one for one in held if not one.stays(now)], last, above)
            held = [one for one in held if one.stays(now)]
            known = [one.line for one in held]
            held += [
                _Held(line, number, n)
                for n, line in enumerate(now)
                if not any(_same(line, other) for other in known)
            ]
            last = number
    except UnreadableError as error:
        broken = error
    yield from _given(held, last, above)
    if broken is not None:
        raise broken


def _lines(film: ocr.Film, views: Iterable[Any]) -> list[Line]:
    """The lines of a frame, each once."""
    return list(dict.fromkeys(line for grey in views for line in _whole(film, grey)))


def _whole(film: ocr.Film, grey: Any) -> Iterator[Line]:
    lines = list(unwrapped(list(film.lines(grey))))
    for place, text in armoured((Place(n), line.text) for n, line in enumerate(lines)):
        yield Line(text, lines[place.record or 0].box)


def _same(one: Line, other: Line) -> bool:
    return one.text == other.text and _overlap(one.box, other.box)


def _overlap(a: Box, b: Box) -> bool:
    """They share more than half of the larger one."""
    width = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    height = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    larger = max(a.width * a.height, b.width * b.height)
    return width > 0 and height > 0 and 2 * width * height > larger


def _given(lines: Iterable[_Held], last: int, above: _Above) -> Found:
    for one in lines:
        path = (*above(one.frame, last), "ocr", str(one.number), str(one.line.box))
        yield Place(one.frame, join(path), ocr.LABEL), one.line.text
