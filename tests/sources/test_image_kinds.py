"""Pictures in all the ways their pixels are kept: the same text is read in each of them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

from scanner.errors import UnreadableError
from scanner.files import ocr
from scanner.sources import _pictures, _pixels

pytestmark = pytest.mark.skipif(ocr.missing(), reason="OCR is not installed")
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"
CARD = "card 4111 1111 1111 1111"
Saved = Callable[[Image.Image, Path], None]


def page(*lines: str, ink="black", back="white", mode="RGB") -> Image.Image:
    picture = Image.new(mode, (320, 20 + 34 * len(lines)), back)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(FONT, 18)
    for number, line in enumerate(lines):
        pen.text((14, 8 + 34 * number), line, fill=ink, font=font)
    return picture


def _deep(picture: Image.Image, path: Path) -> None:
    levels = np.asarray(picture.convert("L")).astype(np.uint16)
    Image.fromarray(levels * 200 + 3000).save(path, "PNG")


def _float(picture: Image.Image, path: Path) -> None:
    levels = np.asarray(picture.convert("L")).astype(np.float32)
    Image.fromarray(levels / 255).save(path, "TIFF")


def _lying(picture: Image.Image, path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    picture.transpose(Image.Transpose.ROTATE_90).save(path, "JPEG", quality=92, exif=exif)


def _see_through(ink: str) -> Saved:
    def save(_: Image.Image, path: Path) -> None:
        page(CARD, ink=ink, back=(0, 0, 0, 0), mode="RGBA").save(path, "PNG")

    return save


def _hidden(picture: Image.Image, path: Path) -> None:
    picture.putalpha(0)
    picture.save(path, "PNG")


def _as(kind: str, mode: str = "RGB", **options) -> Saved:
    return lambda picture, path: picture.convert(mode).save(path, kind, **options)


KINDS: dict[str, Saved] = {
    "palette.png": _as("PNG", "P"),
    "bits.png": _as("PNG", "1"),
    "deep.png": _deep,
    "transparent-dark.png": _see_through("black"),
    "transparent-light.png": _see_through("white"),
    "hidden.png": _hidden,
    "ink.jpg": _as("JPEG", "CMYK", quality=90),
    "coarse.jpg": _as("JPEG", quality=60),
    "grey.jpg": _as("JPEG", "L", quality=80),
    "lying.jpg": _lying,
    "coarse.webp": _as("WEBP", quality=60),
    "exact.webp": _as("WEBP", lossless=True),
    "a.gif": _as("GIF"),
    "a.bmp": _as("BMP"),
    "packed.tif": _as("TIFF", compression="tiff_lzw"),
    "fax.tiff": _as("TIFF", "1", compression="group4"),
    "ink.tif": _as("TIFF", "CMYK"),
    "float.tif": _float,
    "a.avif": _as("AVIF", quality=80),
}


def read(reading, path: Path) -> list[str]:
    texts = reading.round_trip(path).texts
    return [text for place, text in texts if place.label == ocr.LABEL]


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_of_pixels(name, reading, tmp_path):
    KINDS[name](page(CARD), tmp_path / name)
    assert CARD in read(reading, tmp_path / name)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.gif", {"duration": 100}),
        ("a.webp", {"duration": 100, "lossless": True}),
        ("a.png", {"duration": 100}),
        ("a.tiff", {"compression": "tiff_deflate"}),
    ],
)
def test_every_frame_and_page_is_read(name, options, reading, tmp_path):
    first, *others = [page("one"), page("one", CARD), page("one", CARD), page("other")]
    first = page("one", "")
    size = page("", "").size
    shown = [first, *(other.crop((0, 0, *size)) for other in others)]
    shown[0].save(tmp_path / name, save_all=True, append_images=shown[1:], **options)
    found = {
        text: place.field.split("/")[1:3]
        for place, text in reading.round_trip(tmp_path / name).texts
        if place.label == ocr.LABEL
    }
    last = found[CARD][1].partition("-")[2]  # equal frames of an animation may be one
    assert found[CARD] == ["frame", f"1-{last}"] and last in "12"
    assert found["one"] == ["frame", f"0-{last}"] and "other" in found


def test_lines_that_a_picture_has_wrapped_are_one(reading, tmp_path):
    token = "ghp_" + "aB3dE5fG7hK9jR4tM3nP6q"
    page(token, "R7sT9uV2vW3xY5", "some other words").save(tmp_path / "a.bmp")
    assert read(reading, tmp_path / "a.bmp")[2:] == ["some other words", token + "R7sT9uV2vW3xY5"]


def test_what_is_said_beside_the_pixels(reading, tmp_path):
    page("x").save(tmp_path / "a.gif", comment=b"a comment in a GIF")
    page("x").save(tmp_path / "a.tif", tiffinfo={270: "a description in a TIFF"})
    said = PngImagePlugin.PngInfo()
    said.add_itxt("k", "a text in a PNG")
    page("x").save(tmp_path / "a.png", pnginfo=said)
    for name, text in (("a.gif", "comment"), ("a.tif", "description"), ("a.png", "text")):
        values = [text for _, text in reading.round_trip(tmp_path / name).texts]
        assert any(f"a {text} in a " in value for value in values)


def test_frames_without_end_are_told(reading, tmp_path, monkeypatch):
    pages = [page(f"page number {n}") for n in range(6)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    monkeypatch.setattr(_pixels, "_ALL", 4 * pages[0].width * pages[0].height)
    with pytest.raises(UnreadableError) as caught:
        reading.all(tmp_path / "a.tif")
    assert caught.value.code == "source.too_large"


@pytest.mark.parametrize(
    "data", [b"BMW is a make of cars, and more", b"II*", b"GIF is a format", b"RIFF1234WAVEfmt "]
)
def test_what_only_begins_like_a_picture(data):
    assert not _pictures.is_picture(data)


def test_a_picture_larger_than_any_screen_is_not_unpacked(reading, tmp_path):
    kind = b"IHDR" + struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    head = struct.pack(">I", 13) + kind + struct.pack(">I", zlib.crc32(kind))
    (tmp_path / "a.png").write_bytes(_pictures.PNG + head + b"\0\0\0\x28IDAT" + bytes(44))
    with pytest.raises(UnreadableError) as caught:
        reading.all(tmp_path / "a.png")
    assert caught.value.code == "source.too_large"
