"""Journals of SQLite as files of their own: read alone where their database is not beside them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from scanner.batch import TextBatch
from scanner.errors import UnreadableError
from scanner.files.spool import Spool
from scanner.files.sqlite_pages import (
    JOURNAL,
    MAGIC,
    WAL,
    WAL_INDEX,
    Header,
    Pages,
    frames,
    header_of,
    journalled,
    read_at,
    wal_page_size,
)
from scanner.files.sqlite_store import Store
from scanner.files.streams import blocks, head_of, open_shard
from scanner.model import Location
from scanner.pointer import Named
from scanner.sources import Shard
from scanner.sources._sqlite_left import Leavings, text_at
from scanner.sources._sqlite_values import Gathered

_TAILS = ("-wal", "-journal", "-shm")
_USUAL = 4096  # bytes of a page, where nothing says it


def is_journal(head: bytes) -> bool:
    """True for a rollback journal whose header was zeroed when its transaction ended."""
    number = int.from_bytes(head[512:516], "big")
    if len(head) < 1024 or head[:512].strip(b"\0") or not 0 < number < 1 << 31:
        return False
    return head[516:532] == MAGIC or (head[516] in (2, 5, 10, 13) and head[517:519] < b"\xff\xff")


def alone(shard: Shard, to: Gathered) -> Iterator[TextBatch] | None:
    """The texts of a journal; none where it is read with its database; None for a database."""
    head = head_of(shard)
    if head.startswith(MAGIC):
        return None
    if not head.startswith((JOURNAL, *WAL, *WAL_INDEX)) and not is_journal(head):
        return None
    if head.startswith(WAL_INDEX) or _database_beside(shard):
        to.log.problem("note.beside", "what belongs to a database is read with it")
        return iter(())
    return _batches(shard, to)


def _batches(shard: Shard, to: Gathered) -> Iterator[TextBatch]:
    with _opened(shard) as store:
        to.log.bytes += sum(store.sizes.values())
        to.log.records += 1
        for _ in Leavings(store, to).older():
            if to.full:
                yield from to.batches()
        yield from to.batches()
        if store.broken:
            raise store.broken


def text_alone(shard: Shard, location: Location, named: Named) -> str | None:
    """The text at a place of a journal that lies alone; None for a database."""
    if head_of(shard).startswith(MAGIC):
        return None
    with _opened(shard) as store:
        return text_at(store, location, named)


def _database_beside(shard: Shard) -> bool:
    tail = next((t for t in _TAILS if shard.path.endswith(t)), "")
    if not tail or shard.member or shard.compression:
        return False
    try:
        with Path(shard.path.removesuffix(tail)).open("rb") as file:
            return file.read(16) == MAGIC
    except OSError:
        return False


@contextmanager
def _opened(shard: Shard) -> Iterator[Store]:
    with ExitStack() as stack:
        stream, broken = stack.enter_context(open_shard(shard)), list[UnreadableError]()
        if shard.compression:
            held, _ = stack.enter_context(Spool()).hold(_good(stream, broken), shard.size * 8)
            stream = stack.enter_context(Path(held).open("rb"))
        name = "wal" if wal_page_size(read_at(stream, 0, 32)) else "journal"
        size = stream.seek(0, 2)
        empty = stack.enter_context(Path("/dev/null").open("rb"))
        files = {name: stream, "database": empty}
        pages = Pages(empty, 0, _header(stream, name, size))
        yield Store(files, {name: size}, pages, broken[0] if broken else None)


def _good(stream: BinaryIO, broken: list[UnreadableError]) -> Iterator[bytes]:
    try:
        yield from blocks(stream)
    except UnreadableError as error:
        broken.append(error)


def _header(stream: BinaryIO, name: str, end: int) -> Header:
    """The database's header where its first page is in the journal, else what is usual."""
    head = read_at(stream, 0, 32)
    size = wal_page_size(head) or int.from_bytes(head[24:28], "big") or _USUAL
    logged = (version for version, _, _ in frames(stream, size))
    for version in logged if name == "wal" else journalled(stream, end, size):
        if version.number == 1:
            try:
                return header_of(read_at(stream, version.offset, 100))
            except UnreadableError:
                break
    return Header(size, size, "utf-8", 0, False)
