"""Pictures of screens (PNG, JPEG, WebP, GIF, TIFF, BMP), read by OCR: `leakgate[ocr]`.

A text is a line; lines that a window has wrapped are one.  Of pictures that move, and of pages,
every frame is read.  Frames of a session share most of their pixels, and each strip of pixels is
read once (`scanner.files.ocr`).
"""

from __future__ import annotations

from scanner.batch import Place, UnitLog
from scanner.errors import UnreadableError
from scanner.files import ocr
from scanner.files.streams import open_shard, read_up_to
from scanner.pointer import join, segment
from scanner.sources import Shard
from scanner.sources._pictures import is_picture
from scanner.sources._pictures import texts as written
from scanner.sources._pixels import frames, too_large
from scanner.sources._shown import shown
from scanner.sources._texts import Found, Texts

_LARGEST = 128 << 20  # bytes of a file


class Image(Texts):
    """A record is a frame.  Fields are `/ocr/<line>/<x>,<y>,<width>x<height>`, in pixels.

    Of pictures with many frames they begin with `/frame/<first>-<last>`.
    """

    name = "image"
    suffixes = frozenset(
        {".png", ".apng", ".jpg", ".jpeg", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".avif"}
    )

    def sniff(self, head: bytes) -> bool:
        return is_picture(head)

    def unavailable(self) -> UnreadableError | None:
        """Why pictures cannot be read here; None when they can."""
        if not ocr.missing():
            return None
        what = "pictures are not read: OCR is not installed"
        return UnreadableError(what, "", ocr.needs(), "source.ocr_missing")

    def texts(self, shard: Shard, log: UnitLog) -> Found:
        """What the file says in words, then what its pixels show."""
        data = _data(shard)
        log.records += 1
        for number, (name, text) in enumerate(written(data)):
            yield Place(0, join(("text", str(number), segment(name))), name), text
        yield from shown(frames(data), _above)

    def shown(self, data: bytes, log: UnitLog) -> Found:  # noqa: ARG002 - a picture has no sound
        """What a picture inside another file shows.  Raises UnreadableError, also without OCR."""
        unavailable = self.unavailable()
        if unavailable:
            raise unavailable
        if len(data) > _LARGEST:
            raise too_large()
        yield from shown(frames(data), _above)


def _above(first: int, last: int) -> list[str]:
    return ["frame", f"{first}-{last}"] if last else []


def _data(shard: Shard) -> bytes:
    with open_shard(shard) as stream:
        data = read_up_to(stream, _LARGEST + 1)
        if len(data) <= _LARGEST:
            stream.read(1)  # raises what ended the stream
            return data
    raise too_large()


plugin = Image()
