"""What every archive does with its members: each is scanned as its content asks.

Nothing is extracted, so names that climb out of the folder are harmless.  Problems name a
member by its number: its name may be sensitive.  A content is held in memory, or in a file
without a name when it is large, while it is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from scanner.batch import EachPlace, Place, TextBatch, Undecoded, UnitLog, text_array
from scanner.errors import UnreadableError
from scanner.files.spool import Spool
from scanner.files.streams import COMPRESSED, HEAD, compression_of, read_up_to
from scanner.model import Location, Part
from scanner.pointer import Named
from scanner.pointer import path as shown_path
from scanner.sources import LooksFirst, Shard, Source, Unit
from scanner.sources._records import gone
from scanner.sources._texts import Reader, gathered, text_at

DEPTH = 3  # archives in each other
INSIDE = "!/"  # between the name of an archive and that of a member in it
_EVENTS = 256  # bytes; what is shorter is no recording
_WHERE = "members of the archive"
_SUFFIX = re.compile(r"\.[a-z][a-z0-9]{1,4}$")
_PLENTY = 4 << 30  # bytes; what inflates to more must not be much smaller itself
_RATIO = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """A member: `kind` is file, folder, or what else it is; `content` gives a file's bytes.

    With `texts` the format reads the member itself, and those are all of its texts.
    """

    number: int
    name: str
    kind: str
    size: int
    content: Callable[[], Iterable[bytes]]
    note: str = ""  # what the archive says of it
    texts: Reader | None = None


class Inside:
    """Holds the member that is read, and knows how those before it ended."""

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self.members: Any = _rereading().Members()


_NOTE = EachPlace([Place(part=Part.METADATA)])


class Archive:
    """Reads every member as its content asks; formats say which members there are."""

    def entries(self, unit: Unit) -> Iterator[Entry]:
        """The members of a unit.  Raises UnreadableError where the archive is damaged."""
        raise NotImplementedError

    def batches(self, unit: Unit, log: UnitLog) -> Iterator[TextBatch]:
        """Names and contents of all members."""
        for batch in self._read(unit, log, looking=False):
            assert isinstance(batch, TextBatch)
            yield batch

    def undecoded(self, unit: Unit, log: UnitLog) -> Iterator[Undecoded | TextBatch]:
        """The same; of members that can be looked at first, what is to be looked at."""
        yield from self._read(unit, log, looking=True)

    def value_at(self, shard: Shard, location: Location, named: Named) -> str:
        """The text at a location; the member's own source finds it."""
        typed = location.part is Part.TYPED
        with Spool() as spool:
            members = Inside(spool).members
            for entry in self.entries(Unit(shard, "")):
                rest = _rest(location.member, shown_path(entry.name, named))
                if rest == "" and location.part == Part.METADATA and entry.note:
                    return entry.note
                if rest == "" and entry.texts is not None:
                    return text_at(entry.texts(UnitLog()), location, named)
                if entry.kind != "file" or (rest is None and not typed):
                    continue
                inner = held(shard, entry, spool)
                if rest is None:
                    with suppress(UnreadableError):
                        members.passed(entry.name, inner, _source_of(inner))
                    continue
                name, at = _source_of(inner), replace(location, member=rest)
                if typed and not rest:
                    return str(members.text_at(entry.name, inner, name, at))
                return _load(name).value_at(inner, at, named)
        raise gone(location)

    def _read(self, unit: Unit, log: UnitLog, looking: bool) -> Iterator[Undecoded | TextBatch]:
        with Spool() as spool:
            inside = Inside(spool)
            for entry in self.entries(unit):
                log.bytes += entry.size
                yield name_of(entry)
                if entry.note:
                    yield _of(TextBatch(text_array([entry.note]), _NOTE), entry.name)
                if entry.kind == "file":
                    yield from content_of(unit.shard, entry, inside, log, looking)
                else:
                    no_content(log, entry)


def no_content(log: UnitLog, entry: Entry) -> None:
    """Tell of a member without content of its own, or of one that cannot be read."""
    if entry.kind in _UNREAD:
        what, hint = _UNREAD[entry.kind]
        log.problem(f"archive.{entry.kind}", what, _WHERE, hint, entry.number)
    elif entry.kind != "folder":
        what = f"a {entry.kind} in the archive has no content of its own"
        log.problem(f"note.{entry.kind}", what, _WHERE, record=entry.number)


