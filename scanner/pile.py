"""Rows that are read several times and may be too many for memory: few stay, many go to disk."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Generic, TypeVar, overload

from scanner import columns, spool
from scanner.errors import LeakgateError

if TYPE_CHECKING:
    import pyarrow as pa

FEW = 10_000  # rows that stay in memory
_BLOCK = 4096
_T = TypeVar("_T")


class Lazy(Sequence[_T]):
    """A sequence that is read from where it lies each time; `self[a:b]` reads what it must."""

    def __iter__(self) -> Iterator[_T]:
        raise NotImplementedError

    @overload
    def __getitem__(self, index: int) -> _T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[_T, ...]: ...

    def __getitem__(self, index: int | slice) -> _T | tuple[_T, ...]:
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            if step < 0:
                raise ValueError("a lazy sequence is read forwards only")
            return tuple(islice(self._from(start), 0, max(0, stop - start), step))
        place = range(len(self))[index]
        return next(self._from(place))

    def _from(self, start: int) -> Iterator[_T]:
        """The rows from one on."""
        return islice(iter(self), start, None)


class Pile(Lazy[_T], Generic[_T]):
    """Rows of one dataclass, appended first and read after that, as often as wanted.

    Without a `folder` (a private one) all of them stay in memory.
    """

    def __init__(self, cls: type[_T], folder: Path | None, rows: Iterable[_T] = ()) -> None:
        self._cls, self._folder = cls, folder
        self._rows: list[_T] = []
        self._path: Path | None = None
        self._file: BinaryIO | None = None
        self._stream: Any = None
        self._size = 0
        for row in rows:
            self.append(row)

    def append(self, row: _T) -> None:
        self._rows.append(row)
        self._size += 1
        if self._folder is not None and len(self._rows) >= (_BLOCK if self._path else FEW):
            self._flush(self._folder)

    @property
    def many(self) -> bool:
        """True when they are on disk."""
        return self._path is not None

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[_T]:
        if self._path is None:
            yield from self._rows
            return
        for batch in self.batches():
            yield from columns.objects(self._cls, batch)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows as record batches."""
        self._close()
        if self._path is not None:
            yield from batches_of(self._path)
        elif self._rows:
            yield columns.batch(self._cls, self._rows)

    def _flush(self, folder: Path) -> None:
        import pyarrow as pa

        try:
            if self._path is None:
                self._path = folder / f"{secrets.token_hex(8)}.arrow"
                self._file = spool.private_file(self._path)
                self._stream = spool.stream_to(self._file, columns.schema(self._cls))
            self._stream.write_batch(columns.batch(self._cls, self._rows))
        except (OSError, pa.ArrowException) as error:
            raise spool.unkept(error) from None
        self._rows = []

    def _close(self) -> None:
        if self._file is None or self._folder is None:
            return
        if self._rows:
            self._flush(self._folder)
        try:
            self._stream.close()
            self._file.close()
        except OSError as error:
            raise spool.unkept(error) from None
        self._file = None


def save(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
    """Write batches to a private file; returns how many rows they had.

    Raises LeakgateError when the disk is full.
    """
    total = 0
    try:
        with spool.private_file(path) as file, spool.stream_to(file, schema) as stream:
            for batch in batches:
                stream.write_batch(batch)
                total += batch.num_rows
    except OSError as error:
        raise spool.unkept(error) from None
    return total


def batches_of(path: Path) -> Iterator[pa.RecordBatch]:
    """What `save` wrote.  Raises LeakgateError when it is gone."""
    import pyarrow as pa

    try:
        yield from spool.read(path)
    except (OSError, pa.ArrowException):
        hint = "leave the ledger's folder alone while a run goes on"
        raise LeakgateError("a file of this run is gone", str(path), hint) from None
