"""Text cut into values: lines, what spans several lines, and pieces of lines that are too long.

Several lines are one value where the text itself says that a line goes on: an armoured block,
wrapped base-64 and quoted-printable, a `\\` at the end, a name that waits for its value, the head
of a table that names a secret, the name of a service and the few lines that may give its key, the
head of a document or section whose lines tell of one another.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Generator, Iterator, Sequence
from functools import cache
from typing import Any, BinaryIO, NamedTuple

from scanner import longvalues
from scanner.assigned import providers
from scanner.errors import UnreadableError
from scanner.files.streams import blocks
from scanner.longvalues import boundary
from scanner.regexes import linear

LONG = 1 << 20  # bytes; a longer line is cut
_BLOCK_BYTES = 64 << 10  # of an armoured block; the longest keys have about 13,000
_BEGIN, _END = b"-----BEGIN ", b"-----END "
_RUN_BYTES = 64 << 10  # of lines that go on; far more than a message's part needs to be read
_SECRETS = "(?i:pass|pwd|secret|token|key|auth|cred)"
_NAME = _SECRETS.encode() + rb"[\w.-]{0,40}[\"'`]?"
# The name of a secret at the end of a line, whose value stands on the next.
_WAITS = re.compile(
    rb"(?:" + _NAME + rb"[ \t]*(?::|[:=]{1,2}|=>)[ \t]*(?:[|>][+-]?|[(\[])?"
    rb"|(?:name|key|variable)[\"']?[ \t]*[:= ][ \t]*[\"']?[\w.-]{0,60}"
    + _NAME
    + rb",?(?:[ \t]*\{)?"
    rb"|" + _NAME + rb"</[\w-]{1,20}>"
    rb"|^machine[ \t]+\S+|^[ \t]*login[ \t]+\S+)[ \t]*\r?$"
)
_NAMES = re.compile(_SECRETS.encode())
_LOGINS = b"machine", b"login"
_WAITING = b":=>|+-([{,"
# The head of a table: names between separators.  Nothing is given back, or spaces cost years.
_CELL = rb"[ \t]*+[\"'`*]{0,2}+[A-Za-z_#][\w. ()/#-]{0,40}+[\"'`*]{0,2}+ *+"
_HEAD = re.compile(
    b"|".join(rb"%b(?:%b%b)++\r?" % (_CELL, s, _CELL) for s in (b",", b";", b"\t"))
    + rb"|[ \t]*+(?:\|%b)++\|[ \t]*\r?" % _CELL
)
_TABLE_BYTES = 16 << 10
_OPENS = re.compile(rb"[ \t]*variable[ \t]+\"[\w.-]+\"[ \t]*\{[ \t]*\r?$")  # of Terraform
_BODY = 6  # lines of such a block that belong to its first
_WRAPPED = re.compile(rb"[ \t]*[A-Za-z0-9+/_-]{60,80}\r?")
_LAST_WRAPPED = re.compile(rb"[ \t]*[A-Za-z0-9+/_-]{1,80}={0,2}\r?")
_SOFT = re.compile(rb"[^=\s][ \t]*=\r?$")
_VAULT = b"$ANSIBLE_VAULT;"
# What every line has that an armoured block may begin with, or that may go on.
_MARKS = (
    rf"(?m)-----BEGIN |{_SECRETS}|^[ \t]*(?:machine|login)|[\\=]\r*$"
    r"|^[ \t]*[A-Za-z0-9+/_-]{60,80}\r*$|^\$ANSIBLE_VAULT;"
)
# What names a service or an account; what begins a document or section, whose lines tell of one
# another.  Two expressions, without counts: together they cost a hundred times as much.
_NAMED = (
    rf"(?i)\b(?:{'|'.join(providers.SINGLE)})\b|\b(?:akia|asia|ltai|goog1e)[a-z0-9]+|bw_clientid"
)
_BEGINS = (
    r"(?m)^[ \t]*(?:apiVersion:[ \t]*[\"']?v1\b|kind:[ \t]*[\"']?(?:Sealed)?Secret|users:"
    r"|PuTTY-User-Key-File-|---- BEGIN SSH2 |chpasswd:|<(?:AutoLogon|AdministratorPassword"
    r"|auth-user-pass|RSAKeyValue|server)>|Kafka(?:Client|Server)|network=\{|provider[ \t]\""
    r"|[\"']?(?:Jwt|jwt)\w*[\"']?:[ \t]*\{?[ \t]*\r?$|client[ \t][\w.-]+[ \t]*\{"
    r"|untrusted comment:|Unseal Key 1|class JConfig"
    r"|\[[\w .:/@\"'-]+\][ \t]*\r?$)|(?i:(?:recovery|backup) codes)"
)
_NEAR = 3  # lines below the name of a service that are read with it
_SECTION = 64  # of a document or section, which a blank line ends
_SHORT = 200  # bytes of each of them, and of the first
_DOCUMENT = re.compile(rb"\s*(?:\{|\[[\s{\[\"])")  # JSON, which is read by itself


class Piece(NamedTuple):
    """A value: its bytes without line end, where they start, its first and last line.

    One of a line that was cut also tells where the line starts (-1: it was not cut), and how
    many of its bytes the next piece repeats (0 for the last).
    """

    line: int
    start: int
    raw: bytes
    last_line: int
    whole: int = -1
    shared: int = 0
    near: int = 0  # lines below that may belong to it


class Lines(NamedTuple):
    """Lines that begin nothing that goes on, as most do: kept together, they cost next to nothing.

    `raw` is without the last line end.
    """

    line: int
    start: int
    raw: bytes

    @property
    def last_line(self) -> int:
        return self.line + self.raw.count(b"\n")

    def texts(self) -> list[str]:
        """The values.  Raises UnicodeDecodeError for what is not UTF-8."""
        texts = self.raw.decode("utf-8").split("\n")
        if b"\r" in self.raw:
            texts = [text.removesuffix("\r") for text in texts]
        return list(filter(None, texts))

    def values(self) -> Sequence[Piece]:
        """The same as pieces."""
        return _Values(self)


class _Values(Sequence[Piece]):
    """The values of lines, each made when it is asked for."""

    def __init__(self, lines: Lines) -> None:
        import numpy as np

        self._lines = lines
        data = np.frombuffer(lines.raw, np.uint8)
        breaks = np.flatnonzero(data == 10)
        starts, ends = np.append(0, breaks + 1), np.append(breaks, len(data))
        ends -= np.append(data, 0)[ends - 1] == 13
        self._nth = np.flatnonzero(ends > starts)
        self._starts, self._ends = starts[self._nth], ends[self._nth]

    def __len__(self) -> int:
        return len(self._nth)

    def __getitem__(self, row: Any) -> Any:
        line, at, raw = self._lines
        number, start = line + int(self._nth[row]), int(self._starts[row])
        return Piece(number, at + start, raw[start : self._ends[row]], number)


Some = Piece | Lines


def pieces(
    stream: BinaryIO, start: int = 0, stop: int | None = None, first: int = 0
) -> Iterator[Some]:
    """The values from `start`, which must begin line number `first`, to `stop`.

    Blank lines are no values.  Where the stream breaks off, what is left of the last line
    comes first, then the UnreadableError.
    """
    for some in _continued(_armoured(_bounded(stream, start, stop, first))):
        if isinstance(some, Lines):
            yield some
        elif raw := some.raw if some.shared else some.raw.removesuffix(b"\r"):
            yield some._replace(raw=raw)


def _bounded(stream: BinaryIO, start: int, stop: int | None, number: int) -> Iterator[Some]:
    """Every line, long ones in pieces; at most about 2 MiB are held."""
    held = Piece(number, start, b"", number)
    for block in _unbroken(blocks(stream, start, stop)):
        if isinstance(block, UnreadableError):
            if held.raw:
                yield held
            raise block
        mark = 3 if held.start == 0 and not held.raw and block.startswith(codecs.BOM_UTF8) else 0
        held = held._replace(start=held.start + mark, raw=held.raw + block[mark:])
        end = held.raw.rfind(b"\n")
        if end >= 0:
            yield from _told(held._replace(raw=held.raw[:end]))
            number = held.line + held.raw.count(b"\n")
            held = Piece(number, held.start + end + 1, held.raw[end + 1 :], number)
        if len(held.raw) > LONG:
            held = yield from _cut(held)
    if held.raw:
        yield held


def _told(block: Piece) -> Iterator[Some]:
    """Whole lines; those that may begin something, and the rest of a line that was cut, alone."""
    data, number, done = block.raw, block.line, 0
    begun = dict(_begun(data))
    rest = [0] if block.whole >= 0 else []
    for start in sorted({*_marked(data), *begun, *_long(data), *rest}):
        if start > done:
            yield (plain := Lines(number, block.start + done, data[done : start - 1]))
            number = plain.last_line + 1
        done = (data.find(b"\n", start) + 1) or len(data) + 1
        raw, whole = data[start : done - 1], -1 if start else block.whole
        piece = Piece(number, block.start + start, raw, number, whole, near=begun.get(start, 0))
        yield (yield from _cut(piece)) if len(raw) > LONG else piece
        number += 1
    if done <= len(data):
        yield Lines(number, block.start + done, data[done:])


def _long(data: bytes) -> Iterator[int]:
    """Where lines start that are too long to be held."""
    at = 0
    while len(data) - at > LONG:
        end = data.rfind(b"\n", at, at + LONG + 1)
        if end < 0:
            yield at
            end = data.find(b"\n", at)
        at = end + 1 or len(data)


def _begun(data: bytes) -> Iterator[tuple[int, int]]:
    """Where lines start to which others belong, and how many may; the last word counts."""
    for expression, lines in ((_NAMED, _NEAR), (_BEGINS, _SECTION)):
        for found in _compiled(expression).finditer(data):
            yield data.rfind(b"\n", 0, found.end() - 1) + 1, lines


def _unbroken(stream: Iterator[bytes]) -> Iterator[bytes | UnreadableError]:
    try:
        yield from stream
    except UnreadableError as error:
        yield error


def _marked(data: bytes) -> Iterator[int]:
    """Where lines start that may begin something: a tenth of most texts, found in one pass."""
    marks, at = _compiled(_MARKS), 0
    while found := marks.search(data, at):
        yield data.rfind(b"\n", 0, found.start()) + 1
        at = data.find(b"\n", found.end()) + 1
        if not at:
            return


@cache
def _compiled(expression: str) -> Any:
    """When the first text is read: the module is loaded to tell any file's format."""
    return linear.compile_re(expression)


