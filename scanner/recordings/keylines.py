"""Text logs of keys: what tools print of key events, a line or an indented block for each.

`scanner.recordings._spoken` names the tools.  A log whose lines speak of keys in a form that
cannot be understood is told, for nobody has read what was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO

from scanner.batch import TextBatch, UnitLog
from scanner.files.streams import open_text
from scanner.keystrokes.texts import BATCH
from scanner.recordings import Peek, Plain
from scanner.recordings._before import lines, numbered
from scanner.recordings._events import Events
from scanner.recordings._learned import learn
from scanner.recordings._session import Sessions
from scanner.recordings._spoken import Block, blocks, is_noise, may_be_key, record_of
from scanner.sources import Shard
from scanner.sources._lines import decode, numbered_lines

_HINT = re.compile(
    rb"press|releas|key|down|\bup\b|event|[\[<{](?:shift|space|enter|back)|space|\A\d,[23],0,0,0,",
    re.IGNORECASE,
)
_SAYS = re.compile(
    r"key[ _-]?(?:down|up|press|release)(?:ed|d)?(?![a-z])|\bkey\W+\S{1,20}\W+(?:pressed|released)",
    re.IGNORECASE,
)
_LIKE = re.compile(r"\bKey\.\w|'.'|\b(?:press|releas)", re.IGNORECASE)
_MOST, _HEAD = 1500, 64 << 10
_GLANCE = 4 << 10  # bytes that are looked at before all others
_LEAST = 3
_SHARE = 0.5  # of the first records are of keys
_ALONE = 0.85  # of the first lines are one key, where nothing says what was done to it


class _KeyLines(Plain):
    general = True

    def recognises(self, peek: Peek) -> bool:
        """Many of the first lines tell of keys that were pressed or released."""
        if peek.source != "text" or not peek.samples:
            return False
        head = peek.samples[0][:_HEAD]
        if not _HINT.search(head):
            return False
        few = _blocks(head[:_GLANCE])
        if not (_worth(few) or _speaks(few)):
            return False
        return _understood(_blocks(head)) or _speaks(few)

    def batches(self, peek: Peek, log: UnitLog) -> Iterator[TextBatch]:
        """What was typed; the rows are lines."""
        some = _blocks(peek.samples[0][:_HEAD])
        if not _understood(some):
            what = "lines that speak of keys, in a form that is not known"
            hint = "export the log as JSON Lines or CSV with the key, what was done to it, the time"
            log.problem("events.unknown", what, "", hint)
            return
        for nth, learned in enumerate(learn(_records(some))):
            reader = _Reader(Events(peek.samples, learned), log if nth == 0 else UnitLog())
            for block in blocks(numbered(peek.before(self))):
                reader.take(block)
            reader.events.forget()
            yield from _read(peek, reader)

    def ending(self, shard: Shard, source: str) -> list[Any]:
        """The last lines."""
        del source
        return [_line(line) for line in lines(shard)]


def _read(peek: Peek, reader: _Reader) -> Iterator[TextBatch]:
    with open_text(peek.shard) as stream:
        for block in blocks(_lines(stream)):
            if not reader.take(block):
                reader.told(block)
            if reader.sessions.texts.chars >= BATCH:
                yield from reader.sessions.texts.batches()
    yield from reader.sessions.end(reader.log)
    reader.events.tell(reader.log)


@dataclass(slots=True)
class _Reader:
    events: Events
    log: UnitLog
    sessions: Sessions = field(default_factory=Sessions)
    known: dict[str, dict[str, Any] | None] = field(default_factory=dict)

    def take(self, block: Block) -> bool:
        """Play the event of a block; False where it says none."""
        first, last, text = block
        record = self.known.get(text)
        if record is None and text not in self.known:
            record = record_of(text)
            if len(self.known) < _MOST:
                self.known[text] = record
        if record is None:
            return False
        if last > first:
            self.sessions.texts.spread[first] = last
        self.events.take(record, first, self.sessions)
        return True

    def told(self, block: Block) -> None:
        """Count a block that speaks of keys all the same."""
        if _LIKE.search(block[2]) and not is_noise(block[2]):
            what = "lines that speak of keys and could not be understood"
            hint = "compare them with the other lines; their text was scanned"
            self.log.bad_record("events.rejected", what, block[0], hint)


def _lines(stream: BinaryIO) -> Iterator[tuple[int, str]]:
    for row, raw in numbered_lines(stream):
        yield row, _line(raw)


def _line(raw: bytes) -> str:
    return decode(raw)[0].rstrip("\r\n")


def _records(some: list[Block]) -> list[dict[str, Any]]:
    return [record for _, _, text in some if (record := record_of(text)) is not None]


def _blocks(head: bytes) -> list[Block]:
    return list(islice(blocks(enumerate(decode(head)[0].splitlines())), _MOST))


def _texts(some: list[Block]) -> list[str]:
    return [text for _, _, text in some if text.strip() and not is_noise(text)]


def _worth(some: list[Block]) -> bool:
    """May be understood; cheap."""
    texts = _texts(some)
    return _reach(map(may_be_key, texts), len(texts), max(_LEAST, _SHARE * len(texts)))


def _reach(answers: Iterator[bool], count: int, least: float) -> bool:
    """True for at least so many yes; asked no further than it takes to know."""
    yes = no = 0
    for answer in answers:
        yes, no = yes + answer, no + (not answer)
        if yes >= least or count - no < least:
            break
    return yes >= least


def _understood(some: list[Block]) -> bool:
    """Enough of the records are of keys, and of more than one."""
    texts = _texts(some)
    records = [record for text in texts if (record := record_of(text)) is not None]
    acted = max((sum(map(Events((), one).presses, records)) for one in learn(records)), default=0)
    if acted >= max(_LEAST, _SHARE * len(texts)):
        return len({str(r.get("key", r)) for r in records}) >= min(_LEAST, len(records) // 2)
    alone = [str(record.get("key", "")) for record in records if set(record) <= {"key", "time"}]
    named = sum(len(key.strip("'\"")) > 1 for key in alone)
    return len(alone) >= max(5, _ALONE * len(texts)) and 0 < named < 0.7 * len(alone)


def _speaks(some: list[Block]) -> bool:
    said = (_SAYS.search(text) is not None for _, _, text in some)
    return len(some) >= 5 and _reach(said, len(some), int(0.6 * len(some)) + 1)


plugin = _KeyLines()
