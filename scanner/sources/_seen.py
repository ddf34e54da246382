"""What OCR reads inside of other files: pictures and videos, told by their first bytes."""

from __future__ import annotations

from scanner import plugins
from scanner.sources import _containers, _pictures

HEAD = max(_containers.HEAD, _pictures.HEAD)  # bytes that tell them


def source_of(head: bytes) -> str:
    """The source that reads what begins with these bytes; "" for what shows nothing."""
    if _pictures.is_picture(head):
        return "image"
    return "video" if _containers.container_of(head) else ""


def suffix_of(head: bytes) -> str:
    """The suffix that such a file has."""
    return _pictures.kind_of(head) or _containers.suffix_of(head)


def is_read(head: bytes) -> bool:
    """True for what `scanner.recordings.pictures` reads here, so that its record need not."""
    name = source_of(head)
    return bool(name) and plugins.load("sources", name).unavailable() is None
