"""Recordings of remote desktops by Apache Guacamole: the keys in them, told as X11 keysyms.

An instruction is elements with their lengths in characters (`3.key,2.97,1.1,13.1790000000000;`),
with or without line breaks between.  Rows are instructions, counted from 0 (`/instructions:12`).
What was drawn are pictures in base64, which is not told here.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator

from scanner.batch import TextBatch, UnitLog
from scanner.files.streams import blocks, open_text
from scanner.keystrokes.codes import table
from scanner.keystrokes.keys import Key, key_of
from scanner.keystrokes.recorder import Act, Event, Recorder
from scanner.recordings import Peek, Plain
from scanner.recordings._session import Sessions

_BEGINS = re.compile(
    rb"\s*(?:4\.size|4\.sync|4\.name|4\.args|5\.ready|3\.key|3\.nop|5\.mouse|5\.layer)[,;]"
)
_KEY = re.compile(rb";\s*3\.key,\d{1,2}\.\d+,1\.[01][,;]")
_LENGTH = re.compile(r"\s*(\d{1,9})\.")
_UNICODE = 0x01000000  # keysyms above it are code points
_LONGEST = 64 << 20  # characters of one element
Instruction = list[str]


class _Guacamole(Plain):
    def recognises(self, peek: Peek) -> bool:
        """The text begins with an instruction, and keys are among those that follow."""
        if peek.source != "text" or not peek.samples or not _BEGINS.match(peek.samples[0]):
            return False
        return any(_KEY.search(sample) for sample in peek.samples)

    def batches(self, peek: Peek, log: UnitLog) -> Iterator[TextBatch]:
        """What was typed."""
        sessions, session = Sessions("/instructions:"), _Session()
        with open_text(peek.shard) as stream:
            for row, words in enumerate(_instructions(_text(blocks(stream)), log)):
                session.take(row, words, sessions.recorder(None))
                if sessions.texts.full:
                    yield from sessions.texts.batches()
        yield from sessions.end(log)


class _Session:
    """Plays one recording: its clock, mouse buttons and clipboard."""

    def __init__(self) -> None:
        self._clock, self._buttons, self._clips = 0.0, 0, dict[str, str]()

    def take(self, row: int, words: Instruction, recorder: Recorder) -> None:
        """Hand on what an instruction tells."""
        name, more = words[0], words[1:]
        if name in ("key", "mouse", "sync"):
            self._clock = _time(more[{"key": 2, "mouse": 3, "sync": 0}[name] :], self._clock)
        if name == "key" and len(more) > 1 and (key := _key(more[0])) is not None:
            act = Act.DOWN if more[1] == "1" else Act.UP
            recorder.add(Event(self._clock, row, act, key))
        elif name == "mouse" and len(more) > 2:
            buttons = int(more[2]) if more[2].isdecimal() else 0
            if buttons & ~self._buttons & 7:
                recorder.add(Event(self._clock, row, Act.CLICK, None))
            self._buttons = buttons
        elif name == "clipboard" and more:
            self._clips[more[0]] = ""
        elif name == "blob" and len(more) > 1 and more[0] in self._clips:
            self._clips[more[0]] += _decoded(more[1])
        elif name == "end" and more and more[0] in self._clips:
            text = self._clips.pop(more[0])
            recorder.add(Event(self._clock, row, Act.CLIP, None, text=text))


def _time(words: Iterable[str], clock: float) -> float:
    """Seconds, of the milliseconds that an instruction ends with."""
    return next((int(word) / 1000 for word in words if word.isdecimal()), clock)


def _key(word: str) -> Key | None:
    code = int(word) if word.isdecimal() else 0
    if _UNICODE <= code <= _UNICODE + 0x10FFFF:
        return key_of(chr(code - _UNICODE))
    return table("keysym").get(code)


def _decoded(word: str) -> str:
    try:
        return b64decode(word).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _text(content: Iterable[bytes]) -> Iterator[str]:
    decoder = getincrementaldecoder("utf-8")("replace")
    yield from map(decoder.decode, content)


def _instructions(content: Iterable[str], log: UnitLog) -> Iterator[Instruction]:
    """The elements of each instruction; after what is none, what follows is left out and told."""
    words: Instruction = []
    text, at = "", 0
    for block in content:
        text, at = text[at:] + block, 0
        while (found := _LENGTH.match(text, at)) is not None:
            end = found.end() + int(found[1])
            if end >= len(text):
                break
            words.append(text[found.end() : end])
            at = end + 1
            if text[end] == ";":
                yield words
                words = []
            elif text[end] != ",":
                break
        if len(text) - at > _LONGEST:
            break
    if words or text[at:].strip():
        what = "a recording breaks off, or holds what is no instruction: the rest was not played"
        log.problem("events.rejected", what, "", "get the whole recording")


plugin = _Guacamole()
