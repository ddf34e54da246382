"""Terminal sessions as asciinema records them: what was typed, and what the terminal showed.

asciicast v2 (times since the start) and v3 (time since the event before; lines with # are
comments): https://docs.asciinema.org/manual/asciicast/v3/.  Event codes are o (output), i
(input), m (marker), r (resize) and x (exit); v1 holds all output in one document.
What is typed after a prompt for a password is a credential, and so is what is typed while the
terminal echoes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from scanner.batch import TextBatch, UnitLog
from scanner.keystrokes.keys import Key, key_of
from scanner.keystrokes.recorder import Act, Event, Recorder
from scanner.keystrokes.texts import Texts
from scanner.keystrokes.views import Reading, Rows, View
from scanner.recordings import Alone, Peek, _screen
from scanner.recordings import _rows as shard_rows
from scanner.recordings._session import HIDDEN

_HEADER = re.compile(rb'\A(?:\xef\xbb\xbf)?\s*\{[^\n]*"version"\s*:\s*[123]\b')
_FIRST = re.compile(rb'\n\s*(?:#[^\n]*\n\s*)*\[\s*\d[\d.eE+-]*\s*,\s*"[oimrx]"\s*,')
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


class _Asciicast(Alone):
    def recognises(self, peek: Peek) -> bool:
        """A header with a version, and an event in the line below."""
        if peek.source not in ("jsonl", "json", "text") or not peek.samples:
            return False
        head = peek.samples[0]
        if not _HEADER.match(head):
            return False
        one = b'"stdout"' in head and b'"version": 1' in head.replace(b'":1', b'": 1')
        return one or _FIRST.search(head[: 64 << 10]) is not None

    def batches(self, peek: Peek, log: UnitLog) -> Iterator[TextBatch]:
        """What was typed, and the lines of the terminal as they ended."""
        cast, texts = None, Texts()
        records = shard_rows.records(peek.shard, "jsonl" if peek.source == "text" else peek.source)
        for number, record in records:
            if cast is None:
                if not isinstance(record, dict):
                    break
                cast = _Cast(texts, record)
                cast.old(record)
            elif isinstance(record, list):
                cast.take(record, number, log)
            if texts.full:
                yield from texts.batches()
        if cast is not None:
            cast.end()
        yield from texts.batches()


class _Cast:
    """One recording: what goes in is played on a terminal's line, what comes out is read."""

    def __init__(self, texts: Texts, header: dict[str, Any]) -> None:
        self._texts = texts
        self._relative = header.get("version") == 3
        start = header.get("timestamp")
        self._clock = float(start) if isinstance(start, (int, float)) else 0.0
        self._start = self._clock
        self._screen = _screen.Lines()
        self._asked = False  # the last thing shown asks for a secret
        self._recorder = Recorder(self._typed, lambda window, field: field == HIDDEN)  # noqa: ARG005
        self._line: list[tuple[float, int, Key]] = []  # keys since the last Enter
        self._echoed = 0  # characters shown since the first of them
        self._shows = False  # the recording has output at all

    def take(self, event: list[Any], row: int, log: UnitLog) -> None:
        """One event line: [time, code, data]."""
        if len(event) != 3 or not isinstance(event[1], str) or not _is_number(event[0]):
            hint = "compare it with the other lines; its text was scanned"
            log.problem("events.rejected", "a line is no event of the recording", "", hint, row)
            return
        time, code, data = event
        self._clock = self._clock + time if self._relative else self._start + time
        if code == "i" and isinstance(data, str):
            self._input(data, row)
        elif code == "o" and isinstance(data, str):
            self._output(data, row)

    def old(self, header: dict[str, Any]) -> None:
        """The output that a recording of version 1 holds in its header."""
        frames = header.get("stdout")
        for frame in frames if isinstance(frames, list) else []:
            if isinstance(frame, list) and len(frame) == 2 and isinstance(frame[1], str):
                self._output(frame[1], 0)

    def _input(self, data: str, row: int) -> None:
        for key in keys_in(data):
            if not self._line:
                self._echoed = 0
            self._line.append((self._clock, row, key))
            if key.char == "\n" or len(self._line) >= _LINE:
                self._enter()

    def _enter(self) -> None:
        """Play the line; what was asked for, or not echoed, went into a hidden field."""
        chars = sum(len(key.char) == 1 and key.char >= " " for _, _, key in self._line)
        unseen = self._shows and not self._echoed and chars >= _UNSEEN
        field = _SECRET if self._asked or unseen else _TYPED
        for time, row, key in self._line:
            self._recorder.add(Event(time, row, Act.DOWN, key, field))
        self._line, self._asked = [], False

    def _output(self, data: str, row: int) -> None:
        self._shows = True
        for line, rows in self._screen.write(data, row):
            self._show(line, rows)
        self._echoed += len(_SILENT.sub("", data).strip(_MASK))
        if not self._line:
            self._asked = _PROMPT.search(self._screen.now()) is not None

    def _show(self, line: str, rows: list[int]) -> None:
        """A line of the terminal, once it is done with."""
        if line.strip() and len(rows) > 1:
            cells = [(char, n, 0.0) for char, n in zip(line, rows, strict=False)]
            numbered, order = Rows(), dict[int, int]()
            for row in sorted(set(rows)):
                order[row] = len(numbered.rows)
                numbered.rows.append(row)
            cells = [(char, order[row], 0.0) for char, row, _ in cells]
            self._add([View("shown", [(cells, numbered)])], max(rows))

    def _typed(self, readings: Sequence[Reading], first: int, last: int) -> None:
        del first
        self._add(readings, last)

    def _add(self, readings: Sequence[Reading], last: int) -> None:
        about = {"application": "terminal", "time": self._clock or None}
        self._texts.add(readings, last, None, about)

    def end(self) -> None:
        for line, rows in self._screen.rest():
            self._show(line, rows)
        self._enter()
        self._recorder.end()


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


# What a terminal sends for keys that are no characters (ECMA-48, xterm).
_SEQUENCE = re.compile(
    r"\x1b(?:\[200~|\[201~|[\[O](?:1;(?P<mod>\d))?(?P<final>[A-DFH])|\[(?P<number>\d{1,2})"
    r"(?:;(?P<mod2>\d))?~|\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|(?P<meta>.))?",
    re.DOTALL,
)
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


plugin = _Asciicast()
