"""Pictures of screens (PNG, JPEG, WebP), read by OCR: the extra `leakgate[ocr]`.

A text is a line; lines that a window has wrapped are one.  Frames of a session share most of
their pixels, and each strip of pixels is read once (`scanner.files.ocr`).  Videos are not read.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

from scanner.batch import Place, UnitLog
from scanner.errors import UnreadableError
from scanner.files import ocr
from scanner.files.ocr import LABEL, Box, Line
from scanner.files.streams import open_shard, read_up_to
from scanner.pointer import join, segment
from scanner.sources import Shard
from scanner.sources._pictures import is_picture
from scanner.sources._pictures import texts as written
from scanner.sources._texts import Found, Texts, armoured

_LARGEST = 128 << 20  # bytes of a file
_PIXELS = 64 << 20  # of a picture; more are a bomb, or no screen
_SOLID = re.compile(r"[A-Za-z0-9_./+=-]{16,}$")
_NEXT = re.compile(r"[A-Za-z0-9_./+=-]+")
_SLACK = 40  # pixels that a wrapped line may end before the longest one of its column
_LEFT = 12  # pixels by which the beginnings of lines of one column differ, at most
_WIDE = 200  # pixels; narrower lines are not wrapped
_NEAR, _FAR = 0.6, 1.2  # of the height of a line: below prose, and within a token
_LONGEST = 2000  # characters of one text


class Image(Texts):
    """One record: the picture.  Fields are `/ocr/<line>/<x>,<y>,<width>x<height>`, in pixels."""

    name = "image"
    suffixes = frozenset({".png", ".jpg", ".jpeg", ".webp"})

    def sniff(self, head: bytes) -> bool:
        return is_picture(head)

    def unavailable(self) -> UnreadableError | None:
        """Why pictures cannot be read here; None when they can."""
        if not ocr.missing():
            return None
        what = "pictures are not read: OCR is not installed"
        hint = "pip install leakgate[ocr], and the package tesseract-ocr-eng of the system"
        return UnreadableError(what, "", hint, "source.ocr_missing")

    def texts(self, shard: Shard, log: UnitLog) -> Found:
        """What the file says in words, then what its pixels show."""
        data = _data(shard)
        log.records += 1
        for number, (name, text) in enumerate(written(data)):
            yield Place(0, join(("text", str(number), segment(name))), name), text
        yield from _read(data)

    def shown(self, data: bytes) -> Found:
        """What a picture inside another file shows.  Raises UnreadableError, also without OCR."""
        unavailable = self.unavailable()
        if unavailable:
            raise unavailable
        if len(data) > _LARGEST:
            raise _too_large()
        yield from _read(data)


def _read(data: bytes) -> Found:
    lines = list(ocr.reader().lines(_grey(data)))
    yield from armoured(_placed(_unwrapped(lines)))


def _data(shard: Shard) -> bytes:
    with open_shard(shard) as stream:
        data = read_up_to(stream, _LARGEST + 1)
        if len(data) <= _LARGEST:
            stream.read(1)  # raises what ended the stream
            return data
    raise _too_large()


def _grey(data: bytes) -> Any:
    """The grey levels of the first frame.  Raises UnreadableError."""
    import numpy as np
    from PIL import Image as Pillow

    try:
        with Pillow.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as picture:
            size = picture.width * picture.height
            if size <= _PIXELS:
                return np.asarray(_flat(picture))
    except Exception:  # noqa: BLE001 - decoders raise anything, and may quote the data
        size = 0
    if size:
        raise _too_large()
    hint = "write the picture again from its origin"
    raise UnreadableError("the picture is damaged or cut off", "", hint, "source.corrupt")


def _flat(picture: Any) -> Any:
    """Transparent pixels are those of a white page."""
    from PIL import Image as Pillow

    if picture.mode in ("RGBA", "LA", "P"):
        picture = picture.convert("RGBA")
        white = Pillow.new("RGBA", picture.size, "white")
        picture = Pillow.alpha_composite(white, picture)
    return picture.convert("L")


def _too_large() -> UnreadableError:
    hint = "scale it down, or cut it into parts"
    return UnreadableError("the picture is too large to be read", "", hint, "source.too_large")


def _unwrapped(lines: list[Line]) -> Iterator[Line]:
    """The lines; of a text that runs on over several in one column, one."""
    rights: dict[int, int] = {}
    for line in lines:
        left = line.box.x // _LEFT
        rights[left] = max(rights.get(left, 0), line.box.x + line.box.width)
    held: Line | None = None
    last = Box(0, 0, 0, 0)
    for line in lines:
        glue = None if held is None else _glue(held, last, line, rights)
        if held is not None and glue is not None:
            held = _one(held, line, glue)
        else:
            if held is not None:
                yield held
            held = line
        last = line.box
    if held is not None:
        yield held


def _glue(above: Line, last: Box, below: Line, rights: dict[int, int]) -> str | None:
    """What stands between two lines that are one: nothing within a token; None: they are two."""
    box = below.box
    solid = _SOLID.search(above.text) and _NEXT.match(below.text)
    apart = (_FAR if solid else _NEAR) * max(box.height, last.height)
    near = 0 <= box.y - last.y - last.height <= apart
    same = abs(box.x - last.x) <= _LEFT
    right = rights[last.x // _LEFT]
    full = last.x + last.width >= right - max(_SLACK, last.width // 8)
    if not (near and same and full and last.width >= _WIDE and len(above.text) < _LONGEST):
        return None
    return "" if solid else " "


def _one(above: Line, below: Line, glue: str) -> Line:
    a, b = above.box, below.box
    x, y = min(a.x, b.x), a.y
    right = max(a.x + a.width, b.x + b.width)
    return Line(above.text + glue + below.text, Box(x, y, right - x, b.y + b.height - y))


def _placed(lines: Iterable[Line]) -> Found:
    for number, line in enumerate(lines):
        yield Place(0, join(("ocr", str(number), str(line.box))), LABEL), line.text


plugin = Image()
