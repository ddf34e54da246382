"""Grey levels of a picture, frame by frame, whatever way its pixels are kept."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from scanner.errors import UnreadableError
from scanner.sources._runs import runs
from scanner.sources._texts import guarded

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "AVIF")
_PIXELS = 64 << 20  # of a frame; more are a bomb, or no screen
_ALL = 4 << 30  # of all frames
_DEEP = "I", "F"  # modes of more than eight bits begin so


def frames(data: bytes) -> Iterator[tuple[int, Any]]:
    """(number of the frame, its grey levels) of each; of one that is see-through several.

    Raises UnreadableError where the picture is damaged or too large.
    """
    yield from guarded(_frames(data), "the picture is damaged or cut off")


def said(data: bytes) -> Iterator[tuple[str, str]]:
    """(name, text) pairs that a GIF, TIFF, BMP or AVIF file holds besides its pixels."""
    try:
        with _opened(data) as picture:
            tags = dict(getattr(picture, "tag_v2", {}))
            for name, value in {**picture.info, **tags}.items():
                raw = value.encode() if isinstance(value, str) else value
                if isinstance(raw, bytes):
                    yield from ((str(name), text) for text in runs(raw))
    except Exception:  # noqa: BLE001 - `frames` says what is wrong with it
        return


def _frames(data: bytes) -> Iterator[tuple[int, Any]]:
    with _opened(data) as picture:
        room = _ALL
        for number in range(getattr(picture, "n_frames", 1)):
            picture.seek(number)
            size = picture.width * picture.height
            room -= size
            if size > _PIXELS or room < 0:
                raise too_large()
            yield from ((number, grey) for grey in _greys(_upright(picture)))


@contextmanager
def _opened(data: bytes) -> Iterator[Any]:
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what is large, or odd, we tell ourselves
        try:
            picture = Image.open(io.BytesIO(data), formats=_FORMATS)
        except Image.DecompressionBombError:
            raise too_large() from None
        with picture:
            yield picture


def _upright(picture: Any) -> Any:
    """As a viewer shows it: a camera may have been held sideways."""
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # noqa: BLE001 - a broken note about a picture that is none
        return picture


def _greys(picture: Any) -> Iterator[Any]:
    """What is seen on a white page; where one can see through, on a black one, and all of it."""
    import numpy as np
    from PIL import Image

    if picture.mode.startswith(_DEEP):
        yield _eight_bits(np.asarray(picture))
        return
    whole = picture.convert("RGBA")
    if whole.getextrema()[3][0] < 255:
        for colour in ("white", "black"):
            page = Image.new("RGBA", whole.size, colour)
            yield np.asarray(Image.alpha_composite(page, whole).convert("L"))
    yield np.asarray(whole.convert("RGB").convert("L"))


def _eight_bits(deep: Any) -> Any:
    """Grey levels of more bits, from the darkest to the lightest there is."""
    import numpy as np

    wide = np.nan_to_num(deep.astype(np.float64))
    low, high = wide.min(), wide.max()
    if low >= 0 and 1 < high <= 255:
        return wide.astype(np.uint8)
    return ((wide - low) * (255 / max(high - low, 1))).astype(np.uint8)


def too_large() -> UnreadableError:
    """What to say of a picture with too many pixels, or bytes."""
    hint = "scale it down, or cut it into parts"
    return UnreadableError("the picture is too large to be read", "", hint, "source.too_large")
