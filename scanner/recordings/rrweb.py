"""Sessions of web pages as rrweb records them: what was typed into fields and written on pages.

Event types and sources by number: https://github.com/rrweb-io/rrweb/blob/master/docs/recipes
(type 2 full snapshot, 3 incremental with source 0 mutation and 5 input, 4 meta, 6 plug-in).
Events are elements of an array, one a line, in an array inside a record, or packed by
`@rrweb/packer` (zlib, `v: "v1"`).  An input event holds the whole value of its field, so the
prefixes of what was typed are one series.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from scanner.batch import TextBatch, UnitLog
from scanner.keystrokes.secure import is_mask
from scanner.keystrokes.series import Growing
from scanner.keystrokes.texts import Texts
from scanner.keystrokes.views import Series
from scanner.recordings import Peek, Plain, _page
from scanner.recordings import _rows as shard_rows
from scanner.recordings._before import numbered
from scanner.recordings._wrapped import arrays
from scanner.sources import Shard

_EVENT = re.compile(rb'"type"\s*:\s*[0-6]\s*[,}]')
_TIMED = re.compile(rb'"timestamp"\s*:\s*\d')
_SHAPE = re.compile(rb'"(?:source|href|node|payload|plugin|tag|initialOffset)"\s*:')
_PACKED = re.compile(
    rb'"x(?:\\u009c|\xc2\x9c|\\u00da|\xc3\x9a|\\u0001)|\\u001f(?:\\u008b|\xc2\x8b)'
)
_GZIP = "\x1f\x8b"
_INSIDE = (
    "event",
    "events",
    "data",
    "payload",
    "snapshot",
    "snapshots",
    "rrweb",
    "record",
    "properties",
    "$snapshot_data",
    "snapshot_data",
    "$snapshot_items",
)
_MOST = 64 << 20  # bytes that one packed event may unpack to
_WRAPS = 3
SNAPSHOT, INCREMENTAL, META, PLUGIN = 2, 3, 4, 6
MUTATION, INPUT = 0, 5


class _Rrweb(Plain):
    def recognises(self, peek: Peek) -> bool:
        """Events with rrweb's numbers, or packed ones, in the samples."""
        if peek.source not in ("json", "jsonl", "csv") or not peek.samples:
            return False
        text = b"\n".join(peek.samples).replace(b'\\"', b'"').replace(b'""', b'"')
        plain = _EVENT.search(text) and _TIMED.search(text) and _SHAPE.search(text)
        return bool(plain or _PACKED.search(text))

    def batches(self, peek: Peek, log: UnitLog) -> Iterator[TextBatch]:
        """Values of fields, texts of pages that grew, and all that was packed."""
        texts = Texts()
        sessions = _Sessions(texts)
        for number, record in numbered(peek.before(self)):
            sessions.take(record, number, UnitLog())
        for number, record in shard_rows.records(peek.shard, peek.source):
            inner = _documents(record) if peek.source == "json" else []
            for at, events in inner:
                yield from _document(at, events, log)
            if not inner:
                sessions.take(record, number, log)
            if texts.full:
                yield from texts.batches()
        sessions.end()
        yield from texts.batches()

    def ending(self, shard: Shard, source: str) -> list[Any]:
        """The last records; events in arrays of documents do not go on."""
        return [one for one in shard_rows.ending(shard, source) if not _documents(one)]


def _documents(record: Any) -> list[tuple[str, list[Any]]]:
    """The arrays of events in a document."""
    return [one for one in arrays(record) if _event(one[1][0])]


def _document(prefix: str, events: list[Any], log: UnitLog) -> Iterator[TextBatch]:
    texts = Texts(prefix)
    session = _Session(texts, {})
    for number, record in enumerate(events):
        for event in _events(record, log, number):
            session.take(event, number)
    session.end()
    yield from texts.batches()


