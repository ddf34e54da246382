"""Base64 (RFC 4648), in both alphabets, padded or not, wrapped or not, packed with gzip or not.

So the values of Kubernetes secrets, data URIs, the parts of a JWT, MIME bodies, and the
UTF-16 of `powershell -EncodedCommand`.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from scanner.decoders._bytes import stretches
from scanner.decoders._encoded import Encoded

# Three bytes of printable ASCII leave each character of their quartet only some values.
_C0, _C1 = "[I-Za-f]", "[C-HS-Xi-nyz0-3]"
_C2, _C3 = "[ABEFIJMNQRUVYZcdghklopstwx014589]", r"[A-Za-z0-9+/_\-]"
_QUARTET = _C0 + _C1 + _C2 + _C3

_ANCHORS = (
    # Begins with a capital: three times as fast, and words of prose do not come into question.
    f"(?:[I-Z]{_C1}{_C2}{_C3}|[C-HS-X]{_C2}{_C3}|[ABEFIJMNQRUVYZ]{_C3})(?:{_QUARTET}){{3}}",
    f"[I-Za-f][AQgw][AB]{_C3}A[C-H][AEIMQUYcgkosw048]A",  # UTF-16 and UTF-32, either order
    "H4sI[A-H]",  # gzip
    r"e(?:J[w-z]|N[o-r])[A-Za-z0-9+/_\-]{8}",  # zlib
)
_LINE = re.compile(r"(?:\\[nrt])?+([A-Za-z0-9+/_\-]{16,}+={0,2})")
_BREAK = re.compile(r"(?:(?:\\r)?\\n|\r?\n)[ \t]*")
_LAST = re.compile(_BREAK.pattern + r"([A-Za-z0-9+/_\-]{1,75}={0,2})(?![A-Za-z0-9+/_\-])")
_ESCAPE = re.compile(r"\\[nrt]")
_STANDARD = str.maketrans("-_", "+/")
_WRAPPED = 60  # characters of a line, at least, that is one of several


class Base64(Encoded):
    name = "base64"

    def runs(self, text: str) -> Iterator[tuple[int, int]]:
        yield from self._wrapped(text)

    def bytes_of(self, run: str) -> bytes:
        run = _ESCAPE.sub("", run) if "\\" in run else run
        clean = "".join(run.translate(_STANDARD).split()).rstrip("=")
        usable = len(clean) - (len(clean) % 4 == 1)
        try:
            return binascii.a2b_base64(clean[:usable] + "=" * (-usable % 4))
        except ValueError:  # a shard that has changed since the scan
            return b""

    def inside(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """At whichever alignment there is text; of a wrapped run, nothing."""
        run = text[start:end].rstrip("=")
        if "\n" in run or "\\" in run:
            return
        for offset in range(4):
            for low, high in stretches(self.bytes_of(run[offset:])):
                first, last = low // 3 * 4, -(-high // 3) * 4
                yield start + offset + first, min(start + offset + last, start + len(run))

    def _wrapped(self, text: str) -> Iterator[tuple[int, int]]:
        """Runs, with the lines of one run together."""
        run: tuple[int, int] | None = None
        width = 0
        for line in _LINE.finditer(text):
            low, high = line.span(1)
            if run and high - low <= width and _BREAK.fullmatch(text, run[1], low):
                run = (run[0], high)
                width = width if high - low == width else 0  # a shorter line is the last
                continue
            if run:
                yield self._with_last(text, *run, width)
            run, width = (low, high), high - low
            width = width if width >= _WRAPPED and text[high - 1] != "=" else 0
        if run:
            yield self._with_last(text, *run, width)

    def _with_last(self, text: str, start: int, end: int, width: int) -> tuple[int, int]:
        last = _LAST.match(text, end) if width else None
        return (start, last.end(1)) if last and len(last[1]) <= width else (start, end)


plugin = Base64(*_ANCHORS)
