"""Lines of a window, put together where it has wrapped them: a token may go on in the next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.ocr import Box, Line

_SOLID = re.compile(r"[A-Za-z0-9_./+=-]{16,}$")
_NEXT = re.compile(r"(?![A-Z]?[a-z]+\b|[A-Z]+\b)[A-Za-z0-9_./+=-]+")  # no word of prose
_SLACK = 40  # pixels that a wrapped line may end before the longest one of its column
_LEFT = 12  # pixels by which the beginnings of lines of one column differ, at most
_WIDE = 200  # pixels; narrower lines are not wrapped
_NEAR, _FAR = 0.6, 1.2  # of the height of a line: below prose, and within a token
_LONGEST = 2000  # characters of one text


@dataclass(slots=True, repr=False)
class _Text:
    """What was put together; its last line; the token at its end, and the number of the line in
    which that begins.
    """

    whole: Line
    last: Box
    token: Line | None
    first: int


def unwrapped(lines: list[Line]) -> Iterator[Line]:
    """The lines; of prose that runs on over several in one column, one.

    A token that runs on is given once more, whole: where lines are full, it may as well be two.
    """
    rights = _rights(lines)
    columns: dict[int, _Text] = {}
    texts, tokens = list[_Text](), dict[int, Line]()
    for number, line in enumerate(lines):
        text = _Text(line, line.box, _token(line), number)
        at = line.box.x // _LEFT
        above = next((columns[n] for n in (at, at - 1, at + 1) if n in columns), None)
        if above and _under(above, line.box):
            full = _is_full(above.last, rights)
            head = above.token and _NEXT.match(line.text)
            if above.token and head and (full or head[0] == line.text):
                token = tokens[above.first] = _one(above.token, Line(head[0], line.box), "")
                if head[0] == line.text:
                    text.token, text.first = token, above.first
            elif full and not head and _gap(above.last, line.box) <= _NEAR:
                above.whole, above.last = _one(above.whole, line, " "), line.box
                above.token, above.first = text.token, number
                columns[at] = above
                continue
        texts.append(text)
        columns[at] = text
    yield from (text.whole for text in texts)
    yield from tokens.values()


def _rights(lines: list[Line]) -> dict[int, int]:
    """Where the longest line of each column ends."""
    rights: dict[int, int] = {}
    for line in lines:
        left = line.box.x // _LEFT
        rights[left] = max(rights.get(left, 0), line.box.x + line.box.width)
    return rights


def _token(line: Line) -> Line | None:
    found = _SOLID.search(line.text)
    return Line(found[0], line.box) if found else None


def _under(above: _Text, box: Box) -> bool:
    last = above.last
    level = abs(box.x - last.x) <= _LEFT and last.width >= _WIDE
    return level and len(above.whole.text) < _LONGEST and 0 <= _gap(last, box) <= _FAR


def _gap(last: Box, box: Box) -> float:
    """Between a line and one below it, in heights of the higher one."""
    return (box.y - last.y - last.height) / max(box.height, last.height)


def _is_full(last: Box, rights: dict[int, int]) -> bool:
    return last.x + last.width >= rights[last.x // _LEFT] - max(_SLACK, last.width // 8)


def _one(above: Line, below: Line, glue: str) -> Line:
    a, b = above.box, below.box
    x, y = min(a.x, b.x), a.y
    right = max(a.x + a.width, b.x + b.width)
    return Line(above.text + glue + below.text, Box(x, y, right - x, b.y + b.height - y))
