"""Terminal sessions as `script` of util-linux records them, with the times beside them.

A log begins with `Script started on` and holds output, input or both.  The timing file in the
same folder tells them apart: `O 0.2 18` and `I 0.1 1` for so many bytes of output and of input
after so many seconds, `H 0.0 INPUT_LOG keys.log` for the logs it is of (advanced format), or
`0.2 18` for output (classic): https://man7.org/linux/man-pages/man1/script.1.html.  Rows are the
lines of the log.
"""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from scanner.batch import TextBatch, UnitLog
from scanner.errors import UnreadableError
from scanner.files.streams import COMPRESSED, HEAD, compression_of, head_of, open_text, read_up_to
from scanner.keystrokes.texts import Texts
from scanner.recordings import Peek, Plain
from scanner.recordings._terminal import Terminal
from scanner.sources import Shard

_HEAD = re.compile(rb"Script started on (?P<time>[^\n\[]{6,60}?) ?(?:\[[^\n]*)?\n")
_ENTRY = re.compile(rb"(?:(?P<code>[IOSH]) )?(?P<delay>\d+\.\d+) (?P<rest>[^\n]+)\n?")
_LOG = re.compile(rb"(?m)^H \S+ (?P<kind>IN|OUT)PUT_LOG (?P<path>[^\n]+)")
_FILES = 500  # of a folder that are looked at for a timing file
_TIMING = 256 << 20  # bytes of one
_PIECE = 1 << 20  # bytes that come at once
_AROUND = 1000  # bytes that a log has before and after what was recorded
_TWICE = re.compile(r"(?:([^\n])\1){6}")  # what was typed, and its echo
_PAIR = re.compile(r"\x1b\[D(?=\x08)|\x1b\[C(?=\x1b\[C)|([^\n\x1b])\1")
_MIXED = "what was typed and its echo stand mixed, and no timing file tells them apart"
Entry = tuple[str, float, int]  # I or O, seconds since the entry before, bytes


class _Typescript(Plain):
    def recognises(self, peek: Peek) -> bool:
        """The line that `script` begins a log with."""
        return bool(peek.samples) and _HEAD.match(peek.samples[0]) is not None

    def batches(self, peek: Peek, log: UnitLog) -> Iterator[TextBatch]:
        """What was typed, and the lines of the terminal as they ended."""
        texts, timing = Texts(), _timing_of(peek.shard)
        with ExitStack() as stack:
            own = _Log(stack.enter_context(open_text(peek.shard)))
            if timing is None:
                _untimed(own, texts, log)
            else:
                logs = _logs_of(timing, peek.shard, own, stack)
                yield from _timed(own, texts, logs, timing)
        yield from texts.batches()
        if own.torn:
            what = "the timing file beside the recording does not fit it"
            hint = "bring both from where they were made; the text of the recording was scanned"
            log.problem("events.rejected", what, "", hint)

    def beside(self, shard: Shard) -> list[Any]:
        """The timing file."""
        timing = _timing_of(shard)
        return [] if timing is None else [timing.path, Path(timing.path).stat().st_mtime_ns]


