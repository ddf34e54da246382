"""One field of one window: what is typed there until focus or a click ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, combinations, islice, pairwise

from scanner.keystrokes.buffer import Buffer, Cell
from scanner.keystrokes.times import EPOCH
from scanner.keystrokes.views import Reading, Rows, View

_MOST = 1 << 14  # cells of one segment
_ROWS = 1 << 18  # events of one field that are remembered
_KEPT = 4096  # cells that the next one begins with, and that a joined reading goes back
_AROUND = 400  # cells on either side of a character whose place is doubtful
_PAUSE = 1.2  # seconds: long enough to take the mouse
_INSERTS = "iaosIAOSC"  # what begins typing in vi
_TOGETHER = 60  # cells between doubtful characters that may be of one word
_AT_ONCE, _WAYS = 3, 24  # of them that are changed together, and ways to do so

_Doubt = tuple[int, int | str]  # where a cell stands; how far off it may belong, or what it may be
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
        self.killed = ""  # what a shell's line lost last, which Ctrl+Y puts in again
        self.escapes: list[float] = []  # when Escape was pressed
        self._before: list[Cell] = []  # what the field held when it was last closed

    def kill(self, low: int, high: int) -> None:
        """Delete a stretch and remember it, as shells do; neighbouring ones are one."""
        self.buffer.delete(low, high)
        if low < high:
            self.killed = self.buffer.deleting

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
        self.escapes = []
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
        apart = _apart(buffer.cells, self.escapes)
        if apart:
            yield View("apart", [(apart, rows)], False, label)
        if self.doubtful:
            yield from self._others()

    def _others(self) -> Iterator[View]:
        """The text with characters at the other place where they may belong, or as others.

        Doubts that are near each other are raised together as well.
        """
        places = {id(cell): at for at, cell in enumerate(self.buffer.cells)}
        known = [(places[id(cell)], by) for cell, by in self.doubtful if id(cell) in places]
        near: list[_Doubt] = []
        for doubt in sorted(dict.fromkeys(known), key=lambda doubt: doubt[0]):
            if near and doubt[0] - near[-1][0] > _TOGETHER:
                yield from self._each_way(near)
                near = []
            near.append(doubt)
        yield from self._each_way(near)

    def _each_way(self, doubts: Sequence[_Doubt]) -> Iterator[View]:
        most = range(1, 1 + min(len(doubts), _AT_ONCE))
        for some in islice(chain.from_iterable(combinations(doubts, n) for n in most), _WAYS):
            yield View("other-order", [(self._other(some), self.rows)], False, self.label)

    def _other(self, doubts: Sequence[_Doubt]) -> list[Cell]:
        low = max(0, doubts[0][0] - _AROUND)
        some = self.buffer.cells[low : doubts[-1][0] + _AROUND]
        for place, by in doubts:
            at = place - low
            if isinstance(by, str):
                some[at] = (by, *some[at][1:])
            elif 0 <= at + by < len(some):
                some.insert(at + by, some.pop(at))
        return some

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


def _apart(cells: Sequence[Cell], escapes: Sequence[float]) -> list[Cell]:
    """The text in lines, broken where typing went on elsewhere perhaps; empty where it did not.

    A log without a mouse and windows runs words together that were typed in two places; one of
    vi has its commands before the text.
    """
    after = [at for at, (one, other) in enumerate(pairwise(cells), 1) if _parts(one, other)]
    for time in escapes:
        at = next((at for at, cell in enumerate(cells) if cell[2] > time), len(cells))
        after += [at, *(at + 1 for at in (0, at) if at < len(cells) and cells[at][0] in _INSERTS)]
    found = list[Cell]()
    low = 0
    for high in sorted({at for at in after if 0 < at < len(cells)}):
        found += [*cells[low:high], ("\n", *cells[high][1:])]
        low = high
    return [*found, *cells[low:]] if found else []


def _parts(one: Cell, other: Cell) -> bool:
    """True for a pause within a word, of one clock."""
    if other[2] - one[2] <= _PAUSE or (one[2] < EPOCH < other[2]):
        return False
    return not (one[0].isspace() or other[0].isspace())
