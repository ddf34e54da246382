"""One file per OCR engine.  Each module defines `plugin`, an `Engine`.

What is cut into strips, and kept, is the same for all of them: `scanner.files.ocr`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol


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


class Eye(Protocol):
    """An engine that has started.  Equal pixels must give equal text, in any order.

    `grey` is a 2-D array of grey levels (uint8), light on dark as well as dark on light.
    Raises UnreadableError, never with what it read.
    """

    def line(self, grey: Any) -> str:
        """The text of a strip that holds one line; "" where there is none."""
        ...

    def lines(self, grey: Any) -> Iterator[Line]:
        """The lines of a strip that may hold more than one."""
        ...


class Engine(Protocol):
    """What reads letters.  Of the engines that are installed, `auto` takes the lowest rank.

    `needs` says what to install.
    """

    rank: int
    needs: str

    def missing(self) -> bool:
        """True when the engine, or its model, is not installed."""
        ...

    def version(self) -> str:
        """What decides how it reads: versions of the engine and of its model."""
        ...

    def start(self) -> Eye:
        """Load it.  May raise anything when it does not start."""
        ...
