"""JSON inside a string: an object, an array, or a string that was encoded once more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scanner.decoders import Decoded
from scanner.errors import UnreadableError
from scanner.files import json_parse
from scanner.files.json_parse import NotJson, TooDeep, parse
from scanner.files.json_views import JsonTexts
from scanner.files.json_walk import Walker, find
from scanner.model import Part
from scanner.pointer import KEY, Named, split
from scanner.regexes.multipattern import Anchor

if TYPE_CHECKING:
    import pyarrow as pa

_BEGINS = r'[ \t\r\n]*[\[{"]'
_BEGINNING = re.compile(_BEGINS.encode())
_FEW = 16  # texts at which Python is faster than a call of Arrow
# Both ends of what is JSON from end to end: the tags of a log are none, nor is a quoted word.
_SPACE = r"[ \t\r\n]*"
_WHOLE = (
    rf'(?s)^{_SPACE}(?:\{{{_SPACE}".*\}}|\[{_SPACE}[\[{{"\-0-9tfnIN].*\]|"[^"\\]*\\.*")'
    rf"{_SPACE}$"
)


class JsonString:
    """Reads a text that is JSON from end to end, just as the JSON source reads a record."""

    replaces = True
    rewrites = False
    anchors: tuple[Anchor, ...] = ()  # its ends tell

    def __init__(self) -> None:
        self._walker = Walker()  # what it learns of one text's shape serves the next

    def wanted(self, values: pa.Array) -> list[int]:
        import pyarrow.compute as pc

        rows = _beginning(values)
        if not len(rows):  # to compile the other takes longer than to look at a few texts
            return []
        whole = pc.match_substring_regex(values.take(rows), _WHOLE)
        found: list[int] = rows.filter(whole).to_pylist()
        return found

    def seen(self, values: pa.Array, depth: int) -> JsonTexts:
        return JsonTexts(values, depth)

    def decode(self, text: str) -> list[Decoded] | None:
        document = _document(text)
        if document is None:
            return None
        try:
            self._walker.walk(document)
            return list(_found(self._walker))
        finally:
            self._walker.clear()

    def begins(self, head: str) -> bool:
        return json_parse.begins(head)

    def resolve(self, text: str, step: str, named: Named) -> str:
        field, part = step.partition(":")[2], Part.VALUE
        if split(field)[-1:] == [KEY]:
            field, part = field.removesuffix(f"/{KEY}"), Part.KEY
        try:
            return find(_document(text), field, part, named)
        except LookupError:
            hint = "the shard has changed since the scan: scan it again"
            what = "there is no such value in the JSON text"
            raise UnreadableError(what, "", hint, "source.changed") from None


def _beginning(values: pa.Array) -> Any:
    """The rows of texts that begin as JSON does, as an array."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if len(values) > _FEW:
        return pc.indices_nonzero(pc.match_substring_regex(values, f"^{_BEGINS}"))
    each = ((row, value) for row, value in enumerate(values) if value.is_valid)
    rows = [row for row, value in each if _BEGINNING.match(value.as_buffer())]
    return pa.array(rows, pa.uint64())


def _found(walker: Walker) -> Iterator[Decoded]:
    for text, spot in zip(walker.texts, walker.spots, strict=True):
        yield Decoded(f"json:{spot.field}", text, spot.label, spot.part)
    for key, spot, _ in walker.members():
        if key:
            yield Decoded(f"json:{spot.field}/{KEY}", key, "", Part.KEY)


def _document(text: str) -> Any:
    """The parsed text, or None when it holds no more than its own characters say.

    Raises UnreadableError for JSON that is nested too deeply.
    """
    try:
        document = parse(text)
    except TooDeep:
        hint = "store the data in a simpler form; the text was scanned as it is written"
        what = "JSON in a string is nested too deeply to be read"
        raise UnreadableError(what, "", hint, "decode.depth") from None
    except NotJson:
        return None
    if isinstance(document, str) and "\\" not in text:
        return None
    return document if isinstance(document, str | list | tuple) else None


plugin = JsonString()
