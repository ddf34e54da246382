"""Two looks: a cheap first one over everything, a closer one at the values it touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scanner.regexes import stored
from scanner.regexes.multipattern import Anchor, MultiPattern, build, chosen
from scanner.regexes.shapes import at_start, at_starts, first_look


class Staged:
    """The anchors as they are, but for those without a literal: of these `first` only says
    in which values some of them may be, and `closer` tells them apart."""

    def __init__(self, anchors: Sequence[Anchor], engine: str, compiled: bytes = b"") -> None:
        self.look_closer = len(anchors)  # what `first` reports for any of the others
        first, second = [*stored.parts(compiled), b"", b""][:2]
        looks = looked_at(anchors, engine)
        plain = [i for i, look in enumerate(looks) if look == [anchors[i]]]
        shapes = [i for i in range(len(anchors)) if i not in set(plain)]
        cheap = list(dict.fromkeys(one for i in shapes for one in looks[i]))
        exact = [_exact(anchor) for anchor in anchors]
        ids = [*plain, *[self.look_closer] * len(cheap)]
        self.first: MultiPattern = build([*(exact[i] for i in plain), *cheap], engine, first, ids)
        self.closer: MultiPattern = build([exact[i] for i in shapes], engine, second, shapes)

    def dump(self) -> bytes:
        """The compiled form, empty when the engine has none."""
        parts = self.first.dump(), self.closer.dump()
        return stored.joined(parts) if parts[0] else b""


def _exact(anchor: Anchor) -> Anchor:
    return replace(anchor, expression=at_start(anchor.expression)) if anchor.starts else anchor


def looked_at(anchors: Sequence[Anchor], engine: str) -> list[list[Anchor]]:
    """For each anchor those of which one hits wherever it does: itself, or cheaper ones."""
    if chosen(engine) != "hyperscan":  # the other looks for each by itself in any case
        return [[anchor] for anchor in anchors]
    starts = at_starts(anchor.expression for anchor in anchors if anchor.starts)
    return [starts if a.starts else first_look(a) or [a] for a in anchors]
