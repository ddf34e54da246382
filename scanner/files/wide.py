"""Text in UTF-16 and UTF-32, as UTF-8: told by its mark or its zeros, and read while it lasts.

What one program begins in UTF-16 another goes on in one-byte text (`>` and `>>` of two shells),
and a mark alone proves nothing.  Read as UTF-16 such text would be letters of no meaning, in
which nothing is found: so what can only be one-byte text is passed on as it stands.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BIG = codecs.BOM_UTF32_BE, codecs.BOM_UTF16_BE
# Runs of ASCII without a zero: long ones, for two such bytes may be a letter of Chinese, and
# longer where no Latin letters leave zeros.
_CHAR = rb"[\t\r\n\x20-\x7e]"
_ASCII, _RUN, _LONG_RUN = (re.compile(_CHAR + count) for count in (b"+", b"{32}", b"{48}"))
_NO_TEXT = re.compile(rb"[^\t\r\n\x20-\xff]")
_TEXT = bytes({*range(32, 256), *b"\t\r\n"})


def encoding_of(head: bytes) -> str:
    """ "utf-16", "utf-32" (with their byte orders) or "" for one-byte and UTF-8 text."""
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) and _ASCII.fullmatch(head, 2):
        return ""  # a stray mark: no letter behind it is wide
    return next((name for mark, name in _MARKS if head.startswith(mark)), "") or _unmarked(head)


def _unmarked(head: bytes) -> str:
    """UTF-16 without a mark shows as text in which every second byte is zero."""
    even, odd = head[0::2], head[1::2]
    if len(head) < 4 or b"\0" not in head:
        return ""
    if odd.count(0) >= 0.7 * len(odd) and even.count(0) <= 0.25 * len(even):
        return "utf-16-le"
    if even.count(0) >= 0.7 * len(even) and odd.count(0) <= 0.25 * len(odd):
        return "utf-16-be"
    return ""


def recoded(pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """The pieces of such a text as UTF-8; what is neither becomes U+FFFD."""
    reader: _Reader | None = None
    for piece in pieces:
        reader = reader or _Reader(encoding, piece.startswith(_BIG))
        yield from filter(None, reader.read(piece))
    if reader is not None and (rest := reader.end()):
        yield rest


class _Reader:
    def __init__(self, encoding: str, big: bool) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._unit = 4 if "32" in encoding else 2  # bytes of a letter
        self._big = big or encoding.endswith("be")
        self._since = 0  # bytes of wide text since it began or went on

    def read(self, piece: bytes) -> Iterator[bytes]:
        at, latin = 0, piece.count(0) * 4 > len(piece)
        while found := (_RUN if latin else _LONG_RUN).search(piece, at):
            start = found.start()
            if latin:  # nothing wide is without a zero
                start = at + len(piece[at:start].rstrip(_TEXT))
            start += (at - start - self._since) % self._unit
            yield self._decoder.decode(piece[at:start]).encode() + self.end()
            at, self._since = self._until(piece, start), 0
            yield piece[start:at]
        self._since += len(piece) - at
        yield self._decoder.decode(piece[at:]).encode()

    def _until(self, piece: bytes, start: int) -> int:
        """Where one-byte text ends: with the last line before a byte that is no text."""
        found = _NO_TEXT.search(piece, start)
        if found is None:
            return len(piece)
        line = piece.rfind(b"\n", start, found.start()) + 1
        return line or found.start() - (not self._big)  # what stands before a zero is a letter

    def end(self) -> bytes:
        return self._decoder.decode(b"", True).encode()
