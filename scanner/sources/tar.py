"""Tar archives, plain or compressed, WebDataset shards among them: every file, as its content asks.

Links, folders and devices hold no content; sparse files are recorded as not read.  Archives
inside archives are followed three levels deep.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from scanner.errors import UnreadableError
from scanner.files.streams import BLOCK, open_shard
from scanner.files.tar_walk import Member, is_header, members
from scanner.sources import Shard, Unit
from scanner.sources._archive import Archive, Entry, bomb

SPAN = 64 << 20  # bytes of one unit


class Tar(Archive):
    """A record is a record of a member; units are ranges of members that begin at a header."""

    suffixes = frozenset({".tar", ".tgz", ".tzst", ".taz"})

    def sniff(self, head: bytes) -> bool:
        return is_header(head[:512])

    def units(self, shard: Shard) -> Iterator[Unit]:
        """One, where the archive is compressed, small, or broken before its first cut."""
        if shard.compression or shard.size <= SPAN:
            yield Unit(shard, "tar")
            return
        start = first = 0
        with open_shard(shard) as stored, suppress(UnreadableError):  # the last unit meets it
            stream = _Limited(stored, shard)
            for number, member in enumerate(members(stream, stream.skip)):
                if member.header - start >= SPAN:
                    yield Unit(shard, "tar", start, member.header, first)
                    start, first = member.header, number
        yield Unit(shard, "tar", start, None, first)

    def entries(self, unit: Unit) -> Iterator[Entry]:
        with open_shard(unit.shard) as stored:
            stream = _Limited(stored, unit.shard)
            stream.skip(unit.start)
            found = members(stream, stream.skip, unit.start)
            for number, member in enumerate(found, unit.first_record):
                if unit.stop is not None and member.header >= unit.stop:
                    return
                yield _entry(number, member, stream)


@dataclass
class _Limited:
    """The archive's bytes, counted; one that inflates without end is given up."""

    stream: BinaryIO
    shard: Shard
    at: int = 0

    def read(self, size: int) -> bytes:
        data = self.stream.read(size)
        self.at += len(data)
        if self.shard.compression:
            bomb(self.at, self.shard.size)
        return data

    def skip(self, offset: int) -> None:
        if self.stream.seekable():
            self.stream.seek(offset)
            self.at = offset
        while self.at < offset and self.read(min(1 << 20, offset - self.at)):
            pass


def _entry(number: int, member: Member, stream: _Limited) -> Entry:
    content = partial(_bytes, stream, member.size)
    return Entry(number, member.name, member.kind, member.size, content, member.note)


def _bytes(stream: _Limited, size: int) -> Iterator[bytes]:
    try:
        while size > 0 and (data := stream.read(min(BLOCK, size))):
            size -= len(data)
            yield data
    except UnreadableError:
        return  # it is raised again at the next header


plugin = Tar()
