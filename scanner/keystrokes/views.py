"""What is handed on of a field: texts, and for any stretch of one the rows that it came of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from scanner.keystrokes.buffer import Cell


@dataclass(slots=True)
class Rows:
    """The rows of a stream's events, by their number, and which belong together.

    `pairs` gives for a press the row of its release; `holds` are modifiers: row of the
    release by row of the press.
    """

    rows: list[int] = field(default_factory=list)
    pairs: dict[int, int] = field(default_factory=dict)
    holds: dict[int, int] = field(default_factory=dict)

    def between(self, first: int, last: int) -> set[int]:
        """The rows of the closed interval of events, with the releases of what it presses."""
        found = set(self.rows[first : last + 1])
        pairs = self.pairs
        found.update([pairs[n] for n in range(first, last + 1) if n in pairs])
        found.update([press for press, release in self.holds.items() if release in found])
        return found


@dataclass(frozen=True, slots=True)
class View:
    """One reading of what was typed: `parts` are its cells, stream by stream."""

    kind: str  # committed, joined, erased, raw, apart, other-order
    parts: Sequence[tuple[Sequence[Cell], Rows]]
    secure: bool = False
    label: str = ""

    @property
    def text(self) -> str:
        return "".join([cell[0] for cells, _ in self.parts for cell in cells])

    def rows(self, start: int, end: int) -> set[int]:
        """The rows of a stretch of the text; each cell is one character."""
        found, offset = set[int](), 0
        for cells, rows in self.parts:
            some = cells[max(0, start - offset) : max(0, end - offset)]
            numbers = [cell[1] for cell in some]
            found |= rows.between(min(numbers), max(numbers)) if numbers else set()
            offset += len(cells)
        return found

    @property
    def first(self) -> int:
        """The row that the text begins with."""
        return next(rows.rows[cells[0][1]] for cells, rows in self.parts if cells)


@dataclass(frozen=True, slots=True)
class Series:
    """A value that grew in a field, as each of its rows holds it; the longest stands for all.

    `member` is the name of the member of the rows that holds it.
    """

    text: str
    members: tuple[int, ...]
    kind: str = "value"
    secure: bool = False
    label: str = ""
    member: str = ""

    @property
    def first(self) -> int:
        return self.members[0]

    def rows(self, start: int, end: int) -> set[int]:  # noqa: ARG002 - each holds a part of it
        return set(self.members)


Reading = View | Series


def compact(rows: Iterable[int]) -> str:
    """Row numbers as ranges.

    >>> compact([5, 3, 4, 9])
    '3-5,9'
    """
    ranges: list[list[int]] = []
    for row in sorted(set(rows)):
        if ranges and row == ranges[-1][1] + 1:
            ranges[-1][1] = row
        else:
            ranges.append([row, row])
    return ",".join(f"{low}-{high}" if high > low else f"{low}" for low, high in ranges)


def expand(ranges: str) -> list[int]:
    """The rows that `compact` wrote."""
    ends = [part.split("-") for part in ranges.split(",") if part]
    return [row for pair in ends for row in range(int(pair[0]), int(pair[-1]) + 1)]
