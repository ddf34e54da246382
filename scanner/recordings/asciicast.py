"""Terminal sessions as asciinema records them: what was typed, and what the terminal showed.

asciicast v2 (times since the start) and v3 (time since the event before; lines with # are
comments): https://docs.asciinema.org/manual/asciicast/v3/.  Event codes are o (output), i
(input), m (marker), r (resize) and x (exit); v1 holds all output in one document.  A file that
begins with events goes on from the one before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from scanner.batch import TextBatch, UnitLog
from scanner.keystrokes.texts import Texts
from scanner.recordings import Peek, Plain
from scanner.recordings import _rows as shard_rows
from scanner.recordings._before import numbered
from scanner.recordings._terminal import Terminal
from scanner.sources import Shard

_HEADER = re.compile(rb'\A(?:\xef\xbb\xbf)?\s*\{[^\n]*"version"\s*:\s*[123]\b')
_EVENT = rb'\s*(?:#[^\n]*\n\s*)*\[\s*\d[\d.eE+-]*\s*,\s*"[oimrx]"\s*,'
_FIRST, _MORE = re.compile(rb"\n" + _EVENT), re.compile(rb"\A" + _EVENT + rb'\s*"')
_STEP = 0.01  # seconds between events of which nobody knows when they were


class _Asciicast(Plain):
    def recognises(self, peek: Peek) -> bool:
        """A header with a version and an event in the line below; or events that go on."""
        if peek.source not in ("jsonl", "json", "text") or not peek.samples:
            return False
        head = peek.samples[0]
        if not _HEADER.match(head):
            return _MORE.match(head) is not None
        one = b'"stdout"' in head and b'"version": 1' in head.replace(b'":1', b'": 1')
        return one or _FIRST.search(head[: 64 << 10]) is not None

    def batches(self, peek: Peek, log: UnitLog) -> Iterator[TextBatch]:
        """What was typed, and the lines of the terminal as they ended."""
        texts = Texts()
        cast = _Cast(texts)
        for number, record in numbered(peek.before(self)):
            cast.take(record, number, UnitLog())
        for number, record in shard_rows.records(peek.shard, _lines_of(peek.source)):
            cast.take(record, number, log)
            if texts.full:
                yield from texts.batches()
        cast.terminal.end()
        yield from texts.batches()

    def ending(self, shard: Shard, source: str) -> list[Any]:
        """The last events."""
        return shard_rows.ending(shard, _lines_of(source))


def _lines_of(source: str) -> str:
    return "jsonl" if source == "text" else source


class _Cast:
    """One recording: its events with their times."""

    def __init__(self, texts: Texts) -> None:
        self._version, self._clock, self._start = 0, 0.0, 0.0
        self.terminal = Terminal(texts)

    def take(self, record: Any, row: int, log: UnitLog) -> None:
        """A header, or an event."""
        if isinstance(record, dict):
            self._begin(record)
        elif isinstance(record, list):
            self._event(record, row, log)

    def _begin(self, header: dict[str, Any]) -> None:
        """A recording of version 1 holds its output in its header."""
        start, version = header.get("timestamp"), header.get("version")
        self._version = version if isinstance(version, int) else 0
        self._start = float(start) if isinstance(start, (int, float)) else 0.0
        self._clock = max(self._clock, self._start)
        self.terminal.title = str(header.get("title") or "")
        frames = header.get("stdout")
        for frame in frames if isinstance(frames, list) else []:
            if isinstance(frame, list) and len(frame) == 2 and isinstance(frame[1], str):
                self.terminal.output(frame[1], 0, self._clock)

    def _at(self, time: float) -> float:
        """When that was: since the start, since the event before (v3), or nobody knows."""
        if self._version == 2:
            return self._start + time
        return self._clock + (time if self._version else _STEP)

    def _event(self, event: list[Any], row: int, log: UnitLog) -> None:
        """One event line: [time, code, data]."""
        if len(event) != 3 or not isinstance(event[1], str) or not _is_number(event[0]):
            hint = "compare it with the other lines; its text was scanned"
            log.problem("events.rejected", "a line is no event of the recording", "", hint, row)
            return
        time, code, data = event
        self._clock = self._at(time)
        if code == "i" and isinstance(data, str):
            self.terminal.input(data, row, self._clock)
        elif code == "o" and isinstance(data, str):
            self.terminal.output(data, row, self._clock)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


plugin = _Asciicast()
