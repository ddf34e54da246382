"""Where the lines of text in a picture are: islands of ink, cut at gaps between their lines.

A gap is where a row (or column) of pixels equals the one before it.  Between gaps lie strips.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from scanner.files.islands import islands
from scanner.ocr import Box

_ROWS, _COLUMNS = 3, 36  # pixels of a gap
_LEAST = 6  # pixels: what is lower or narrower is no letter
_LOW = 8  # pixels: what is lower is no line
_FRAME = 15  # per cent of the rows of a strip, at most, in which there is no letter
_FAINT = 0.25  # of the usual ink in a row: what is between lines
_ALIKE = 0.55  # of the highest line are all others of a strip
_FEW = 8  # pixels of ink in a row: a word or two, of which nothing can be told
_CUTS = 4  # times that a strip is cut again
_BLUR = 12  # grey levels
_PLAIN = 0.8  # of a row without letters is of the level that most is of
_ROUND = 16  # pixels of an edge with its corners, at most
_LOUD = 24  # grey levels between a strip's darkest and lightest pixel, at least


def strips(grey: Any) -> Iterator[Box]:
    """Where there is anything in a picture: its islands, and what gaps part in each."""
    for island in islands(grey):
        for plate in _plate(grey, island):
            yield from _cut(grey, plate, _CUTS, down=True)


def _plate(grey: Any, box: Box) -> list[Box]:
    """What stands on a bubble, or a button, without its edges and corners."""
    bare = _bare(grey, box)
    return [box] if bare == box else _within(islands(_of(grey, bare)), bare)


def _bare(grey: Any, box: Box) -> Box:
    """A rectangle without the page round it, of which less is seen than of what is on it."""
    import numpy as np

    part = _of(grey, box)
    plain = np.abs(part.astype(np.int16) - int(np.median(part))) <= _BLUR
    rows, columns = (np.flatnonzero(plain.mean(axis=axis) >= _PLAIN) for axis in (1, 0))
    if not (len(rows) and len(columns)):
        return box
    (x, right), (y, bottom) = ((int(at[0]), int(at[-1]) + 1) for at in (columns, rows))
    if max(x, y, box.width - right, box.height - bottom) > _ROUND:  # a photograph
        return box
    return Box(box.x + x, box.y + y, right - x, bottom - y)


def _of(grey: Any, box: Box) -> Any:
    return grey[box.y : box.y + box.height, box.x : box.x + box.width]


def _within(boxes: list[Box], outer: Box) -> list[Box]:
    return [Box(outer.x + b.x, outer.y + b.y, b.width, b.height) for b in boxes]


def _cut(grey: Any, box: Box, cuts: int, down: bool) -> Iterator[Box]:
    part = _of(grey, box)
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
    part = _of(grey, box)
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
    ink = np.maximum(0, ink - np.percentile(ink, _FRAME))  # without borders, and noise of JPEG
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
