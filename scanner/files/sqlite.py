"""A SQLite file opened to be read, as it stands: nothing is written, no lock is taken."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from scanner.errors import UnreadableError
from scanner.files.streams import blocks, open_shard

if TYPE_CHECKING:
    from scanner.sources import Shard

MAGIC = b"SQLite format 3\0"
_INFLATED = 512 << 20  # bytes of a compressed database, held in memory


@contextmanager
def opened(shard: Shard) -> Iterator[sqlite3.Connection]:
    """The database.  Raises UnreadableError when it is none, or damaged, also while it is read."""
    try:
        connection = _open(shard)
        try:
            connection.text_factory = _text
            yield connection
        finally:
            connection.close()
    except (sqlite3.Error, OverflowError, UnicodeDecodeError):
        hint = "copy it with sqlite3's .backup while nothing writes to it, and scan the copy"
        what = "the database is damaged, encrypted, or in use"
        raise UnreadableError(what, "", hint, "source.corrupt") from None


def _open(shard: Shard) -> sqlite3.Connection:
    if not shard.compression:
        uri = f"file:{quote(str(Path(shard.path).absolute()))}?mode=ro&immutable=1"
        return sqlite3.connect(uri, uri=True)
    connection = sqlite3.connect(":memory:")
    connection.deserialize(_inflated(shard))
    return connection


def _inflated(shard: Shard) -> bytes:
    parts, size = list[bytes](), 0
    with open_shard(shard) as stream:
        for block in blocks(stream):
            parts.append(block)
            size += len(block)
            if size > _INFLATED:
                hint = "decompress it, and scan the database itself"
                what = "a compressed database is too large to be held"
                raise UnreadableError(what, "", hint, "source.too_large")
    data = b"".join(parts)
    return data[:18] + b"\1\1" + data[20:]  # a journal of its own is not in the compressed file


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def quoted(name: str) -> str:
    """A table or column as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'
