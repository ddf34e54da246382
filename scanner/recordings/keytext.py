"""Running text with names of keys in it, as key loggers write it: `hunt<BckSp>er2[ENTER]`.

Each line is a row; what stands between the names was typed as it is.  A time and a `>` that
begin a line (logkeys), and headings of windows, are not what was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scanner.batch import TextBatch, UnitLog
from scanner.files.streams import open_text
from scanner.keystrokes.keys import Key, Kind, key_of
from scanner.keystrokes.recorder import Act, Event, Recorder
from scanner.keystrokes.texts import BATCH
from scanner.recordings import Peek, Plain
from scanner.recordings._before import lines, numbered
from scanner.recordings._events import STEP
from scanner.recordings._session import Sessions
from scanner.sources import Shard
from scanner.sources._lines import decode, numbered_lines

_NAME = r"(?:Key\.|KEY_|VK_)?[A-Za-z][A-Za-z_ -]{0,17}\d?(?: ?x\d{1,3})?"
_MARK = re.compile(rf"\[(?P<a>{_NAME})\]|<(?P<b>{_NAME})>|\{{(?P<c>{_NAME})\}}|<#\+(?P<times>\d+)>")
_HINT = re.compile(
    rb"[\[<{](?:key[._]|vk_)?[lr]?(?:sh|back|bc?ks|del|caps|ctrl|strg)", re.IGNORECASE
)
_STAMP = re.compile(
    r"^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]?"
)
_AFTER = re.compile(r"^\s*[>:|-]\s?")
_HEADING = re.compile(
    r"^\s*[\[<#=-]*\s*(?:active )?(?:window|application|app|title|process)\b", re.I
)
_SPELLED = {"bcksp": "backspace", "lshft": "shift", "rshft": "shift", "lctrl": "ctrl"}
_SPELLED |= {"rctrl": "ctrl", "entf": "delete", "backsp": "backspace", "spc": "space"}
_SPELLED |= {"cpslk": "capslock", "ret": "enter", "lalt": "alt", "ralt": "altgr", "cr": "enter"}
_SPELLED |= {"del": "delete", "bs": "backspace", "bksp": "backspace", "rgt": "right"}
_LEAST = 3  # names of keys in the first lines
_HEAD, _LONGEST = 64 << 10, 1 << 16


class _KeyText(Plain):
    general = True

    def recognises(self, peek: Peek) -> bool:
        """Names of keys stand again and again in the first lines, one for deleting or shift too."""
        if peek.source != "text" or not peek.samples:
            return False
        if not _HINT.search(peek.samples[0], 0, _HEAD):
            return False
        head = decode(peek.samples[0][:_HEAD])[0]
        names = [key for mark in _MARK.finditer(head) if (key := _key(mark)) is not None]
        kinds = {key.kind if key.kind is not Kind.CHAR else key.char for key in names}
        alone = sum(_MARK.sub("", line).strip() == "" for line in head.splitlines())
        told = kinds & {Kind.BACKSPACE, Kind.MODIFIER, Kind.CAPS, Kind.DELETE}
        return len(names) >= _LEAST and bool(told) and alone < 0.5 * head.count("\n") + 1

    def batches(self, peek: Peek, log: UnitLog) -> Iterator[TextBatch]:
        """What was typed, by lines."""
        earlier = list(numbered(peek.before(self)))
        head = "".join([line for _, line in earlier]) + decode(peek.samples[0][:_HEAD])[0]
        form = _Form(_padded(head), not any(char.isupper() for char in _MARK.sub("", head)))
        sessions = Sessions()
        recorder, time = sessions.recorder(None), 0.0
        for row, line in earlier:
            time = _line(recorder, line, row, time, form)
        with open_text(peek.shard) as stream:
            for row, raw in numbered_lines(stream):
                time = _line(recorder, decode(raw)[0][:_LONGEST] + "\n", row, time, form)
                if sessions.texts.chars >= BATCH:
                    yield from sessions.texts.batches()
        yield from sessions.end(log)

    def ending(self, shard: Shard, source: str) -> list[Any]:
        """The last lines."""
        del source
        return [decode(raw)[0][:_LONGEST] for raw in lines(shard)]


@dataclass(frozen=True, slots=True)
class _Form:
    """How a log is written: with spaces around names; with letters as they stand on the keys."""

    padded: bool
    bare: bool


def _line(recorder: Recorder, line: str, row: int, time: float, form: _Form) -> float:
    ended, line = line.endswith("\n"), line.rstrip("\r\n")
    stamp = _STAMP.match(line)
    if stamp:
        line = _AFTER.sub("", line[stamp.end() :])
    if _HEADING.match(line):
        recorder.add(Event(time, row, Act.FOCUS, None))
        return time
    for key in [*_keys(line, form), *([_ENTER] if ended and line and not stamp else [])]:
        time += STEP
        recorder.add(Event(time, row, Act.DOWN, key))
    return time


def _keys(line: str, form: _Form) -> Iterator[Key]:
    at, before, padded = 0, None, form.padded
    for mark in _MARK.finditer(line):
        key = _key(mark)
        if key is None and not mark["times"]:
            continue
        between = line[at : mark.start()]
        yield from _typed(between.strip(" ") if padded else between)
        at = mark.end()
        if mark["times"] and before is not None:
            yield from [before] * min(int(mark["times"]), 1000)
        elif key is not None and (form.bare or key.char != "shift"):
            yield key
            before = key
    yield from _typed(line[at:].strip(" ") if padded and at else line[at:])


def _typed(text: str) -> Iterator[Key]:
    for char in text:
        key = key_of(char)
        if key is not None and key.kind is Kind.CHAR:
            yield key


def _key(mark: re.Match[str]) -> Key | None:
    name = mark["a"] or mark["b"] or mark["c"] or ""
    name = re.sub(r"(?i)^key\.| ?x\d{1,3}$", "", name)
    key = key_of(_SPELLED.get(name.lower(), name)) if len(name) > 1 else None
    return (
        key if key is not None and (key.kind is not Kind.CHAR or not key.char.isalnum()) else None
    )


def _padded(head: str) -> bool:
    """True where a space stands on either side of each name, which nobody typed."""
    marks = [mark for mark in _MARK.finditer(head) if _key(mark) is not None]
    around = [head[max(0, m.start() - 1) : m.start()] + head[m.end() : m.end() + 1] for m in marks]
    return sum(two.strip(" ") == "" for two in around) > 0.9 * len(around)


_ENTER = Key(Kind.CHAR, "\n", "\n")
plugin = _KeyText()
