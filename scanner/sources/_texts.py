"""Formats whose texts come one after the other: into batches, and back from a location.

A location is found again by reading once more from the start, so places must be the same on
each reading, and no two texts of one shard may have the same record, part and field.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, TypeVar

from scanner.batch import EachPlace, Place, TextBatch, UnitLog, text_array
from scanner.errors import UnreadableError
from scanner.files.streams import read_up_to
from scanner.model import Location
from scanner.pointer import Named, rename
from scanner.sources import Shard, Unit
from scanner.sources._records import gone

Found = Iterator[tuple[Place, str]]
Item = TypeVar("Item")
Reader = Callable[[UnitLog], Found]

_BATCH = 1 << 20  # characters
_LINES = 400  # of an armoured block
_BEGIN, _END = "-----BEGIN ", "-----END "


class Texts:
    """A source that is one unit, and whose texts a single function gives in their order."""

    name = ""
    suffixes: frozenset[str] = frozenset()

    def sniff(self, head: bytes) -> bool:
        raise NotImplementedError

    def texts(self, shard: Shard, log: UnitLog) -> Found:
        """Every text with its place; counts records and bytes in `log`."""
        raise NotImplementedError

    def units(self, shard: Shard) -> Iterator[Unit]:
        yield Unit(shard, self.name)

    def batches(self, unit: Unit, log: UnitLog) -> Iterator[TextBatch]:
        yield from gathered(self.texts(unit.shard, log))
        log.bytes += unit.shard.size

    def value_at(self, shard: Shard, location: Location, named: Named) -> str:
        return text_at(self.texts(shard, UnitLog()), location, named)


def guarded(items: Iterable[Item], what: str) -> Iterator[Item]:
    """What a library gives, one after the other; whatever it raises is told in our words only.

    Raises UnreadableError: readers of damaged data raise anything at all.
    """
    broken, items = False, iter(items)
    while not broken:
        try:
            item = next(items)
        except (StopIteration, UnreadableError) as end:
            if isinstance(end, UnreadableError):
                raise
            return
        except Exception:  # noqa: BLE001 - its message may quote the data
            broken = True
        else:
            yield item
    hint = "write the file again from its origin; what came before was scanned"
    raise UnreadableError(what, "", hint, "source.corrupt")


def gathered(found: Iterable[tuple[Place, str]]) -> Iterator[TextBatch]:
    """The texts in batches; what was read before an error is handed on before it."""
    texts, places, size = list[str](), list[Place](), 0
    try:
        for place, text in found:
            if text:
                texts.append(text)
                places.append(place)
                size += len(text) + 32  # so that many short ones are a batch as well
            if size >= _BATCH:
                yield TextBatch(text_array(texts), EachPlace(places))
                texts, places, size = [], [], 0
    except UnreadableError:
        if texts:
            yield TextBatch(text_array(texts), EachPlace(places))
        raise
    if texts:
        yield TextBatch(text_array(texts), EachPlace(places))


def text_at(found: Iterable[tuple[Place, str]], location: Location, named: Named) -> str:
    """The text whose place is the location.  Raises UnreadableError when there is none."""
    for place, text in found:
        same = place.record == location.record and place.part is location.part
        if text and same and rename(place.field, named) == location.field:
            return text_array([text])[0].as_py()  # type: ignore[no-any-return]
    raise gone(location)


def armoured(found: Iterable[tuple[Place, str]]) -> Found:
    """The texts; those between the lines that begin and end an armoured block as one.

    Keys are pasted into documents line by line, and each line is a paragraph then.
    """
    first: Place | None = None
    block = list[str]()
    for place, text in found:
        if first is None and not (_BEGIN in text and _END not in text):
            yield place, text
            continue
        first = first or place
        block.append(text)
        if _END in text or len(block) >= _LINES:
            yield first, "\n".join(block)
            first, block = None, []
    if first is not None:
        yield first, "\n".join(block)


class Counted:
    """A stream that can tell where it is, though it cannot go back.

    A compressed stream that breaks off raises its own error when more is asked of it than came.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._at = stream, 0

    def read(self, size: int = -1) -> bytes:
        """So many bytes, or fewer at the end."""
        data = read_up_to(self._stream, sys.maxsize if size < 0 else size)
        if len(data) < size:
            data += self._stream.read(size - len(data))  # raises what ended the stream
        self._at += len(data)
        return data

    def readline(self, limit: int = 1 << 20) -> bytes:
        """Up to and with the next line break."""
        found = bytearray()
        while len(found) < limit and (byte := self.read(1)):
            found += byte
            if byte == b"\n":
                break
        return bytes(found)

    def tell(self) -> int:
        return self._at
