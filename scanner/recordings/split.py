"""Secrets that no record holds whole: streamed in chunks, a line a record, cut at a row's end.

Three things are put together, each within one session and field:

- the increments of a streamed message (`_chunks`),
- a PEM block of which each record (row of a column, line of a log) holds a line,
- a text that ends within a token of a known prefix, and the text of the next record.

A shard is read for this only where its samples have such a form, or, in plain files, where a
pass over its bytes sees the header of a key or a prefix at the end of a text.  What is held is
bounded: 64 Ki characters of a message, 2,000 lines of a block, 1,000 of each at a time.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from scanner.batch import TextBatch, UnitLog
from scanner.errors import UnreadableError
from scanner.files.streams import open_text
from scanner.recordings import Peek, Plain
from scanner.recordings import _rows as shard_rows
from scanner.recordings._chunks import SHAPE, increments
from scanner.recordings._pieces import BATCH, Piece, Pieces
from scanner.sources import Shard

_SHAPES = b"delta", b"Delta", b"completion", b"candidates"  # stand in all that `SHAPE` takes
_OPEN_AT_ONCE = 1_000  # messages, blocks and tails
_MESSAGE, _KEPT = 64 << 10, 4 << 10  # characters of a message, and those carried on
_LINES, _MISSES = 2_000, 8  # of a block; records of the same field that are no line of it
_TOKEN = 400  # characters of a row's end or beginning that may belong to a token
_ROWS = 8  # that one token is cut into
_BLOCK = 4 << 20
_LOOK = 64 << 10  # of a text: bytes that are looked at together
_CELLS = 1 << 14

_HEADER = re.compile(r"-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_FOOTER = re.compile(r"-----END (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_BODY = re.compile(
    r"(?:^|(?<=[\s:>|\]\"']))(?:[A-Za-z0-9+/=]{1,80}|[A-Z][A-Za-z-]{2,20}: [^\s].*)$"
)
_ENDS = re.compile(r"(?:\\+[nr]|\s)+$")
_PREFIXES = (
    r"gh[pousr]_|github_pat_|gl(?:pat|rt|ptt|dt)-|A[KS]IA|sk-ant-|sk-proj-|[sr]k_live_|whsec_"
    r"|xox[abprse]-|xapp-|AIza|ya29\.|GOCSPX-|hf_|npm_|pypi-|dop_v1_|SG\.|shp(?:at|ss|pa|ca)_"
    r"|lin_api_|hvs\.|eyJ|dckr_pat_|rubygems_|tskey-|figd_|PMAK-|AGE-SECRET-KEY-"
)
_OF_TOKEN = string.ascii_letters + string.digits + "_.=+/-"
_TAIL = re.compile(rf"(?:^|(?<=[^A-Za-z0-9_]))(?:{_PREFIXES})[A-Za-z0-9_.=+/-]{{0,{_TOKEN}}}$")
_HEAD = re.compile(rf"[A-Za-z0-9_.=+/-]{{1,{_TOKEN}}}")
_WORD = re.compile(  # no token goes on so: a word, an address, the next assignment of a file
    r"[A-Z]?[a-z]+[.=]?|[A-Z]+|[0-9]+|https?:.*|.*\.{3}|[A-Za-z_][A-Za-z0-9_.-]*=[^=].*"
)
_SESSIONS = (
    "session_id", "sessionid", "session", "sessionId", "conversation_id", "conversationId",
    "thread_id", "stream_id", "trace_id", "file", "filename", "host", "stream", "pid",
)  # fmt: skip
# The same for bytes as they are written: a header that its line does not end, a cut token.
_SEEN = (
    r"-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:\\[nr]){0,2}[ ]{0,2}[\"',\r\n]",
    rf"(?:{_PREFIXES})[A-Za-z0-9_.=+/-]{{0,35}}[\"\n]",
)
# What stands in every line that may begin something.
_BEGUN = "PRIVATE KEY", rf"(?:{_PREFIXES})[A-Za-z0-9_.=+/-]*\s*\n"
Key = tuple[str, str]  # session and field


class _Split(Plain):
    general = True

    def recognises(self, peek: Peek) -> bool:
        """Chunks, the header of a key on a line of its own, or a text that ends within a token."""
        if peek.source in ("parquet", "arrow"):
            return any(_holds(text) for _, row in _sample(peek) for _, text in leaves(row))
        if peek.source not in ("jsonl", "json", "csv", "text") or not peek.samples:
            return False
        if any(_chunked(sample) or _seen(sample) for sample in peek.samples):
            return True
        shard = peek.shard
        seen_whole = shard.size <= len(peek.samples[0])
        return not (shard.compression or shard.member or seen_whole) and _anywhere(shard)

    def batches(self, peek: Peek, log: UnitLog) -> Iterator[TextBatch]:
        """The texts of which more than one record holds a part."""
        del log
        gathered = _Gathered(lines=peek.source == "text")
        for number, record in _records(peek, gathered):
            gathered.take(number, record)
            if gathered.pieces.chars >= BATCH:
                yield from gathered.pieces.batches()
        gathered.end()
        yield from gathered.pieces.batches()


def _chunked(data: bytes) -> bool:
    return any(word in data for word in _SHAPES) and SHAPE.search(data) is not None


def _holds(text: str) -> bool:
    header = _HEADER.search(text)
    return bool(header and not _FOOTER.search(text)) or bool(_cut_off(text))


def _cut_off(text: str) -> str:
    """The token within which a text ends, and a little of what stands before it."""
    end = text[-_TOKEN:]
    # Most texts end with a short word: only what may belong to a token is searched.
    tail = _TAIL.search(end, len(end.removesuffix("\n").rstrip(_OF_TOKEN)))
    return end[max(0, tail.start() - 40) :] if tail else ""


@cache
def _database(expressions: tuple[str, ...]) -> Any:
    from scanner.regexes.multipattern import Anchor, build

    found = [Anchor(one, owner="recording split", private=False) for one in expressions]
    return build(found, "auto")


def _seen(data: bytes, expressions: tuple[str, ...] = _SEEN) -> bool:
    return bool(_database(expressions).scan(data.decode("utf-8", "replace").encode()))


def _anywhere(shard: Shard) -> bool:
    """A pass over a plain file, for what the samples have not shown."""
    return any(_seen(block) for block in _blocks(shard, _BLOCK))


def _blocks(shard: Shard, size: int) -> Iterator[bytes]:
    """Whole lines of about so many bytes; of a longer line, parts."""
    with open_text(shard) as stream:
        while block := stream.read(size):
            yield block + (b"" if block.endswith(b"\n") else stream.readline(_BLOCK))


def _records(peek: Peek, gathered: _Gathered) -> Iterator[tuple[int, Any]]:
    if peek.source == "text":
        yield from _lines(peek.shard, gathered)
    elif peek.source in ("parquet", "arrow"):
        yield from _columns(peek.shard, peek.source)
    else:
        yield from shard_rows.records(peek.shard, peek.source)


def _lines(shard: Shard, gathered: _Gathered) -> Iterator[tuple[int, str]]:
    """Lines of a text, but for blocks of them that neither go on with anything nor begin it."""
    number = 0
    for block in _blocks(shard, _LOOK):
        if gathered.waits or _chunked(block) or _seen(block + b"\n", _BEGUN):
            lines = block.decode("utf-8", "replace").removesuffix("\n").split("\n")
            yield from ((n, line.rstrip("\r")) for n, line in enumerate(lines, number))
        number += block.count(b"\n")


def _sample(peek: Peek) -> list[tuple[int, Any]]:
    found = list[tuple[int, Any]]()
    try:
        for row in _columns(peek.shard, peek.source, 300):
            found.append(row)
            if len(found) >= 300:
                break
    except UnreadableError:
        pass
    return found


def _columns(shard: Shard, source: str, size: int = _CELLS) -> Iterator[tuple[int, Any]]:
    """The rows of a table with its columns of text."""
    for first, batch in shard_rows.table_batches(shard, source, _texts, size):
        yield from enumerate(batch.to_pylist(), first)


def _texts(schema: Any) -> list[str]:
    return [f.name for f in schema if _is_text(f.type)]


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def leaves(record: Any, field: str = "", depth: int = 4) -> Iterator[tuple[str, str]]:
    """(field, text) of a record; elements of arrays are one field."""
    if isinstance(record, str):
        yield field, record
    elif isinstance(record, dict) and depth:
        for name, inner in record.items():
            yield from leaves(inner, f"{field}/{name}", depth - 1)
    elif isinstance(record, list) and depth:
        for inner in record:
            yield from leaves(inner, f"{field}/*", depth - 1)


@dataclass(slots=True)
class _Open:
    """Something that is still being put together."""

    pieces: list[Piece] = field(default_factory=list)
    chars: int = 0
    missed: int = 0

    def add(self, record: int, text: str) -> None:
        self.pieces.append((record, text))
        self.chars += len(text)


@dataclass(slots=True)
class _Gathered:
    """All that is open, by session and field."""

    lines: bool = False  # of a text file: its blocks without anything in front are found already
    pieces: Pieces = field(default_factory=Pieces)
    _messages: dict[tuple[Any, ...], _Open] = field(default_factory=dict)
    _blocks: dict[Key, _Open] = field(default_factory=dict)
    _tails: dict[Key, _Open] = field(default_factory=dict)

    @property
    def waits(self) -> bool:
        """True when what comes next may go on with something."""
        return bool(self._messages or self._blocks or self._tails)

    def take(self, number: int, record: Any) -> None:
        """One record, or all that one document holds in an array."""
        if isinstance(record, list):
            for inner in record:
                self.take(number, inner)
            return
        session = _session(record)
        found = list(increments(record))
        for who, text, ended in found:
            self._message(number, (session, *who), text, ended)
        for name, text in leaves(record) if not found else ():
            if not self._line(number, (session, name), text):
                self._tail(number, (session, name), text)

    def end(self) -> None:
        """No more records come."""
        for who in list(self._messages):
            self._said(who)
        for key in list(self._blocks):
            self._closed(key)
        for key in list(self._tails):
            self._cut(key)

    def _emit(self, opened: _Open, label: str, session: str) -> None:
        if len(opened.pieces) > 1:
            about = {"session": session} if session else {}
            self.pieces.add(opened.pieces, label, about)

    # Messages ----------------------------------------------------------------------------

    def _message(self, number: int, who: tuple[Any, ...], text: str, ended: bool) -> None:
        if ended:
            for other in [k for k in self._messages if k[: len(who) - 1] == who[:-1]]:
                self._said(other)
            return
        opened = self._messages.setdefault(who, _Open())
        opened.add(number, text)
        if opened.chars > _MESSAGE:
            self._emit(opened, "content", who[0])
            kept, size = list[Piece](), 0
            for piece in reversed(opened.pieces):
                if size >= _KEPT:
                    break
                kept.append(piece)
                size += len(piece[1])
            self._messages[who] = _Open(kept[::-1], size)
        if len(self._messages) > _OPEN_AT_ONCE:
            self._said(next(iter(self._messages)))

    def _said(self, who: tuple[Any, ...]) -> None:
        self._emit(self._messages.pop(who), "content", who[0])

    # Blocks ------------------------------------------------------------------------------

    def _line(self, number: int, key: Key, text: str) -> bool:
        """True when the text is a line of a key."""
        header, footer = _HEADER.search(text), _FOOTER.search(text)
        if header and not footer and not (self.lines and not header.start()):
            self._closed(key)
            self._blocks[key] = _Open()
            self._blocks[key].add(number, _line_of(text[header.start() :]))
            if len(self._blocks) > _OPEN_AT_ONCE:
                self._closed(next(iter(self._blocks)))
            return True
        opened = self._blocks.get(key)
        if opened is None:
            return False
        body = footer or _BODY.search(_ENDS.sub("", text))
        if body is None:
            opened.missed += 1
        else:
            opened.add(
                number,
                _line_of(body[0] if not footer else text[_start(text, footer) : footer.end()]),
            )
        if footer or opened.missed > _MISSES or len(opened.pieces) > _LINES:
            self._closed(key)
        return body is not None

    def _closed(self, key: Key) -> None:
        opened = self._blocks.pop(key, None)
        if opened is not None:
            self._emit(opened, key[1].rpartition("/")[2], key[0])

    # Tails -------------------------------------------------------------------------------

    def _tail(self, number: int, key: Key, text: str) -> None:
        opened = self._tails.get(key)
        if opened is not None:
            head = _HEAD.match(text)
            head = None if head and _WORD.fullmatch(head[0]) else head
            if head:
                opened.add(number, head[0])
            if not head or head.end() < len(text) or len(opened.pieces) >= _ROWS:
                self._cut(key)
            if head and head.end() == len(text):
                return
        if begun := _cut_off(text):
            self._tails[key] = _Open()
            self._tails[key].add(number, begun)
            if len(self._tails) > _OPEN_AT_ONCE:
                self._cut(next(iter(self._tails)))

    def _cut(self, key: Key) -> None:
        self._emit(self._tails.pop(key), key[1].rpartition("/")[2], key[0])


def _start(text: str, footer: re.Match[str]) -> int:
    """Where the last line of a block begins: base64 may stand right before its end."""
    before = re.search(r"[A-Za-z0-9+/=]{16,}(?:\\+n|\s)*$", text[: footer.start()])
    return before.start() if before else footer.start()


def _line_of(text: str) -> str:
    return _ENDS.sub("", text) + "\n"


def _session(record: Any) -> str:
    if not isinstance(record, dict):
        return ""
    return "\0".join(str(record[n]) for n in _SESSIONS if isinstance(record.get(n), (str, int)))


plugin = _Split()
