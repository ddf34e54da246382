"""Logs of keys in XML: elements that come again and again, each an event.

What an event says are its attributes and the elements in it that hold nothing but a text
(Inputlog: `<event><part><startTime>..</startTime><key>VK_A</key>..</part></event>`).  Rows are the
elements of that name, counted from 0 (`/event:12-40`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

from scanner import pointer
from scanner.batch import TextBatch, UnitLog
from scanner.errors import UnreadableError
from scanner.files.streams import blocks, open_text
from scanner.recordings import Peek, Plain
from scanner.recordings._events import Events
from scanner.recordings._known import has_keys
from scanner.recordings._learned import learn
from scanner.recordings._session import Sessions
from scanner.sources._xml import END, START, TEXT, events

_HINT = re.compile(rb"<\w*key\w*>|\bkey\w*\s*=\s*[\"']|keystroke|keyboard", re.IGNORECASE)
_HEAD, _MOST = 128 << 10, 3000  # bytes and elements that are looked at
_LEAST = 3
_LONGEST = 1000  # characters of a member
Element = tuple[str, int, dict[str, Any]]  # its name, which of that name, and what it says


class _KeyXml(Plain):
    general = True

    def recognises(self, peek: Peek) -> bool:
        """Elements of one name are presses or releases of keys."""
        if peek.source != "markup" or not peek.samples or not _HINT.search(peek.samples[0]):
            return False
        return bool(_log_of(peek)[0])

    def batches(self, peek: Peek, log: UnitLog) -> Iterator[TextBatch]:
        """What was typed."""
        name, sample = _log_of(peek)
        for nth, learned in enumerate(learn(sample)):
            reading, sessions = Events((), learned), Sessions(f"/{pointer.segment(name)}:")
            with open_text(peek.shard) as stream:
                for other, number, record in _elements(blocks(stream)):
                    if other == name:
                        reading.take(record, number, sessions)
            own = log if nth == 0 else UnitLog()
            yield from sessions.end(own)
            reading.tell(own)


def _log_of(peek: Peek) -> tuple[str, list[dict[str, Any]]]:
    """The name of the elements that are events, and the first of them; or nothing."""
    seen: dict[str, list[dict[str, Any]]] = {}
    with suppress(UnreadableError):  # the sample is cut
        for name, _, record in islice(_elements([peek.samples[0][:_HEAD]]), _MOST):
            seen.setdefault(name, []).append(record)
    by_number = sorted(seen.items(), key=lambda one: -len(one[1]))
    logs = ((name, some) for name, some in by_number if len(some) >= _LEAST and has_keys(some))
    return next(logs, ("", []))


def _elements(content: Iterable[bytes]) -> Iterator[Element]:
    """Each element that says more than one thing, with what is in it, as it ends."""
    counts, open_ones, text = Counter[str](), list[tuple[str, dict[str, Any]]](), ""
    for event in events(content):
        if event.kind == START:
            open_ones.append((event.name, dict(event.attributes)))
            text = ""
        elif event.kind == TEXT:
            text = (text + event.text)[:_LONGEST]
        elif event.kind == END and open_ones:
            name, record = open_ones.pop()
            said = record or ({} if text.isspace() and "\n" in text else {name: text})
            if open_ones:
                open_ones[-1][1].update(said)
            if record:
                yield name, counts[name], record
                counts[name] += 1
            text = "\n"


plugin = _KeyXml()
