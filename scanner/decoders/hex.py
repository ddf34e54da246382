"""Hexadecimal digits: plain, with `0x` or `\\x` in front, with separators, and lists of bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.decoders._encoded import Encoded

_PAIR = "[2-7][0-9a-fA-F]"
_ANCHORS = (
    # Begins with letters, as names and tokens do: digests and numbers hardly ever pass.
    f"(?:[67][0-9a-fA-F]){{3}}(?:{_PAIR}){{7}}",
    "414[bB]4941",  # AKIA
    "41[: ]4[bB][: ]49[: ]41",
    "(?:3[0-9]){13}",  # digits
    f"[67][0-9a-fA-F]00(?:{_PAIR}00){{4}}",  # UTF-16
    "1[fF]8[bB]080",  # gzip
    f"(?:[67][0-9a-fA-F][: ]){{3}}(?:{_PAIR}[: ]){{7}}",
    rf"0x{_PAIR},\s?(?:0x{_PAIR},\s?){{8}}",
)
_H = "[0-9a-fA-F]{2}"
_RUN = re.compile(
    rf"0x{_H}(?:,\s{{0,40}}+0x{_H}){{7,}}+"
    rf"|(?<![0-9a-fA-F]){_H}(?:[: ]{_H}){{9,}}+(?![0-9a-fA-F])"
    rf"|(?<![0-9a-fA-F])(?:{_H}){{10,}}+"
)
_BETWEEN = re.compile(r"0x|[^0-9a-fA-F]+")


class Hex(Encoded):
    name = "hex"

    def runs(self, text: str) -> Iterator[tuple[int, int]]:
        for run in _RUN.finditer(text):
            yield run.span()

    def bytes_of(self, run: str) -> bytes:
        digits = _BETWEEN.sub("", run)
        return bytes.fromhex(digits[: len(digits) - len(digits) % 2])


plugin = Hex(*_ANCHORS)
