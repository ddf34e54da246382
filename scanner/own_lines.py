"""Where a value is several lines of a file, a match in it is told by the lines it stands in."""

from __future__ import annotations

import re
from dataclasses import replace

from scanner.batch import Place

_BOUNDED = re.compile(r"(\w+):(\d+)-(\d+)")  # a step of decoding that names a stretch


def own_lines(place: Place, start: int, end: int) -> tuple[Place, int]:
    """The place of the lines alone, and how far before it the text of the whole value begins.

    `start` and `end` are code points of the text that was matched.  A text that was decoded
    stays in the value as a whole where no stretch of it is named.
    """
    step = _BOUNDED.fullmatch(place.layers[0]) if place.layers else None
    if not place.lines or (place.layers and step is None):
        return place, 0
    span = (int(step[2]), int(step[3])) if step else (start, end)
    text = place.lines.decode("utf-8")
    first = text.rfind("\n", 0, span[0]) + 1
    last = text.find("\n", span[1])
    last = len(text) if last < 0 else last
    begins = (place.record_start or 0) + len(text[:first].encode())
    alone = replace(
        place,
        record=(place.record or 0) + text.count("\n", 0, first),
        record_start=begins,
        record_end=begins + len(text[first:last].encode()),
        lines=b"",
    )
    if step is None:
        return alone, first
    named = f"{step[1]}:{span[0] - first}-{span[1] - first}"
    return replace(alone, layers=(named, *place.layers[1:])), 0
