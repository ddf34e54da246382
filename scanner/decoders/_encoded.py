"""A decoder of runs of characters that stand for bytes."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator

from scanner.decoders import Decoded
from scanner.decoders._bytes import NOT_TEXT, Budget, Text, loosely, read
from scanner.decoders._stretches import Anchored, Stretch, gone, step, stretch_of
from scanner.pointer import Named

_NAME_BEFORE = re.compile(
    r"([A-Za-z_][A-Za-z0-9_.\-]{0,63})[\"']?\s{0,3}(?::|=>?)\s{0,3}(?:[|>][+\-]?\s{1,12})?[\"']?$"
)
_LONG = 64  # code points; what is shorter and no text is a word
_REACH = 100  # code points in front of a run in which its name is looked for


class Encoded(Anchored):
    """Decodes each run at its start; where that is no text, the texts inside it."""

    rewrites = False
    name: str

    @abstractmethod
    def runs(self, text: str) -> Iterator[tuple[int, int]]:
        """Where in the text something may be encoded."""

    @abstractmethod
    def bytes_of(self, run: str) -> bytes:
        """The bytes that a run stands for; empty when it cannot."""

    def inside(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:  # noqa: ARG002
        """Parts of a run that is no text as a whole, but may hold some."""
        yield from ()

    def decode(self, text: str) -> list[Decoded] | None:
        budget, found = Budget(), list[Decoded]()
        for start, end in self.runs(text):
            said = read(self.bytes_of(text[start:end]), budget)
            inside = self.inside(text, start, end) if said is None else ()
            parts = [(start, end, said)] if said else []
            parts += [(low, high, self._loosely(text, low, high)) for low, high in inside]
            parts = [part for part in parts if self.seen_in.search(text, part[0], part[1])]
            found += [self._decoded(text, *part) for part in parts]
            if not parts and end - start >= _LONG:
                found.append(Decoded(step(self.name, start, end), "", dropped=NOT_TEXT))
        return found or None

    def resolve(self, text: str, step: str, named: Named) -> str:  # noqa: ARG002
        stretch = stretch_of(text, step)
        data = self.bytes_of(stretch)
        said = read(data)
        if not data:
            raise gone()
        return said.text if said is not None else loosely(data)

    def _loosely(self, text: str, start: int, end: int) -> Text:
        data = self.bytes_of(text[start:end])
        return read(data) or Text(loosely(data))

    def _decoded(self, text: str, start: int, end: int, said: Text) -> Decoded:
        name = _NAME_BEFORE.search(text[max(0, start - _REACH) : start])
        label = name[1] if name else ""
        place = step(self.name, start, end)
        return Decoded(place, said.text, label, origin=Stretch(start, end), cut=said.cut)
