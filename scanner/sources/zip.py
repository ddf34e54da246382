"""ZIP archives and what is built on them (JAR, wheel, EPUB, ...): every file, as its content asks.

The central directory says which members there are (APPNOTE.TXT, 4.3.12).  Encrypted members, and
members that only lie between the others without being listed, are recorded as not read.
Comments are scanned as metadata of the member, or of the archive.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress

from scanner.errors import UnreadableError
from scanner.sources import Shard, Unit
from scanner.sources._archive import Archive, Entry, bomb
from scanner.sources._zip_file import entry, opened, unlisted, without_directory
from scanner.sources._zip_salvage import LOCAL

SPAN = 64 << 20  # stored bytes of one unit


class Zip(Archive):
    """A record is a record of a member; units are ranges of members in the directory's order."""

    suffixes = frozenset(
        {".zip", ".jar", ".war", ".whl", ".apk", ".epub", ".nupkg", ".egg", ".vsix"}
    )

    def sniff(self, head: bytes) -> bool:
        return head.startswith((LOCAL, b"PK\x05\x06"))

    def units(self, shard: Shard) -> Iterator[Unit]:
        """One, where the archive is compressed once more, small, or broken."""
        start = 0
        if not shard.compression and shard.size > SPAN:
            with suppress(UnreadableError), opened(shard) as archive:
                held = 0
                for number, info in enumerate(archive.infolist()):
                    if held >= SPAN:
                        yield Unit(shard, "zip", start, number, start)
                        start, held = number, 0
                    held += info.compress_size
        yield Unit(shard, "zip", start, None, start)

    def entries(self, unit: Unit) -> Iterator[Entry]:
        with ExitStack() as stack:
            try:
                archive = stack.enter_context(opened(unit.shard))
            except UnreadableError:
                yield from without_directory(unit.shard)
                raise
            whole = unit.start == 0
            if whole and archive.comment:
                yield Entry(0, "", "folder", 0, tuple, archive.comment.decode("utf-8", "replace"))
            inflated = 0
            for number, info in enumerate(archive.infolist()):
                if number >= unit.start and (unit.stop is None or number < unit.stop):
                    inflated += info.file_size
                    bomb(inflated, unit.shard.size)
                    yield entry(number, info, archive)
            if whole and unlisted(archive):
                yield Entry(len(archive.infolist()), "", "unlisted", 0, tuple)


plugin = Zip()
