"""Members of a ZIP archive without its directory: as the headers in front of them tell.

The directory stands at the end, so an archive that is cut off has none (APPNOTE.TXT, 4.3.7).  A
member whose header does not tell its size is inflated until its own end.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from scanner.files.streams import BLOCK
from scanner.sources._archive import Entry, bomb

LOCAL = b"PK\x03\x04"
_HEAD = struct.Struct("<4s5H3I2H")
_ENCRYPTED, _UNTOLD, _UTF8 = 0x1, 0x8, 0x800  # flags
_LARGE = 0xFFFFFFFF  # the size is told elsewhere
_STORED, _DEFLATED = 0, 8
_DESCRIPTOR = 24  # bytes behind a member of which the header did not tell the size


@dataclass
class _Member:
    """One member: where its bytes begin, and how many they are (None: until they end)."""

    file: IO[bytes]
    start: int
    size: int | None
    stored: int  # bytes of the whole archive
    end: int = 0

    def plain(self) -> Iterator[bytes]:
        """The bytes as they stand."""
        at, stop = self.start, self.stored if self.size is None else self.start + self.size
        while at < stop:
            self.file.seek(at)
            data = self.file.read(min(BLOCK, stop - at))
            if not data:
                return
            at += len(data)
            yield data

    def inflated(self) -> Iterator[bytes]:
        """The content, as far as it is there; `end` is where its bytes end then."""
        inflate, at, held = zlib.decompressobj(-15), self.start, 0
        for data in self.plain():
            at += len(data)
            while data and not inflate.eof:
                try:
                    out = inflate.decompress(data, BLOCK)
                except zlib.error:
                    return
                held += len(out)
                bomb(held, self.stored)
                yield out
                data = inflate.unconsumed_tail  # noqa: PLW2901
            if inflate.eof:
                self.end = at - len(inflate.unused_data)
                return


def salvaged(file: IO[bytes]) -> Iterator[Entry]:
    """The members from the first on, as far as each tells where the next one begins."""
    stored, at, number = file.seek(0, 2), 0, 0
    while (head := _read(file, at, _HEAD.size)).startswith(LOCAL) and len(head) == _HEAD.size:
        _, _, flags, method, _, _, _, size, whole, name_size, more = _HEAD.unpack(head)
        name = file.read(name_size).decode("utf-8" if flags & _UTF8 else "cp437", "replace")
        told = not flags & _UNTOLD and _LARGE not in (size, whole)
        start = at + _HEAD.size + name_size + more
        member = _Member(file, start, size if told else None, stored)
        read = member.inflated if method == _DEFLATED else member.plain
        kind = _kind(flags, method, told, name)
        yield Entry(number, name, kind, whole if told else 0, read)
        number += 1
        at = start + size if told else _behind(member, kind)


def _read(file: IO[bytes], at: int, size: int) -> bytes:
    file.seek(at)
    return file.read(size)


def _kind(flags: int, method: int, told: bool, name: str) -> str:
    if name.endswith("/"):
        return "folder"
    if flags & _ENCRYPTED:
        return "encrypted"
    return "file" if method == _DEFLATED or (method == _STORED and told) else "packed"


def _behind(member: _Member, kind: str) -> int:
    """Where the next header begins: behind this member's descriptor; the end where none does."""
    if kind != "file":
        return member.stored
    for _ in member.inflated():
        pass
    found = _read(member.file, member.end, _DESCRIPTOR + len(LOCAL)).find(LOCAL)
    return member.end + found if member.end and found >= 0 else member.stored