def _cut(line: Piece) -> Generator[Piece, None, Piece]:
    """Pieces of a long line; returns the rest, with what it shares with the last piece."""
    number, at, raw, whole = line.line, line.start, line.raw, line.whole
    whole = at if whole < 0 else whole
    while len(raw) > LONG:
        end = boundary(raw, LONG)
        keep = boundary(raw, end - longvalues.OVERLAP)
        yield Piece(number, at, raw[:end], number, whole, end - keep)
        at, raw = at + keep, raw[keep:]
    return Piece(number, at, raw, number, whole)


def _armoured(lines: Iterator[Some]) -> Iterator[Some]:
    """The same, with the lines of a PEM or PGP block joined into one value."""
    block: list[Piece] = []
    try:
        for piece in _one_by_one(lines, block):
            if isinstance(piece, Lines):
                yield piece
                continue
            begins = _BEGIN in piece.raw
            if begins or piece.whole >= 0:
                yield from block
                block.clear()
            if piece.whole >= 0 or not (begins or block):
                yield piece
                continue
            block.append(piece)
            if piece.start - block[0].start > _BLOCK_BYTES:
                yield from block  # too long for a key
                block.clear()
            elif _END in piece.raw:
                yield _joined(block)
                block.clear()
    except UnreadableError:
        yield from block
        raise
    yield from block


