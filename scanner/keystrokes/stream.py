"""One field of one window: what is typed there until focus or a click ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from scanner.keystrokes.buffer import Buffer, Cell
from scanner.keystrokes.views import Reading, Rows, View

_MOST = 1 << 14  # cells of one segment
_ROWS = 1 << 18  # events of one field that are remembered
_KEPT = 4096  # cells that the next one begins with, and that a joined reading goes back
_AROUND = 400  # cells on either side of a character whose place is doubtful

Emit = Callable[[Sequence[Reading], int, int], None]


class Stream:
    """`secure`: the field hides what is typed; `terminal`: its shortcuts hold."""

    def __init__(
        self, emit: Emit, label: str = "", secure: bool = False, terminal: bool = False
    ) -> None:
        self.emit, self.label, self.secure, self.terminal = emit, label, secure, terminal
        self.rows = Rows()
        self.buffer = Buffer(submits=terminal)
        self.doubtful: list[tuple[Cell, int | str]] = []  # a cell; how far off, or what else it is
        self._before: list[Cell] = []  # what the field held when it was last closed

    def full(self) -> bool:
        """Time to hand on what there is, to keep memory small."""
        return len(self.buffer.raw) > _MOST

    def close(self, row: int, unknown: bool = True) -> list[tuple[list[Cell], Rows]]:
        """Hand on what was typed; `unknown`: nobody knows where typing goes on."""
        buffer = self.buffer
        buffer.settle()
        if not buffer.raw:
            return []
        part = (buffer.cells, self.rows)
        views = [View("committed", [part], self.secure, self.label), *self._hypotheses()]
        self.emit(views, self.rows.rows[buffer.raw[0][1]], row)
        self._before = [*self._before, *buffer.cells][-_KEPT:]
        self.buffer, self.doubtful = Buffer(submits=self.terminal), []
        if not unknown:
            self._shorten()
        elif len(self.rows.rows) > _ROWS:
            self._shorten()
            self._before, self.buffer = self.buffer.cells, Buffer(submits=self.terminal)
        return [part]

    def _hypotheses(self) -> Iterator[View]:
        buffer, rows, label = self.buffer, self.rows, self.label
        if self._before:
            yield View("joined", [([*self._before, *buffer.cells], rows)], False, label)
        for cells in buffer.lost:
            whole = self.secure and not buffer.cells
            yield View("erased", [(cells, rows)], whole, label)
        if buffer.edited:
            yield View("raw", [(buffer.raw, rows)], False, label)
        if self.doubtful:
            places = {id(cell): at for at, cell in enumerate(buffer.cells)}
            for cell, by in self.doubtful:
                if id(cell) in places:
                    yield from self._other(places[id(cell)], by)

    def _other(self, at: int, by: int | str) -> Iterator[View]:
        """The text with a character at the other place where it may belong, or with another."""
        cells, low = self.buffer.cells, max(0, at - _AROUND)
        some = cells[low : at + _AROUND]
        if isinstance(by, str):
            some[at - low] = (by, *cells[at][1:])
        elif 0 <= at + by < len(cells):
            some.insert(at + by - low, some.pop(at - low))
        yield View("other-order", [(some, self.rows)], False, self.label)

    def _shorten(self) -> None:
        """Forget rows that no kept character came of."""
        tail = self._before[-_KEPT:]
        first = min((cell[1] for cell in tail), default=0)
        old = self.rows
        self.rows = Rows(old.rows[first:])
        self.rows.pairs = {n - first: r for n, r in old.pairs.items() if n >= first}
        self.rows.holds = dict(list(old.holds.items())[-64:])
        cells = [(char, number - first, time) for char, number, time in tail]
        self.buffer, self._before = Buffer(cells, self.terminal), []
