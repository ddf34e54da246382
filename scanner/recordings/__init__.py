"""One file per dialect of recorded events.  Each module defines `plugin`, a `Recording`.

A source reads the records of a shard as they stand.  A recording reads the same shard once
more, for what its records say together: keys one after the other are a text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from scanner.batch import TextBatch, UnitLog
from scanner.sources import Shard


@dataclass(frozen=True, slots=True)
class Peek:
    """A look at a shard: the source that reads it, and some of its text.

    `samples` are decompressed bytes: the first 256 KiB, and of plain text files a little from
    further on, from the beginning of a line.  They are empty for what is no text.
    `before` gives what the shard before it in its series ends with, as a recording's `ending`
    says.
    """

    shard: Shard
    source: str
    samples: tuple[bytes, ...] = ()
    before: Callable[[Recording], list[Any]] = lambda recording: []  # noqa: ARG005


class Recording(Protocol):
    """A dialect of events.

    As sources, recordings never quote data in errors.  Events that look like those of the
    dialect and cannot be understood are counted in `log` (code events.rejected).
    A `general` one steps back where another knows the events.  What is `apart` reads something
    else than all others, and nobody steps back for it.
    """

    general: bool
    apart: bool

    def recognises(self, peek: Peek) -> bool:
        """True when events of this dialect are in the samples; must be cheap for what has none."""
        ...

    def batches(self, peek: Peek, log: UnitLog) -> Iterator[TextBatch]:
        """The texts that the events make together; the whole shard is read, never a part.

        Places have part TYPED and the field `/<kind of reading>/<number>`.
        """
        ...

    def ending(self, shard: Shard, source: str) -> list[Any]:
        """The last lines or records of a shard, for what is typed on in the next of its series.

        Empty for a recording whose sessions do not go on, and for what cannot be read.
        """
        ...

    def beside(self, shard: Shard) -> list[Any]:
        """Tells one state of other files that are read with a shard from another."""
        ...


class Plain:
    """A recording whose sessions do not go on from shard to shard, and lie in one file each."""

    general = False
    apart = False

    def ending(self, shard: Shard, source: str) -> list[Any]:  # noqa: ARG002
        return []

    def beside(self, shard: Shard) -> list[Any]:  # noqa: ARG002
        return []
