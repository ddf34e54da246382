"""Tar archives, plain or compressed, WebDataset shards among them: every file, as its content asks.

Nothing is extracted, so names that climb out of the folder are harmless.  Links, folders and
devices hold no content; sparse files are recorded as not read.  Archives inside archives are
followed three levels deep.  Problems name a member by its number: its name may be sensitive.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, BinaryIO

from scanner.batch import EachPlace, Place, TextBatch, Undecoded, UnitLog, text_array
from scanner.errors import UnreadableError
from scanner.files.spool import Spool
from scanner.files.streams import BLOCK, HEAD, compression_of, open_shard, read_up_to
from scanner.files.tar_walk import Member, is_header, members
from scanner.model import Location, Part
from scanner.pointer import Named
from scanner.pointer import path as shown_path
from scanner.sources import LooksFirst, Shard, Source, Unit
from scanner.sources._records import gone

SPAN = 64 << 20  # bytes of one unit
_EVENTS = 256  # bytes; what is shorter is no recording
DEPTH = 3  # archives in each other
INSIDE = "!/"  # between the name of an archive and that of a member in it
_WHERE = "members of the archive"
_PLENTY = 4 << 30  # bytes; an archive that inflates to more must not be much smaller itself
_RATIO = 500


class Tar:
    """A record is a record of a member; units are ranges of members that begin at a header."""

    suffixes = frozenset({".tar", ".tgz", ".tzst", ".taz"})

    def sniff(self, head: bytes) -> bool:
        return is_header(head[:512])

    def units(self, shard: Shard) -> Iterator[Unit]:
        """One, where the archive is compressed, small, or broken before its first cut."""
        if shard.compression or shard.size <= SPAN:
            yield Unit(shard, "tar")
            return
        start = first = 0
        with open_shard(shard) as stored, suppress(UnreadableError):  # the last unit meets it
            stream = _Limited(stored, shard)
            for number, member in enumerate(members(stream, stream.skip)):
                if member.header - start >= SPAN:
                    yield Unit(shard, "tar", start, member.header, first)
                    start, first = member.header, number
        yield Unit(shard, "tar", start, None, first)

    def batches(self, unit: Unit, log: UnitLog) -> Iterator[TextBatch]:
        for batch in _Reading(unit, log, looking=False):
            assert isinstance(batch, TextBatch)
            yield batch

    def undecoded(self, unit: Unit, log: UnitLog) -> Iterator[Undecoded | TextBatch]:
        """The same; of members that can be looked at first, what is to be looked at."""
        yield from _Reading(unit, log, looking=True)

    def value_at(self, shard: Shard, location: Location, named: Named) -> str:
        with open_shard(shard) as stored, Spool() as spool:
            stream = _Limited(stored, shard)
            for member in members(stream, stream.skip):
                rest = _rest(location.member, shown_path(member.name, named))
                if member.kind != "file" or rest is None:
                    continue
                inner = _held(shard, member, stream, spool)
                name, at = _source_of(inner), replace(location, member=rest)
                if at.part is Part.TYPED and not rest:
                    return str(_rereading().text_at(inner, name, at))
                return _load(name).value_at(inner, at, named)
        raise gone(location)


@dataclass
class _Reading:
    """One pass over the members of a unit."""

    unit: Unit
    log: UnitLog
    looking: bool

    def __iter__(self) -> Iterator[Undecoded | TextBatch]:
        unit, shard = self.unit, self.unit.shard
        with open_shard(shard) as stored, Spool() as spool:
            stream = _Limited(stored, shard)
            stream.skip(unit.start)
            found = members(stream, stream.skip, unit.start)
            for number, member in enumerate(found, unit.first_record):
                if unit.stop is not None and member.header >= unit.stop:
                    return
                self.log.bytes += member.size
                yield _name(member)
                if member.kind == "file":
                    yield from self._content(number, member, stream, spool)
                else:
                    self._no_content(number, member)

    def _content(
        self, number: int, member: Member, stream: _Limited, spool: Spool
    ) -> Iterator[Undecoded | TextBatch]:
        log = UnitLog()
        try:
            inner = _held(self.unit.shard, member, stream, spool)
            for block in self._inner(inner, log):
                yield _of(block, member.name)
        except UnreadableError as error:
            log.problem(error.code, error.what, "", error.hint)
        finally:
            self._merge(log, number)

    def _inner(self, shard: Shard, log: UnitLog) -> Iterator[Undecoded | TextBatch]:
        name = _source_of(shard)
        if name == "tar" and shard.member.count(INSIDE) > DEPTH:
            hint = "take the inner archives out, and scan them by themselves"
            what = "archives lie in each other too deeply"
            raise UnreadableError(what, "", hint, "archive.depth")
        source = _load(name)
        for unit in source.units(shard):
            if self.looking and isinstance(source, LooksFirst):
                yield from source.undecoded(unit, log)
                continue
            for batch in source.batches(unit, log):
                log.values += (len(batch.values) - batch.values.null_count) * self.looking
                yield batch
        if shard.size >= _EVENTS:
            yield from _rereading().members(shard, name, log)

    def _no_content(self, number: int, member: Member) -> None:
        if member.kind == "sparse":
            hint = "write the archive again without sparse files"
            what = "sparse files in the archive were not read"
            self.log.problem("archive.sparse", what, _WHERE, hint, number)
        elif member.kind != "folder":
            what = f"a {member.kind} in the archive has no content of its own"
            self.log.problem(f"note.{member.kind}", what, _WHERE, record=number)

    def _merge(self, log: UnitLog, number: int) -> None:
        """Adds what was told of one member; its number stands for the records."""
        self.log.records += log.records
        self.log.failed_records += log.failed_records
        self.log.values += log.values
        for problem in log.problems:
            self.log.problem(problem.code, problem.what, _WHERE, problem.hint, number)


@dataclass
class _Limited:
    """The archive's bytes, counted; one that inflates without end is given up."""

    stream: BinaryIO
    shard: Shard
    at: int = 0

    def read(self, size: int) -> bytes:
        data = self.stream.read(size)
        self.at += len(data)
        if self.shard.compression and self.at > max(_PLENTY, self.shard.size * _RATIO):
            hint = "decompress it where it can do no harm, and look at what it is"
            what = "the archive inflates to far more than it is"
            raise UnreadableError(what, "", hint, "archive.bomb")
        return data

    def skip(self, offset: int) -> None:
        if self.stream.seekable():
            self.stream.seek(offset)
            self.at = offset
        while self.at < offset and self.read(min(1 << 20, offset - self.at)):
            pass


