"""Where runs are kept: append-only Parquet, one folder a run (`scanner.ledger.views` queries them).

A run is written aside and renamed when it is whole, so that a reader never sees half of
one and a killed writer leaves only a folder that nobody reads (`.run=<id>.tmp-...`).
Folders are for the owner only (0700), files too (0600).
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from scanner.errors import LeakgateError, UnreadableError, UsageError
from scanner.ledger import schema as ledger_schema
from scanner.ledger.schema import TABLES
from scanner.model import (
    Finding,
    Grant,
    InputRecord,
    LogCoverage,
    Membership,
    StoredObject,
)
from scanner.pile import FEW, Lazy

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

ROW_GROUP = 16_384  # rows held in memory by a writer, and by a reader
_AT_ONCE = 2048  # rows that are objects at the same time
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")


class RunExists(UsageError):
    """The ledger has a run of this id."""


class Run:
    """A run being written.  Rows go to disk in row groups as they come."""

    def __init__(self, run_id: str, folder: Path) -> None:
        self.id, self.folder = run_id, folder
        self._open: dict[str, tuple[BinaryIO, pq.ParquetWriter]] = {}

    def write(self, table: str, rows: Iterable[Any]) -> int:
        """Append dataclasses of the table's type; returns how many.

        May be called again for the same table.  Raises UsageError for an unknown table.
        """
        if table not in TABLES:
            known = ", ".join(TABLES)
            raise UsageError(f"the ledger has no table {table!r}", hint=f"use one of: {known}")
        source = iter(rows)
        groups = iter(lambda: list(islice(source, ROW_GROUP)), [])
        return self.write_batches(table, (ledger_schema.batch(table, group) for group in groups))

    def write_batches(self, table: str, batches: Iterable[pa.RecordBatch]) -> int:
        """Append record batches of the table's schema; returns how many rows they had."""
        total = 0
        for batch in batches:  # making one is not writing: its own errors pass
            with _refusal_told(self.folder.parent):
                self._writer(table).write_batch(batch)
            total += batch.num_rows
        return total

    def _writer(self, table: str) -> pq.ParquetWriter:
        import pyarrow.parquet as pq

        if table not in self._open:
            file = _private_file(self.folder / f"{table}.parquet")
            writer = pq.ParquetWriter(
                file, ledger_schema.schema(table), compression="zstd", write_page_checksum=True
            )
            self._open[table] = (file, writer)
        return self._open[table][1]

    def finish(self) -> None:
        """Close every table, empty ones included, and put them safely on disk."""
        for table in TABLES:
            self._writer(table)
        for file, writer in self._open.values():
            writer.close()
            file.flush()
            os.fsync(file.fileno())
            file.close()

    def abandon(self) -> None:
        """Close the files and remove what was written."""
        for file, writer in self._open.values():
            for part in (writer, file):
                with contextlib.suppress(Exception):  # the disk may be full: nothing to save here
                    part.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def _refusal_told(folder: Path) -> Iterator[None]:
    """Raises LeakgateError where the disk refuses."""
    try:
        yield
    except OSError as error:
        what = f"the ledger cannot be written: {error.strerror or 'no reason given'}"
        hint = "make room, or choose another folder with --ledger; nothing was decided"
        raise LeakgateError(what, str(folder), hint) from None


