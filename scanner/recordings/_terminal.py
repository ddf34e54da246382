"""A recorded terminal: what goes in is played on its line, what comes out is read line by line.

What is typed after a prompt for a password is a credential, and so is what is typed while the
terminal echoes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from scanner.keystrokes.keys import Key, key_of
from scanner.keystrokes.recorder import Act, Event, Recorder
from scanner.keystrokes.texts import Texts
from scanner.keystrokes.views import Reading, Rows, View
from scanner.recordings import _screen
from scanner.recordings._session import HIDDEN

_PROMPT = re.compile(
    r"(?:pass(?:word|phrase|code)|passwort|kennwort|mot de passe|contrase|\bpin\b|secret|token"
    r"|verification code|api.?key)[^\n]{0,80}[:?>] ?$",
    re.IGNORECASE,
)
_SILENT = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*\x07?|[\x00-\x1f\x7f]")
_MASK = "*•●"  # what some prompts echo in place of characters
_TYPED = ("terminal", "")
_SECRET = ("terminal", HIDDEN)
_LINE = 4096  # keys of one line that are held until it is known whether they were echoed
_UNSEEN = 4  # characters; what is shorter may be an answer that a program did not show


class Terminal:
    """One terminal: `texts` takes what was `typed`, and what was `shown`."""

    def __init__(self, texts: Texts, typed: bool = True, shown: bool = True) -> None:
        self._texts, self._typed, self._shown = texts, typed, shown
        self._clock, self.title = 0.0, ""
        self._screen = _screen.Lines()
        self._asked = False  # the last thing shown asks for a secret
        self._recorder = Recorder(self._take, lambda window, field: field == HIDDEN)  # noqa: ARG005
        self._line: list[tuple[float, int, Key]] = []  # keys since the last Enter
        self._begun = ""  # a sequence of which more may come
        self._echoed = 0  # characters shown since the first of them
        self._shows = False  # the recording has output at all

    def input(self, data: str, row: int, clock: float) -> None:
        """What a person sent."""
        if self._begun and clock - self._clock < _SEQUENCE_TIME:
            data, self._begun = self._begun + data, ""
        self._clock = clock
        if begun := _BEGUN.search(data):
            data, self._begun = data[: begun.start()], begun[0]
        for key in keys_in(data):
            if not self._line:
                self._echoed = 0
            self._line.append((clock, row, key))
            if key.char == "\n" or len(self._line) >= _LINE:
                self._enter()

    def output(self, data: str, row: int, clock: float) -> None:
        """What the terminal showed."""
        self._clock, self._shows = clock, True
        for line, rows in self._screen.write(data, row):
            self._show(line, rows)
        self._echoed += len(_SILENT.sub("", data).strip(_MASK))
        if not self._line:
            self._asked = _PROMPT.search(self._screen.now()) is not None

    def end(self) -> None:
        """No more comes."""
        for line, rows in self._screen.rest():
            self._show(line, rows)
        self._enter()
        self._recorder.end()

    def _enter(self) -> None:
        """Play the line; what was asked for, or not echoed, went into a hidden field."""
        chars = sum(len(key.char) == 1 and key.char >= " " for _, _, key in self._line)
        unseen = self._shows and not self._echoed and chars >= _UNSEEN
        field = _SECRET if self._asked or unseen else _TYPED
        for time, row, key in self._line:
            self._recorder.add(Event(time, row, Act.DOWN, key, field))
        self._line, self._asked = [], False

    def _show(self, line: str, rows: list[int]) -> None:
        """A line of the terminal, once it is done with."""
        if not (self._shown and line.strip() and len(rows) > 1):
            return
        numbers = sorted(set(rows))
        order = {row: nth for nth, row in enumerate(numbers)}
        cells = [(char, order[row], 0.0) for char, row in zip(line, rows, strict=True)]
        self._add([View("shown", [(cells, Rows(numbers))])], numbers[-1])

    def _take(self, readings: Sequence[Reading], first: int, last: int) -> None:
        del first
        if self._typed:
            self._add(readings, last)

    def _add(self, readings: Sequence[Reading], last: int) -> None:
        about = {"application": "terminal", "window": self.title, "time": self._clock or None}
        self._texts.add(readings, last, None, about)


# What a terminal sends for keys that are no characters (ECMA-48, xterm).
_SEQUENCE = re.compile(
    r"\x1b(?:\[200~|\[201~|[\[O](?:1;(?P<mod>\d))?(?P<final>[A-DFH])|\[(?P<number>\d{1,2})"
    r"(?:;(?P<mod2>\d))?~|\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|(?P<meta>.))?",
    re.DOTALL,
)
_BEGUN = re.compile(r"\x1b(?:[\[O][0-?]*)?\Z")
_SEQUENCE_TIME = 0.5  # seconds: what comes later is no part of it
_FINALS = {"A": "up", "B": "down", "C": "right", "D": "left", "F": "end", "H": "home"}
_NUMBERS = {"1": "home", "7": "home", "3": "delete", "4": "end", "8": "end"}


def keys_in(data: str) -> Iterator[Key]:
    """The keys that a terminal's input means."""
    at = 0
    while at < len(data):
        char = data[at]
        if char != "\x1b":
            at += 1
            key = key_of(char)
            if key is not None:
                yield key
            continue
        found = _SEQUENCE.match(data, at)
        assert found is not None
        at = found.end()
        name = _FINALS.get(found["final"] or "") or _NUMBERS.get(found["number"] or "")
        if found["meta"]:
            name = f"alt+{found['meta']}"
        elif name and (found["mod"] or found["mod2"]) in ("5", "3"):
            name = f"ctrl+{name}"
        key = key_of(name) if name else None
        if key is not None:
            yield key