@dataclass(eq=False)
class _Inner:
    """Undecoded records of a member: their values say which one."""

    block: Any
    member: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.block, name)

    def __len__(self) -> int:
        return len(self.block)

    def batches(self) -> Iterator[TextBatch]:
        for batch in self.block.batches():
            yield _of(batch, self.member)


def _of(block: Any, name: str) -> Any:
    """The block or batch as one of a member of this name."""
    if not isinstance(block, TextBatch):
        return _Inner(block, name)
    return replace(block, member=f"{name}{INSIDE}{block.member}" if block.member else name)


def _name(member: Member) -> TextBatch:
    """The member's own name, to be scanned."""
    parts = [part for part in member.name.split("/") if part]
    places = EachPlace([Place(part=Part.PATH)] * len(parts))
    return TextBatch(text_array(parts), places, member=member.name)


def _held(shard: Shard, member: Member, stream: _Limited, spool: Spool) -> Shard:
    """The member as a shard of its own, for as long as the spool holds it.

    Of one that is cut off it is what there is: the walk meets the end next, and tells.
    """
    path, size = spool.hold(_bytes(stream, member.size), member.size)
    with open(path, "rb") as file:  # noqa: PTH123
        compression = compression_of(read_up_to(file, HEAD))
    name = member.name.lower().rpartition("/")[2]
    if compression and name.endswith((".gz", ".gzip", ".zst", ".zstd")):
        name = name.rpartition(".")[0]
    suffix = f".{name.rpartition('.')[2]}" if "." in name else ""
    return Shard(path, shard.uri, suffix, compression, size, shard.member + INSIDE)


def _bytes(stream: _Limited, size: int) -> Iterator[bytes]:
    try:
        while size > 0 and (data := stream.read(min(BLOCK, size))):
            size -= len(data)
            yield data
    except UnreadableError:
        return  # it is raised again at the next header


def _rest(wanted: str, shown: str) -> str | None:
    """What of a location's member lies inside this one; None when it is another."""
    if wanted == shown:
        return ""
    return wanted[len(shown) + 2 :] if wanted.startswith(shown + INSIDE) else None


def _source_of(shard: Shard) -> str:
    from scanner import formats

    return formats.source_for(shard)


def _rereading() -> Any:
    """The room above that reads shards a second time, for what their records say together."""
    return import_module("scanner.rereading")


def _load(name: str) -> Source:
    from scanner import plugins

    source: Source = plugins.load("sources", name)
    return source


plugin = Tar()
