"""Two looks: a cheap first one over everything, a closer one at the values it touched."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from scanner import cache
from scanner.regexes import stored
from scanner.regexes.multipattern import Anchor, MultiPattern, build, chosen
from scanner.regexes.shapes import at_start, at_starts, first_look

_MOST = 10_000  # anchors whose first look is remembered
# A literal, or nearly one, of a length that is known: nothing is cheaper.
_WORD = re.compile(r"(?:[0-9A-Za-z]|\[[^\]]+\](?:\{\d+\})?){4,}")


class Staged:
    """The anchors as they are, but for those without a literal: of these `first` only says
    in which values some of them may be, and `closer` tells them apart.

    Anchor `i` of `more` is reported by `first` as `more_from + i`.
    """

    def __init__(
        self,
        anchors: Sequence[Anchor],
        engine: str,
        compiled: bytes = b"",
        more: Sequence[Anchor] = (),
    ) -> None:
        self.look_closer = len(anchors)  # what `first` reports for any of the others
        self.more_from = len(anchors) + 1
        first, second = [*stored.parts(compiled), b"", b""][:2]
        looks = looked_at(anchors, engine)
        plain = [i for i, look in enumerate(looks) if look == [anchors[i]]]
        shapes = sorted(set(range(len(anchors))).difference(plain))
        cheap = list(dict.fromkeys(one for i in shapes for one in looks[i]))
        exact = [_exact(anchor) for anchor in anchors]
        ids = [*plain, *[self.look_closer] * len(cheap)]
        ids += range(self.more_from, self.more_from + len(more))
        once = [*(exact[i] for i in plain), *cheap, *more]
        self.first: MultiPattern = build(once, engine, first, ids)
        self.closer: MultiPattern = build([exact[i] for i in shapes], engine, second, shapes)

    def dump(self) -> bytes:
        """The compiled form, empty when the engine has none."""
        parts = self.first.dump(), self.closer.dump()
        return stored.joined(parts) if parts[0] else b""


def _exact(anchor: Anchor) -> Anchor:
    return replace(anchor, expression=at_start(anchor.expression)) if anchor.starts else anchor


def looked_at(anchors: Sequence[Anchor], engine: str, brief: bool = False) -> list[list[Anchor]]:
    """For each anchor those of which one hits wherever it does: itself, or cheaper ones.

    `brief` ones are cheaper still, and hit more.
    """
    if chosen(engine) != "hyperscan":  # the other looks for each by itself in any case
        return [[anchor] for anchor in anchors]
    starts = at_starts((anchor.expression for anchor in anchors if anchor.starts), brief)
    _remember(anchors)
    return [starts if a.starts else _look(a) or [a] for a in anchors]


# First looks by anchor, for all matchers of this process and of those forked from it.
_looks: dict[tuple[Anchor, bool], list[Anchor]] = {}


def _look(anchor: Anchor) -> list[Anchor]:
    """The cheaper anchors, each found out once."""
    known = _looks.get((anchor, anchor.private))
    if known is None:
        known = [] if _is_word(anchor) else first_look(anchor)
        if len(_looks) < _MOST:
            _looks[anchor, anchor.private] = known
    return known


def _is_word(anchor: Anchor) -> bool:
    return anchor.ascii and _WORD.fullmatch(anchor.expression) is not None


def _remember(anchors: Sequence[Anchor]) -> None:
    """Take what is new from the cache on disk, or put it there: encrypted, if it is private."""
    new = [a for a in anchors if not (a.starts or (a, a.private) in _looks)]
    _keep([anchor for anchor in new if not anchor.private], private=False)
    few = [anchor for anchor in new if anchor.private and not _is_word(anchor)]
    _keep(few if len(few) < _MOST else [], private=True)


def _keep(new: Sequence[Anchor], private: bool) -> None:
    if not new:
        return
    facts = [[a.expression, a.caseless, a.unicode, a.ascii] for a in new]
    made_of = json.dumps([cache.made_with(), facts]).encode()
    kept = _decoded(cache.used().get("looks", made_of, private), len(new))
    if kept is None:
        kept = [first_look(anchor) for anchor in new]
        cache.used().put("looks", made_of, msgspec.json.encode(kept), private)
    _looks.update(((a, private), look) for a, look in zip(new, kept, strict=True))


def _decoded(stored: bytes | None, count: int) -> list[list[Anchor]] | None:
    try:
        looks = msgspec.json.decode(stored or b"", type=list[list[Anchor]])
    except msgspec.MsgspecError:
        return None
    return looks if len(looks) == count else None
