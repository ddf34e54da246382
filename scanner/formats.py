"""Which source reads a shard: told by its content, else by its suffix."""

from __future__ import annotations

import re
from collections.abc import Mapping

from scanner import plugins
from scanner.errors import UnreadableError
from scanner.files.streams import compression_of, head_of, is_binary
from scanner.files.wide import encoding_of
from scanner.sources import Shard, Source

_TEXT = "text"  # the source for any text that has no format of its own
_POINTERS = (b"version https://git-lfs.github.com/spec/", b"/annex/objects/")
_POINTER_BYTES = 1024  # a pointer is shorter, by the specification of Git LFS
_ZEROS = re.compile(rb"\0{32,}")  # what a crash leaves in a file that was being written
_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"%PDF-", b"7z\xbc\xaf\x27\x1c")


def source_for(shard: Shard) -> str:
    """The name of the source that reads a shard: told by its content, else by its suffix.

    Raises UnreadableError when no source reads it (code source.unknown), when that source
    is not installed (code source.…_missing), or when not even its beginning can be read.
    """
    return source_of(head_of(shard), shard)


def source_of(head: bytes, shard: Shard) -> str:
    """The same, of a shard that begins with these bytes.  Raises as `source_for` does."""
    if head.startswith(_POINTERS) and len(head) < _POINTER_BYTES:
        what, hint = "a pointer to data that was not fetched", "git lfs pull, or git annex get"
        raise UnreadableError(what, shard.uri, f"fetch the data ({hint})", "source.pointer")
    sources: Mapping[str, Source] = plugins.load_all("sources")
    for name, source in sources.items():
        if head and source.sniff(head):
            _available(source, shard)
            return name
    by_suffix = [name for name, source in sources.items() if shard.suffix in source.suffixes]
    if not head or _is_text(head):
        guesses = [n for n, s in sources.items() if getattr(s, "guess", _never)(head)]
        return [*by_suffix, *guesses, _TEXT][0]
    hint = "take it out of the scanned paths, or convert it to a format that is read"
    if by_suffix and _is_text(_ZEROS.sub(b"", head)):
        return by_suffix[0]
    if by_suffix:
        what = "the content is not in the format that the name says"
        raise UnreadableError(what, shard.uri, hint, "source.mismatch")
    raise UnreadableError("no source reads this format", shard.uri, hint, "source.unknown")


def _available(source: Source, shard: Shard) -> None:
    """Raises UnreadableError for a source that lacks what it needs on this machine."""
    why: UnreadableError | None = getattr(source, "unavailable", _nothing)()
    if why is not None:
        raise UnreadableError(why.what, shard.uri, why.hint, why.code)


def _nothing() -> None:
    return None


def _never(head: bytes) -> bool:  # noqa: ARG001 - what a source without `guess` says
    return False


def _is_text(head: bytes) -> bool:
    """False for known binary formats, compressed data, and what looks like no text."""
    if encoding_of(head):
        return True
    return not (head.startswith(_MAGIC) or compression_of(head) or is_binary(head))