def _continued(lines: Iterator[Some]) -> Iterator[Some]:
    """The same, with lines that go on joined with what they go on with."""
    run: list[Piece] = []
    try:
        for piece in _one_by_one(lines, run):
            if isinstance(piece, Lines):
                yield piece
                continue
            if run and not (_follows(run[-1], piece) and _goes_on(run, piece)):
                yield _joined(run)
                run.clear()
            if run or _may_go_on(piece):
                run.append(piece)
            else:
                yield piece
    except UnreadableError:
        yield from [_joined(run)] if run else []
        raise
    if run:
        yield _joined(run)


def _one_by_one(lines: Iterator[Some], begun: list[Piece]) -> Iterator[Some]:
    """Every line alone for as long as something is begun that it may belong to."""
    for some in lines:
        if not isinstance(some, Lines):
            yield some
            continue
        number, start, raw = some
        at = 0
        while begun and at <= len(raw):
            end = raw.find(b"\n", at)
            end = len(raw) if end < 0 else end
            yield Piece(number, start + at, raw[at:end], number)
            number, at = number + 1, end + 1
        if at <= len(raw):
            yield Lines(number, start + at, raw[at:]) if at else some


def _follows(last: Piece, piece: Piece) -> bool:
    return piece.whole < 0 and piece.line == last.last_line + 1