class Ledger:
    """A folder of runs.  Any number of processes may read and write it at once."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path).absolute()

    @contextmanager
    def run(self, run_id: str) -> Iterator[Run]:
        """Write a run; it appears when the block ends, and not at all when it fails.

        Raises RunExists when the id is taken, UsageError when it is not a plain name or the
        folder cannot be written.
        """
        self._free(run_id)
        run = Run(run_id, self._aside(run_id))
        try:
            yield run
            with _refusal_told(self.path):
                run.finish()
            self._commit(run)
        except BaseException:
            run.abandon()
            raise

    def runs(self) -> list[str]:
        """The ids of all whole runs, sorted."""
        return sorted(p.name[4:] for p in self.path.glob("run=*") if p.is_dir())

    def file(self, run_id: str, table: str) -> Path:
        """Where one table of a run lies; a whole run has every table."""
        return self._folder(run_id) / f"{table}.parquet"

    def findings(self, run_id: str) -> Sequence[Finding]:
        """The findings of a run: a tuple, or read from disk each time when they are many."""
        self.need(run_id)
        rows = _Rows(self.file(run_id, "findings"), "findings")
        return tuple(rows) if len(rows) <= FEW else rows

    def read_findings(self, run_id: str) -> Iterator[Finding]:
        """The findings of a run, in the order they were written."""
        return self.read(run_id, "findings")

    def read_inputs(self, run_id: str) -> Iterator[InputRecord]:
        return self.read(run_id, "inputs")

    def read_grants(self, run_id: str) -> Iterator[Grant]:
        return self.read(run_id, "grants")

    def read_memberships(self, run_id: str) -> Iterator[Membership]:
        return self.read(run_id, "memberships")

    def read_objects(self, run_id: str) -> Iterator[StoredObject]:
        return self.read(run_id, "objects")

    def read_coverage(self, run_id: str) -> Iterator[LogCoverage]:
        return self.read(run_id, "coverage")

    def read(self, run_id: str, table: str) -> Iterator[Any]:
        """The rows of one table as dataclasses, a row group at a time.

        Raises UsageError when there is no such run, UnreadableError when it is broken.
        """
        self.need(run_id)
        return _rows(self.file(run_id, table), table)

    def need(self, run_id: str) -> None:
        """Raises UsageError when the ledger has no such run, UnreadableError for half of one."""
        if not self._folder(run_id).is_dir():
            known = ", ".join(self.runs()[-5:]) or "it has none yet"
            raise UsageError(
                f"the ledger has no run {run_id!r}", str(self.path), f"its last runs: {known}"
            )
        for table in TABLES:
            if not self.file(run_id, table).is_file():
                raise _broken(self.file(run_id, table), "a ledger file is not there")

    def _folder(self, run_id: str) -> Path:
        if not _RUN_ID.fullmatch(run_id):
            raise UsageError(
                "a run id must be a plain name",
                hint="use up to 120 letters, digits, dots, dashes and underscores",
            )
        return self.path / f"run={run_id}"

    def _free(self, run_id: str) -> None:
        if self._folder(run_id).exists():
            raise RunExists(
                f"the ledger already has a run {run_id!r}", str(self.path), "choose another id"
            )

    def make(self) -> None:
        """Make the folder; one that is new is nothing for git.  Raises UsageError."""
        with self._refused():
            if not self.path.is_dir():
                self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
                ignore = self.path / ".gitignore"
                with contextlib.suppress(FileExistsError), _private_file(ignore) as out:
                    out.write(b"*\n")

    def _aside(self, run_id: str) -> Path:
        folder = self.path / f".run={run_id}.tmp-{os.getpid()}-{secrets.token_hex(4)}"
        self.make()
        with self._refused():
            folder.mkdir(mode=0o700)
        return folder

    @contextmanager
    def _refused(self) -> Iterator[None]:
        try:
            yield
        except OSError as err:
            what = f"the ledger cannot be written: {os.strerror(err.errno or 0)}"
            hint = "choose a folder that you may write to with --ledger"
            raise UsageError(what, str(self.path), hint) from None

    def _commit(self, run: Run) -> None:
        _sync_folder(run.folder)
        try:
            run.folder.rename(self._folder(run.id))
        except OSError:
            self._free(run.id)
            raise
        _sync_folder(self.path)


class _Rows(Lazy[Any]):
    """The rows of one table of a run."""

    def __init__(self, path: Path, table: str) -> None:
        import pyarrow.parquet as pq

        self._path, self._table = path, table
        with _readable(path):
            self._size: int = pq.read_metadata(path).num_rows

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        return _rows(self._path, self._table)


def _rows(path: Path, table: str) -> Iterator[Any]:
    import pyarrow.parquet as pq

    with _readable(path), pq.ParquetFile(path, page_checksum_verification=True) as file:
        for batch in file.iter_batches(batch_size=_AT_ONCE):
            yield from ledger_schema.objects(table, batch)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, KeyError, ValueError):
        raise _broken(path, "a ledger file is broken or from another version") from None


def _broken(path: Path, what: str) -> UnreadableError:
    hint = "run the command that made this run again"
    return UnreadableError(what, str(path), hint, "ledger.unreadable")


def _private_file(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
