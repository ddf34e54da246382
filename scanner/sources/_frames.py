"""Frames of a video, decoded by libav: what was on the screen at so many moments of a second."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from typing import Any, BinaryIO, NoReturn

from scanner.errors import UnreadableError
from scanner.sources._runs import runs

_PIXELS = 16 << 20  # of a frame; a decoder may hold sixteen of them
_BUFFER = 1 << 20
_MICRO = 1_000_000  # of a second: libav's time


@contextmanager
def opened(file: BinaryIO, kind: str) -> Iterator[Any]:
    """The container in a file.  Raises UnreadableError.

    libav reads what it is given, and never opens another file or address that is named in it.
    """
    import av

    av.logging.set_level(None)
    try:
        container = av.open(
            file, format=kind, io_open=_refused, metadata_errors="replace", buffer_size=_BUFFER
        )
    except Exception:  # noqa: BLE001 - its message may quote the file
        raise broken("the video is damaged or cut off") from None
    with container:
        yield container


def _refused(*_: Any) -> NoReturn:
    raise OSError("nothing else is opened")


def broken(what: str) -> UnreadableError:
    """What to say of a video that is not read to its end."""
    hint = "write the video again from its origin; what could be decoded was scanned"
    return UnreadableError(what, "", hint, "source.corrupt")


def seconds(container: Any) -> float:
    """How long the video says it is; 0 when it does not."""
    return max(0, container.duration or 0) / _MICRO


def said(container: Any) -> Iterator[tuple[list[str], str, str]]:
    """(path, name, text) of tags, chapters and attachments."""
    holders = [("video", container.metadata)]
    holders += [(f"stream-{s.index}", s.metadata) for s in container.streams]
    chapters = container.chapters()
    holders += [(f"chapter-{n}", chapter["metadata"]) for n, chapter in enumerate(chapters)]
    for above, tags in holders:
        yield from (([above, name], name, text) for name, text in tags.items())
    for stream in container.streams.attachments:
        if "font" not in (stream.mimetype or ""):
            texts = enumerate(runs(bytes(stream.data)))
            yield from (([f"stream-{stream.index}", str(n)], "", text) for n, text in texts)


def spoken(container: Any) -> Iterator[tuple[list[str], str]]:
    """(path, text) of subtitles, and of data beside the picture, with their milliseconds."""
    streams = [*container.streams.subtitles, *container.streams.data]
    if not streams:
        return
    for number, packet in enumerate(container.demux(*streams)):
        at = round(1000 * float((packet.pts or 0) * (packet.time_base or 0)))
        for text in runs(bytes(packet)):
            yield ["ms", str(at), f"stream-{packet.stream.index}", str(number)], text


def frames(container: Any, stream: Any, rate: float, span: range) -> Iterator[tuple[int, Any]]:
    """(millisecond, grey levels) of the frames on the screen at each moment, and of the last.

    `span` are milliseconds.  Raises UnreadableError, at the end when parts were damaged.
    """
    if stream.width * stream.height > _PIXELS:
        hint = "scale it down"
        what = "the video has too many pixels to be read"
        raise UnreadableError(what, "", hint, "source.too_large")
    stream.codec_context.thread_count = 1  # each worker has a core to itself
    stream.codec_context.options = {"max_pixels": str(_PIXELS)}
    torn: list[bool] = []
    timed = _within(_from(container, stream, span.start, torn), span)
    yield from ((at, _grey(frame)) for at, frame in _sampled(timed, rate))
    if any(torn):
        raise broken("parts of the video are damaged")


def _from(container: Any, stream: Any, start: int, torn: list[bool]) -> Iterator[tuple[int, Any]]:
    """Frames from the last one before `start` that stands alone; where none is, from the first."""
    if start:
        _seek(container, start * 1000 + (container.start_time or 0))
        found = _decoded(container, stream, torn)
        first = next(found, None)
        torn.clear()  # in front of that frame there is nothing that it could be made of
        if first is not None and first[0] <= start:
            return chain([first], found)
    _seek(container, 0)
    return _decoded(container, stream, torn)


def _seek(container: Any, at: int) -> None:
    with suppress(Exception):  # a file without an index is read from where it is
        container.seek(at)


def _decoded(container: Any, stream: Any, torn: list[bool]) -> Iterator[tuple[int, Any]]:
    first, last = (container.start_time or 0) / _MICRO, 0.0
    for packet in _packets(container, stream, torn):
        try:
            found = packet.decode()
        except Exception:  # noqa: BLE001 - what is damaged; its message may quote the file
            torn.append(True)
            continue
        for frame in found:
            last = last if frame.time is None else frame.time - first
            torn.extend([True] * frame.is_corrupt)
            yield max(0, round(1000 * last)), frame


def _packets(container: Any, stream: Any, torn: list[bool]) -> Iterator[Any]:
    try:
        yield from container.demux(stream)
    except Exception:  # noqa: BLE001
        torn.append(True)


def _within(timed: Iterable[tuple[int, Any]], span: range) -> Iterator[tuple[int, Any]]:
    """Those from the beginning of a span, and the first behind it, with None in its place."""
    for at, frame in timed:
        if at >= span.stop:
            yield at, None
            return
        if at >= span.start:
            yield at, frame


def _sampled(timed: Iterable[tuple[int, Any]], rate: float) -> Iterator[tuple[int, Any]]:
    """A frame stays until the next one comes: it counts when a moment lies in between."""
    held: tuple[int, Any] | None = None
    for now in timed:
        if held is not None and (_moment(held[0], rate) < now[0] or now[0] < held[0]):
            yield held
        held = now
    if held is not None and held[1] is not None:
        yield held


def _moment(at: int, rate: float) -> float:
    """The first moment at which is looked, from a millisecond on."""
    return -(-at * rate // 1000) * 1000 / rate


def _grey(frame: Any) -> Any:
    import numpy as np

    levels = frame.reformat(format="gray").to_ndarray()
    return np.ascontiguousarray(np.rot90(levels, round(frame.rotation / 90)))