def _may_go_on(piece: Piece) -> bool:
    """Whether anything could follow; most lines are told by a look at their end."""
    raw = piece.raw
    if not raw or piece.whole >= 0 or len(raw) > 4096 or piece.line != piece.last_line:
        return False
    return _kind(raw) is not None or (
        piece.near > 0 and len(raw) < _SHORT and not _DOCUMENT.match(raw)
    )


def _kind(raw: bytes) -> str | None:
    """How a line goes on: `wrapped`, `soft`, `escaped`, `waits`, `head`; None: it does not."""
    end = raw.rstrip(b"\r")[-1:]
    if end == b"\\":
        return "escaped"
    if end == b"=" and _SOFT.search(raw):
        return "soft"
    if raw.startswith(_VAULT) or (60 <= len(raw) <= 100 and _WRAPPED.fullmatch(raw)):
        return "wrapped"
    if len(raw) < 200 and _may_wait(raw) and _WAITS.search(raw):
        return "waits"
    return "head" if len(raw) < 400 and _HEAD.fullmatch(raw) and _NAMES.search(raw) else None


def _may_wait(raw: bytes) -> bool:
    """False for most lines: what `_WAITS` takes ends with a sign of waiting, or with a name."""
    text = raw.strip(b" \t\r")
    if text[-1:] in _WAITING:
        return _NAMES.search(text) is not None
    return text.startswith(_LOGINS) or _NAMES.search(text, max(0, len(text) - 48)) is not None


def _goes_on(run: list[Piece], piece: Piece) -> bool:
    """Whether a line belongs to those before it."""
    last = run[-1]
    if last.line != last.last_line or piece.start - run[0].start > _RUN_BYTES:
        return False
    if last.raw.endswith(b"=\r" if last.raw[-1:] == b"\r" else b"=") and not _SOFT.search(last.raw):
        return False
    if _OPENS.match(run[0].raw):
        return len(run) <= _BODY and last.raw.strip()[:1] != b"}"
    if _kind(run[0].raw) == "head":
        return piece.start - run[0].start < _TABLE_BYTES and _alike(run[0].raw, piece.raw)
    return (len(run) <= run[0].near and _may_belong(run[0], piece)) or _is_continued(last, piece)


def _is_continued(last: Piece, piece: Piece) -> bool:
    kind = _kind(last.raw)
    if kind == "wrapped" and not last.raw.startswith(_VAULT):
        return len(piece.raw) <= len(last.raw) and _LAST_WRAPPED.fullmatch(piece.raw) is not None
    return kind is not None


def _may_belong(first: Piece, piece: Piece) -> bool:
    """Whether a line may tell of one above, as the key below the name of a service does."""
    raw = piece.raw
    if len(raw) >= _SHORT or piece.line != piece.last_line or _DOCUMENT.match(raw):
        return False
    if first.near == _SECTION:
        return bool(raw.strip()) and piece.near != _SECTION
    return _kind(raw) in (None, "waits", "wrapped")


def _alike(head: bytes, line: bytes) -> bool:
    """Whether a line has as many cells as the head, or none of them in quotes holds more."""
    separator = next(s for s in (b"|", b"\t", b";", b",") if s in head)
    return b'"' in line or line.count(separator) == head.count(separator)


def _joined(block: list[Piece]) -> Piece:
    first, last = block[0], block[-1]
    if first is last:
        return first
    return Piece(first.line, first.start, b"\n".join([p.raw for p in block]), last.line)
