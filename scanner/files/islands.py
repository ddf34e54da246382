"""Islands of ink in a picture: what stands near to each other along a row, and touches below it.

Windows and panes stand beside each other, and their lines at different heights: no gap runs
through all of them.  Long straight edges (of windows, panes, cells) are walls: no ink, and what
is on either side of one is apart.
"""

from __future__ import annotations

from typing import Any

from scanner.ocr import Box

BLUR = 12  # grey levels: by so much pixels differ where JPEG has blurred nothing but noise
GAP = 36  # pixels between words of one line, at most
_CLOSE = 18  # and where those farther away stand at other heights
_WALL = 96  # pixels of a straight edge: no letter has it
_LINE = 22  # and of one upright that is two pixels wide; one that lies may be an underscore
_SAME = 0.7  # of the lower one stands beside the higher one: a low line, or a dash
_NOISE = 0.2  # of all pixels are no walls, but noise
_LEAST = 12  # pixels: what is lower and narrower is no word, but the corner of a frame
_LOW, _NEAR = 8, 3  # pixels: what is low (a dot, an accent) is a part of what is so near


def islands(grey: Any) -> list[Box]:
    """A rectangle round each, from top to bottom; one pixel of its page is around the ink."""
    import numpy as np

    height, width = grey.shape
    across, walls = _edges(grey.T, _LINE)
    down, floors = _edges(grey, _WALL)
    across, walls = across.T, walls.T
    ink = np.zeros((height, width + 1), bool)  # a column that ends each row
    ink[:, 1:-1] = across
    ink[1:, :-1] |= down & ~floors
    ink[:, 1:-1] &= ~walls
    starts, stops = _runs(ink, walls)
    labels = _labels(starts, stops, width + 1)
    boxes = _level(_joined(_boxes(starts, stops, labels, width + 1)), walls)
    return sorted((_around(box, height) for box in boxes), key=lambda box: (box.y, box.x))


def _edges(grey: Any, line: int) -> tuple[Any, Any]:
    """Where a row differs from the next; and where it goes on differing, as at a wall or a line."""
    import numpy as np

    steps = np.diff(grey.astype(np.int16), axis=0)
    up, down = steps > BLUR, steps < -BLUR
    thin = np.zeros_like(up)
    for one, other in ((up, down), (down, up)):
        for width in (1, 2):
            both = one[:-width] & other[width:]
            thin[:-width] |= both
            thin[width:] |= both
    edges = up | down
    walls = _straight(_crossed(edges.T), _WALL).T | _straight(thin.T, line).T
    return edges, walls & (walls.mean() < _NOISE if walls.size else False)


def _crossed(edges: Any) -> Any:
    """With the one or two pixels where another line goes through."""
    found = edges.copy()
    for width in (2, 3):
        both = edges[:-width] & edges[width:]
        for row in range(1, width):
            found[row : row - width] |= both
    return found


def _straight(edges: Any, length: int) -> Any:
    """Those that go on down their column for so many pixels."""
    import numpy as np

    found, size = edges.copy(), 1
    while size < length:  # begins that are followed by as many
        step = min(size, length - size)
        found[:-step] &= found[step:]
        found[-step:] = False
        size += step
    size = 1
    while size < length:
        step = min(size, length - size)
        found[step:] |= found[:-step].copy()
        size += step
    return np.asarray(found)


def _runs(ink: Any, walls: Any) -> tuple[Any, Any]:
    """Where ink begins and ends in the rows, counted through; gaps without a wall are ink."""
    import numpy as np

    turns = np.flatnonzero(np.diff(ink.ravel(), prepend=False))
    starts, stops = turns[::2], turns[1::2]
    if not len(starts):
        return starts, stops
    passed = np.zeros(ink.shape, np.int32)
    passed[:, 1:-1] = walls
    passed = np.cumsum(passed.ravel(), dtype=np.int32)
    row = starts // ink.shape[1]
    apart = (starts[1:] - stops[:-1] > _CLOSE) | (row[1:] != row[:-1])
    apart |= passed[starts[1:]] != passed[stops[:-1]]
    return starts[np.concatenate(([True], apart))], stops[np.concatenate((apart, [True]))]


def _labels(starts: Any, stops: Any, width: int) -> Any:
    """For each run the number of the first that it hangs together with."""
    import numpy as np

    first = np.searchsorted(stops, starts + width, "right").tolist()
    last = np.searchsorted(starts, stops + width, "left").tolist()
    parent = list(range(len(starts)))

    def root(run: int) -> int:
        while parent[run] != run:
            parent[run] = run = parent[parent[run]]
        return run

    for run, (low, high) in enumerate(zip(first, last, strict=True)):
        for below in range(low, high):
            a, b = root(run), root(below)
            parent[max(a, b)] = min(a, b)
    return np.array([root(run) for run in parent], np.intp)


def _boxes(starts: Any, stops: Any, labels: Any, width: int) -> Any:
    """An array of left, top, right, bottom."""
    import numpy as np

    if not len(starts):
        return np.zeros((0, 4), np.intp)
    order = np.argsort(labels, kind="stable")
    cuts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    rows = starts // width
    corners = starts - rows * width, rows, stops - rows * width, rows + 1
    ways = np.minimum, np.minimum, np.maximum, np.maximum
    return np.stack(
        [way.reduceat(c[order], cuts) for way, c in zip(ways, corners, strict=True)], axis=1
    )


def _joined(boxes: Any) -> Any:
    """With what is low as a part of what it is over or under."""
    import numpy as np

    gone = np.zeros(len(boxes), bool)
    for low in np.flatnonzero(boxes[:, 3] - boxes[:, 1] < _LOW):
        left, top, right, bottom = boxes[low]
        near = (boxes[:, 0] < right) & (boxes[:, 2] > left) & ~gone
        near &= (boxes[:, 1] < bottom + _NEAR) & (boxes[:, 3] + _NEAR > top)
        near[low] = False
        if near.any():
            _add(boxes[np.argmax(near)], boxes[low])
            gone[low] = True
    gone |= (boxes[:, 2:] - boxes[:, :2] < _LEAST).all(axis=1)
    return boxes[~gone]


def _add(box: Any, other: Any) -> None:
    import numpy as np

    box[:2] = np.minimum(box[:2], other[:2])
    box[2:] = np.maximum(box[2:], other[2:])


def _level(boxes: Any, walls: Any) -> list[list[int]]:
    """From left to right those that stand at one height in one, where there is no wall between."""
    import numpy as np

    found, count = np.zeros_like(boxes), 0
    for box in boxes[np.argsort(boxes[:, 0], kind="stable")]:
        left, top, _, bottom = box
        before = found[:count]
        heights = before[:, 3] - before[:, 1], bottom - top
        low, high = np.minimum(*heights), np.maximum(*heights)
        both = np.minimum(before[:, 3], bottom) - np.maximum(before[:, 1], top)
        near = (left - before[:, 2] <= GAP) & (both >= _SAME * low)
        near &= (high <= 2 * low) | (high >= 3 * low)
        for one in np.flatnonzero(near):
            if not walls[max(before[one, 1], top), before[one, 2] : left].any():
                _add(found[one], box)
                break
        else:
            found[count] = box
            count += 1
    return [list(map(int, box)) for box in found[:count]]


def _around(box: list[int], height: int) -> Box:
    left, top, right, bottom = box
    x, y = max(0, left - 1), max(0, top - 1)
    return Box(x, y, right - x, min(height, bottom) - y)
