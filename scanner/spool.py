"""Sealed findings of one task on their way to the parent: a few in memory, many in a file.

A file is an Arrow stream of `scanner.columns`, for the owner only (0600), in a folder that
the parent gave.  It holds what reports hold: fingerprints and masks, never a value.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from scanner import columns
from scanner.errors import LeakgateError
from scanner.model import Finding, Location

if TYPE_CHECKING:
    import pyarrow as pa

_SURROGATE = re.compile("[\ud800-\udfff]")
BLOCK = 2048  # findings held in memory by a writer, and by a reader


class Unkept(LeakgateError):
    """The disk does not take what was found."""


class Spool:
    """Takes findings; `findings` and `name` say where they are once it is closed.

    Without a folder everything stays in `findings`.  Raises LeakgateError when the disk
    does not take them: a scan that loses findings must not go on.
    """

    def __init__(self, folder: str = "") -> None:
        self.findings: list[Finding] = []
        self.name, self.count, self._folder = "", 0, folder
        self.exact = True  # False: a place holds half characters, which columns cannot
        self._file: BinaryIO | None = None
        self._stream: pa.RecordBatchStreamWriter | None = None

    def add(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self.findings.append(finding)
            self.count += 1
            self.exact = self.exact and _exact(finding.location)
            if self._folder and len(self.findings) >= BLOCK:
                self._flush()

    def close(self) -> None:
        """What was begun as a file goes there whole."""
        if self._file is None:
            return
        self._flush()
        try:
            if self._stream is not None:
                self._stream.close()
            self._file.close()
        except OSError as error:
            raise unkept(error) from None

    def _flush(self) -> None:
        import pyarrow as pa

        try:
            if self._stream is None:
                self.name = f"{os.getpid()}-{secrets.token_hex(6)}.arrow"
                self._file = private_file(Path(self._folder, self.name))
                self._stream = stream_to(self._file)
            if self.findings:
                self._stream.write_batch(columns.batch(Finding, self.findings))
        except (OSError, pa.ArrowException) as error:
            raise unkept(error) from None
        self.findings = []


def _exact(at: Location) -> bool:
    texts = (at.uri, at.member, at.field, *at.layers)
    return all(t.isascii() or not _SURROGATE.search(t) for t in texts)


def read(path: Path) -> Iterator[pa.RecordBatch]:
    """The batches of a closed spool file.  Raises OSError or ArrowException when it is broken."""
    import pyarrow as pa

    with path.open("rb") as file, pa.ipc.open_stream(file) as stream:
        yield from stream


def digest_of(path: Path) -> bytes:
    """What a spool file must still hold when it is used again; b"" when it is not there."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return b""


def stream_to(file: BinaryIO, schema: pa.Schema | None = None) -> Any:
    """A writer of compressed record batches, by default of findings."""
    import pyarrow as pa

    options = pa.ipc.IpcWriteOptions(compression="zstd")
    return pa.ipc.new_stream(file, schema or columns.schema(Finding), options=options)


def private_file(path: Path) -> BinaryIO:
    """A new file that only its owner may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def unkept(error: Exception) -> Unkept:
    """The error of a disk that does not take findings."""
    reason = os.strerror(getattr(error, "errno", None) or 0) if _has_number(error) else ""
    what = f"findings cannot be kept: {reason or type(error).__name__}"
    hint = "make room in the ledger's folder (--ledger), then run it again: it goes on from here"
    return Unkept(what, hint=hint)


def _has_number(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno is not None
