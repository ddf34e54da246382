"""One file per dialect of recorded events.  Each module defines `plugin`, a `Recording`.

A source reads the records of a shard as they stand.  A recording reads the same shard once
more, for what its records say together: keys one after the other are a text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from scanner.batch import TextBatch, UnitLog
from scanner.sources import Shard


@dataclass(frozen=True, slots=True)
class Peek:
    """A look at a shard: the source that reads it, and some of its text.

    `samples` are decompressed bytes: the first 256 KiB, and of plain text files a little from
    further on, from the beginning of a line.  They are empty for what is no text.
    `before` is the file before it in its series, if there is one.
    """

    shard: Shard
    source: str
    samples: tuple[bytes, ...] = ()
    before: Shard | None = None


class Recording(Protocol):
    """A dialect of events.

    As sources, recordings never quote data in errors.  Events that look like those of the
    dialect and cannot be understood are counted in `log` (code events.rejected).
    A `general` one steps back where another knows the events.  One that `goes_on` puts together
    what was typed across the files of a series.  What is `apart` reads something else than all
    others, and nobody steps back for it.
    """

    general: bool
    goes_on: bool
    apart: bool

    def recognises(self, peek: Peek) -> bool:
        """True when events of this dialect are in the samples; must be cheap for what has none."""
        ...

    def batches(self, peek: Peek, log: UnitLog) -> Iterator[TextBatch]:
        """The texts that the events make together; the whole shard is read, never a part.

        Places have part TYPED and the field `/<kind of reading>/<number>`.
        """
        ...
