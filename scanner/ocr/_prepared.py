"""What every engine does with a strip before it reads it."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

_LEVELS = 16  # grey levels that count as one when pages are told from letters
_OTHER = 48  # grey levels between two pages
_EDGE = 0.6  # of the rows change where one page ends


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

    found = np.full(grey.shape, 255, np.uint8)
    for start, stop in pairwise([0, *_turns(grey), grey.shape[1]]):
        part = grey[:, start:stop].astype(np.int32)
        away = np.abs(part - int(np.median(part)))
        found[:, start:stop] = 255 - away * 255 // max(1, int(away.max()))
    return found


def _turns(grey: Any) -> list[int]:
    """Columns in which another page begins, as far as a strip is high from one to the next."""
    import numpy as np

    height, width = grey.shape
    if width <= 2 * height:
        return []
    steps = np.abs(np.diff(grey.astype(np.int16), axis=1)) > _OTHER // 2
    edges = np.flatnonzero(steps.sum(axis=0) >= _EDGE * height) + 1
    found, last = list[int](), 0
    for edge in edges.tolist():
        if edge - last < 2 or width - edge < 2:
            continue
        left, right = grey[:, max(last, edge - height) : edge], grey[:, edge : edge + height]
        if abs(_page(left) - _page(right)) >= _OTHER:
            found.append(edge)
            last = edge
    return found


def _page(grey: Any) -> int:
    """The level that most pixels have."""
    import numpy as np

    return int(np.argmax(np.bincount(grey.ravel() // _LEVELS))) * _LEVELS


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
