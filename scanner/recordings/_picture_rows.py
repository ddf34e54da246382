"""Where in a shard pictures and videos stand, whatever format it has."""

from __future__ import annotations

import binascii
import re
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

from scanner import plugins
from scanner.errors import UnreadableError
from scanner.files.sqlite import opened, quoted
from scanner.files.streams import open_text
from scanner.pointer import join, segment
from scanner.recordings import Peek
from scanner.recordings._rows import records, table_batches
from scanner.sources import Shard
from scanner.sources._seen import HEAD, source_of

_CODED = "iVBORw0KGgo|/9j/[247]|UklGR|R0lGOD"  # how PNG, JPEG, WebP and GIF begin in base64
_URI = "data:(?:image|video)/"
_BASE64 = re.compile(rf"(?:{_CODED}|{_URI}|9j\\/)[A-Za-z0-9+/\\]{{3}}".encode())
_IN_TEXT = re.compile(
    rf"(?:(?:{_URI}[\w.+-]{{3,20}}[^,]{{0,40}};base64,)|(?={_CODED}))"
    r"(?P<code>[A-Za-z0-9+/\s]{60,}={0,2})"
)
_IN_CELL = "iVBORw0KGgo", "/9j/", "UklGR", "R0lGOD", ";base64,"
_LETTERS = (*(letters.encode() for letters in _IN_CELL), b"9j\\/")
_MAGICS = b"\x89P", b"\xff\xd8", b"RI", b"GI", b"II", b"MM", b"BM", b"\x1aE"
_LATER = b"ftyp"  # from the fifth byte on: MP4 and AVIF
_MAGIC = ", ".join(f"x'{magic.hex()}'" for magic in _MAGICS)
_SHORT, _LOOKED = 80, 40  # characters of a text with a picture, at least; rows of a table
_CELLS = 64  # rows of a columnar batch: pictures are large
_BLOCK, _LONGEST = 1 << 20, 64  # bytes; the second is more than the longest of _BASE64
_TAIL, _LONG = 256, 200  # characters: what may be the beginning of one; and at least of one
_DEPTH = 24


_RECORDS = {"jsonl": "jsonl", "json": "json", "csv": "csv", "ipynb": "json"}
_WORDS = frozenset({"text", "markup"})
_COLUMNS = frozenset({"parquet", "arrow", "orc"})


def may_hold(peek: Peek) -> bool:
    """True when something looks like a picture; cheap.  Raises UnreadableError."""
    if peek.source in _RECORDS or peek.source in _WORDS:
        return any(map(_BASE64.search, peek.samples)) or _in_file(peek.shard)
    if peek.source == "sqlite":
        with opened(peek.shard) as database:
            return any(True for _ in _tables(database))
    if peek.source == "duckdb":
        return any(True for _ in _of_duckdb(peek.shard))
    return peek.source in _COLUMNS and _in_columns(peek)


def pictures(peek: Peek) -> Iterator[tuple[int, str, str, bytes]]:
    """(row, what stands before rows, field, picture) of each.  Raises UnreadableError."""
    if peek.source == "sqlite":
        yield from _of_tables(peek.shard)
    elif peek.source == "duckdb":
        for name, row, record in _of_duckdb(peek.shard):
            above = join([segment(name)])
            yield from ((row, f"{above}:", above + at, data) for at, data in inside(record))
    elif peek.source in _WORDS:
        found = enumerate(_in_words(peek.shard))
        yield from ((row, "", f"/base64/{n}", data) for n, (row, data) in found)
    else:
        rows = _cells(peek) if peek.source in _COLUMNS else None
        for row, record in rows or records(peek.shard, _RECORDS[peek.source]):
            yield from ((row, "", at, data) for at, data in inside(record))


