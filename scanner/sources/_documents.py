"""Cuts a stream of JSON into its records without parsing it, in bounded memory."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from scanner.errors import UnreadableError
from scanner.files.streams import BLOCK, blocks, read_up_to

_SEPARATORS = re.compile(rb"[\s,\x1e]*+")
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_BETWEEN = re.compile(
    rb"""(?:[^"{}\[\]]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+""", re.DOTALL
)  # up to the next bracket, or to a string that goes on behind what was read
_SCALAR = re.compile(rb"(?:true|false|null|NaN|-?Infinity|-?\d[\d.eE+-]*+)(?=[\s,\]}\x1e]|\Z)")
_QUOTE, _OPEN, _CLOSE = ord('"'), b"{[", b"}]"


GIANT = 8 << 20  # bytes; a longer record is not held


class Documents:
    """Iterates over (byte offset, raw record); None for a record too long to be held.

    Such a record is in `rest()`, and what follows it must be given back by `resume`.
    A record is an element of a top-level array, or a top-level value that is no array;
    any number of them may follow each other.  What can be no JSON value comes as a record
    up to the end of its line, an unclosed one up to the end of the stream.
    Raises UnreadableError at the end when the stream broke off or an array is not closed.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._broken = stream, None
        self._data, self._base, self._pos = b"", 0, 0
        self._ended = self._inside = False
        self._fill()
        if self._data.startswith(codecs.BOM_UTF8):
            self._pos = 3

    _broken: UnreadableError | None

    def __iter__(self) -> Iterator[tuple[int, bytes | None]]:
        while self._skip():
            byte = self._data[self._pos]
            if byte == (_CLOSE[1] if self._inside else _OPEN[1]):
                self._inside = not self._inside
                self._pos += 1
                continue
            end = self._end(byte)
            if end < 0:
                yield self._base + self._pos, None
                continue
            yield self._base + self._pos, self._data[self._pos : end].rstrip(b"\r\n")
            self._pos = end
        if self._broken:
            raise self._broken
        if self._inside:
            hint = "fetch the file again; the elements before its end were scanned"
            raise UnreadableError("the JSON array is not closed", "", hint, "source.truncated")

    def rest(self) -> Iterator[bytes]:
        """The bytes from the record on, to the end of the stream.  Raises UnreadableError."""
        held, self._data = self._data[self._pos :], b""
        self._base, self._pos = self._base + self._pos, 0
        yield held
        if self._broken:
            raise self._broken
        yield from blocks(self._stream)

    def resume(self, size: int, left: bytes) -> None:
        """Go on behind a record of `size` bytes, with what was read beyond it."""
        self._data, self._base = left, self._base + size

    def _skip(self) -> bool:
        """Move to the next value or bracket; False at the end."""
        while True:
            found = _SEPARATORS.match(self._data, self._pos)
            self._pos = found.end() if found else self._pos
            if self._pos < len(self._data):
                return True
            if not self._fill():
                return False

    def _fill(self) -> bool:
        """Read on: at least as much again as is held, so that long records cost no more."""
        if self._ended:
            return False
        self._data, self._base = self._data[self._pos :], self._base + self._pos
        self._pos = 0
        try:
            more = read_up_to(self._stream, max(BLOCK, len(self._data)))
        except UnreadableError as error:
            self._broken, more = error, b""
        self._ended = not more
        self._data += more
        return bool(more)

    def _end(self, byte: int) -> int:
        """Where the value that begins with `byte` ends; -1 when it is too long to be held."""
        if byte in _OPEN:
            return self._end_of_container()
        pattern = _STRING if byte == _QUOTE else _SCALAR
        while True:
            found = pattern.match(self._data, self._pos)
            if found and (found.end() < len(self._data) or self._ended):
                return found.end()
            if not found and byte != _QUOTE and self._line_end() >= 0:
                return self._line_end()
            if self._giant:
                return -1
            if not self._fill():
                return self._last(found)

    @property
    def _giant(self) -> bool:
        return len(self._data) - self._pos > GIANT

    def _last(self, found: re.Match[bytes] | None) -> int:
        return found.end() if found else len(self._data)

    def _line_end(self) -> int:
        return self._data.find(b"\n", self._pos)

    def _end_of_container(self) -> int:
        depth, at = 0, 0  # `at` counts from the value's start, which a fill moves
        while True:
            found = _BETWEEN.match(self._data, self._pos + at)
            here = found.end() if found else len(self._data)
            at = here - self._pos
            if here == len(self._data) or self._data[here] == _QUOTE:
                if self._giant:
                    return -1
                if not self._fill():
                    return len(self._data)
                continue
            depth += 1 if self._data[here] in _OPEN else -1
            at += 1
            if not depth:
                return here + 1


def value_end(data: bytes, start: int, byte: int, ended: bool) -> int:
    """Where the value that begins with `byte` at `start` ends; -1 when not in `data`.

    `ended`: nothing follows `data`, so that a number may end there.
    """
    if byte not in _OPEN:
        found = (_STRING if byte == _QUOTE else _SCALAR).match(data, start)
        whole = found and (byte == _QUOTE or ended or found.end() < len(data))
        return found.end() if found and whole else -1
    depth, here = 0, start
    while True:
        found = _BETWEEN.match(data, here)
        here = found.end() if found else len(data)
        if here == len(data) or data[here] == _QUOTE:
            return -1
        depth += 1 if data[here] in _OPEN else -1
        here += 1
        if not depth:
            return here
