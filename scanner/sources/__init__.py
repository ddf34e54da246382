"""One file per shard format.  Each module defines `plugin`, an object that is a `Source`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from scanner.batch import TextBatch, Undecoded, UnitLog
from scanner.model import Location
from scanner.pointer import Named


@dataclass(frozen=True, slots=True)
class Shard:
    """One file (or archive member) to read.

    `path` is where the bytes are; `uri` is what outputs call it (safe to show).
    `suffix` is the format's suffix without compression (`.jsonl` for `a.jsonl.gz`),
    `compression` one of "", "gzip", "zstd", "bzip2", "xz".  `size` is in stored bytes.
    `expected_sha256` comes from a manifest and is checked by the engine.
    """

    path: str
    uri: str
    suffix: str
    compression: str = ""
    size: int = 0
    member: str = ""
    expected_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of a shard that one worker reads.

    `start` and `stop` are in the source's own measure (bytes, row groups, record batches);
    stop None means to the end.  `first_record` is None when it must be counted by reading.
    With a `recording` the whole shard is read once more, for the events in its records.
    `beside` tells one state of other files that are read with the shard from another.
    """

    shard: Shard
    source: str
    start: int = 0
    stop: int | None = None
    first_record: int = 0
    recording: str = ""
    beside: str = ""


class Source(Protocol):
    """A shard format.

    Sources never quote data in errors: a record that does not parse goes to `log` with a
    reason of our own words, and its raw text is still yielded (part "raw") so that nothing
    in it is missed.  A shard that cannot be read on raises `UnreadableError`; what was
    yielded before stays.  A text format may also define `guess(head) -> bool`: True when
    text under a suffix that no source claims is most likely this.
    """

    suffixes: frozenset[str]

    def sniff(self, head: bytes) -> bool:
        """True when the first bytes (decompressed, at most 4 KiB) can only be this format."""
        ...

    def units(self, shard: Shard) -> Iterator[Unit]:
        """The parts that can be read independently; one unit for the whole shard is fine."""
        ...

    def batches(self, unit: Unit, log: UnitLog) -> Iterator[TextBatch]:
        """Every string a reader of the data would see, decoded, in batches of about 1 MiB."""
        ...

    def value_at(self, shard: Shard, location: Location, named: Named) -> str:
        """The whole text (before layers) in which `location.start:end` is counted.

        `named` gives the name a raw key is shown by, as `location.field` has it.
        Raises UnreadableError when the shard has changed and the place is gone.
        """
        ...


@runtime_checkable
class LooksFirst(Protocol):
    """A source whose records can be searched before they are parsed."""

    def undecoded(self, unit: Unit, log: UnitLog) -> Iterator[Undecoded | TextBatch]:
        """All records of the unit, in blocks of about 1 MiB.

        Counts what it reads in `log`: records, bytes, and as values the strings it saw.
        """
        ...
