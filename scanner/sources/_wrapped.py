"""Lines of a window, put together where it has wrapped them: a token may go on in the next."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.ocr import Box, Line

_SOLID = re.compile(r"[A-Za-z0-9_./+=-]{16,}$")
_NEXT = re.compile(r"[A-Za-z0-9_./+=-]+")
_SLACK = 40  # pixels that a wrapped line may end before the longest one of its column
_LEFT = 12  # pixels by which the beginnings of lines of one column differ, at most
_WIDE = 200  # pixels; narrower lines are not wrapped
_NEAR, _FAR = 0.6, 1.2  # of the height of a line: below prose, and within a token
_LONGEST = 2000  # characters of one text


def unwrapped(lines: list[Line]) -> Iterator[Line]:
    """The lines; of a text that runs on over several in one column, one."""
    rights: dict[int, int] = {}
    for line in lines:
        left = line.box.x // _LEFT
        rights[left] = max(rights.get(left, 0), line.box.x + line.box.width)
    held: Line | None = None
    last = Box(0, 0, 0, 0)
    for line in lines:
        glue = None if held is None else _glue(held, last, line, rights)
        if held is not None and glue is not None:
            held = _one(held, line, glue)
        else:
            if held is not None:
                yield held
            held = line
        last = line.box
    if held is not None:
        yield held


def _glue(above: Line, last: Box, below: Line, rights: dict[int, int]) -> str | None:
    """What stands between two lines that are one: nothing within a token; None: they are two."""
    box = below.box
    solid = _SOLID.search(above.text) and _NEXT.match(below.text)
    apart = (_FAR if solid else _NEAR) * max(box.height, last.height)
    near = 0 <= box.y - last.y - last.height <= apart
    same = abs(box.x - last.x) <= _LEFT
    right = rights[last.x // _LEFT]
    full = last.x + last.width >= right - max(_SLACK, last.width // 8)
    if not (near and same and full and last.width >= _WIDE and len(above.text) < _LONGEST):
        return None
    return "" if solid else " "


def _one(above: Line, below: Line, glue: str) -> Line:
    a, b = above.box, below.box
    x, y = min(a.x, b.x), a.y
    right = max(a.x + a.width, b.x + b.width)
    return Line(above.text + glue + below.text, Box(x, y, right - x, b.y + b.height - y))
