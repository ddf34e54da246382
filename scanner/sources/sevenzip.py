"""7z archives: every file, as its content asks.  Needs the extra `leakgate[archives]`.

Members of a solid archive cannot be reached one by one, so all are unpacked once, into one file
without a name, and read from there.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from importlib.util import find_spec
from typing import Any, BinaryIO

from scanner.errors import UnreadableError
from scanner.files.spool import Spool
from scanner.files.streams import BLOCK, blocks, open_shard
from scanner.files.whole import no_room
from scanner.sources import Shard, Unit
from scanner.sources._archive import Archive, Entry, bomb


class SevenZip(Archive):
    """A record is a record of a member; one unit."""

    suffixes = frozenset({".7z"})

    def sniff(self, head: bytes) -> bool:
        return head.startswith(b"7z\xbc\xaf\x27\x1c")

    def unavailable(self) -> UnreadableError | None:
        """Why archives cannot be read here; None when they can."""
        if find_spec("py7zr") is not None:
            return None
        hint = "pip install leakgate[archives], or pack it as ZIP"
        what = "7z archives are not read: what reads them is not installed"
        return UnreadableError(what, "", hint, "source.sevenzip_missing")

    def units(self, shard: Shard) -> Iterator[Unit]:
        yield Unit(shard, "sevenzip")

    def entries(self, unit: Unit) -> Iterator[Entry]:
        with ExitStack() as stack:
            store = _Store(stack.enter_context(tempfile.TemporaryFile(prefix="leakgate-")))
            members, whole = _unpacked(unit.shard, store, stack)
            for number, (name, kind) in enumerate(members):
                start, size = store.spans.get(name, (0, 0))
                yield Entry(number, name, kind, size, partial(store.content, start, size))
            if not whole:
                raise _damaged()


class _Store:
    """Takes what members unpack to, one behind the other."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.spans = file, dict[str, tuple[int, int]]()
        self.at, self.stored = 0, 0

    def create(self, filename: str) -> _Writer:
        return _Writer(self, filename)

    def add(self, name: str, data: bytes) -> int:
        bomb(self.at + len(data), self.stored)
        with no_room():
            self.file.seek(self.at)
            self.file.write(data)
        start, size = self.spans.get(name, (self.at, 0))
        self.spans[name] = start, size + len(data)
        self.at += len(data)
        return len(data)

    def content(self, start: int, size: int) -> Iterator[bytes]:
        """The bytes of one member."""
        while size > 0:
            self.file.seek(start)
            data = self.file.read(min(BLOCK, size))
            if not data:
                return
            start, size = start + len(data), size - len(data)
            yield data


class _Writer:
    """What py7zr writes one member to."""

    def __init__(self, store: _Store, name: str) -> None:
        self._store, self._name, self._size = store, name, 0

    def write(self, data: bytes | bytearray) -> int:
        self._size += len(data)
        return self._store.add(self._name, bytes(data))

    def read(self, size: int | None = None) -> bytes:  # noqa: ARG002
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:  # noqa: ARG002
        return 0

    def flush(self) -> None: ...

    def close(self) -> None: ...

    def size(self) -> int:
        return self._size


def _unpacked(shard: Shard, store: _Store, stack: ExitStack) -> tuple[list[tuple[str, str]], bool]:
    """(name, kind) of the members, and whether all were unpacked.  Raises UnreadableError."""
    import py7zr

    store.stored, path = shard.size, shard.path
    if shard.compression:
        stream = stack.enter_context(open_shard(shard))
        path = stack.enter_context(Spool()).hold(blocks(stream), shard.size * 4)[0]
    members: list[tuple[str, str]] | None = None
    try:
        with py7zr.SevenZipFile(path) as archive:
            if archive.needs_password():
                return [("", "encrypted")], True
            listed: Any = archive.list()
            members = [(str(one.filename), _kind(one)) for one in listed]
            factory: Any = store
            archive.extract(factory=factory)
    except UnreadableError:
        raise
    except py7zr.PasswordRequired:
        return [("", "encrypted")], True
    except Exception:  # noqa: BLE001 - its message may quote names and data
        if members is None:
            members = []
        return [(name, kind) for name, kind in members if name in store.spans], False
    return members, True


def _kind(info: Any) -> str:
    if info.is_directory:
        return "folder"
    return "link" if info.is_symlink else "file"


def _damaged() -> UnreadableError:
    hint = "write the archive again; what came before was scanned"
    return UnreadableError("the 7z archive is damaged or cut off", "", hint, "source.corrupt")


plugin = SevenZip()
