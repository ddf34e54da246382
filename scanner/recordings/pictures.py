"""Pictures and videos inside records: BLOBs and binary columns, base64 and data URIs in texts.

Screenshots of recorders stand in the very rows of their events.  Fields are those of the
picture with `/ocr/<line>/<x>,<y>,<width>x<height>` behind; without the extra `leakgate[ocr]`
(of videos `leakgate[video]`) each is told.
"""

from __future__ import annotations

import binascii
import re
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

from scanner import plugins, pointer
from scanner.batch import EachPlace, Place, TextBatch, UnitLog, text_array
from scanner.errors import UnreadableError
from scanner.files.sqlite import opened, quoted
from scanner.files.streams import open_text
from scanner.model import Part
from scanner.recordings import Peek, Plain
from scanner.recordings._pieces import Whole
from scanner.recordings._rows import records, table_batches
from scanner.sources import Shard
from scanner.sources._seen import HEAD, source_of, suffix_of

# How PNG, JPEG, WebP (AVI), GIF, WebM and MP4 begin in base64.
_CODED = "iVBORw0KGgo|/9j/|UklGR|R0lGOD|GkXfo|AAAA[A-Za-z0-9+/]GZ0eX"
_URI = "data:(?:image|video)/"
_BASE64 = re.compile(rf"(?:{_CODED}|{_URI}|9j\\/)[A-Za-z0-9+/\\]{{3}}".encode())
_IN_TEXT = re.compile(
    rf"(?:(?:{_URI}[\w.+-]{{3,20}}[^,]{{0,40}};base64,)|(?={_CODED}))"
    r"(?P<code>[A-Za-z0-9+/\s]{60,}={0,2})"
)
_LETTERS = (
    b"iVBORw0KGgo", b"/9j/4", b"/9j/2w", b"/9j/7", b"9j\\/", b"UklGR", b"R0lGOD", b"GkXfo",
    b"GZ0eX", b"data:image/", b"data:video/",
)  # fmt: skip
_MAGICS = b"\x89P", b"\xff\xd8", b"RI", b"GI", b"II", b"MM", b"BM", b"\x1aE"
_LATER = b"ftyp"  # from the fifth byte on: MP4 and AVIF
_MAGIC = ", ".join(f"x'{magic.hex()}'" for magic in _MAGICS)
_SHORT, _LOOKED = 80, 40  # characters of a text with a picture, at least; rows of a table
_CELLS = 64  # rows of a columnar batch: pictures are large
_CHARS = 1 << 16
_BLOCK, _LONGEST = 1 << 20, 16  # bytes; the second is more than the longest of _LETTERS
_DEPTH = 24


class _Pictures(Plain):
    general = True
    apart = True

    def recognises(self, peek: Peek) -> bool:
        """A picture stands in the samples, or in the first rows of a table."""
        if peek.source in ("jsonl", "json", "csv"):
            return any(map(_BASE64.search, peek.samples)) or _in_file(peek.shard)
        try:
            return _in_table(peek)
        except UnreadableError:  # the source tells what is wrong with the file
            return False

    def batches(self, peek: Peek, log: UnitLog) -> Iterator[TextBatch]:
        """The lines that pictures and videos show."""
        texts, places, chars = list[str](), list[Place](), 0
        for place, text in _shown(peek, log):
            texts.append(text)
            places.append(place)
            chars += len(text)
            if chars > _CHARS:
                yield TextBatch(text_array(texts), EachPlace(places))
                texts, places, chars = [], [], 0
        if texts:
            yield TextBatch(text_array(texts), EachPlace(places))


def _shown(peek: Peek, log: UnitLog) -> Iterator[tuple[Place, str]]:
    for row, prefix, path, data in _pictures(peek):
        whole = Whole(prefix + str(row))
        try:
            source = plugins.load("sources", source_of(data[:HEAD]))
            for place, text in source.shown(data, log):
                yield Place(row, path + place.field, place.label, Part.TYPED, typed=whole), text
        except UnreadableError as error:
            log.problem(error.code, error.what, f"*.{suffix_of(data[:HEAD])}", error.hint, row)


def _pictures(peek: Peek) -> Iterator[tuple[int, str, str, bytes]]:
    """(row, what stands before rows, field, picture) of each."""
    if peek.source == "sqlite":
        with opened(peek.shard) as database:
            for table, column in list(_tables(database)):
                above = pointer.join([pointer.segment(table)])
                for row, data in _blobs(database, table, column):
                    yield row, f"{above}:", above + pointer.join([pointer.segment(column)]), data
        return
    found = _cells(peek) if peek.source in ("parquet", "arrow") else None
    for row, record in found or records(peek.shard, peek.source):
        for path, data in _inside(record, "", _DEPTH):
            yield row, "", path, data


