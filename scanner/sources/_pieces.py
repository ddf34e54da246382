"""Text cut into values: lines, what spans several lines, and pieces of lines that are too long.

Several lines are one value where the text itself says that a line goes on: an armoured block,
wrapped base-64 and quoted-printable, a `\\` at the end, a name that waits for its value, the head
of a table that names a secret, the name of a service and the few lines that may give its key, the
head of a document or section whose lines tell of one another.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Generator, Iterator
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
    r"|client[ \t][\w.-]+[ \t]*\{|untrusted comment:|Unseal Key 1|class JConfig"
    r"|\[[\w .:/@\"'-]+\][ \t]*\r?$)|(?i:(?:recovery|backup) codes)"
)
_NEAR = 3  # lines below the name of a service that are read with it
_SECTION = 64  # of a document or section, which a blank line ends
_SHORT = 200  # bytes of each of them, and of the first
_DOCUMENT = re.compile(rb"\s*(?:\{|\[[\s{\[\"])")  # JSON, which is read by itself


class Piece(NamedTuple):
    """A value: its bytes without line end, where they start, its first and last line.

    One of a line that was cut also tells where the line starts (-1: it was not cut), and how
    many of its bytes the next piece repeats (0 for the last).  A `plain` one begins nothing
    that goes on.
    """

    line: int
    start: int
    raw: bytes
    last_line: int
    whole: int = -1
    shared: int = 0
    plain: bool = False
    near: int = 0  # lines below that may belong to it


def pieces(
    stream: BinaryIO, start: int = 0, stop: int | None = None, first: int = 0
) -> Iterator[Piece]:
    """The values from `start`, which must begin line number `first`, to `stop`.

    Blank lines are no values.  Where the stream breaks off, what is left of the last line
    comes first, then the UnreadableError.
    """
    for piece in _continued(_armoured(_bounded(stream, start, stop, first))):
        raw = piece.raw
        if raw[-1:] == b"\r" and not piece.shared:
            yield from [piece._replace(raw=raw[:-1])] if len(raw) > 1 else []
        elif raw:
            yield piece


def _bounded(stream: BinaryIO, start: int, stop: int | None, number: int) -> Iterator[Piece]:
    """Every line, long ones in pieces; at most about 2 MiB are held."""
    held, at, whole = b"", start, -1
    for block in _unbroken(blocks(stream, start, stop)):
        if isinstance(block, UnreadableError):
            if held:
                yield Piece(number, at, held, number, whole)
            raise block
        mark = 3 if at == 0 and block.startswith(codecs.BOM_UTF8) else 0
        at += mark
        data = held + block[mark:]
        marked = {at + start for start in _marked(data)}
        begun = {at + start: lines for start, lines in _begun(data)}
        *ended, held = data.split(b"\n")
        for raw in ended:
            near = begun.get(at, 0)
            plain = not near and at not in marked
            line = Piece(number, at, raw, number, whole, plain=plain, near=near)
            yield (yield from _cut(line)) if len(raw) > LONG else line
            at, number, whole = at + len(raw) + 1, number + 1, -1
        if len(held) > LONG:
            kept = yield from _cut(Piece(number, at, held, number, whole))
            at, held, whole = kept.start, kept.raw, kept.whole
    if held:
        yield Piece(number, at, held, number, whole)


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


def _armoured(lines: Iterator[Piece]) -> Iterator[Piece]:
    """The same, with the lines of a PEM or PGP block joined into one value."""
    block: list[Piece] = []
    try:
        for piece in lines:
            if piece.whole >= 0 or (not block and (piece.plain or _BEGIN not in piece.raw)):
                yield from block
                block = []
                yield piece
                continue
            if _BEGIN in piece.raw:
                yield from block
                block = []
            block.append(piece)
            if piece.start - block[0].start > _BLOCK_BYTES:
                yield from block  # too long for a key
                block = []
            elif _END in piece.raw:
                yield _joined(block)
                block = []
    except UnreadableError:
        yield from block
        raise
    yield from block


def _continued(lines: Iterator[Piece]) -> Iterator[Piece]:
    """The same, with lines that go on joined with what they go on with."""
    run: list[Piece] = []
    try:
        for piece in lines:
            if run and not (_follows(run[-1], piece) and _goes_on(run, piece)):
                yield _joined(run)
                run = []
            if run or (not piece.plain and _may_go_on(piece)):
                run.append(piece)
            else:
                yield piece
    except UnreadableError:
        yield from [_joined(run)] if run else []
        raise
    if run:
        yield _joined(run)


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