_UNREAD = {
    "sparse": (
        "sparse files in the archive were not read",
        "write the archive again without sparse files",
    ),
    "encrypted": (
        "encrypted members of the archive were not read",
        "scan the archive before it is encrypted, or decrypt it first",
    ),
    "unlisted": (
        "members that the archive's directory does not list were not read",
        "write the archive again: it holds what was deleted from it, or is not what it seems",
    ),
    "packed": (
        "members packed in a way that is not understood were not read",
        "write the archive again with deflate",
    ),
}


def bomb(inflated: int, stored: int) -> None:
    """Raises UnreadableError for what inflates to far more than it is."""
    if inflated > max(_PLENTY, stored * _RATIO):
        hint = "decompress it where it can do no harm, and look at what it is"
        what = "the archive inflates to far more than it is"
        raise UnreadableError(what, "", hint, "archive.bomb")


def content_of(
    shard: Shard, entry: Entry, inside: Inside, log: UnitLog, looking: bool
) -> Iterator[Undecoded | TextBatch]:
    """The texts of a member."""
    own = UnitLog()
    try:
        blocks = _own(entry, own, looking) if entry.texts else None
        for block in blocks or _inner(shard, entry, inside, own, looking):
            yield _of(block, entry.name)
    except UnreadableError as error:
        own.problem(error.code, error.what, "", error.hint)
    finally:
        _merge(log, own, entry)


def _own(entry: Entry, log: UnitLog, looking: bool) -> Iterator[TextBatch]:
    assert entry.texts is not None
    for batch in gathered(entry.texts(log)):
        log.values += len(batch.values) * looking
        yield batch


def _inner(
    outer: Shard, entry: Entry, inside: Inside, log: UnitLog, looking: bool
) -> Iterator[Undecoded | TextBatch]:
    shard = held(outer, entry, inside.spool)
    name = _source_of(shard)
    source = _load(name)
    if isinstance(source, Archive) and shard.member.count(INSIDE) > DEPTH:
        hint = "take the inner archives out, and scan them by themselves"
        what = "archives lie in each other too deeply"
        raise UnreadableError(what, "", hint, "archive.depth")
    for unit in source.units(shard):
        if looking and isinstance(source, LooksFirst):
            yield from source.undecoded(unit, log)
            continue
        for batch in source.batches(unit, log):
            log.values += (len(batch.values) - batch.values.null_count) * looking
            yield batch
    if shard.size >= _EVENTS:
        yield from inside.members.read(entry.name, shard, name, log)


def _merge(log: UnitLog, own: UnitLog, entry: Entry) -> None:
    """Adds what was told of one member; its number stands for the records."""
    log.records += own.records
    log.failed_records += own.failed_records
    log.values += own.values
    for problem in own.problems:
        where = (problem.where or _kind(entry)) if problem.is_skip else _WHERE
        log.problem(problem.code, problem.what, where, problem.hint, entry.number)


def _kind(entry: Entry) -> str:
    """What a policy may name a skipped member by: its suffix, which is not sensitive."""
    suffix = _SUFFIX.search(entry.name.lower())
    return f"*{suffix[0]}" if suffix else _WHERE


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


def name_of(entry: Entry) -> TextBatch:
    """The member's own name, to be scanned."""
    parts = [part for part in entry.name.split("/") if part]
    places = EachPlace([Place(part=Part.PATH)] * len(parts))
    return TextBatch(text_array(parts), places, member=entry.name)


def held(shard: Shard, entry: Entry, spool: Spool) -> Shard:
    """The member as a shard of its own, for as long as the spool holds it.

    Of one that is cut off it is what there is: the walk meets the end next, and tells.
    """
    path, size = spool.hold(entry.content(), entry.size)
    with open(path, "rb") as file:  # noqa: PTH123
        compression = compression_of(read_up_to(file, HEAD))
    name = entry.name.lower().rpartition("/")[2]
    if compression and name.endswith(COMPRESSED):
        name = name.rpartition(".")[0]
    suffix = f".{name.rpartition('.')[2]}" if "." in name else ""
    return Shard(path, shard.uri, suffix, compression, size, shard.member + INSIDE)


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