class _Log:
    """A log that is read on."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._row, self.torn, self.started = stream, 1, False, 0.0
        self._decoders: dict[str, Any] = {}
        head = _HEAD.match(stream.readline(4096))
        with suppress(ValueError):  # a time as another locale writes it
            self.started = datetime.fromisoformat(head["time"].decode()).timestamp() if head else 0

    def take(self, code: str, size: int) -> Iterator[tuple[int, str]]:
        """(row, text) of the next bytes, cut after each line."""
        data = read_up_to(self._stream, size)
        self.torn = self.torn or len(data) < size
        decoder = self._decoders.setdefault(code, codecs.getincrementaldecoder("utf-8")("replace"))
        for line in data.splitlines(keepends=True) if b"\n" in data else [data]:
            yield self._row, decoder.decode(line)
            self._row += line.endswith(b"\n")

    def rest(self) -> Iterator[bytes]:
        """What is left, line by line."""
        while line := self._stream.readline(_PIECE):
            yield line


def _timed(own: _Log, texts: Texts, logs: dict[str, _Log], timing: Shard) -> Iterator[TextBatch]:
    typed, shown = logs.get("I") is own, logs.get("O") is own
    terminal, clock = Terminal(texts, typed, shown), own.started
    for code, delay, size in _entries(timing):
        clock += delay
        for row, text in logs[code].take(code, size) if code in logs else ():
            (terminal.input if code == "I" else terminal.output)(text, row, clock)
        if texts.full:
            yield from texts.batches()
    terminal.end()


def _untimed(own: _Log, texts: Texts, log: UnitLog) -> None:
    """Where no times are, a log without line feeds was typed, and any other was shown."""
    raw = list(own.rest())
    typed = not any(line.endswith(b"\r\n") for line in raw[:-2])
    terminal = Terminal(texts, typed, not typed)
    for row, line in enumerate(raw, 1):
        text = line.decode("utf-8", "replace")
        if typed:
            terminal.input(text, row, own.started)
        else:
            if _TWICE.search(text):
                log.problem("events.rejected", _MIXED, "", "bring its timing file as well", row)
                text = _PAIR.sub(r"\1", text)
            terminal.output(text, row, own.started)
    terminal.end()


# Timing files ----------------------------------------------------------------------------


def _entries(timing: Shard) -> Iterator[Entry]:
    """What a timing file says; classic ones speak of output alone."""
    with open_text(timing) as stream:
        while line := stream.readline(4096):
            entry = _ENTRY.match(line)
            if entry is not None and entry["rest"].isdigit():
                code = (entry["code"] or b"O").decode()
                yield code, float(entry["delay"]), min(int(entry["rest"]), _PIECE)


def _timing_of(shard: Shard) -> Shard | None:
    """The timing file of a log, in its folder; that of one named alike before all others."""
    if shard.member:
        return None
    own = Path(shard.path)
    try:
        others = [one for one in islice(own.parent.iterdir(), _FILES) if _regular(one, own)]
    except OSError:
        return None
    others.sort(key=lambda one: (_stem(one) != _stem(own), one.name))
    return next((timing for one in others if (timing := _timing(one, shard)) is not None), None)


def _regular(path: Path, own: Path) -> bool:
    return path.name != own.name and not path.is_symlink() and path.is_file()


def _stem(path: Path) -> str:
    return path.name.partition(".")[0]


def _plain(shard: Shard) -> str:
    """The name of the log as it was recorded."""
    name = Path(shard.path).name
    return name.rpartition(".")[0] if shard.compression and name.endswith(COMPRESSED) else name


def _timing(path: Path, shard: Shard) -> Shard | None:
    """The file as a shard, where it is a timing file, and that of this log."""
    try:
        with path.open("rb") as stored:
            compression = compression_of(stored.read(HEAD))
        found = replace(shard, path=str(path), compression=compression, size=path.stat().st_size)
        head = head_of(found)
        if not _ENTRY.match(head) or found.size > _TIMING:
            return None
        names = _named(head)
        if names:
            return found if _plain(shard) in names.values() else None
        told = sum(size for _, _, size in _entries(found))
    except (OSError, UnreadableError):
        return None
    return found if 0 <= shard.size - told <= _AROUND or shard.compression else None


def _named(head: bytes) -> dict[str, str]:
    """By code the name of the log that a timing file is of."""
    found = _LOG.finditer(head)
    return {one["kind"].decode()[0]: Path(os.fsdecode(one["path"]).strip()).name for one in found}


def _logs_of(timing: Shard, shard: Shard, own: _Log, stack: ExitStack) -> dict[str, _Log]:
    """By code the log it is in; one that is not there is left out."""
    folder, names = Path(shard.path).parent, _named(head_of(timing)) or {"O": _plain(shard)}
    found = {}
    for code, name in names.items():
        if name == _plain(shard):
            found[code] = own
        elif _regular(folder / name, Path(shard.path)):
            other = replace(shard, path=str(folder / name), compression="")
            found[code] = _Log(stack.enter_context(open_text(other)))
    return found


plugin = _Typescript()
