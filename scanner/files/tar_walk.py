"""The members of a tar archive, by its headers alone: v7, ustar, pax and GNU long names.

Formats: POSIX.1-2001 "pax interchange format", and GNU tar's manual, "Basic Tar Format".
An archive goes on behind its end mark where another header follows, as concatenated ones do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple, Protocol, cast

from scanner.errors import UnreadableError
from scanner.files.streams import read_up_to

BLOCK = 512
_KNOWN = re.compile(
    r"(?:all )?(?:|path|linkpath|size|[amc]time|[ug]id|charset|hdrcharset|GNU\.sparse\..*)$"
)
_NAMES = 1 << 20  # bytes of an extended header; longer ones are damage
_FILES = b"0\x007"
_SPARSE = b"S"


class Member(NamedTuple):
    """A member; `kind` is one of file, folder, link, device, sparse; its content is at `start`.

    `note` holds what pax headers say of it besides its name and numbers, `key=value` a line.
    """

    header: int
    name: str
    kind: str
    start: int
    size: int
    note: str = ""

    @property
    def next(self) -> int:
        """Where the next header stands."""
        return self.start + -(-self.size // BLOCK) * BLOCK


def is_header(block: bytes) -> bool:
    """True for a header block: its checksum is right."""
    if len(block) < BLOCK or not block[0]:
        return False
    digits = block[148:156].strip(b" \0")
    stated = int(digits, 8) if digits and not digits.strip(b"01234567") else -1
    plain = sum(block[:BLOCK]) - sum(block[148:156]) + 8 * 32
    if stated == plain:
        return True  # as signed bytes, which old programs added up, it seldom is
    return stated == plain - 256 * sum(1 for b in block[:148] + block[156:BLOCK] if b > 127)


class Reader(Protocol):
    """What a walk needs of a stream."""

    def read(self, size: int, /) -> bytes: ...


def members(stream: Reader, skip: Callable[[int], None], start: int = 0) -> Iterator[Member]:
    """Every member from the header at `start` on, where the stream must stand.

    Of each the caller may read as much of the stream as it likes; `skip` moves the stream to
    an offset after that.  Raises UnreadableError where the archive is damaged,
    ends within a member, or lacks its end mark.
    """
    at, ended, extra, first = start, False, dict[str, str](), start
    while block := read_up_to(cast(BinaryIO, stream), BLOCK):
        if not block.strip(b"\0"):
            at, ended = at + BLOCK, True
            continue
        if not is_header(block):
            raise _broken("the archive is damaged, or something else follows it")
        first = at if not extra else first
        size, kind = _size(block, extra), block[156:157]
        if kind in b"xgLK" and kind:
            body = read_up_to(cast(BinaryIO, stream), size) if size <= _NAMES else b""
            if len(body) < size:
                raise _broken("an extended header of the archive is damaged or cut off")
            extra = _extended(kind, body, extra)
            at += BLOCK + -(-size // BLOCK) * BLOCK
            skip(at)
            continue
        name, kind_of = _name(block, extra), _kind(kind, extra)
        member = Member(first, name, kind_of, at + BLOCK, size, _note(extra))
        at, ended, extra = member.next, False, {}
        yield member
        skip(at)
    if not ended:
        raise _broken("the archive has no end mark: it may be cut off", "source.truncated")


def _extended(kind: bytes, body: bytes, extra: dict[str, str]) -> dict[str, str]:
    """What a header says about the member after it, added to what others said."""
    if kind == b"L":
        return extra | {"path": _text(body.rstrip(b"\0"))}
    if kind == b"x":
        return extra | dict(_records(body))
    told = _records(body) if kind == b"g" else ()  # of all members: what it is called, is none's
    return extra | {"": ""} | {f"all {key}": value for key, value in told}


def _note(extra: dict[str, str]) -> str:
    return "\n".join(f"{k}={v}" for k, v in extra.items() if not _KNOWN.match(k))


def _records(body: bytes) -> Iterator[tuple[str, str]]:
    """The `length key=value` records of a pax header."""
    while body:
        digits, space, _ = body.partition(b" ")
        size = int(digits) if space and digits.isdigit() else 0
        key, equals, value = body[len(digits) + 1 : size].partition(b"=")
        if not equals or size > len(body):
            raise _broken("an extended header of the archive is damaged")
        yield _text(key), _text(value.removesuffix(b"\n"))
        body = body[size:]


def _size(block: bytes, extra: dict[str, str]) -> int:
    stated = extra.get("size", "")
    return int(stated) if stated.isascii() and stated.isdigit() else _number(block[124:136])


def _number(field: bytes) -> int:
    """Octal digits, or base 256 where the first bit is set (GNU)."""
    if field[0] & 0x80:
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    digits = field.strip(b" \0")
    try:
        return int(digits, 8) if digits else 0
    except ValueError:
        raise _broken("a number in a header of the archive is damaged") from None


def _name(block: bytes, extra: dict[str, str]) -> str:
    for key in ("GNU.sparse.name", "path"):
        if key in extra:
            return extra[key]
    name, prefix = _text(_field(block[:100])), _text(_field(block[345:500]))
    posix = block[257:263] == b"ustar\0"
    return f"{prefix}/{name}" if posix and prefix else name


def _field(raw: bytes) -> bytes:
    return raw.partition(b"\0")[0]


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _kind(flag: bytes, extra: dict[str, str]) -> str:
    if flag == _SPARSE or any(key.startswith("GNU.sparse") for key in extra):
        return "sparse"
    if flag in (b"0", b"\0", b"7"):
        return "file"
    return {b"5": "folder", b"1": "link", b"2": "link"}.get(flag, "device")


def _broken(what: str, code: str = "source.corrupt") -> UnreadableError:
    hint = "fetch or write the archive again; what came before was scanned"
    return UnreadableError(what, "", hint, code)
