"""JSON records too long to be held: read in one pass, in a few MiB whatever their length.

What fits into a window is parsed as a whole, as any small record is.  What does not is gone
into: an object or array member by member, a string piece by piece.  So places, labels and
texts are those of the ordinary way, but for a label that a sibling gives to a giant value:
only a sibling that stands before it is known.

Where the record turns out to be no JSON, that is recorded, and what is left of it is
scanned as it is written.  Its places have `record_start` but no `record_end`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from scanner.batch import Place, TextBatch, UnitLog, text_array
from scanner.errors import UnreadableError
from scanner.files import json_names, json_parse, json_walk
from scanner.files.json_names import HOLDING, NAMING
from scanner.files.json_parse import MAX_NESTING, NotJson, TooDeep, scrub
from scanner.files.json_walk import Spot, Walker
from scanner.longvalues import OVERLAP, LongText, boundary, joined
from scanner.model import Location, Part
from scanner.pointer import Named, rename, segment
from scanner.sources._documents import value_end

WINDOW = 1 << 20  # bytes; a longer part of it is gone into
_COUNTED = 500_000  # keys of one object whose repetitions are told apart
_SPACE = re.compile(rb"[ \t\r\n]*+")
# The inside of a string up to its end, or to an escape that may go on behind what was read.
_PAIR = rb"\\u[dD][89abAB][0-9a-fA-F]{2}"
_LOW = rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_OTHER = rb'[^"\\]++|\\[^u]|\\u(?![dD][89abAB])[0-9a-fA-F]{4}'
_RUN = re.compile(rb"(?:%b|%b(?:%b|(?=[\s\S]{6})))*+" % (_OTHER, _PAIR, _LOW), re.DOTALL)
_LAST_RUN = re.compile(rb"(?:%b|%b(?:%b)?)*+" % (_OTHER, _PAIR, _LOW), re.DOTALL)
_ESCAPE = 12  # bytes of the longest escape
_QUOTE, _COMMA, _COLON = b'",:'


def batches_of_giant(
    chunks: Iterable[bytes], number: int, start: int, log: UnitLog
) -> Iterator[TextBatch]:
    """The texts of record `number`, whose bytes `chunks` are and begin at byte `start`.

    Counts the record in `log`, its bytes not.  An UnreadableError of the chunks comes last.
    """
    yield from Giant(chunks, number, start, log).batches()


def giant_text(chunks: Iterable[bytes], location: Location, named: Named) -> str | None:
    """The text at a location in the giant record that begins with these chunks, if it is there."""
    if location.part is Part.RAW:
        return scrub(b"".join(chunks).decode("utf-8", "surrogateescape"))
    giant = Giant(chunks, location.record or 0, location.record_start or 0, UnitLog())
    found: list[TextBatch] = []
    for batch in giant.batches(alone=False):
        for row in range(len(batch.values)):
            for place in batch.places.of(row):
                if (place.part, rename(place.field, named)) != (location.part, location.field):
                    continue
                if not batch.pieces:
                    return str(batch.values[row].as_py())
                found.append(batch)
    return joined(found) if found else None


class Giant:
    """One giant record.  `left` is what was read beyond its end, `size` its length in bytes."""

    def __init__(self, chunks: Iterable[bytes], number: int, start: int, log: UnitLog) -> None:
        self._window, self._log = _Window(chunks), log
        self._number, self._start = number, start
        self._walker = Walker()

    @property
    def left(self) -> bytes:
        return self._window.data[self._window.pos :]

    @property
    def size(self) -> int:
        return self._window.base + self._window.pos

    def batches(self, alone: bool = True) -> Iterator[TextBatch]:
        """The texts; `alone`: nothing but the record is in the chunks."""
        root = Spot()
        try:
            yield from self._value(root, 0)
            if alone and self._window.peek() >= 0:
                raise NotJson("more text after the JSON value")
            yield from self._flush()
        except NotJson as error:
            yield from self._flush()
            hint = "what comes after the place where it breaks was scanned as it is written"
            self._log.bad_record("record.invalid", str(error), self._number, hint)
            yield from self._raw()
        if self._window.lossy:
            what = "bytes that are not UTF-8 were read as U+FFFD"
            self._log.problem("note.encoding", what, record=self._number)
        self._log.records += 1
        if self._window.broken:
            raise self._window.broken

    def _value(self, spot: Spot, depth: int) -> Generator[TextBatch, None, Any]:
        """The texts of the value that comes next; returns the value when it is small."""
        window = self._window
        byte = window.expect()
        end = window.end_of_value(byte)
        if end >= 0:
            node = json_parse.parse(*window.take(end))
            if node:
                self._walker.walk(node, spot)
            if len(self._walker.texts) >= 1000 or window.taken >= WINDOW:
                yield from self._flush()
            return node
        yield from self._flush()
        if depth == MAX_NESTING:
            raise TooDeep("JSON nested too deeply")
        if byte == _QUOTE:
            yield from self._string(spot)
        elif byte in b"{":
            yield from self._members(spot, depth + 1)
        elif byte in b"[":
            yield from self._items(spot, depth + 1)
        else:
            raise NotJson("not valid JSON")
        return None

    def _items(self, spot: Spot, depth: int) -> Iterator[TextBatch]:
        window, index = self._window, 0
        window.pos += 1
        while window.comma(b"]", index > 0):
            index = yield from self._run(spot, index)
            yield from self._value(spot.item(index), depth)
            index += 1

    def _run(self, spot: Spot, index: int) -> Generator[TextBatch, None, int]:
        """The small elements that lie in the window, at once; returns the next index."""
        text, walker = self._window.untried(), self._walker
        if not text:
            return index
        yield from self._flush()
        items, any_item, at = _Items(index), Spot(spot, "", spot.label), 0
        while (found := json_parse.element(text, at)) is not None:
            node, at = found
            walker.record = index
            items.rows.append(len(walker.texts))
            if node:
                walker.walk(node, any_item)
            index += 1
        self._window.pos += len(text[:at].encode())
        yield from self._flush_items(items, len(any_item.field))
        return index

    def _flush_items(self, items: _Items, at: int) -> Iterator[TextBatch]:
        walker, about = self._walker, (self._number, self._start, at)
        if walker.texts:
            yield TextBatch(text_array(walker.texts), _Places(walker.spots, *about, items.of))
        keys = [member for member in walker.members() if member[0]]
        if keys:
            names, spots, indices = zip(*keys, strict=True)
            yield TextBatch(text_array(names), _Places(spots, *about, indices.__getitem__))
        walker.clear()

    def _members(self, spot: Spot, depth: int) -> Iterator[TextBatch]:
        counts, label, window = dict[int, int](), _Label(), self._window
        window.pos += 1
        while window.comma(b"}", bool(counts)):
            key = self._key()
            nth = counts.get(hash(key), 0)
            if len(counts) < _COUNTED:
                counts[hash(key)] = nth + 1
            inner = json_walk.child(spot, key, nth)
            if key:
                self._walker.texts.append(key)
                self._walker.spots.append(Spot(spot, segment(key, nth), "", Part.KEY))
            value = yield from self._value(label.of(key, inner), depth)
            label.learn(key, value)

    def _key(self) -> str:
        """The key that comes next, and the colon behind it."""
        window = self._window
        end = window.end_of_value(_QUOTE) if window.expect() == _QUOTE else -1
        key = json_parse.parse(*window.take(end)) if end >= 0 else None
        if not isinstance(key, str) or window.expect() != _COLON:
            raise NotJson("not valid JSON, or a key of more than 1 MiB")
        window.pos += 1
        return key

    def _string(self, spot: Spot) -> Iterator[TextBatch]:
        """The pieces of a giant string."""
        long = LongText(self._place(spot))
        self._window.pos += 1
        closed = False
        while not closed:
            raw, closed = self._window.run()
            try:
                text = json_parse.unescape(raw)
            except NotJson:
                yield from long.end()
                raise
            yield from long.add(text)
        yield from long.end()

    def _raw(self) -> Iterator[TextBatch]:
        """All that is left, as it is written, from a little before on."""
        window = self._window
        window.pos = boundary(window.data, max(0, window.pos - OVERLAP))
        long = LongText(self._place(Spot(part=Part.RAW)), window.chars())
        while window.more(window.pos + WINDOW) or window.pos < len(window.data):
            size = len(window.data)
            text, _ = window.take(size if window.ended else boundary(window.data, size))
            yield from long.add(scrub(text))
        yield from long.end()

    def _flush(self) -> Iterator[TextBatch]:
        """The texts of the small values since the last call."""
        walker = self._walker
        for key, spot, _ in walker.members():
            if key:
                walker.texts.append(key)
                walker.spots.append(spot)
        if walker.texts:
            places = _Places(walker.spots, self._number, self._start)
            yield TextBatch(text_array(walker.texts), places)
        walker.clear()
        self._window.taken = 0

    def _place(self, spot: Spot) -> Place:
        return _place(spot, self._number, self._start)


class _Label:
    """What the members of an object so far say about the name of one that comes later."""

    def __init__(self) -> None:
        self._rank, self._label = len(NAMING), ""

    def learn(self, key: str, value: Any) -> None:
        label = json_names.label_by(key, value) if key.lower() in NAMING else ""
        if label and NAMING.index(key.lower()) < self._rank:
            self._rank, self._label = NAMING.index(key.lower()), label

    def of(self, key: str, spot: Spot) -> Spot:
        named = self._label and key.lower() in HOLDING
        return spot.labelled(self._label) if named else spot


@dataclass(frozen=True, slots=True)
class _Items:
    """Which elements of an array the rows of a batch belong to."""

    first: int
    rows: list[int] = field(default_factory=list)  # of each element, the first

    def of(self, row: int) -> Sequence[int]:
        return (self.first + bisect_right(self.rows, row) - 1,)


@dataclass(frozen=True, slots=True)
class _Places:
    """Places of texts; `items` gives the indices that belong at `at` in a text's pointer."""

    spots: Sequence[Spot]
    number: int
    start: int
    at: int = 0
    items: Callable[[int], Sequence[int]] | None = None

    def __len__(self) -> int:
        return len(self.spots)

    def of(self, row: int) -> Iterator[Place]:
        place = _place(self.spots[row], self.number, self.start)
        if self.items is None:
            yield place
            return
        front, rest = place.field[: self.at], place.field[self.at :]
        for index in self.items(row):
            yield replace(place, field=f"{front}{index}{rest}")

    def labels(self) -> Iterator[tuple[str, Sequence[int]]]:
        rows: dict[tuple[str, Part], list[int]] = {}
        for row, spot in enumerate(self.spots):
            rows.setdefault((spot.label, spot.part), []).append(row)
        yield from ((label, found) for (label, _), found in rows.items())


