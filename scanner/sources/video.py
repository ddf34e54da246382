"""Videos of screens (MP4, MOV, WebM, MKV, AVI), read by OCR: `leakgate[video]`.

Of each second the frames at so many moments are read (`ocr: {frames_per_second: 1}`), and of each
frame what was not there before.  Tags, chapters and subtitles are read too; sound is not.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from typing import Any, BinaryIO

from scanner.batch import Place, TextBatch, UnitLog
from scanner.errors import UnreadableError
from scanner.files import ocr
from scanner.files.spool import Spool
from scanner.files.streams import blocks, open_shard
from scanner.model import Location
from scanner.pointer import Named, join, segment
from scanner.sources import Shard, Unit
from scanner.sources._containers import HEAD, container_of, cut_off
from scanner.sources._frames import broken, frames, opened, said, seconds, spoken
from scanner.sources._shown import shown
from scanner.sources._texts import Found, gathered, guarded, text_at

_SPAN = 60_000  # milliseconds of a unit
_LONGEST = 24 * 3600  # seconds; what says it is longer is read as one unit
_END = 1 << 50  # milliseconds
_WHEN = re.compile(r"/ms/(\d+)")


class Video:
    """A record is a millisecond.  Fields are `/ms/<first>-<last>` and what they are for a picture:
    from when to when a line was on the screen, and where.
    """

    suffixes = frozenset({".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi"})

    def sniff(self, head: bytes) -> bool:
        return bool(container_of(head))

    def unavailable(self) -> UnreadableError | None:
        """Why videos cannot be read here; None when they can."""
        if find_spec("av") is not None and not ocr.missing():
            return None
        what = "videos are not read: what decodes them, or OCR, is not installed"
        hint = f"pip install leakgate[video]; {ocr.needs()}"
        return UnreadableError(what, "", hint, "source.video_missing")

    def units(self, shard: Shard) -> Iterator[Unit]:
        """Minutes; one unit where the video does not say how long it is, or is compressed."""
        with _file(shard) as (file, size), _container(file, size) as container:
            length = seconds(container)
        many = length <= _LONGEST and not shard.compression
        starts = [*range(0, max(1, int(length * 1000)), _SPAN)] if many else [0]
        for start, stop in zip(starts, [*starts[1:], None], strict=True):
            yield Unit(shard, "video", start, stop)

    def batches(self, unit: Unit, log: UnitLog) -> Iterator[TextBatch]:
        yield from gathered(self._texts(unit, log))
        log.bytes += 0 if unit.start else unit.shard.size

    def value_at(self, shard: Shard, location: Location, named: Named) -> str:
        """The text at a location: the minute that it is in is read again."""
        when = _WHEN.match(location.field)
        at = int(when[1]) if when else 0
        (unit,) = (
            u for u in self.units(shard) if u.start <= at and (u.stop is None or at < u.stop)
        )
        return text_at(self._texts(unit, UnitLog()), location, named)

    def shown(self, data: bytes, log: UnitLog) -> Found:
        """What a video inside another file shows.  Raises UnreadableError, also without OCR."""
        unavailable = self.unavailable()
        if unavailable:
            raise unavailable
        found = _read(io.BytesIO(data), len(data), range(_END), log)
        yield from guarded(found, "the video is damaged")

    def _texts(self, unit: Unit, log: UnitLog) -> Found:
        with _file(unit.shard) as (file, size):
            found = _read(file, size, range(unit.start, unit.stop or _END), log)
            yield from guarded(found, "the video is damaged")


@contextmanager
def _file(shard: Shard) -> Iterator[tuple[BinaryIO, int]]:
    """The file without compression, and its size."""
    with Spool() as spool, open_shard(shard) as stream:
        path, size = shard.path, shard.size
        if shard.compression:
            path, size = spool.hold(blocks(stream), shard.size * 4)
        with open(path, "rb") as file:  # noqa: PTH123
            yield file, size


@contextmanager
def _container(file: BinaryIO, size: int) -> Iterator[Any]:
    file.seek(0)
    kind = container_of(file.read(HEAD))
    torn = cut_off(file, kind, size) if kind else True
    file.seek(0)
    if not kind:
        raise broken("this is no video")
    with opened(file, kind) as container:
        yield container
    if torn:
        raise broken("the video is cut off")


def _read(file: BinaryIO, size: int, span: range, log: UnitLog) -> Found:
    """The texts of a span of milliseconds; those beside the pictures come with the first."""
    with _container(file, size) as container:
        if span.start == 0:
            yield from _beside(container, log)
        for stream in container.streams.video:
            yield from shown(_counted(container, stream, span, log), partial(_above, stream.index))


def _beside(container: Any, log: UnitLog) -> Found:
    for path, name, text in said(container):
        yield Place(0, join(map(segment, path)), name), text
    for path, text in spoken(container):
        yield Place(0, join(path)), text
    if container.streams.audio:
        hint = 'take the sound off, or accept it by `allow_skipped: ["sound"]`'
        log.problem("source.sound_missing", "the sound of videos was not read", "sound", hint)
    if not container.streams.video:
        raise broken("there is no picture in the video")


def _counted(container: Any, stream: Any, span: range, log: UnitLog) -> Iterator[tuple[int, Any]]:
    for frame in frames(container, stream, ocr.frames_per_second(), span):
        log.records += 1
        yield frame


def _above(stream: int, first: int, last: int) -> list[str]:
    return ["ms", f"{first}-{last}", *([f"stream-{stream}"] if stream else [])]


plugin = Video()
