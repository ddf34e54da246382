"""Spaces that an engine reads inside of a word: told by the pixels between the letters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

Corners = tuple[int, int, int, int]  # left, top, right, bottom in pixels
Word = tuple[str, Corners]

_SPACE = 0.4  # of the width of a letter: what is narrower is no space
_ROOMY = 0.65  # beside a 1 and behind a dot, which have room around them
_PITCHED = 0.75  # where letters are equally wide: around a dot is much room, and no space
_MANY = 2.2  # what is wider are several, or none but the way to a column
_INK = 0.3  # of the way from page to letters


def joined(words: Sequence[Word], grey: Any) -> str:
    """The text of a line, dark on light, without spaces that are no wider than between letters."""
    if len(words) < 2:
        return "".join(text for text, _ in words)
    letter = sum(box[2] - box[0] for _, box in words) / sum(len(text) for text, _ in words)
    gaps = [_gap(grey, left, right) for (_, left), (_, right) in pairwise(words)]
    wide = sorted(gap for gap in gaps if _SPACE * letter <= gap <= _MANY * letter)
    pitched = bool(wide) and wide[(len(wide) - 1) // 2] >= letter
    text = words[0][0]
    for gap, ((before, _), (word, _)) in zip(gaps, pairwise(words), strict=True):
        roomy = before[-1] in "1.," or word[0] == "1"
        least = _PITCHED if pitched else _ROOMY if roomy else _SPACE
        text += " " * (gap >= least * letter or (before.isalpha() and word.isalpha())) + word
    return text


def _gap(grey: Any, left: Corners, right: Corners) -> int:
    """The widest run of columns without ink where one word ends and the next begins."""
    import numpy as np

    top, bottom = min(left[1], right[1]), max(left[3], right[3])
    near = (bottom - top) // 3
    start = max(0, min(left[2], right[0]) - near)
    band = grey[top:bottom, start : max(left[2], right[0]) + near]
    if not band.size:
        return 0
    page = float(np.median(band))
    blank = (band > page - _INK * (page - float(band.min()))).all(axis=0)
    turns = np.flatnonzero(np.diff(blank, prepend=False, append=False))
    return int((turns[1::2] - turns[::2]).max(initial=0))
