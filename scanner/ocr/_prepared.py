"""What every engine does with a strip before it reads it."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

_OTHER = 32  # grey levels between two pages


def prepared(grey: Any, scale: float, margin: int) -> Any:
    """The strip black on white, with a margin of so many pixels, larger: a picture of Pillow."""
    import numpy as np
    from PIL import Image

    image = Image.fromarray(np.pad(_black_on_white(grey), margin, constant_values=255))
    size = round(image.width * scale), round(image.height * scale)
    return image.resize(size, Image.Resampling.BICUBIC)


def _black_on_white(grey: Any) -> Any:
    """How far each pixel is from its page, from one selection, badge or highlight to the next."""
    import numpy as np

    pages = _exact(_pages(grey), grey)
    away = np.abs(grey - pages)
    for start, stop in pairwise([0, *_turns(pages), grey.shape[1]]):
        part = away[:, start:stop]
        part[:] = part * 255 // max(1, int(part.max()))
    return (255 - away).astype(np.uint8)


def _turns(pages: Any) -> list[int]:
    """The columns in which another page begins."""
    import numpy as np

    found: list[int] = (np.flatnonzero(np.abs(np.diff(pages)) >= _OTHER) + 1).tolist()
    return found


def _exact(pages: Any, grey: Any) -> Any:
    """Round where another page begins, each column is of the page that more of it is like."""
    import numpy as np

    height, width = grey.shape
    found = pages.copy()
    turns = [0, *_turns(pages), width]
    for before, turn, after in zip(turns, turns[1:-1], turns[2:], strict=False):
        near = slice(max(before, turn - height), min(after, turn + height))
        here = grey[:, near].astype(np.int16)
        left, right = (
            (np.abs(here - page) < _OTHER // 2).sum(axis=0) for page in pages[turn - 1 : turn + 1]
        )
        found[near] = np.where(right > left, pages[turn], pages[turn - 1])
    return found


def _pages(grey: Any) -> Any:
    """For each column the level that most pixels have, as far as a strip is high on either side."""
    import numpy as np

    height, width = grey.shape
    columns = np.arange(width)
    found = (columns * 256 + grey).ravel()
    counts = np.bincount(found, minlength=width * 256).reshape(width, 256)
    sums = np.concatenate((np.zeros((1, 256), np.intp), np.cumsum(counts, axis=0)))
    near = sums[np.minimum(columns + height + 1, width)] - sums[np.maximum(columns - height, 0)]
    many = 2 * near
    many[:, 1:] += near[:, :-1]  # noise goes from one level to the next
    many[:, :-1] += near[:, 1:]
    return many.argmax(axis=1)


@cache
def missing(packages: tuple[str, ...], *models: Path) -> bool:
    """True when one of the packages, or of the files of a model, is not there."""
    there = all(find_spec(name) is not None for name in packages)
    return not there or not all(path.is_file() for path in models)


def versions(*packages: str) -> str:
    """Of installed packages, by name."""
    return " ".join(f"{name} {_version(name)}" for name in packages)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
