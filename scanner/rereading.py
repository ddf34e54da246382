"""The second reading of a shard: for the texts that its records make together.

Each recording (`scanner.recordings`) says for itself whether it knows the events of a shard;
no source has to know of any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scanner import plugins
from scanner.batch import TextBatch, UnitLog
from scanner.errors import UnreadableError
from scanner.files.streams import is_binary, open_text, read_up_to, skip_to
from scanner.files.wide import encoding_of
from scanner.model import Location
from scanner.recordings import Peek, Recording, _before
from scanner.recordings._before import Endings
from scanner.sources import Shard, Unit

_HEAD = 256 << 10
_LATER = 64 << 10
_PLACES = (0.25, 0.5, 0.75)  # of a plain file that are looked at as well


def units(shard: Shard, source: str, ended: Endings | None = None) -> Iterator[Unit]:
    """One unit, the whole shard, for each recording that knows its events.

    `ended` says how the shard before ended, where that is no file beside it.
    """
    peek = look(shard, source, ended)
    recordings: Mapping[str, Recording] = plugins.load_all("recordings")
    knowing = [name for name, recording in recordings.items() if _knows(recording, peek)]
    apart = [name for name in knowing if recordings[name].apart]
    others = [name for name in knowing if name not in apart]
    special = [name for name in others if not recordings[name].general]
    for name in [*(special or others), *apart]:
        beside = _before.state(peek.before(recordings[name]) + recordings[name].beside(shard))
        yield Unit(shard, source, recording=name, beside=beside)


def _knows(recording: Recording, peek: Peek) -> bool:
    try:
        return recording.recognises(peek)
    except Exception:  # noqa: BLE001 - its own unit fails, and is told; the others are scanned
        return True


def batches(unit: Unit, log: UnitLog, ended: Endings | None = None) -> Iterator[TextBatch]:
    """The texts of a unit that `units` gave.  Counts values; records the source has counted."""
    recording: Recording = plugins.load("recordings", unit.recording)
    for batch in recording.batches(look(unit.shard, unit.source, ended), log):
        log.values += len(batch.values)
        yield batch


class Members:
    """The members of an archive, one after the other."""

    def __init__(self) -> None:
        self._series = _before.Series()

    def read(self, name: str, shard: Shard, source: str, log: UnitLog) -> Iterator[TextBatch]:
        """All that the recordings make of one."""
        ended = self._series.before(name)
        for unit in units(shard, source, ended):
            yield from batches(unit, log, ended)
            self._passed(name, unit)

    def passed(self, name: str, shard: Shard, source: str) -> None:
        """One comes that is not read: only its end may matter."""
        for unit in units(shard, source):
            self._passed(name, unit)

    def _passed(self, name: str, unit: Unit) -> None:
        recording: Recording = plugins.load("recordings", unit.recording)
        if found := recording.ending(unit.shard, unit.source):
            self._series.add(name, {recording: found})

    def text_at(self, name: str, shard: Shard, source: str, location: Location) -> str:
        """As the function of this name, of the member that comes now."""
        return text_at(shard, source, location, self._series.before(name))


def text_at(shard: Shard, source: str, location: Location, ended: Endings | None = None) -> str:
    """The text that a location of part TYPED is in.  Raises UnreadableError when it is gone."""
    for unit in units(shard, source, ended):
        for batch in batches(unit, UnitLog(), ended):
            for row in range(len(batch.values)):
                place = next(batch.places.of(row))
                if (place.record, place.field) == (location.record, location.field):
                    return str(batch.values[row].as_py())
    hint = "the shard has changed since the scan: scan it again"
    raise UnreadableError("there is no such text", location.uri, hint, "source.changed")


def look(shard: Shard, source: str, ended: Endings | None = None) -> Peek:
    """Some of the shard's text, and how the shard before it ended."""
    other = None if shard.member else _before.before(shard)

    def before(recording: Recording) -> list[Any]:
        if ended is not None:
            return ended.get(recording, [])
        return [] if other is None else recording.ending(other, source)

    try:
        with open_text(shard) as stream:
            head = read_up_to(stream, _HEAD)
        if is_binary(head[:4096]) and not encoding_of(head):
            return Peek(shard, source, (), before)
        samples = head, *_later(shard, len(head))
        return Peek(shard, source, samples, before)
    except UnreadableError:
        return Peek(shard, source)


def _later(shard: Shard, seen: int) -> Iterator[bytes]:
    if shard.compression or shard.size <= 2 * seen or seen < _HEAD:
        return
    for share in _PLACES:
        with open_text(shard) as stream:
            if not stream.seekable():
                return
            skip_to(stream, int(shard.size * share))
            yield read_up_to(stream, _LATER).partition(b"\n")[2]
