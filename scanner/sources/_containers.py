"""Containers of videos: told by their first bytes, and whether one is there to its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

HEAD = 64  # bytes that tell a container
_EBML, _SEGMENT = b"\x1aE\xdf\xa3", b"\x18S\x80g"  # RFC 8794 and RFC 9559
_BOXES = b"moov", b"mdat", b"wide", b"free", b"skip"  # that old QuickTime files begin with
_STILL = b"avif", b"avis", b"heic", b"heix", b"hevc", b"mif1", b"msf1"  # brands of pictures


def container_of(head: bytes) -> str:
    """What libav calls the container of a file that begins so; "" for no video."""
    if head.startswith(_EBML):
        return "matroska" if b"webm" in head[:HEAD] or b"matroska" in head[:HEAD] else ""
    if head[:4] == b"RIFF":
        return "avi" if head[8:12] == b"AVI " else ""
    if head[4:8] == b"ftyp":
        return "" if head[8:12] in _STILL else "mov"
    return "mov" if head[:1] == b"\0" and head[4:8] in _BOXES else ""


def suffix_of(head: bytes) -> str:
    """The suffix that such a file has."""
    if head.startswith(_EBML):
        return "webm" if b"webm" in head[:HEAD] else "mkv"
    return {"avi": "avi", "mov": "mp4"}.get(container_of(head), "")


def cut_off(file: BinaryIO, kind: str, size: int) -> bool:
    """True when a part of the file ends behind its end; what says no length cannot tell."""
    parts = {"mov": _boxes, "avi": _chunks, "matroska": _elements}[kind]
    return any(end > size for end in parts(file))


def _boxes(file: BinaryIO) -> Iterator[int]:
    """Where boxes end (ISO/IEC 14496-12, 4.2): a length in 4 bytes, or in 8, or to the end."""
    at = 0
    while len(head := _at(file, at, 16)) >= 8:
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8:
            return
        at += length
        yield at


def _chunks(file: BinaryIO) -> Iterator[int]:
    """Where RIFF chunks end; a recorder that was stopped may have left no length."""
    at = 0
    while length := int.from_bytes(_at(file, at, 8)[4:], "little"):
        at += 8 + length + length % 2
        yield at - length % 2


def _elements(file: BinaryIO) -> Iterator[int]:
    """Where the header and the segment end, where the segment says its length."""
    at = 0
    for mark in (_EBML, _SEGMENT):
        head = _at(file, at, 12)
        width = _width(head[4:5])
        length = int.from_bytes(head[4 : 4 + width], "big") & ((1 << 7 * width) - 1)
        if head[:4] != mark or not width or length == (1 << 7 * width) - 1:
            return
        at += 4 + width + length
        yield at


def _width(first: bytes) -> int:
    """Bytes of a number: one more than its first byte has leading zeros (RFC 8794, 4.1)."""
    zeros = 8 - int.from_bytes(first, "big").bit_length()
    return zeros + 1 if zeros < 8 else 0


def _at(file: BinaryIO, at: int, size: int) -> bytes:
    file.seek(at)
    return file.read(size)
