"""A shard as one file that can be read at any place, which Arrow's formats need.

A compressed shard is inflated: a small one in memory, a large one into a file that has no
name from the start (or loses it at once) and is readable by its owner only, so that it is
gone with the process, however that ends.
"""

from __future__ import annotations

import errno
import mmap
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from scanner.errors import UnreadableError
from scanner.files.streams import blocks, open_shard

if TYPE_CHECKING:
    from scanner.sources import Shard

_IN_MEMORY = 32 << 20  # bytes
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def arrow_file(shard: Shard) -> Any:
    """The shard as a file for Arrow's readers, which takes memory only for what is read.

    Raises UnreadableError where the compressed data break off, and when there is no room.
    """
    import pyarrow as pa

    if not shard.compression:
        return pa.OSFile(shard.path) if shard.size else pa.BufferReader(b"")
    inflated = _inflated(shard)
    if isinstance(inflated, bytes):
        return pa.BufferReader(inflated)
    with inflated:
        return pa.OSFile(_again(inflated))  # keeps the file when ours is closed


def mapped(shard: Shard) -> tuple[Any, Callable[[], None]]:
    """The shard as an Arrow buffer, and what gives back the memory of its pages.

    Pages that are used again are fetched again, so it may be called at any time.
    """
    import pyarrow as pa

    if not shard.compression:
        with Path(shard.path).open("rb") as stored:
            return _map(stored) if shard.size else (pa.py_buffer(b""), _nothing)
    inflated = _inflated(shard)
    if isinstance(inflated, bytes):
        return pa.py_buffer(inflated), _nothing
    with inflated:
        return _map(inflated)


def _map(file: BinaryIO) -> tuple[Any, Callable[[], None]]:
    import pyarrow as pa

    pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    forget = getattr(mmap, "MADV_DONTNEED", None)
    if forget is None:
        return pa.py_buffer(pages), _nothing
    return pa.py_buffer(pages), lambda: pages.madvise(forget)


def _nothing() -> None:
    pass


def _inflated(shard: Shard) -> bytes | BinaryIO:
    """The content: as bytes when it is small, else as a file at its start."""
    parts, size = list[bytes](), 0
    with open_shard(shard) as stream:
        content = blocks(stream)
        for block in content:
            parts.append(block)
            size += len(block)
            if size > _IN_MEMORY:
                break
        else:
            return b"".join(parts)
        return _spilled(parts, content)


def _spilled(first: list[bytes], rest: Iterator[bytes]) -> BinaryIO:
    with ExitStack() as undo, no_room():
        file = undo.enter_context(tempfile.TemporaryFile(prefix="leakgate-"))
        file.writelines(first)
        first.clear()
        file.writelines(rest)
        file.flush()
        file.seek(0)
        undo.pop_all()
    return file


@contextmanager
def no_room() -> Iterator[None]:
    """Turns "no space left" into an UnreadableError."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
    else:
        return
    hint = "free some space there, set TMPDIR to a larger folder, or decompress the file"
    what = "the temporary folder has no room for what the file holds"
    raise UnreadableError(what, "", hint, "source.no_room")


def _again(file: BinaryIO) -> str:
    """A path that opens an open file once more, though it has no name."""
    folder = "/proc/self/fd" if Path("/proc/self/fd").is_dir() else "/dev/fd"
    return os.path.join(folder, str(file.fileno()))  # noqa: PTH118
