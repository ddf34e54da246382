"""Pages of a SQLite database, and of the journals beside it, read as bytes: no SQL is run.

Layouts are those of https://www.sqlite.org/fileformat2.html and, of the write-ahead log,
https://www.sqlite.org/walformat.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from scanner.errors import UnreadableError

MAGIC = b"SQLite format 3\0"
JOURNAL = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
WAL = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
WAL_INDEX = (b"\x18\xe2\x2d\x00", b"\x00\x2d\xe2\x18")  # version 3007000, in the machine's order
_ENCODINGS = {0: "utf-8", 1: "utf-8", 2: "utf-16-le", 3: "utf-16-be"}
_FRAME = 24  # bytes in front of each page of a write-ahead log
_SECTOR = 512


@dataclass(frozen=True, slots=True)
class Header:
    """What the first 100 bytes say.  `usable` are the bytes of a page that hold content."""

    page_size: int
    usable: int
    encoding: str
    freelist: int  # the first trunk page, 0 for none
    vacuums: bool  # there are pages of pointers between the others


@dataclass(frozen=True, slots=True)
class Version:
    """One page as one file has it: `store` is database, wal or journal."""

    number: int
    store: str
    offset: int


def header_of(head: bytes) -> Header:
    """The header of a database.  Raises UnreadableError for what is none."""
    size = int.from_bytes(head[16:18], "big")
    size = 65536 if size == 1 else size
    usable = size - (head[20] if len(head) > 20 else 0)
    encoding = int.from_bytes(head[56:60], "big")
    if not head.startswith(MAGIC) or len(head) < 100 or encoding not in _ENCODINGS:
        raise damaged()
    if not 512 <= size <= 65536 or size & (size - 1) or usable < 480:
        raise damaged()
    freelist, vacuum = int.from_bytes(head[32:36], "big"), int.from_bytes(head[52:56], "big")
    return Header(size, usable, _ENCODINGS[encoding], freelist, vacuum > 0)


def damaged() -> UnreadableError:
    """The error of a database that is none."""
    hint = "copy it with sqlite3's .backup, decrypted, and scan the copy"
    return UnreadableError("the database is damaged or encrypted", "", hint, "source.corrupt")


@dataclass
class Pages:
    """The pages that count now: those of the database, but for newer ones in the log."""

    file: BinaryIO
    size: int  # bytes
    header: Header
    log: BinaryIO | None = None
    newest: dict[int, int] = field(default_factory=dict)  # page -> offset in the log

    @property
    def count(self) -> int:
        """How many pages there are, the last one perhaps cut off."""
        return max(-(-self.size // self.header.page_size), max(self.newest, default=0))

    def version(self, number: int) -> Version:
        """Where the page stands now."""
        offset = self.newest.get(number)
        if offset is not None:
            return Version(number, "wal", offset)
        return Version(number, "database", (number - 1) * self.header.page_size)

    def get(self, number: int) -> bytes:
        """A page's bytes; fewer, or none, where the file ends."""
        at = self.version(number)
        file = self.file if at.store == "database" or self.log is None else self.log
        return read_at(file, at.offset, self.header.page_size)


def read_at(file: BinaryIO, offset: int, size: int) -> bytes:
    """Bytes at an offset; fewer at the end."""
    file.seek(offset)
    return file.read(size)


# The write-ahead log -----------------------------------------------------------------------


def wal_page_size(head: bytes) -> int:
    """The size of a log's pages, 0 for what is no log."""
    size = int.from_bytes(head[8:12], "big")
    fits = 512 <= size <= 65536 and not size & (size - 1)
    return size if head[:4] in WAL and len(head) >= 32 and fits else 0


def newest(wal: BinaryIO) -> dict[int, int]:
    """Offset of the newest committed version of each page in a write-ahead log.

    Frames with other salts are of an older round; sums are not checked: what a torn frame
    holds is read in any case, as this or as what is left over.
    """
    head = read_at(wal, 0, 32)
    committed: dict[int, int] = {}
    open_frames: dict[int, int] = {}
    for version, commit, salts in frames(wal, wal_page_size(head)):
        if salts != head[16:24]:
            break
        open_frames[version.number] = version.offset
        if commit:
            committed |= open_frames
            open_frames = {}
    return committed


def frames(wal: BinaryIO, size: int) -> Iterator[tuple[Version, bool, bytes]]:
    """Every frame of a log, old ones too: its page, whether it commits, its salts."""
    at = 32
    while size:
        head = read_at(wal, at, _FRAME)
        number = int.from_bytes(head[:4], "big")
        if len(head) < _FRAME:
            return
        if number:
            yield Version(number, "wal", at + _FRAME), any(head[4:8]), head[8:16]
        at += _FRAME + size


# The rollback journal ----------------------------------------------------------------------


def journalled(journal: BinaryIO, end: int, page_size: int) -> Iterator[Version]:
    """The pages in a rollback journal, that of a finished transaction too (a zeroed header)."""
    at = 0
    while at < end:
        head = read_at(journal, at, 28)
        valid = head.startswith(JOURNAL) and len(head) == 28
        sector = int.from_bytes(head[20:24], "big") if valid else _SECTOR
        if valid and (size := int.from_bytes(head[24:28], "big")):
            page_size = size
        if not 512 <= page_size <= 65536 or not 32 <= sector <= 65536:
            return
        at += sector
        while at < end:
            mark = read_at(journal, at, 8)
            number = int.from_bytes(mark[:4], "big")
            if mark == JOURNAL or not number or len(mark) < 8:
                break
            yield Version(number, "journal", at + 4)
            at += page_size + 8
        at = -(-at // sector) * sector
        if not read_at(journal, at, 8).startswith(JOURNAL):
            return