class _Sessions:
    """Page sessions by the names that records give them."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._open: dict[str, _Session] = {}

    def take(self, record: Any, row: int, log: UnitLog) -> None:
        """The events of one record."""
        named = record if isinstance(record, dict) else {}
        at = str(named.get("sessionId", named.get("session_id", "")))
        if at not in self._open:
            said = {n: v for n, v in named.items() if n not in _INSIDE and not isinstance(v, list)}
            self._open[at] = _Session(self._texts, said | {"session": at})
        for event in _events(record, log, row):
            self._open[at].take(event, row)

    def end(self) -> None:
        """No more comes."""
        for session in self._open.values():
            session.end()


def _event(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("type"), int)
        and 0 <= value["type"] <= 6
        and "data" in value
        and "timestamp" in value
    )


def _events(value: Any, log: UnitLog, row: int, depth: int = 0) -> Iterator[dict[str, Any]]:
    """The events in a record, which may be one, hold some, or be packed."""
    if isinstance(value, str):
        value = _unpacked(value, log, row)
    if isinstance(value, list):
        for one in value:
            yield from _events(one, log, row, depth)
    elif _event(value):
        yield _opened(value, log, row)
    elif isinstance(value, dict) and depth < _WRAPS:
        for name in _INSIDE:
            if isinstance(value.get(name), (dict, list, str)):
                yield from _events(value[name], log, row, depth + 1)


def _opened(event: dict[str, Any], log: UnitLog, row: int) -> dict[str, Any]:
    """The event; where its data, or members of it, are packed (PostHog: gzip), unpacked."""
    data = event["data"]
    if isinstance(data, str) and data.startswith(_GZIP):
        return event | {"data": _unpacked(data, log, row), "packed": True}
    if not isinstance(data, dict):
        return event
    packed = [name for name, v in data.items() if isinstance(v, str) and v.startswith(_GZIP)]
    inner = {name: _unpacked(data[name], log, row) for name in packed}
    return event | {"data": data | inner, "packed": True} if packed else event


def _unpacked(text: str, log: UnitLog, row: int) -> Any:
    """What a string of the packer, or of JSON, holds; None for any other."""
    if text[:1] in "{[":
        return _parsed(text)
    if (
        not text.startswith(("x", _GZIP))
        or len(text) < 8
        or (not text.isascii() and max(text) > "\xff")
    ):
        return None
    try:
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)  # zlib or gzip
        data = unpacker.decompress(text.encode("latin-1"), _MOST)
        whole = data.decode("utf-8", "replace")
        event = _parsed(whole)
    except (zlib.error, UnicodeEncodeError):
        if text[1:2] in "\x9c\xda\x01\x5e\x8b":
            hint = "record the session again, or take the event out"
            log.problem("events.rejected", "a packed event could not be unpacked", "", hint, row)
        return None
    if not unpacker.eof:
        hint = "record the session again, or unpack it before the scan; the beginning was scanned"
        log.problem("events.rejected", "a packed event is torn, or too long", "", hint, row)
    if event is None:
        event = {"type": 5, "timestamp": 0, "data": whole}
    if _event(event):
        event["packed"] = True
    return event


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


class _Session:
    """One page session: its nodes, and the values of its fields."""

    def __init__(self, texts: Texts, about: dict[str, Any]) -> None:
        self._texts, self._page, self._about = texts, _page.Page(), about
        self._growing = Growing(self._grown)
        self._changes: list[int] = []  # rows that redraw the page
        self._times: dict[int, Any] = {}  # of rows in which fields changed

    def take(self, event: dict[str, Any], row: int) -> None:
        """One event of the session."""
        data, kind = event.get("data"), event.get("type")
        time = event.get("timestamp")
        if event.get("packed"):
            self._unpacked(data, row, time)
        if not isinstance(data, dict):
            return
        if kind == META:
            self._about |= {"window": str(data.get("href", ""))}
        elif kind == SNAPSHOT:
            self._changes.append(row)
            self._page.read(data.get("node"))
        elif kind == INCREMENTAL and data.get("source") in (INPUT, MUTATION):
            self._times[row] = time
            (self._input if data["source"] == INPUT else self._mutation)(data, row)

    def _input(self, data: dict[str, Any], row: int) -> None:
        value, node = data.get("text"), data.get("id")
        if not isinstance(value, str) or (len(value) > 1 and is_mask(value)):
            return  # of a masked value only the length is left
        label, secure = self._page.field(node)
        at = "input", str(node)
        self._growing.add(at, value, row, label=label, secure=secure, member="text")

    def _mutation(self, data: dict[str, Any], row: int) -> None:
        self._changes.append(row)
        for added in _dicts(data.get("adds")):
            self._page.read(added.get("node"))
        for changed in _dicts(data.get("attributes")):
            self._page.change(changed.get("id"), changed.get("attributes"))
            attributes = changed.get("attributes")
            value = attributes.get("value") if isinstance(attributes, dict) else None
            if isinstance(value, str) and not is_mask(value):
                label, secure = self._page.field(changed.get("id"))
                at = "input", str(changed.get("id"))
                self._growing.add(at, value, row, label=label, secure=secure, member="value")
        for text in _dicts(data.get("texts")):
            if isinstance(text.get("value"), str):
                at = "text", str(text.get("id"))
                self._growing.add(at, text["value"], row, member="value")

    def _unpacked(self, data: Any, row: int, time: Any) -> None:
        """Every string of a packed event: nothing else reads it."""
        for label, text in _page.strings(data):
            self._texts.add(
                [Series(text, (row,), "unpacked", False, label)],
                row,
                None,
                self._about | {"time": time},
            )

    def _grown(self, readings: Sequence[Series], first: int, last: int) -> None:
        del first
        self._texts.add(readings, last, self._beside, self._about | {"time": self._times.get(last)})

    def _beside(self, first: int, last: int) -> list[int]:
        return [row for row in self._changes if first <= row <= last]

    def end(self) -> None:
        self._growing.end()


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


plugin = _Rrweb()
