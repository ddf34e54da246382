"""A SQLite database with the journals beside it, opened to be read page by page."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from scanner.errors import UnreadableError
from scanner.files.spool import Spool
from scanner.files.sqlite_cells import TABLE_LEAF, cells, node_of, spans, whole
from scanner.files.sqlite_pages import (
    Pages,
    Version,
    damaged,
    frames,
    header_of,
    journalled,
    newest,
    read_at,
    wal_page_size,
)
from scanner.files.sqlite_schema import Table, table_of
from scanner.files.streams import blocks, open_shard

if TYPE_CHECKING:
    from scanner.sources import Shard

BESIDE = ("wal", "journal")
MASTER = Table("sqlite_master", 1, ("type", "name", "tbl_name", "rootpage", "sql"))
_INFLATED = 64  # times the compressed size, as a first guess


@dataclass
class Store:
    """The open files by name (database, wal, journal), and the pages that count."""

    files: dict[str, BinaryIO]
    sizes: dict[str, int]
    pages: Pages
    broken: UnreadableError | None = None  # where a compressed database breaks off
    tables: list[Table] = field(default_factory=list)
    indices: list[int] = field(default_factory=list)  # root pages

    def bytes_of(self, version: Version) -> bytes:
        """One version of a page."""
        return read_at(self.files[version.store], version.offset, self.pages.header.page_size)

    def older(self) -> Iterator[Version]:
        """Versions of pages that do not count: replaced, not committed, or left by old rounds."""
        pages = self.pages
        if "wal" in self.files:
            wal = self.files["wal"]
            for version, _, _ in frames(wal, wal_page_size(read_at(wal, 0, 32))):
                if pages.version(version.number) != version:
                    yield version
        size = pages.header.page_size
        for number in pages.newest:
            if number * size <= pages.size:
                yield Version(number, "database", (number - 1) * size)
        if "journal" in self.files:
            yield from journalled(self.files["journal"], self.sizes["journal"], size)


@contextmanager
def opened(shard: Shard) -> Iterator[Store]:
    """The database.  Raises UnreadableError when it is none."""
    with ExitStack() as stack:
        file, broken = _database(shard, stack)
        files, sizes = {"database": file}, {"database": file.seek(0, 2)}
        for name, path in beside(shard).items():
            files[name] = stack.enter_context(path.open("rb"))
            sizes[name] = files[name].seek(0, 2)
        store = Store(files, sizes, _pages(files, sizes), broken)
        _read_schema(store)
        yield store


def _database(shard: Shard, stack: ExitStack) -> tuple[BinaryIO, UnreadableError | None]:
    stream = stack.enter_context(open_shard(shard))
    if not shard.compression:
        return stream, None
    broken: list[UnreadableError] = []

    def content() -> Iterator[bytes]:
        try:
            yield from blocks(stream)
        except UnreadableError as error:
            broken.append(error)

    spool = stack.enter_context(Spool())
    path, _ = spool.hold(content(), shard.size * _INFLATED)
    return stack.enter_context(Path(path).open("rb")), (broken[0] if broken else None)


def beside(shard: Shard) -> dict[str, Path]:
    """The journals of a plain file, by name; those that hold anything."""
    if shard.compression or shard.member:
        return {}
    paths = {name: Path(f"{shard.path}-{name}") for name in BESIDE}
    return {n: p for n, p in paths.items() if p.is_file() and p.stat().st_size > 0}


def digest(shard: Shard) -> str:
    """What tells one state of the journals from another, "" for none."""
    made = hashlib.sha256()
    found = beside(shard)
    for name, path in found.items():
        with path.open("rb") as file:
            made.update(name.encode() + hashlib.file_digest(file, "sha256").digest())
    return made.hexdigest() if found else ""


def _pages(files: dict[str, BinaryIO], sizes: dict[str, int]) -> Pages:
    database = files["database"]
    pages = Pages(database, sizes["database"], header_of(read_at(database, 0, 100)))
    wal = files.get("wal")
    if wal is not None and wal_page_size(read_at(wal, 0, 32)) == pages.header.page_size:
        pages.log, pages.newest = wal, newest(wal)
        if 1 in pages.newest:
            pages.header = header_of(pages.get(1))
    return pages


# Trees -------------------------------------------------------------------------------------


def walk(pages: Pages, root: int, seen: bytearray) -> Iterator[tuple[int, bytes]]:
    """Every page of a tree from left to right, inner ones before those below them.

    A page is never given twice, and marked in `seen`.
    """
    stack = [root]
    while stack:
        number = stack.pop()
        if not 0 < number < len(seen) or seen[number]:
            continue
        seen[number] = 1
        data = pages.get(number)
        yield number, data
        node = node_of(data, number, pages.header.usable)
        if node is not None and node.last:
            below = [c.below for c in cells(data, node, pages.header.usable) if c is not None]
            stack += reversed([*below, node.last])


def page_of(pages: Pages, root: int, key: int) -> int:
    """The leaf in which the row of this id should be; 0 where the way is broken."""
    number = root
    for _ in range(64):
        data = pages.get(number)
        node = node_of(data, number, pages.header.usable)
        if node is None or node.kind == TABLE_LEAF:
            return number if node else 0
        found = (c for c in cells(data, node, pages.header.usable) if c and key <= c.key)
        cell = next(found, None)
        number = cell.below if cell else node.last
    return 0


def _read_schema(store: Store) -> None:
    """Fills in the tables and indices.  Raises UnreadableError where page 1 is none."""
    pages = store.pages
    header = pages.header
    if not pages.size and not pages.newest:
        raise damaged()
    if node_of(pages.get(1), 1, header.usable) is None:
        raise damaged()
    store.tables.append(MASTER)
    for number, data in walk(pages, 1, bytearray(pages.count + 1)):
        node = node_of(data, number, header.usable)
        if node is None or node.kind != TABLE_LEAF:
            continue
        for cell in cells(data, node, header.usable):
            if cell is not None:
                record = whole(data, cell, header.usable, pages.get)
                _define(store, record, header.encoding)


def _define(store: Store, record: bytes, encoding: str) -> None:
    try:
        found, _ = spans(record, 0)
    except ValueError:
        return
    kind, name, _, _, sql = (
        record[s.start : s.end].decode(encoding, "replace") if s.is_text else ""
        for s in (found + found[:1] * 5)[:5]
    )
    if len(found) < 5 or not 1 <= found[3].kind <= 9:
        return
    span = found[3]
    root = span.kind - 8 if span.kind >= 8 else int.from_bytes(record[span.start : span.end], "big")
    if kind == "table" and root > 0:
        store.tables.append(table_of(name, root, sql))
    elif kind == "index" and root > 0:
        store.indices.append(root)
