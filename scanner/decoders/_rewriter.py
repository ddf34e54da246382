"""A decoder that writes some characters of a text plainly, and leaves the rest as it is."""

from __future__ import annotations

import re
from collections.abc import Callable

from scanner.decoders import Decoded
from scanner.decoders._stretches import Anchored, Edits, gone, regions, step, stretch_of
from scanner.pointer import Named

_SURROGATE = re.compile("[\ud800-\udfff]")


class Rewriter(Anchored):
    """`token` finds what is written in another way, `plain` says how it reads.

    Only around anchors is anything rewritten.  `plain` gives None for what is no token after
    all; it must not raise.
    """

    rewrites = True

    def __init__(
        self,
        name: str,
        anchors: tuple[str, ...],
        token: re.Pattern[str],
        plain: Callable[[str], str | None],
    ) -> None:
        super().__init__(*anchors)
        self._name, self._token, self._plain = name, token, plain

    def decode(self, text: str) -> list[Decoded] | None:
        found: list[Decoded] = []
        spans = (m.span() for m in self.seen_in.finditer(text))
        for start, end in regions(text, spans):
            plain, edits = self._rewritten(text, start, end)
            if edits.there:
                found.append(Decoded(step(self._name, start, end), plain, origin=edits))
        return found or None

    def resolve(self, text: str, step: str, named: Named) -> str:  # noqa: ARG002
        stretch = stretch_of(text, step)
        plain, edits = self._rewritten(stretch, 0, len(stretch))
        if not edits.there:
            raise gone()
        return plain

    def _rewritten(self, text: str, start: int, end: int) -> tuple[str, Edits]:
        out, size, at, edits = list[str](), 0, start, Edits(start)
        for token in self._token.finditer(text[start:end]):
            plain = self._plain(token[0])
            if plain is None or plain == token[0]:
                continue
            low, high = start + token.start(), start + token.end()
            plain = _SURROGATE.sub("\ufffd", plain)
            out += [text[at:low], plain]
            size, at = size + low - at, high
            edits.there.append(low)
            edits.there_end.append(high)
            edits.here.append(size)
            size += len(plain)
            edits.here_end.append(size)
        out.append(text[at:end])
        return "".join(out), edits


def bytes_read(data: bytes) -> str:
    """Bytes that stand for text: UTF-8, or one character a byte."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
