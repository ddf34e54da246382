"""A row of delimited text that is too long to be held: its cells come bit by bit.

Quoting is understood as the standard library's csv module does, which reads all other rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.errors import UnreadableError
from scanner.files.streams import is_binary
from scanner.longvalues import boundary
from scanner.sources._lines import decode

_WINDOW = 1 << 20  # bytes
_QUOTE = ord('"')


class GiantRow:
    """`cells` may be iterated once, or in part and then on.

    After it, `end` is the byte offset behind the row, `left` what was read beyond that, and
    `broken` why the stream ended before the row did.
    """

    def __init__(self, chunks: Iterator[bytes], start: int, delimiter: str) -> None:
        self._chunks, self._data, self._pos = chunks, b"", 0
        self._base, self.start = start, start
        self._plain = re.compile(rb"[^\r\n%b]*+" % re.escape(delimiter.encode()))
        self._quoted = re.compile(rb'[^"]*+')
        self._delimiter = ord(delimiter)
        self.guessed = self.binary = self.unclosed = False
        self.broken: UnreadableError | None = None
        self._cells = self._read()

    @property
    def end(self) -> int:
        return self._base + self._pos

    @property
    def left(self) -> bytes:
        return self._data[self._pos :]

    def whole(self) -> list[str]:
        """Every cell as a whole."""
        parts: dict[int, list[str]] = {}
        for column, text, _ in self._cells:
            parts.setdefault(column, []).append(text)
        return ["".join(texts) for texts in parts.values()]

    def cells(self) -> Iterator[tuple[int, str, bool]]:
        """(column, more of its text, whether the cell ends there)."""
        return self._cells

    def _read(self) -> Iterator[tuple[int, str, bool]]:
        column, byte = 0, self._peek()
        if self._base == 0 and self._data.startswith(b"\xef\xbb\xbf"):
            self._pos, byte = 3, self._data[3]
        while True:
            if byte == _QUOTE:
                self._pos += 1
                yield from ((column, text, False) for text in self._in_quotes())
            for text in self._run(self._plain):
                yield column, text, False
            yield column, "", True
            if self._peek() != self._delimiter:
                break
            self._pos += 1
            column, byte = column + 1, self._peek()
        self._line_end()

    def _in_quotes(self) -> Iterator[str]:
        """The inside of a quoted cell; a doubled quote is one."""
        while True:
            yield from self._run(self._quoted)
            if self._peek() < 0:
                self.unclosed = True
                return
            self._pos += 1
            if self._peek() != _QUOTE:
                return
            self._pos += 1
            yield '"'

    def _run(self, pattern: re.Pattern[bytes]) -> Iterator[str]:
        """Text as far as the pattern goes."""
        while self._peek() >= 0:
            found = pattern.match(self._data, self._pos)
            stop = found.end() if found else self._pos
            if stop < len(self._data):
                if stop > self._pos:
                    yield self._text(stop)
                return
            if len(self._data) - self._pos < _WINDOW and self._more():
                continue
            ended = len(self._data) - self._pos < _WINDOW
            yield self._text(stop if ended else boundary(self._data, stop))

    def _text(self, stop: int) -> str:
        raw, self._pos = self._data[self._pos : stop], stop
        text, guessed = decode(raw)
        self.guessed |= guessed
        self.binary |= (guessed or "\0" in text) and is_binary(raw)
        return text

    def _line_end(self) -> None:
        if self._peek() == ord("\r"):
            self._pos += 1
        if self._peek() == ord("\n"):
            self._pos += 1

    def _peek(self) -> int:
        """The next byte; -1 at the end."""
        while self._pos >= len(self._data):
            if not self._more():
                return -1
        return self._data[self._pos]

    def _more(self) -> bool:
        """Read on."""
        if self.broken:
            return False
        try:
            chunk = next(self._chunks, b"")
        except UnreadableError as error:
            self.broken, chunk = error, b""
        self._data, self._base = self._data[self._pos :] + chunk, self._base + self._pos
        self._pos = 0
        return bool(chunk)
