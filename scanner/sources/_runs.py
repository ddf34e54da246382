"""Texts inside bytes that are no text: runs of characters, as `strings` finds them."""

from __future__ import annotations

import re
from collections.abc import Iterator

# In UTF-8 or ASCII, in UTF-16 and in UTF-32 (as NumPy keeps strings), little-endian.
_RUNS = re.compile(
    rb"(?P<wide>(?:[\x20-\x7e\t\n]\0\0\0){6,})"
    rb"|(?P<two>(?:[\x20-\x7e\t\n]\0){6,})"
    rb"|(?P<one>[\x20-\x7e\t\r\n]{8,})"
)
_ENCODINGS = {"wide": "utf-32-le", "two": "utf-16-le", "one": "ascii"}


def runs(data: bytes) -> Iterator[str]:
    """Every run of printable characters that is long enough to say something."""
    for found in _RUNS.finditer(data):
        yield found[0].decode(_ENCODINGS[found.lastgroup or "one"])
