"""Text logs of pynput listeners: lines that name a key, and whether it was pressed or released.

Known line forms, with or without a time (and a logger's words) in front: `'a' pressed`,
`Key.shift released`, `pressed Key.enter`, `key 'a' down`, `on_press: KeyCode(char='a')`, and
`timestamp,event,key` without a header.  A log of keys only (`Key.space`, `'a'`) is of presses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.batch import TextBatch, UnitLog
from scanner.files.streams import open_text
from scanner.keystrokes.keys import Key, Kind, key_of
from scanner.keystrokes.recorder import Act, Event
from scanner.keystrokes.times import seconds
from scanner.recordings import Peek
from scanner.recordings._events import STEP
from scanner.recordings._session import Sessions
from scanner.sources._lines import chunks, decode

# A key as pynput writes it: a name of `Key`, a repr of a character, a code, a dead key.
_KEY = (
    r"(?:Key\.\w+|'\\x[0-9a-f]{2}'|\"'\"|'\\\\?.'|'\\u[0-9a-f]{4}'|'[^'\n]'|\"[^\"\n]\"|<\d{1,5}>"
    r"|KeyCode(?:\(char=(?:'[^\n]'|\"[^\n]\")[^)\n]*\))|\[[^\]\n]\](?=\s|$))"
)
_LINE = re.compile(
    r"^(?P<time>\[?(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|\d+(?:\.\d+)?(?:e\+\d+)?)\]?)?"
    r"[\s,:;|\-]*(?:[\w.\[\]() -]*?[\s,:;|\-]+)??"
    r"(?:(?P<before>on_press|on_release|key_?press(?:ed)?|key_?release[d]?|key_?down|key_?up"
    r"|press(?:ed)?|release[d]?|down|up)[\s,:;|=\-]+(?:key[\s:=]*)?)?"
    rf"(?P<key>{_KEY})"
    r"[\s,:;|\-]*(?:was\s+|has been\s+|(?:event|action)\s*[:=]\s*)?"
    r"(?P<after>key_?down|key_?up|press(?:ed)?|release[d]?|down"
    r"|up)?[\s,.;!]*(?P<late>\d{9,}(?:\.\d+)?|\d+\.\d+)?\s*$",
    re.IGNORECASE,
)
_HINT = re.compile(
    rb"Key\.(?:shift|space|enter|backspace|ctrl|tab|alt|cmd|caps_lock|esc|left)\b"
    rb"|'.' (?:pressed|released)"
)
_LIKE = re.compile(r"\bKey\.\w|'.'|\b(?:press|releas)", re.IGNORECASE)
_SHARE = 0.5  # of the first lines, at least, must be of keys
_CHAR = re.compile(r"char=('[^\n]*?'|\"[^\n]*?\")(?=[,)])")


class _Pynput:
    general = False

    def recognises(self, peek: Peek) -> bool:
        """Most of the first lines are keys in pynput's spelling."""
        if peek.source not in ("text", "csv") or not peek.samples:
            return False
        head = peek.samples[0][: 64 << 10]
        if not _HINT.search(head):
            return False
        lines = [line for line in decode(head)[0].splitlines()[:200] if line.strip()]
        found = sum(_event(line.strip()) is not None for line in lines)
        return found >= max(2, _SHARE * len(lines))

    def batches(self, peek: Peek, log: UnitLog) -> Iterator[TextBatch]:
        """What was typed; the rows are lines."""
        sessions, time, row = Sessions(), 0.0, 0
        first = 1 if peek.source == "csv" else 0  # the line that names the columns is no record
        recorder = sessions.recorder(None)
        with open_text(peek.shard) as stream:
            for _, chunk in chunks(stream):
                if not isinstance(chunk, bytes):
                    row += 1
                    continue
                for raw in chunk.split(b"\n"):
                    line = decode(raw)[0].strip()
                    found = _event(line) if line else None
                    if found is not None:
                        time = time + STEP if found[0] is None else found[0]
                        recorder.add(Event(time, max(0, row - first), found[1], found[2]))
                    elif line and _LIKE.search(line):
                        what = "lines that speak of keys and could not be understood"
                        hint = "compare them with the other lines; their text was scanned"
                        log.bad_record("events.rejected", what, max(0, row - first), hint)
                    row += 1
                yield from sessions.texts.batches()
        yield from sessions.end(log)


def _event(line: str) -> tuple[float | None, Act, Key] | None:
    """(time, what happened, key) of a line."""
    if len(line) > 300:
        return None
    found = _LINE.match(line)
    if not found:
        return None
    key = _key(found["key"])
    if key is None:
        return None
    word = (found["before"] or found["after"] or "").lower()
    act = Act.UP if "release" in word or word.endswith("up") else Act.DOWN
    time = (found["time"] or found["late"] or "").strip("[]")
    return (seconds(time) if time else None), act, key


def _key(name: str) -> Key | None:
    char = _CHAR.search(name)
    if char:
        name = char[1]
    key = key_of(name)
    if key is None and name.startswith(("Key.", "<")):
        return Key(Kind.NOTHING, base=name)
    return key


plugin = _Pynput()
