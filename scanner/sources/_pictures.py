"""Pictures by their first bytes; and what they say besides their pixels, in chunks and EXIF."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from scanner.sources._pixels import said
from scanner.sources._runs import runs

PNG = b"\x89PNG\r\n\x1a\n"
HEAD = 18  # bytes that tell a picture
_MAGICS = {
    PNG: "png", b"\xff\xd8\xff": "jpg", b"GIF87a": "gif", b"GIF89a": "gif",
    b"II*\0": "tif", b"MM\0*": "tif", b"II+\0": "tif", b"MM\0+": "tif",
}  # fmt: skip
_HEADERS = {size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124)}
_LONGEST = 16 << 20  # bytes that a packed text may inflate to


def kind_of(head: bytes) -> str:
    """The suffix of a file that begins with these bytes (HEAD of them); "" for no picture."""
    if head[:4] == b"RIFF":
        return "webp" if head[8:12] == b"WEBP" else ""
    if head[:2] == b"BM":  # a length, four zeros, where the pixels are, how long the header is
        return "bmp" if head[6:10] == bytes(4) and head[14:18] in _HEADERS else ""
    if head[4:8] == b"ftyp":
        return "avif" if head[8:12] in (b"avif", b"avis") else ""
    return next((kind for magic, kind in _MAGICS.items() if head.startswith(magic)), "")


def is_picture(head: bytes) -> bool:
    """True for the first bytes (HEAD of them) of a picture."""
    return bool(kind_of(head))


def texts(data: bytes) -> Iterator[tuple[str, str]]:
    """(keyword, text) pairs in the order they stand in."""
    kind = kind_of(data[:HEAD])
    if kind == "png":
        for name, body in _chunks(data):
            yield from _png(name, body)
    elif kind == "jpg":
        for body in _segments(data):
            yield from (("comment", text) for text in runs(body))
    elif kind == "webp":
        for name, body in _riff(data):
            if name in (b"EXIF", b"XMP "):
                yield from ((name.decode().strip().lower(), text) for text in runs(body))
    else:
        yield from said(data)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """PNG, 5.3: length, kind, content, checksum."""
    at = len(PNG)
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        at += 12 + size


def _png(kind: bytes, body: bytes) -> Iterator[tuple[str, str]]:
    key, _, rest = body.partition(b"\0")
    name = key.decode("latin-1")
    if kind == b"tEXt":
        yield name, rest.decode("latin-1")
    elif kind == b"zTXt":
        yield name, _inflated(rest[1:]).decode("latin-1")
    elif kind == b"iTXt":
        packed, text = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
        yield name, (_inflated(text) if packed else text).decode("utf-8", "replace")
    elif kind == b"eXIf":
        yield from (("exif", text) for text in runs(body))


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, _LONGEST)
    except zlib.error:
        return b""


def _segments(data: bytes) -> Iterator[bytes]:
    """Application data and comments of a JPEG (ITU T.81, B.1.1.4), up to the picture itself."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xE0 <= data[at + 1] <= 0xEF or data[at + 1] == 0xFE:
            yield data[at + 4 : at + 2 + size]
        at += 2 + max(2, size)


def _riff(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
