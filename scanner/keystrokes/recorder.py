"""Plays the events of one person's session: what is held down, and what that does to a field.

A release without a press (1.4 % of those in real logs) means that the press was lost: its
character is put where it was pressed, one usual hold time before.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from scanner.keystrokes import shortcuts
from scanner.keystrokes.buffer import Cell
from scanner.keystrokes.keys import Key, Kind, base_of, other_case, shifted
from scanner.keystrokes.layouts import likeliest, share_a_key, shifted_on
from scanner.keystrokes.stream import Emit, Stream
from scanner.keystrokes.times import EPOCH
from scanner.keystrokes.views import Reading, Rows, View

BLOCK = 50_000  # events that are put in order together
_SOME = 5000  # of them that tell how long keys are held
_NAMES = 200  # characters of keyboards
_SURE = 500  # characters with shift: enough to know how a log writes them
_HOLD = 0.09  # seconds a key is held, until the log says better
_NEAR = 0.5  # seconds that shift is held on after the key it is for
_WITH_SHIFT = 3  # characters that may have been typed with a shift whose press was lost
_EDITING = frozenset([Kind.BACKSPACE, Kind.DELETE, Kind.LEFT, Kind.RIGHT, Kind.HOME, Kind.END])
_LONG = 2.0  # seconds: what is held longer says nothing about holding
_JOINS = 5.0  # seconds between two fields that may be one
_STUCK = 8.0  # seconds: a modifier still down then has lost its release
_REPEATS = 0.2  # seconds: no keyboard repeats a key sooner
_AGAIN = 1.0  # seconds in which a second paste is the same one, told by another event
_KEPT = 2048  # cells of other fields that a joined reading goes back
_UNSURE = 0.9  # share of a hold time: so much earlier or later a lost press may have been
_CLOSE = 0.5  # share of a hold time: presses that near to a lost one leave its place open
_THING = "\ufffc"  # stands for a thing that is no character: what was pasted is not known
_COMBINING = {
    "`": "\u0300",
    "\u00b4": "\u0301",
    "'": "\u0301",
    "^": "\u0302",
    "~": "\u0303",
    "¨": "\u0308",
    '"': "\u0308",
    "\u00b8": "\u0327",
    "ˇ": "\u030c",
    "°": "\u030a",
}


class Act(IntEnum):
    """What happened."""

    DOWN = 0
    UP = 1
    CHAR = 2  # a key press as the browser's keypress tells it: what keydown has told already
    TEXT = 3  # a text was put in at once: an IME, dictation, a driver
    PASTE = 4  # a text was pasted: it may be unknown
    CLIP = 5  # what the clipboard holds now
    CLICK = 6
    FOCUS = 7
    ERASE = 8  # one character to the left was deleted
    BESIDE = 9  # a screenshot, a change of the page: what may show what is typed


_DOWN, _UP, _CHAR, _MODIFIER, _NOTHING = (
    Act.DOWN,
    Act.UP,
    Kind.CHAR,
    Kind.MODIFIER,
    Kind.NOTHING,
)


class Event(NamedTuple):
    """`stream` is (window, field); `flags` the modifiers that the record itself names."""

    time: float
    row: int
    act: int
    key: Key | None
    stream: tuple[str, str] = ("", "")
    flags: frozenset[str] | None = None
    text: str = ""


@dataclass(slots=True)
class _Held:
    number: int
    row: int
    time: float
    stream: Stream
    char: str = ""
    typed: bool = False  # keypress was seen as well
    under: _Held | None = None  # the press before, when this one came too soon to be a repeat


class Recorder:
    """One user's session.  `emit(readings, first row, last row)` takes what was typed."""

    def __init__(
        self, emit: Emit, is_secure: Callable[[str, str], bool], mac: bool | None = None
    ) -> None:
        self._out, self._is_secure, self.mac = emit, is_secure, mac
        self._events: list[Event] = []
        self.later = self._events.append  # takes an event; many cost less so, `play` must follow
        self._streams: dict[tuple[str, str], Stream] = {}
        self._at: tuple[str, str] = ("", "")
        self._stream = self._open(("", ""))
        self._held: dict[str, _Held] = {}
        self._down: dict[str, _Held] = {}  # modifiers
        self._caps = False
        self._dead = ""
        self._upper = self._lower = 0  # characters that say whether shift is applied already
        self._hold, self._last = _HOLD, 0.0
        self._silent = False  # no releases are logged
        self._spans: dict[str, tuple[float, float]] = {}  # when modifiers were held last
        self._renamed: dict[str, str] = {}  # keys let go of after their modifier
        self._layout = ""
        self._clip: str | None = None
        self._tail: list[tuple[list[Cell], Rows]] = []  # what was typed elsewhere just before
        self._tail_at, self._tail_stream = 0.0, self._stream
        self._beside: list[int] = []
        self._pasted: str | None = None
        self._pasted_at = float("-inf")
        self.inferred = self.unknown_pastes = 0

    # Taking events -----------------------------------------------------------------------

    def add(self, event: Event) -> None:
        self._events.append(event)
        self.play()

    def play(self) -> None:
        """Play what was given to `later`, once it is enough to be put in order."""
        if len(self._events) >= BLOCK:
            self._play_all()

    def end(self) -> None:
        """Play what is left, and close every field."""
        self._play_all()
        self._leave(self._last_row)
        for stream in self._streams.values():
            stream.close(self._last_row)

    _last_row = 0

    def _play_all(self) -> None:
        events = self._events.copy()
        self._events.clear()
        self._learn(events)
        press, release, at = self._press, self._release, self._at
        for event in _ordered(events):
            if event.stream is not at:  # most are of one tuple
                at = event.stream
                if at != self._at:
                    self._switch(event)
            act = event.act
            if act is _DOWN:
                press(event)
            elif act is _UP:
                release(event)
            else:
                self._other(event)
            self._last, self._last_row = event.time, event.row

    def _learn(self, events: Sequence[Event]) -> None:
        """Whether characters are logged as they come out, or as they stand on the keys."""
        down, self._silent = False, not any(event.act is _UP for event in events)
        self._hold = _usual_hold(events[:_SOME], self._hold)
        if self._upper + self._lower > _SURE:
            return
        pressed = set[str]()
        for event in events:
            key = event.key
            if key is None:
                continue
            if key.kind is _MODIFIER and key.char == "shift":
                down = event.act is _DOWN
            elif key.kind is _CHAR and event.act <= _UP and key.char.strip():
                self._upper += _renamed(key.char, event.act is _DOWN, pressed)
                if event.act is _DOWN and (down or (event.flags and "shift" in event.flags)):
                    self._upper += key.char != key.base
                    self._lower += key.char == key.base and key.char.isalpha()
                    down = down and not self._silent
        if self._stream.buffer.raw or self.mac is not None:
            return
        names = {e.key.char for e in events[:2000] if e.key and e.key.kind is _MODIFIER}
        self.mac = True if "meta" in names and "ctrl" not in names else None

    # Keys --------------------------------------------------------------------------------

    def _press(self, event: Event) -> None:  # noqa: C901, PLR0912 - the busiest path
        key, stream = event.key, self._stream
        if self._down:
            self._free(event.time)
        assert key is not None
        rows = stream.rows.rows
        number = len(rows)
        rows.append(event.row)
        kind = key.kind
        if kind is _MODIFIER:
            _hold(self._down, key.char, _Held(number, event.row, event.time, stream))
            return
        if key.base:
            new = _Held(number, event.row, event.time, stream, key.char)
            if key.base in self._held:
                _hold(self._held, key.base, new)
            else:
                self._held[key.base] = new
        if kind is _CHAR and not self._down and not event.flags:
            if self._caps or self._dead or number & 1023 == 0:
                self._type(key, number, event.time, False)
            else:  # the same, for nearly all
                stream.buffer.insert((key.char, number, event.time))
            return
        held = self._down.keys() if event.flags is None else event.flags
        if kind is _CHAR and not shortcuts.is_command(key, held, self.mac, stream.terminal):
            self._type(key, number, event.time, "shift" in held)
        elif kind is Kind.DEAD:
            self._dead = key.char
        elif kind is Kind.CAPS:
            self._caps = not self._caps
        elif kind is not _NOTHING:
            self._command(key, frozenset(held), event, number)
        elif key.base.startswith("esc"):
            stream.escapes.append(event.time)
        if self._silent:  # a log without releases: a modifier is for the next key
            self._down.clear()

    def _free(self, time: float) -> None:
        """Let go of modifiers whose release was lost."""
        for name in [name for name, h in self._down.items() if time - h.time > _STUCK]:
            del self._down[name]

    def _type(self, key: Key, number: int, time: float, shift: bool) -> None:
        stream, char = self._stream, key.char
        if (shift or self._caps) and char == key.base:
            char = self._with_shift(key, shift)
        if self._dead:
            char = self._accented(char, number, time)
        stream.buffer.insert((char, number, time))
        if stream.full():
            stream.close(stream.rows.rows[number], unknown=False)

    def _with_shift(self, key: Key, shift: bool) -> str:
        """The character of a key where the log has it without shift or the lock."""
        if not key.coded and self._upper > self._lower:
            return key.char
        if not key.coded and not shift and self._upper == self._lower:
            return key.char
        if key.char.isalpha():
            return shifted(key.char) if shift != self._caps else key.char
        return shifted(key.char) if shift else key.char

    def _accented(self, char: str, number: int, time: float) -> str:
        accent, self._dead = self._dead, ""
        if char in (" ", accent):
            return accent
        both = unicodedata.normalize("NFC", char + _COMBINING.get(accent, ""))
        if len(both) != 1 or both == char:
            if char.isascii():
                self._stream.buffer.insert((accent, number, time))
            return char
        return both

    def _release(self, event: Event) -> None:  # noqa: C901 - as busy
        key = event.key
        assert key is not None
        held = self._held.pop(key.base, None)
        if held is None or held.under is not None:
            held = self._take(key, held)
        if held is not None:
            rows = held.stream.rows
            if key.kind is _MODIFIER:
                rows.holds[held.row] = event.row
                self._spans[key.char] = held.time, event.time
            elif held.number < len(rows.rows) and rows.rows[held.number] == held.row:
                rows.pairs[held.number] = event.row
            span = event.time - held.time
            if 0 <= span < _LONG:
                self._hold += (span - self._hold) * 0.05
            elif key.kind is Kind.CAPS:  # a Mac says when the lock goes on, and when it goes off
                self._caps = not self._caps
            if held.stream is self._stream:
                rows.rows.append(event.row)
            return
        self._stream.rows.rows.append(event.row)
        if key.kind is _CHAR and not self._commanding(event):
            self._infer(key, event)
        elif key.kind is _CHAR or key.kind in _EDITING:
            self._infer_command(key, event)
        elif key.kind is Kind.CAPS:
            self._caps = not self._caps
        elif key.kind is _MODIFIER and key.char == "shift":
            self._infer_shift(event.time)

    def _take(self, key: Key, held: _Held | None) -> _Held | None:
        """What is held of a key; the log may name it otherwise once shift is up."""
        if key.kind is _MODIFIER:
            return _let_go(self._down, key.char)
        if held is not None:  # two presses that overlap
            self._held[key.base] = held
            return _let_go(self._held, key.base)
        if key.kind is Kind.CHORD:
            return self._held.pop(base_of(key.char), None)
        others = [base for base, h in self._held.items() if share_a_key(key.char, h.char)]
        if len(others) != 1 or key.coded:
            return None
        held = _let_go(self._held, others[0])
        if held is not None and len(self._renamed) < _NAMES:
            self._renamed[key.char] = held.char
            self._layout = likeliest(self._renamed.items())
        return held

    def _commanding(self, event: Event) -> bool:
        """True for the release of a key that was pressed as a command."""
        held = self._held_at(event.time - self._hold) if event.flags is None else event.flags
        assert event.key is not None
        return shortcuts.is_command(event.key, held, self.mac, self._stream.terminal)

    def _infer(self, key: Key, event: Event) -> None:
        """Put in a character whose press was lost."""
        stream, moment = self._stream, event.time - self._hold
        char = self._pressed_as(key, "shift" in self._held_at(moment))
        cell = (char, len(stream.rows.rows) - 1, moment)
        at = stream.buffer.insert_before(cell, moment)
        self.inferred += 1
        if key.char.strip() and any(abs(t - moment) < self._hold * _UNSURE for t in self._shifts()):
            stream.doubtful.append((cell, shifted_on(self._layout, char)))
        cells, near = stream.buffer.cells, self._hold * _CLOSE
        if at and moment - cells[at - 1][2] < near:
            stream.doubtful.append((cell, -1))
        if at + 1 < len(cells) and cells[at + 1][2] - moment < near:
            stream.doubtful.append((cell, 1))
        del stream.doubtful[:-200]

    def _pressed_as(self, key: Key, shift: bool) -> str:
        """What a key wrote when it was pressed, whatever its release is called."""
        char, now = key.char, "shift" in self._down
        if self._upper <= self._lower:
            return self._with_shift(key, shift) if char == key.base else char
        if shift == now:
            return char
        return shifted_on(self._layout, char)

    def _infer_command(self, key: Key, event: Event) -> None:
        """Delete, move and so on where that press was lost, before what was typed since."""
        moment, number = event.time - self._hold, len(self._stream.rows.rows) - 1
        lifted = self._stream.buffer.lift(moment)
        held = self._held_at(moment) if event.flags is None else event.flags
        self._command(key, frozenset(held), event, number)
        self._stream.buffer.put_back(lifted)
        self.inferred += 1

    def _infer_shift(self, time: float) -> None:
        """Shift what was typed before a release of shift, where the log does not do so itself.

        The last character for certain; those before it may have been typed with it as well.
        """
        cells = self._stream.buffer.cells
        if self._upper > self._lower:
            return
        for at in range(self._stream.buffer.caret - 1, -1, -1)[:_WITH_SHIFT]:
            cell = cells[at]
            if time - cell[2] > _NEAR or cell[0] != base_of(cell[0]) or not cell[0].strip():
                return
            if at == self._stream.buffer.caret - 1:
                cell = self._stream.buffer.rewrite(cell, shifted(cell[0]))
                self.inferred += 1
            self._stream.doubtful.append((cell, other_case(cell[0])))

    def _shifts(self) -> tuple[float, ...]:
        """When shift was pressed and let go of lately."""
        held = self._down.get("shift")
        return (*self._spans.get("shift", ()), *((held.time,) if held else ()))

    def _held_at(self, moment: float) -> set[str]:
        """The modifiers that were down at a moment just past."""
        held = {name for name, one in self._down.items() if one.time <= moment}
        return held | {name for name, (low, high) in self._spans.items() if low <= moment <= high}

    def _command(self, key: Key, held: frozenset[str], event: Event, number: int) -> None:
        done = shortcuts.apply(self._stream, key, held, self.mac)
        if done == "copy":
            self._clip = "".join(c[0] for c in self._stream.buffer.selected()) or self._clip
        elif done == "cut":
            self._clip = "".join(c[0] for c in self._stream.buffer.selected()) or self._clip
            self._stream.buffer.delete_selection()
        elif done == "paste":
            self._paste(event.text or self._clip, number, event.time)
        elif done == "yank":
            self._put(self._stream.killed, number, event.time)
        elif done == "close":
            self._stream.close(event.row)

    # Everything else ---------------------------------------------------------------------

    def _other(self, event: Event) -> None:  # noqa: C901 - one line for each act
        act, stream = event.act, self._stream
        if act == Act.BESIDE:
            self._beside.append(event.row)
            return
        if act == Act.CLIP:
            self._clip = event.text
            self._beside.append(event.row)
            return
        if act in (Act.CLICK, Act.FOCUS):
            stream.close(event.row)
            return
        stream.rows.rows.append(event.row)
        number = len(stream.rows.rows) - 1
        if act == Act.CHAR and event.key is not None:
            self._keypress(event.key, number, event)
        elif act == Act.TEXT:
            self._put(event.text, number, event.time)
        elif act == Act.PASTE:
            self._paste(event.text or self._clip, number, event.time)
        elif act == Act.ERASE:
            stream.buffer.delete(stream.buffer.caret - 1, stream.buffer.caret)
        if stream.full():
            stream.close(event.row, unknown=False)

    def _keypress(self, key: Key, number: int, event: Event) -> None:
        held = self._held.get(key.base)
        if held is not None and not held.typed and held.stream is self._stream:
            held.typed = True
        elif key.kind is _CHAR:
            self._type(key, number, event.time, False)
        elif key.kind is not _NOTHING:
            self._command(key, frozenset(), event, number)

    def _paste(self, text: str | None, number: int, time: float) -> None:
        buffer = self._stream.buffer
        again = 0 <= time - self._pasted_at < _AGAIN and buffer.caret > 0
        if again and self._pasted is not None:
            return
        if again and text is not None and buffer.cells[buffer.caret - 1][0] == _THING:
            buffer.delete(buffer.caret - 1, buffer.caret)
            self.unknown_pastes -= 1
        self._pasted, self._pasted_at = text, time
        self.unknown_pastes += text is None
        self._put(_THING if text is None else text, number, time)

    def _put(self, text: str, number: int, time: float) -> None:
        """Insert a text that one event brought."""
        for char in text:
            self._stream.buffer.insert((char, number, time))

    # Fields ------------------------------------------------------------------------------

    def _open(self, at: tuple[str, str]) -> Stream:
        stream = self._streams.get(at)
        if stream is None:
            terminal = shortcuts.is_terminal(at[0])
            stream = Stream(self._emit, at[1], self._is_secure(*at), terminal)
            self._streams[at] = stream
        return stream

    def _switch(self, event: Event) -> None:
        self._leave(event.row)
        self._at, self._stream = event.stream, self._open(event.stream)
        if event.time - self._tail_at > _JOINS:
            self._tail = []

    def _leave(self, row: int) -> None:
        """Close the field; it may go on under another name: titles change while one types."""
        secure = self._stream.secure
        closed = self._stream.close(row)
        if not closed:
            return
        if secure:
            self._tail = []
            return
        if self._tail and self._tail_stream is not self._stream:
            self._emit([View("joined", [*self._tail, *closed])], _first(self._tail), row)
        self._tail = [*self._tail[-7:], (closed[0][0][-_KEPT:], closed[0][1])]
        self._tail_at, self._tail_stream = self._last, self._stream

    def _emit(self, readings: Sequence[Reading], first: int, last: int) -> None:
        self._out(readings, first, last)

    @property
    def at(self) -> tuple[tuple[str, str], float]:
        """Window and field where typing goes on, and the time of the last event."""
        return self._at, self._last if self._last > EPOCH else 0.0

    def beside(self, first: int, last: int) -> list[int]:
        """Rows from `first` to `last` that may show what was typed."""
        return [row for row in self._beside if first <= row <= last]


