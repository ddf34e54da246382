"""Where decoded texts stand: at the places of the value they were in, one step further."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from scanner.batch import Place, Places
from scanner.decoders import Decoded
from scanner.model import Part


@dataclass(frozen=True, slots=True)
class InnerPlaces:
    """The places of decoded texts: those of the value they were in, and one step further."""

    outer: Places
    rows: list[int] = field(default_factory=list)
    decoded: list[Decoded] = field(default_factory=list)

    def add(self, row: int, decoded: Decoded) -> None:
        self.rows.append(row)
        self.decoded.append(decoded)

    def __len__(self) -> int:
        return len(self.rows)

    def of(self, row: int) -> Iterator[Place]:
        for place in self.outer.of(self.rows[row]):
            yield _inside(place, self.decoded[row])

    def labels(self) -> Iterator[tuple[str, Sequence[int]]]:
        rows: dict[tuple[str, Part], list[int]] = {}
        outside, last = Place(), -1
        for row, (outer, decoded) in enumerate(zip(self.rows, self.decoded, strict=True)):
            if outer != last:
                outside, last = next(self.outer.of(outer)), outer
            rows.setdefault(_kind(outside, decoded), []).append(row)
        yield from ((label, found) for (label, _), found in rows.items())


def _kind(place: Place, decoded: Decoded) -> tuple[str, Part]:
    """Label and part of a text decoded from a value at this place."""
    # A value inside metadata is still metadata: that is where it has to be removed.
    part = place.part if decoded.part is Part.VALUE else decoded.part
    outer = "" if decoded.part is Part.KEY else place.label  # what names a value, not its keys
    return decoded.label or outer, part


def _inside(place: Place, decoded: Decoded) -> Place:
    label, part = _kind(place, decoded)
    return replace(place, layers=(*place.layers, decoded.step), label=label, part=part)
