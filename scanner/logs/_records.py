"""Splits a file of JSON records: one document with a list of them, or JSON Lines.

Lists are `[...]` and what stands in an object under one of `_Envelope`'s plural names: files of
CloudTrail, answers of `entries.list`, `lookup-events`, `filter-log-events`, and batches that
CloudWatch Logs hands on.  Envelopes are `detail` (EventBridge), and JSON in a text under
`message` (CloudWatch Logs) or `CloudTrailEvent`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.logs._stream import MAX_LINE, Line, lines

Piece = bytes | msgspec.Raw


class _Envelope(msgspec.Struct, gc=False):
    Records: msgspec.Raw = msgspec.Raw()
    Events: msgspec.Raw = msgspec.Raw()
    events: msgspec.Raw = msgspec.Raw()
    logEvents: msgspec.Raw = msgspec.Raw()
    entries: msgspec.Raw = msgspec.Raw()
    detail: msgspec.Raw = msgspec.Raw()
    message: msgspec.Raw = msgspec.Raw()
    CloudTrailEvent: msgspec.Raw = msgspec.Raw()


_object = msgspec.json.Decoder(_Envelope).decode
_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_text = msgspec.json.Decoder(str).decode


def split(path: Path, log: UnitLog) -> Iterator[Piece]:
    """The records of a file, undecoded; counts them and the bytes in `log`.

    A line that is not JSON is yielded as it stands, for the caller to count as bad.
    Raises UnreadableError where the file breaks off, after every whole record before.
    """
    for piece in _pieces(_counted(lines(path), log), str(path)):
        log.records += 1
        yield piece


def moment(text: str) -> datetime:
    """An ISO 8601 time with its zone.  Raises ValueError, without the text, when it has none."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError
    return found


def _counted(found: Iterable[Line], log: UnitLog) -> Iterator[Line]:
    for line in found:
        log.bytes += len(line.data) + 1
        yield line


def _pieces(found: Iterator[Line], where: str) -> Iterator[Piece]:
    """By its first line that holds anything: JSON Lines, or one document over many lines."""
    for line in found:
        text = line.data.removeprefix(b"\xef\xbb\xbf")
        if not text.strip():
            continue
        opened = _opened(text)
        if opened is None or line.torn:
            yield from _whole(text, found, line.torn, where)
            return
        yield from opened
        break
    for line in found:
        if line.data.strip() and not line.torn:
            yield from _opened(line.data) or [line.data]


def _opened(text: bytes) -> list[Piece] | None:
    """The records in one JSON text; None when it is not whole."""
    try:
        if text.lstrip().startswith(b"["):
            return [_unwrapped(each) for each in _list(text)]
        found = _object(text)
        lists = (found.Records, found.Events, found.events, found.logEvents, found.entries)
        listed = next((raw for raw in lists if bytes(memoryview(raw)[:1]) == b"["), None)
        if listed is None:
            return [_inner(text, found)]
        records = _list(listed)
        return list(records) if listed is found.Records else [_unwrapped(each) for each in records]
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None


def _unwrapped(piece: Piece) -> Piece:
    try:
        return _inner(piece, _object(piece))
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return piece  # the caller counts it


def _inner(piece: Piece, envelope: _Envelope) -> Piece:
    """The record in its envelope, or the piece itself."""
    if bytes(memoryview(envelope.detail)[:1]) == b"{":
        return envelope.detail
    for raw in (envelope.message, envelope.CloudTrailEvent):
        text = _text(raw) if bytes(memoryview(raw)[:1]) == b'"' else ""
        if text.lstrip().startswith("{"):
            return text.encode()
    return piece


def _whole(first: bytes, rest: Iterator[Line], torn: bool, where: str) -> Iterator[Piece]:
    """A document over many lines, or what is left of a damaged one."""
    parts, size, damage = [first], len(first), None
    try:
        for line in rest:
            parts.append(line.data)
            size += len(line.data) + 1
            torn = torn or line.torn
            if size > MAX_LINE:
                raise _broken(f"the document is larger than {MAX_LINE >> 20} MiB", where)
    except UnreadableError as error:
        damage = error
    text = b"\n".join(parts)
    opened = None if torn else _opened(text)
    yield from opened if opened is not None else _salvaged(text)
    if damage is not None:
        raise damage
    if opened is None:
        raise _broken("the JSON of the log breaks off or is damaged", where)


def _salvaged(text: bytes) -> Iterator[Piece]:
    """The whole objects at the start of a damaged list of records, or the lines that are whole."""
    decoded = text.decode("utf-8", "replace")
    opening = re.match(r'\s*(?:\{\s*"Records"\s*:\s*)?\[', decoded)
    if opening is None:
        yield from _whole_lines(text)
        return
    at = _next_object(decoded, opening.end())
    while at < len(decoded):
        try:
            _, end = json.JSONDecoder().raw_decode(decoded, at)
        except (ValueError, RecursionError):
            return
        yield decoded[at:end].encode()
        at = _next_object(decoded, end)


def _whole_lines(text: bytes) -> Iterator[Piece]:
    """JSON Lines whose first line is broken; nothing when no line is a record."""
    found = [(line, _opened(line)) for line in text.split(b"\n") if line.strip()]
    if any(opened for _, opened in found):
        for line, opened in found:
            yield from opened or [line]


def _next_object(text: str, at: int) -> int:
    gap = re.compile(r"[\s,]*").match(text, at)
    return gap.end() if gap else at


def _broken(what: str, where: str) -> UnreadableError:
    return UnreadableError(what, where, "fetch the file again", "log.truncated")