def _hold(held: dict[str, _Held], name: str, new: _Held) -> None:
    old = held.get(name)
    if old is not None and old.under is None and new.time - old.time < _REPEATS:
        new.under = old
    held[name] = new


def _let_go(held: dict[str, _Held], name: str) -> _Held | None:
    """What is let go of: of two presses that overlap, the earlier."""
    found = held.pop(name, None)
    if found is not None and found.under is not None:
        held[name], found.under, found = found, None, found.under
    return found


def _renamed(char: str, down: bool, pressed: set[str]) -> bool:
    """True for a release by another name than the press: characters are logged as they come out.

    `pressed` are the characters, letters aside, that are held.
    """
    if char.isalpha() and char.isascii():
        return False
    if down:
        pressed.add(char)
        return False
    other = char if char in pressed else next((c for c in pressed if share_a_key(c, char)), "")
    pressed.discard(other)
    return other not in (char, "")


def _first(parts: Sequence[tuple[list[Cell], Rows]]) -> int:
    return next((rows.rows[cells[0][1]] for cells, rows in parts if cells), 0)


def _usual_hold(events: Sequence[Event], default: float) -> float:
    """The median of how long keys are held; 0.0 where the clock is too coarse to tell."""
    down: dict[str, float] = {}
    spans: list[float] = []
    for event in events:
        if event.key is None or event.key.kind is not _CHAR:
            continue
        if event.act is _DOWN:
            down.setdefault(event.key.base, event.time)
        elif event.act is _UP and event.key.base in down:
            spans.append(event.time - down.pop(event.key.base))
    spans = sorted(span for span in spans if 0 <= span < _LONG)
    return spans[len(spans) // 2] if len(spans) >= 5 else default


def _ordered(events: list[Event]) -> list[Event]:
    """By time where all are of one clock, else as they were written."""
    times = [event.time for event in events]
    if not times or (min(times) < EPOCH) is not (max(times) < EPOCH):
        return events
    return events if times == sorted(times) else sorted(events, key=lambda event: event.time)
