"""TNEF (`winmail.dat`): what Outlook sends in place of a mail's parts (MS-OXTNEF).

Its subject, its body in each of its forms (text, HTML, RTF) and its attachments are members, each
scanned as its content asks.  RTF is compressed (MS-OXRTFCP) and is read as the text that it is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.errors import UnreadableError
from scanner.files.streams import blocks, open_shard
from scanner.sources import Shard, Unit
from scanner.sources._archive import Archive, Entry
from scanner.sources._rtf import inflated

_MARK = b"\x78\x9f\x3e\x22"
_HEAD = struct.Struct("<BII")  # level, attribute, length
_PROPERTIES, _BEGINS, _TITLE, _OF_ATTACHMENT = 0x69003, 0x69002, 0x18010, 0x69005
_TEXTS = {0x18004: "subject.txt", 0x2800C: "body.txt"}
_SIMPLE = {_TITLE: "name", 0x6800F: "data"}
_RTF = 0x1009
# MAPI properties (MS-OXPROPS) by the names of the members that they become.
_MEMBERS = {0x37: "subject.txt", 0x1000: "body.txt", _RTF: "body.rtf", 0x1013: "body.html"}
_MEMBERS |= {0x7D: "headers.txt", 0x3701: "object", 0x3707: "name"}
_FIXED = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}  # bytes by type
_MANY, _TEXT8, _UNICODE, _OBJECT, _BINARY = 0x1000, 0x1E, 0x1F, 0x0D, 0x102
_OLE_HEAD = 16  # bytes of the interface's name in front of an attached message
_LARGEST = 256 << 20


@dataclass(slots=True)
class _Cursor:
    """Reads numbers and padded values; raises ValueError where they are cut off."""

    data: bytes
    at: int = 0

    def take(self, size: int) -> bytes:
        found = self.data[self.at : self.at + size]
        if len(found) < size:
            raise ValueError
        self.at += size
        return found

    def number(self, size: int = 4) -> int:
        return int.from_bytes(self.take(size), "little")

    def padded(self, size: int) -> bytes:
        found = self.take(size)
        self.at += min(-size % 4, len(self.data) - self.at)
        return found


class Tnef(Archive):
    """One unit; a record is a member."""

    suffixes = frozenset({".tnef"})

    def sniff(self, head: bytes) -> bool:
        return head.startswith(_MARK)

    def units(self, shard: Shard) -> Iterator[Unit]:
        yield Unit(shard, "tnef")

    def entries(self, unit: Unit) -> Iterator[Entry]:
        """What the message holds.  Raises UnreadableError behind what there is of it."""
        data, error = _content(unit.shard)
        try:
            for number, (name, content) in enumerate(_members(data)):
                yield _entry(number, name, content)
        except ValueError:
            error = error or UnreadableError(
                "the TNEF file is cut off or damaged", "", "get the whole mail", "source.truncated"
            )
        if error is not None:
            raise error


plugin = Tnef()


def _content(shard: Shard) -> tuple[bytes, UnreadableError | None]:
    """The bytes, and why there are no more of them."""
    found = bytearray()
    try:
        with open_shard(shard) as stream:
            for block in blocks(stream):
                found += block
                if len(found) > _LARGEST:
                    hint = "take its attachments out with another program, and scan them"
                    what = "the TNEF file is too large to be read to its end"
                    return bytes(found[:_LARGEST]), UnreadableError(
                        what, "", hint, "source.too_large"
                    )
    except UnreadableError as error:
        return bytes(found), error
    return bytes(found), None


def _entry(number: int, name: str, content: bytes) -> Entry:
    plain = name.replace("\0", "").replace("/", "_").replace("\\", "_")
    return Entry(number, f"{number}/{plain}", "file", len(content), lambda: (content,))


def _members(data: bytes) -> Iterator[tuple[str, bytes]]:
    """(name, content) of the texts and of the attachments.

    Raises ValueError where the data break off, behind what there is.
    """
    held: dict[str, bytes] = {}
    try:
        for attribute, value in _attributes(data):
            if attribute == _BEGINS:
                yield from _attachment(held)
                held = {}
            elif attribute in _SIMPLE:
                held[_SIMPLE[attribute]] = value.rstrip(b"\0") if attribute == _TITLE else value
            elif attribute == _OF_ATTACHMENT:
                held |= _gathered(value)
            elif attribute in _TEXTS:
                yield _TEXTS[attribute], value.rstrip(b"\0")
            elif attribute == _PROPERTIES:
                yield from _gathered(value).items()
    except ValueError:
        yield from _attachment(held)
        raise
    yield from _attachment(held)


def _attachment(held: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """A file, and an attached message, which is TNEF behind the name of its interface."""
    name = held.pop("name", b"").decode("utf-8", "replace") or "attachment"
    inner = held.pop("object", b"")
    if inner[_OLE_HEAD:].startswith(_MARK):
        inner = inner[_OLE_HEAD:]
    for content in (held.pop("data", b""), inner):
        if content:
            yield name, content
    yield from held.items()


def _gathered(value: bytes) -> dict[str, bytes]:
    """The texts of a list of properties by the names of members; those without one together."""
    found: dict[str, bytes] = {}
    rest: list[bytes] = []
    for name, kind, content in _properties(value):
        if name in _MEMBERS and content:
            found[_MEMBERS[name]] = inflated(content) if name == _RTF else content
        elif kind in (_TEXT8, _UNICODE) and content:
            rest.append(content)
    return {**found, "properties.txt": b"\n".join(rest)} if rest else found


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    cursor = _Cursor(data, len(_MARK) + 2)
    while cursor.at < len(data):
        _, attribute, length = _HEAD.unpack(cursor.take(_HEAD.size))
        yield attribute, data[cursor.at : cursor.at + length]
        cursor.take(length + 2)


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(id, type, content) of MAPI properties of variable length; texts are given as UTF-8."""
    cursor = _Cursor(data)
    for _ in range(cursor.number()):
        kind, name = cursor.number(2), cursor.number(2)
        if name >= 0x8000:
            _skip_name(cursor)
        for content in _values(cursor, kind):
            yield name, kind & ~_MANY, content


def _skip_name(cursor: _Cursor) -> None:
    cursor.take(16)
    if cursor.number() == 0:
        cursor.take(4)
    else:
        cursor.padded(cursor.number())


def _values(cursor: _Cursor, kind: int) -> Iterator[bytes]:
    single = kind & ~_MANY
    if single in _FIXED:
        for _ in range(cursor.number() if kind & _MANY else 1):
            cursor.padded(_FIXED[single])
        return
    if single not in (_TEXT8, _UNICODE, _OBJECT, _BINARY):
        raise ValueError
    for _ in range(cursor.number()):
        content = cursor.padded(cursor.number())
        yield _as_utf8(content, single)


def _as_utf8(content: bytes, kind: int) -> bytes:
    if kind == _UNICODE:
        return content.decode("utf-16-le", "replace").rstrip("\0").encode("utf-8", "replace")
    return content.rstrip(b"\0") if kind == _TEXT8 else content