def _place(spot: Spot, number: int, start: int) -> Place:
    return Place(number, spot.field, spot.label, spot.part, (), start)


class _Window:
    """What has been read of the record and is still needed."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self.data, self.pos, self.base = b"", 0, 0
        self.ended, self.lossy = False, False
        self.broken: UnreadableError | None = None
        self.taken = 0
        self._tried = 0
        self._chars = 0  # code points before `data`

    def more(self, size: int) -> bool:
        """True when at least `size` bytes are held, after reading on if need be."""
        if len(self.data) >= size or self.ended:
            return len(self.data) >= size
        size -= self._forget()
        parts, held = [self.data], len(self.data)
        while held < size + WINDOW:
            try:
                chunk = next(self._chunks, b"")
            except UnreadableError as error:
                self.broken, chunk = error, b""
            if not chunk:
                self.ended = True
                break
            parts.append(chunk)
            held += len(chunk)
        self.data = b"".join(parts)
        return held >= size

    def _forget(self) -> int:
        """Drop what was used, but for the little that `_raw` may go back to."""
        done = boundary(self.data, max(0, self.pos - OVERLAP))
        self._chars += len(self.data[:done].decode("utf-8", "surrogateescape"))
        self.data, self.pos, self.base = self.data[done:], self.pos - done, self.base + done
        return done

    def chars(self) -> int:
        """Code points of the record before `pos`."""
        return self._chars + len(self.data[: self.pos].decode("utf-8", "surrogateescape"))

    def peek(self) -> int:
        """The next byte that is no space; -1 at the end."""
        while True:
            found = _SPACE.match(self.data, self.pos)
            self.pos = found.end() if found else self.pos
            if self.pos < len(self.data):
                return self.data[self.pos]
            if not self.more(self.pos + 1):
                return -1

    def expect(self) -> int:
        """The same.  Raises NotJson at the end."""
        byte = self.peek()
        if byte < 0:
            raise NotJson("not valid JSON: it ends too early")
        return byte

    def comma(self, close: bytes, needed: bool) -> bool:
        """Moves to the next part of a container, behind a comma; False behind its end."""
        byte = self.expect()
        if byte == close[0]:
            self.pos += 1
            return False
        if needed:
            if byte != _COMMA:
                raise NotJson("not valid JSON")
            self.pos += 1
        return True

    def untried(self) -> str:
        """The text that is held, once; "" where not all of it is UTF-8."""
        if self.base + self.pos < self._tried:
            return ""
        self.more(self.pos + 1)
        self._tried = self.base + len(self.data)
        try:
            return self.data[self.pos : boundary(self.data, len(self.data))].decode()
        except UnicodeDecodeError:
            return ""

    def end_of_value(self, byte: int) -> int:
        """Where the value at `pos` ends; -1 when it is longer than a window, or no value."""
        end = value_end(self.data, self.pos, byte, self.ended)
        if end < 0 and len(self.data) - self.pos < WINDOW and self.more(len(self.data) + 1):
            end = value_end(self.data, self.pos, byte, self.ended)
        return end

    def take(self, end: int) -> tuple[str, bool]:
        """The text up to `end`, and whether not all of it was UTF-8; moves on."""
        raw, self.pos = self.data[self.pos : end], end
        self.taken += len(raw)
        try:
            return raw.decode(), False
        except UnicodeDecodeError:
            self.lossy = True
            return raw.decode("utf-8", "surrogateescape"), True

    def run(self) -> tuple[str, bool]:
        """More of a string as it is written, and whether it ends there."""
        self.more(self.pos + WINDOW)
        end = self._end_of_run()
        closed = end < len(self.data) and self.data[end] == _QUOTE
        if not closed and (self.ended or len(self.data) - end > _ESCAPE):
            raise NotJson("not valid JSON: a string is not closed, or has a wrong escape")
        if not closed:
            end = boundary(self.data, end)
        text, _ = self.take(end)
        self.pos += closed
        return text, closed

    def _end_of_run(self) -> int:
        """How far the text at `pos` goes: to its end, or to where it may go on unseen."""
        quote = self.data.find(b'"', self.pos)
        end = quote if quote >= 0 else len(self.data)
        if self.data.find(b"\\", self.pos, end) < 0:
            return end
        found = (_LAST_RUN if self.ended else _RUN).match(self.data, self.pos)
        return found.end() if found else self.pos