def inside(value: Any, path: str = "", depth: int = _DEPTH) -> Iterator[tuple[str, bytes]]:
    """The pictures in a value, at any depth."""
    if isinstance(value, bytes):
        if source_of(value[:HEAD]):
            yield path, value
    elif isinstance(value, str):
        for number, data in enumerate(_coded(value)):
            yield (f"{path}/{number}" if number else path), data
    elif depth and isinstance(value, (dict, list)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for name, inner in items:
            yield from inside(inner, f"{path}/{segment(name)}", depth - 1)


def _coded(text: str) -> Iterator[bytes]:
    if len(text) < _SHORT:
        return
    for found in _IN_TEXT.finditer(text):
        if data := _decoded(found["code"]):
            yield data


def _decoded(code: str) -> bytes:
    """What a code stands for, when that is a picture or a video."""
    code = re.sub(r"\s", "", code).rstrip("=")
    code = code[: len(code) - (len(code) % 4 == 1)]
    try:
        data = binascii.a2b_base64(code + "=" * (-len(code) % 4))
    except (binascii.Error, ValueError):
        return b""
    return data if source_of(data[:HEAD]) else b""


def _in_words(shard: Shard) -> Iterator[tuple[int, bytes]]:
    """(line, picture) of each in a text."""
    line, text, more = 0, "", True
    with open_text(shard) as stream, suppress(UnreadableError):  # its source tells where it ends
        while more:
            block = stream.read(max(_BLOCK, len(text)))  # so that a long one is not read often
            more = bool(block)
            text += block.decode("latin-1")  # base64 is ASCII
            done = max(0, len(text) - _TAIL) if more else len(text)
            for found in _IN_TEXT.finditer(text):
                if more and found.end() == len(text):
                    done = found.start()
                    break
                done = max(done, found.end())
                if len(found["code"]) > _LONG and (data := _decoded(found["code"])):
                    yield line + text.count("\n", 0, found.start()), data
            line += text.count("\n", 0, done)
            text = text[done:]


def _in_file(shard: Shard) -> bool:
    """A picture's first letters stand somewhere in the file; some hundred MB a second."""
    rest = b""
    with open_text(shard) as stream, suppress(UnreadableError):  # its source tells where it ends
        while block := stream.read(_BLOCK):
            block = rest + block
            if any(letters in block for letters in _LETTERS) and _BASE64.search(block):
                return True
            rest = block[-_LONGEST:]
    return False


def _of_duckdb(shard: Shard) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """(table, row, its cells) where a cell is bytes, or a text with a picture."""
    yield from plugins.load("sources", "duckdb").rows_with(shard, _IN_CELL, _LONG)


def _of_tables(shard: Shard) -> Iterator[tuple[int, str, str, bytes]]:
    with opened(shard) as database:
        for table, column in list(_tables(database)):
            above, field = join([segment(table)]), join([segment(table), segment(column)])
            for row, value in _values(database, table, column):
                yield from ((row, f"{above}:", at, data) for at, data in inside(value, field))


def _tables(database: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """Columns with a picture in one of their rows."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table'"
    for (table,) in database.execute(query).fetchall():
        about = f"PRAGMA table_info({quoted(table)})"
        names = [info[1] for info in database.execute(about).fetchall()]
        tests = ", ".join(f"max({_holds_in_sql(quoted(name))})" for name in names)
        if names:
            flags = database.execute(f"SELECT {tests} FROM {quoted(table)}").fetchone()  # noqa: S608
            yield from ((table, name) for name, flag in zip(names, flags, strict=True) if flag)


def _values(database: sqlite3.Connection, table: str, column: str) -> Iterator[tuple[int, Any]]:
    """(rowid, or number, and cell) of rows."""
    name, cell = quoted(table), quoted(column)
    where = f"FROM {name} WHERE {_holds_in_sql(cell)}"
    try:
        yield from database.execute(f"SELECT rowid, {cell} {where}")
    except sqlite3.OperationalError:  # a table without rowids
        yield from database.execute(f"SELECT row_number() OVER () - 1, {cell} {where}")


def _holds_in_sql(cell: str) -> str:
    """The cell may be a picture or a video, or be a text with one."""
    coded = " OR ".join(f"instr({cell}, '{letters}')" for letters in _IN_CELL)
    return (
        f"(substr({cell}, 1, 2) IN ({_MAGIC}) OR substr({cell}, 5, 4) = x'{_LATER.hex()}'"
        f" OR (typeof({cell}) = 'text' AND length({cell}) > {_LONG} AND ({coded})))"
    )


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
        texts = column.cast("large_string")  # of views there is no such kernel
        return bool(pc.any(pc.match_substring_regex(texts, f"{_CODED}|{_URI}")).as_py())
    return False


def _may_hold(kind: Any) -> bool:
    """Bytes, texts, and what is made of them."""
    from pyarrow import types

    if types.is_nested(kind):
        return True
    return any(word in str(kind) for word in ("binary", "string"))
