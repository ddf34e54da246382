"""The text in a field while it is edited: characters with their rows, a caret, a selection.

A cell is (character, number of the event that typed it, time); events are numbered within
their stream.
"""

from __future__ import annotations

from collections.abc import Sequence

Cell = tuple[str, int, float]

_UNDO = 24  # steps that are remembered
_AROUND = 1024  # cells on either side of what was deleted, as it is looked at again
_NEAR = 128  # of those, for a slip of the finger
_SLIP = 4  # cells; what is deleted of more is no slip


class Buffer:
    """`cells` is the text now, `raw` all that was ever inserted, `lost` texts before deletions."""

    def __init__(self, cells: Sequence[Cell] = (), submits: bool = False) -> None:
        self.submits = submits  # Enter ends the line, wherever the caret is
        self.cells = list(cells)
        self.raw = list(cells)
        self.lost: list[list[Cell]] = []
        self.caret = len(self.cells)
        self.anchor: int | None = None
        self.edited = False
        self._run: list[Cell] = []  # what is being deleted, and where it stood
        self._run_at = 0
        self._undo: list[tuple[list[Cell], int]] = []
        self._redo: list[tuple[list[Cell], int]] = []
        self._typing = False

    def insert(self, cell: Cell) -> None:
        """Type a character: it takes the place of the selection."""
        if not self._typing:
            self._begin_typing()
        self.raw.append(cell)
        if self.caret != len(self.cells) and cell[0] == "\n":
            self._end_line()
        if self.caret == len(self.cells):
            self.cells.append(cell)
        else:
            self.cells.insert(self.caret, cell)
            self.edited = True
        self.caret += 1

    def _end_line(self) -> None:
        """Enter within a line: whether it cuts the line, nobody knows but in a terminal."""
        low, high = self.line_start(), self.line_end()
        if self.submits:
            self.caret = high
        elif self.caret < high:
            self.lost.append(self.cells[low:high])

    def insert_before(self, cell: Cell, moment: float) -> int:
        """Insert a character that was typed at `moment`, before those typed later.

        Returns where it stands.
        """
        if not self._typing:
            self._begin_typing()
        at, raw = self.caret, len(self.raw)
        while at and self.caret - at < 6 and self.cells[at - 1][2] > moment:
            at -= 1
        while raw and len(self.raw) - raw < 6 and self.raw[raw - 1][2] > moment:
            raw -= 1
        self.cells.insert(at, cell)
        self.raw.insert(raw, cell)
        self.caret += 1
        return at

    def lift(self, moment: float) -> list[Cell]:
        """Take out what was typed just now, later than `moment`; `put_back` undoes that."""
        at = self.caret
        while at and self.caret - at < 4 and self.cells[at - 1][2] > moment:
            at -= 1
        lifted = self.cells[at : self.caret]
        del self.cells[at : self.caret]
        self.caret = at
        return lifted

    def put_back(self, lifted: Sequence[Cell]) -> None:
        if lifted:
            self._end_run()
        self.cells[self.caret : self.caret] = lifted
        self.caret += len(lifted)

    def rewrite(self, cell: Cell, char: str) -> Cell:
        """Change a character that was typed a moment ago."""
        new = (char, cell[1], cell[2])
        for cells in (self.cells, self.raw):
            for at in range(len(cells) - 1, max(-1, len(cells) - 8), -1):
                if cells[at] is cell:
                    cells[at] = new
        return new

    def _begin_typing(self) -> None:
        replaces = self.anchor is not None and self.delete_selection()
        if self._run:
            self._end_run()
        if not replaces:  # what takes the place of a selection is one step
            self._remember()
        self._typing = True

    def _remember(self) -> None:
        self._undo.append((self.cells.copy(), self.caret))
        self._redo.clear()
        if len(self._undo) > _UNDO:
            del self._undo[0]

    # Deleting ----------------------------------------------------------------------------

    def delete(self, low: int, high: int) -> None:
        """Delete a stretch; neighbouring deletions are one."""
        low, high = max(0, low), min(len(self.cells), high)
        self.anchor = None
        if low >= high:
            return
        gone = self.cells[low:high]
        if self._run and high == self._run_at:
            self._run[:0] = gone
        elif self._run and low == self._run_at:
            self._run += gone
        else:
            self._end_run()
            self._remember()
            self._run = gone
        self._typing, self.edited = False, True
        del self.cells[low:high]
        self.caret = self._run_at = low

    @property
    def deleting(self) -> str:
        """What was deleted last, neighbouring deletions together, as long as nothing followed."""
        return "".join(cell[0] for cell in self._run)

    def swap(self) -> None:
        """Exchange the characters around the caret, of a line's end those before it."""
        at = self.caret - (self.caret == self.line_end())
        if at > self.line_start():
            cells = self.cells
            cells[at - 1], cells[at] = cells[at], cells[at - 1]
            self.move(at + 1)
            self.edited = True

    def delete_selection(self) -> bool:
        """False when nothing was selected."""
        if self.anchor is None:
            return False
        low, high = sorted((self.anchor, self.caret))
        self.delete(low, high)
        return low < high

    def selected(self) -> list[Cell]:
        low, high = sorted((self.caret if self.anchor is None else self.anchor, self.caret))
        return self.cells[low:high]

    def _end_run(self) -> None:
        if self._run:
            around = _AROUND if len(self._run) > _SLIP else _NEAR
            before = self.cells[max(0, self._run_at - around) : self._run_at]
            after = self.cells[self._run_at : self._run_at + around]
            self.lost.append([*before, *self._run, *after])
            self._run = []

    def settle(self) -> None:
        """End what was going on: nothing more belongs to the last deletion."""
        self._end_run()
        self._typing = False

    # Moving ------------------------------------------------------------------------------

    def move(self, to: int, selecting: bool = False) -> None:
        self._end_run()
        if selecting:
            self.anchor = self.caret if self.anchor is None else self.anchor
        else:
            self.anchor = None
        self.caret = min(max(0, to), len(self.cells))
        self._typing = False

    def step(self, by: int, selecting: bool = False) -> None:
        """One to the left or right; a selection that is left ends at that side."""
        if self.anchor is not None and not selecting and self.anchor != self.caret:
            ends = sorted((self.anchor, self.caret))
            self.move(ends[by > 0])
        else:
            self.move(self.caret + by, selecting)

    def select_all(self) -> None:
        self.move(len(self.cells))
        self.anchor = 0

    def line_start(self, at: int | None = None) -> int:
        at = self.caret if at is None else at
        while at and self.cells[at - 1][0] != "\n":
            at -= 1
        return at

    def line_end(self, at: int | None = None) -> int:
        at = self.caret if at is None else at
        while at < len(self.cells) and self.cells[at][0] != "\n":
            at += 1
        return at

    def vertical(self, by: int, selecting: bool = False) -> None:
        """A line up or down, in the same column; nowhere where there is no such line."""
        start, end = self.line_start(), self.line_end()
        if (by < 0 and not start) or (by > 0 and end == len(self.cells)):
            return
        first = self.line_start(start - 1) if by < 0 else end + 1
        self.move(min(first + self.caret - start, self.line_end(first)), selecting)

    def word(self, by: int, by_space: bool = False) -> int:
        """Where the word left (by -1) or right of the caret begins or ends."""
        at, cells = self.caret, self.cells

        def inside(index: int) -> bool:
            char = cells[index][0]
            return not char.isspace() if by_space else char.isalnum() or char == "_"

        if by < 0:
            while at and not inside(at - 1):
                at -= 1
            while at and inside(at - 1):
                at -= 1
            return at
        while at < len(cells) and not inside(at):
            at += 1
        while at < len(cells) and inside(at):
            at += 1
        return at

    # Undoing -----------------------------------------------------------------------------

    def undo(self) -> None:
        self._travel(self._undo, self._redo)

    def redo(self) -> None:
        self._travel(self._redo, self._undo)

    def _travel(
        self, past: list[tuple[list[Cell], int]], future: list[tuple[list[Cell], int]]
    ) -> None:
        self._end_run()
        if past:
            if len(self.cells) > len(past[-1][0]):
                self.lost.append(self.cells[-2 * _AROUND :])
            future.append((self.cells.copy(), self.caret))
            self.cells, self.caret = past.pop()
            self.edited, self._typing, self.anchor = True, False, None