def _inside(value: Any, path: str, depth: int) -> Iterator[tuple[str, bytes]]:
    """The pictures in a value, at any depth."""
    if isinstance(value, bytes):
        if source_of(value[:HEAD]):
            yield path, value
    elif isinstance(value, str):
        yield from ((path, data) for data in _coded(value))
    elif depth and isinstance(value, (dict, list)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for name, inner in items:
            yield from _inside(inner, f"{path}/{pointer.segment(name)}", depth - 1)


def _coded(text: str) -> Iterator[bytes]:
    if len(text) < _SHORT:
        return
    for found in _IN_TEXT.finditer(text):
        code = re.sub(r"\s", "", found["code"]).rstrip("=")
        code = code[: len(code) - (len(code) % 4 == 1)]
        try:
            data = binascii.a2b_base64(code + "=" * (-len(code) % 4))
        except (binascii.Error, ValueError):
            continue
        if source_of(data[:HEAD]):
            yield data


# Where they may be -------------------------------------------------------------------------


def _in_file(shard: Shard) -> bool:
    """A picture's first letters stand somewhere in the file; some thousand MB a second."""
    rest = b""
    with open_text(shard) as stream, suppress(UnreadableError):  # its source tells where it ends
        while block := stream.read(_BLOCK):
            block = rest + block
            if any(letters in block for letters in _LETTERS):
                return True
            rest = block[-_LONGEST:]
    return False


def _tables(database: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """Columns with a picture in one of their rows."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table'"
    for (table,) in database.execute(query).fetchall():
        about = f"PRAGMA table_info({quoted(table)})"
        names = [info[1] for info in database.execute(about).fetchall()]
        tests = ", ".join(f"max({_begins(quoted(name))})" for name in names)
        if names:
            flags = database.execute(f"SELECT {tests} FROM {quoted(table)}").fetchone()  # noqa: S608
            yield from ((table, name) for name, flag in zip(names, flags, strict=True) if flag)


def _blobs(database: sqlite3.Connection, table: str, column: str) -> Iterator[tuple[int, bytes]]:
    """(rowid, or number, and picture) of rows."""
    name, cell = quoted(table), quoted(column)
    where = f"FROM {name} WHERE {_begins(cell)}"
    try:
        cursor = database.execute(f"SELECT rowid, {cell} {where}")
    except sqlite3.OperationalError:  # a table without rowids
        cursor = database.execute(f"SELECT row_number() OVER () - 1, {cell} {where}")
    yield from ((row, data) for row, data in cursor if source_of(data[:HEAD]))


def _begins(cell: str) -> str:
    """In SQL: the cell may be a picture or a video."""
    return f"(substr({cell}, 1, 2) IN ({_MAGIC}) OR substr({cell}, 5, 4) = x'{_LATER.hex()}')"


def _in_table(peek: Peek) -> bool:
    if peek.source == "sqlite":
        with opened(peek.shard) as database:
            return any(True for _ in _tables(database))
    return peek.source in ("parquet", "arrow") and _in_columns(peek)


def _in_columns(peek: Peek) -> bool:
    """True for a column of bytes; of texts, for a picture in the first rows."""
    for _, batch in islice(_batches(peek), 1):
        if any("binary" in str(kind) for kind in batch.schema.types):
            return True
    return any(
        _BASE64.search(str(record).encode("utf-8", "replace"))
        for _, record in islice(_cells(peek), _LOOKED)
    )


def _cells(peek: Peek) -> Iterator[tuple[int, Any]]:
    """The rows of a table in which there may be a picture, with the columns that may hold it."""
    for first, batch in _batches(peek):
        names = [n for n in batch.schema.names if _holds(batch.column(n))]
        if names:
            yield from enumerate(batch.select(names).to_pylist(), first)


def _batches(peek: Peek) -> Iterator[tuple[int, Any]]:
    return table_batches(peek.shard, peek.source, _wanted, _CELLS)


def _wanted(schema: Any) -> list[str]:
    return [field.name for field in schema if _may_hold(field.type)]


def _holds(column: Any) -> bool:
    """False for a flat column without a picture."""
    import pyarrow.compute as pc
    from pyarrow import types

    kind = str(column.type)
    if types.is_nested(column.type) or types.is_dictionary(column.type):
        return True
    if "binary" in kind:
        data = column.cast("large_binary")
        later = pc.equal(pc.binary_slice(data, 4, 8), _LATER)
        begins = [pc.starts_with(data, magic) for magic in _MAGICS]
        return any(pc.any(flags).as_py() for flags in (*begins, later))
    if "string" in kind:
        return bool(pc.any(pc.match_substring_regex(column, f"{_CODED}|{_URI}")).as_py())
    return False


def _may_hold(kind: Any) -> bool:
    """Bytes, texts, and what is made of them."""
    from pyarrow import types

    if types.is_nested(kind):
        return True
    return any(word in str(kind) for word in ("binary", "string"))


plugin = _Pictures()
