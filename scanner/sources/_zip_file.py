"""The members of a ZIP file, for the formats that are built on it.

The central directory says which members there are (APPNOTE.TXT, 4.3.12).  Encrypted members, and
members that only lie between the others without being listed, are told by their kind.
"""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import IO

from scanner.errors import UnreadableError
from scanner.files.spool import Spool
from scanner.files.streams import BLOCK, blocks, open_shard
from scanner.sources import Shard
from scanner.sources._archive import Entry
from scanner.sources._zip_salvage import LOCAL, salvaged

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_LINK_LONGEST = 1 << 16


@contextmanager
def opened(shard: Shard) -> Iterator[zipfile.ZipFile]:
    """The archive, its directory read.  Raises UnreadableError, without any name in it."""
    with ExitStack() as stack:
        path = _path(shard, stack)
        try:
            archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError):
            raise _damaged("the directory of the archive is damaged or cut off") from None
        yield stack.enter_context(archive)


def _path(shard: Shard, stack: ExitStack) -> str:
    """A file with the archive as it is."""
    if not shard.compression:
        return shard.path
    spool = stack.enter_context(Spool())
    stream = stack.enter_context(open_shard(shard))
    return spool.hold(blocks(stream), shard.size * 4)[0]


def without_directory(shard: Shard) -> Iterator[Entry]:
    """The members of an archive that `opened` refuses."""
    with ExitStack() as stack, open(_path(shard, stack), "rb") as file:  # noqa: PTH123
        yield from salvaged(file)


def entry(number: int, info: zipfile.ZipInfo, archive: zipfile.ZipFile) -> Entry:
    comment = info.comment.decode("utf-8", "replace")
    found = partial(content, archive, info)
    return Entry(number, info.filename, _kind(info), info.file_size, found, comment)


def _kind(info: zipfile.ZipInfo) -> str:
    if info.is_dir():
        return "folder"
    if info.flag_bits & 0x1:
        return "encrypted"
    if stat.S_ISLNK(info.external_attr >> 16) and info.file_size < _LINK_LONGEST:
        return "link"
    return "file" if info.compress_type in _METHODS else "packed"


def content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content; what comes before damage is good.  Raises UnreadableError."""
    import lzma
    import zlib

    broken = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError,
              NotImplementedError, ValueError)  # fmt: skip
    try:
        with archive.open(info) as stream:
            while data := stream.read(BLOCK):
                yield data
    except broken:
        raise _damaged("a member of the archive is damaged") from None


def unlisted(archive: zipfile.ZipFile) -> bool:
    """True when members lie in the file that its directory does not name."""
    file = archive.fp
    listed = {info.header_offset for info in archive.infolist()}
    return file is not None and any(at not in listed for at in _headers(file, archive))


def _headers(file: IO[bytes], archive: zipfile.ZipFile) -> Iterator[int]:
    """Where headers of members stand in front of the first one and between the others."""
    spans = sorted((max(0, i.header_offset), i.compress_size) for i in archive.infolist())
    at = 0
    for start, size in spans:
        yield from _found(file, at, start)
        at = max(at, _end(file, start, size))
    yield from _found(file, at, archive.start_dir)


def _end(file: IO[bytes], start: int, size: int) -> int:
    """Where a member ends: behind its header, whose two names have their own lengths."""
    file.seek(start)
    head = file.read(30)
    names = int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
    return start + 30 + names + size


def _found(file: IO[bytes], start: int, stop: int) -> Iterator[int]:
    """Headers in a gap; no gap is read further than a few MiB, they have no use."""
    if stop - start < 30:
        return
    file.seek(start)
    data = file.read(min(stop - start, 8 << 20))
    at = data.find(LOCAL)
    if at >= 0:
        yield start + at


def _damaged(what: str) -> UnreadableError:
    hint = "fetch or write the archive again; what came before was scanned"
    return UnreadableError(what, "", hint, "source.corrupt")
