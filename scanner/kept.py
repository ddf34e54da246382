"""Results of finished units, kept so that no unit is scanned twice for the same answer.

Every run writes what its units found to a private folder of its own below the ledger, as
they finish: a journal of results, and the spool files of those with many findings.  A run
that was killed leaves its folder, and the same command goes on from there; a run that came
to its end leaves it too, and the next one scans only what changed.

What may be used again is decided by name alone.  A folder stands below the digest of
everything but the data that decides what is found: rules, terms that are active, options,
versions, the code, the deployment key.  In it a result is known by the SHA-256 of the shard
as it is stored, and by the part of it.  Paths take no part, so a moved or copied shard is
known, and its findings get the new name.

Only whole results are kept: nothing that failed, timed out, changed while it was read, or
crashed a detector.  The folder of a live run is locked and nobody reads it.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import secrets
import shutil
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from scanner import columns, spool
from scanner.batch import UnitLog
from scanner.errors import LeakgateError, UsageError
from scanner.model import Finding
from scanner.seal import Sealer

if TYPE_CHECKING:
    import pyarrow as pa

FOLDER = ".kept"
_WHOLE = "whole"  # marks the folder of a run that came to its end
_DAY = 86_400.0
_UNUSED = 30 * _DAY  # seconds until results that nobody used are removed
_UNFINISHED = _DAY  # the same for those of a dead run that nobody can continue
_MOST_OF_A_SIZE = 64  # digests of one file size that a worker is told
_HEAD = struct.Struct("<I16s32sQ16s")  # payload bytes, unit, shard's sha256, its size, check
_NOT_KEPT = bytes(16)
# Problems that the content alone decides; with any other a result is not used again.
_OF_CONTENT = ("note.", "record.", "decode.", "reader.")


class Result(msgspec.Struct, array_like=True):
    """What one unit gave; `uri` (exact bytes) is the name its findings were made under."""

    uri: bytes = b""
    source: str = ""
    log: UnitLog = msgspec.field(default_factory=UnitLog)
    dropped: dict[str, int] = {}
    count: int = 0
    findings: list[Finding] = []
    spool: str = ""
    digest: bytes = b""
    refused: list[tuple[str, str, int]] = []
    links: list[tuple[str, str]] = []


@dataclass(frozen=True, slots=True)
class Origin:
    """Which content a result is of: shard, its stored bytes, and the part of it."""

    sha256: str = ""
    size: int = 0
    key: bytes = b""  # of the part; b"" for a result that is not used again


def reusable(log: UnitLog, failed: bool) -> bool:
    """True when the same content would give the same result again, whatever happens around."""
    return not failed and all(p.code.startswith(_OF_CONTENT) for p in log.problems)


class Kept:
    """The results of this run, and those of earlier ones.  A context manager: it holds locks.

    `ledger` is the folder of runs, `scope` the digest of all that decides what is found, and
    with `fresh` earlier results are not looked at.  Raises UsageError when the folder
    cannot be written.
    """

    def __init__(self, ledger: Path, scope: str, fresh: bool = False) -> None:
        self._home, self.count = ledger / FOLDER, 0
        self._earlier: list[_Segment] = []
        self._own: list[tuple[int, int, bytes]] = []  # segment, offset, name: of this run
        self._known: dict[bytes, tuple[int, int]] = {}
        self._sizes: dict[int, set[str]] = {}
        self._mine = _Segment.begin(self._home / scope[:32])
        self._segments = [self._mine]
        self._sweep(scope[:32])
        if not fresh:
            self._look(self._home / scope[:32])

    def __enter__(self) -> Kept:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._mine.finish()
        for segment in self._segments:
            segment.close()
        if not self._mine.kept:
            self._mine.remove()

    @property
    def folder(self) -> Path:
        """The private folder of this run, where workers put spool files."""
        return self._mine.folder

    def digests_of(self, size: int) -> tuple[str, ...] | None:
        """SHA-256 of known shards of a size (bytes); None for too many to name."""
        known = self._sizes.get(size, ())
        return tuple(known) if len(known) <= _MOST_OF_A_SIZE else None

    def put(self, result: Result, origin: Origin) -> None:
        """Keep the result of a unit of this run.  Raises LeakgateError for a full disk."""
        if result.spool:
            result.digest = spool.digest_of(self.folder / result.spool)
        offset = self._mine.append(result, origin)
        self._own.append((0, offset, b""))
        self.count += result.count

    def take(self, unit: bytes, uri: str) -> Result | None:
        """An earlier result under the name its shard has now; None when there is none."""
        place = self._known.get(unit)
        result = place and self._segments[place[0]].read(place[1])
        if not place or not result:
            return None
        self._segments[place[0]].used = True
        name = uri.encode("utf-8", "surrogatepass")
        self._own.append((*place, b"" if name == result.uri else name))
        self.count += result.count
        return result

    def findings(self, sealer: Sealer, now: datetime) -> Iterator[pa.RecordBatch]:
        """All findings of this run in blocks, in no particular order, observed `now`."""
        few: list[Finding] = []
        for number, offset, name in self._own:
            segment = self._segments[number]
            result = segment.need(offset)
            rename = _Renaming(sealer, name.decode("utf-8", "surrogatepass")) if name else None
            few += map(rename, result.findings) if rename else result.findings
            if len(few) >= spool.BLOCK:
                yield _observed(columns.batch(Finding, few), now)
                few = []
            for batch in segment.spooled(result):
                yield _observed(rename.all(batch) if rename else batch, now)
        if few:
            yield _observed(columns.batch(Finding, few), now)

    def void(self) -> None:
        """What this run kept must not be used again: its rules changed while it ran."""
        self._mine.kept = 0

    def _look(self, folder: Path) -> None:
        for path in sorted(folder.glob("[!.]*")):
            segment = None if path == self._mine.folder else _Segment.open(path)
            if segment is None:
                continue
            number = len(self._segments)
            self._segments.append(segment)
            for offset, unit, sha256, size in segment.index():
                self._known[unit] = number, offset
                self._sizes.setdefault(size, set()).add(sha256)

    def _sweep(self, scope: str) -> None:
        """Remove the folders of dead runs that nobody used for long."""
        for folder in self._home.iterdir():
            for path in folder.iterdir():
                if path != self._mine.folder:
                    _sweep(path, continued=folder.name == scope)
            with suppress(OSError):  # not empty
                folder.rmdir()


class _Segment:
    """The private folder of one run: lock, journal, spool files."""

    def __init__(self, folder: Path, lock: BinaryIO, writing: bool) -> None:
        self.folder, self.kept, self.used = folder, 0, False
        self._lock, self._size = lock, 0
        self._journal: BinaryIO | None = None
        self._map: mmap.mmap | None = None
        if writing:
            self._journal = spool.private_file(folder / "journal")

    @classmethod
    def begin(cls, home: Path) -> _Segment:
        """A new folder; it gets its name when it is locked, so that nobody comes in between."""
        folder = home / f"{time.time_ns():020d}-{os.getpid()}-{secrets.token_hex(4)}"
        aside = home / f".{folder.name}"
        try:
            _make(aside)
            lock = spool.private_file(aside / "lock")
            fcntl.flock(lock, fcntl.LOCK_EX)
            return cls(aside.rename(folder), lock, writing=True)
        except OSError as error:
            what = f"the ledger cannot be written: {os.strerror(error.errno or 0)}"
            hint = "choose a folder that you may write to with --ledger"
            raise UsageError(what, str(home.parents[1]), hint) from None

    @classmethod
    def open(cls, folder: Path) -> _Segment | None:
        """The folder of an earlier run; None when that is still under way, or broken."""
        try:
            lock = (folder / "lock").open("rb")
        except OSError:
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return cls(folder, lock, writing=False)
        except OSError:
            lock.close()
            return None

    def append(self, result: Result, origin: Origin) -> int:
        """Write one result; returns where it stands."""
        assert self._journal is not None
        payload, unit = _encoded(result, origin.key or _NOT_KEPT)
        sha256 = bytes.fromhex(origin.sha256) or bytes(32)
        check = _check(unit, sha256, payload)
        head = _HEAD.pack(len(payload), unit, sha256, origin.size, check)
        try:
            self._journal.write(head + payload)
            self._journal.flush()
        except OSError as error:
            raise spool.unkept(error) from None
        offset, self._size = self._size, self._size + len(head) + len(payload)
        self.kept += unit != _NOT_KEPT
        return offset

    def index(self) -> Iterator[tuple[int, bytes, str, int]]:
        """(offset, unit, sha256, size) of every result that may be used again."""
        journal, offset = self._mapped(), 0
        while journal is not None and offset + _HEAD.size <= len(journal):
            length, unit, sha256, size, _ = _HEAD.unpack_from(journal, offset)
            if offset + _HEAD.size + length > len(journal):
                return  # the run died while it wrote this
            if unit != _NOT_KEPT:
                yield offset, unit, sha256.hex(), size
            offset += _HEAD.size + length

    def read(self, offset: int) -> Result | None:
        """The result that stands there; None when it, or its spool file, is damaged."""
        journal = self._mapped()
        if journal is None:
            return None
        length, unit, sha256, _, check = _HEAD.unpack_from(journal, offset)
        payload = journal[offset + _HEAD.size : offset + _HEAD.size + length]
        if _check(unit, sha256, payload) != check:
            return None
        try:
            result = _DECODER.decode(payload)
        except msgspec.MsgspecError:
            return None
        if result.spool and spool.digest_of(self.folder / result.spool) != result.digest:
            return None
        return result

    def need(self, offset: int) -> Result:
        """The result that stands there.  Raises LeakgateError when it does no longer."""
        result = self.read(offset)
        if result is None:
            raise _gone(self.folder)
        return result

    def spooled(self, result: Result) -> Iterator[pa.RecordBatch]:
        """The findings of a result that are in a file."""
        import pyarrow as pa

        if not result.spool:
            return
        try:
            yield from spool.read(self.folder / result.spool)
        except (OSError, pa.ArrowException):
            raise _gone(self.folder) from None

    def close(self) -> None:
        if self.used or self._journal is not None:
            with suppress(OSError):
                os.utime(self.folder / "lock")
        if self._map is not None:
            self._map.close()
        if self._journal is not None:
            with suppress(OSError):
                self._journal.close()
        self._lock.close()

    def finish(self) -> None:
        """Say that the run came to its end: what is here is of use to others, too."""
        with suppress(OSError):
            (self.folder / _WHOLE).touch(mode=0o600)

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        with suppress(OSError):
            self.folder.parent.rmdir()

    def _mapped(self) -> mmap.mmap | None:
        """The journal as far as it was written when it was first read."""
        if self._map is not None and len(self._map) >= self._size:
            return self._map
        with suppress(OSError, ValueError), (self.folder / "journal").open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return self._map


class _Renaming:
    """Findings as if their shard had been found under another name."""

    def __init__(self, sealer: Sealer, uri: str) -> None:
        self._sealer, self._uri = sealer, uri

    def __call__(self, finding: Finding) -> Finding:
        spot = replace(finding.location, uri=self._uri)
        new = self._sealer.id_of(finding.fingerprint, finding.rule_id, spot)
        return replace(finding, id=new, location=spot)

    def all(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        return columns.batch(Finding, [self(f) for f in columns.objects(Finding, batch)])


_DECODER = msgspec.msgpack.Decoder(Result)


def _encoded(result: Result, unit: bytes) -> tuple[bytes, bytes]:
    """The payload, and by what it is known; text that is not whole is not used again."""
    try:
        return msgspec.msgpack.encode(result), unit
    except UnicodeEncodeError:
        whole = [columns.whole(finding) for finding in result.findings]
        log = columns.whole(result.log)
        clean = msgspec.structs.replace(result, findings=whole, log=log)
        return msgspec.msgpack.encode(clean), _NOT_KEPT


def _check(unit: bytes, sha256: bytes, payload: bytes) -> bytes:
    return hashlib.blake2b(unit + sha256 + payload, digest_size=16).digest()


def _observed(batch: pa.RecordBatch, now: datetime) -> pa.RecordBatch:
    """The batch with the time of this run: that of another is no part of what was found."""
    import pyarrow as pa

    place = batch.schema.get_field_index("observed_at")
    field = batch.schema.field(place)
    times = pa.repeat(pa.scalar(now, field.type), batch.num_rows)
    return batch.set_column(place, field, times)


def _gone(folder: Path) -> LeakgateError:
    what = "results that were kept a moment ago are gone or damaged"
    return LeakgateError(what, str(folder), "leave the ledger's folder alone while a run goes on")


def _make(folder: Path) -> None:
    """Make a private folder and those above it, one of which another run may just remove."""
    for last in (False, False, True):
        try:
            for made in (*reversed(folder.parents[:3]), folder):
                made.mkdir(mode=0o700, parents=True, exist_ok=made != folder)
            return
        except FileNotFoundError:
            if last:
                raise


def _sweep(folder: Path, continued: bool) -> None:
    try:
        with (folder / "lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            age = time.time() - os.fstat(lock.fileno()).st_mtime
            whole = (folder / _WHOLE).exists()
            if age > (_UNUSED if continued or whole else _UNFINISHED):
                shutil.rmtree(folder, ignore_errors=True)
    except FileNotFoundError:  # it was being made, or removed, when somebody died
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > _UNFINISHED:
                shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return  # in use
