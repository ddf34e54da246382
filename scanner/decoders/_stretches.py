"""What decoders of stretches of a text share: anchors, steps, and the way back of offsets."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scanner.errors import UnreadableError
from scanner.regexes.multipattern import Anchor

if TYPE_CHECKING:
    import pyarrow as pa

_STEP = re.compile(r"[a-z0-9_]+:([0-9]{1,12})-([0-9]{1,12})")


class Anchored:
    """The part of a decoder that follows from its anchors, which `re` must read alike."""

    replaces = False

    def __init__(self, *expressions: str) -> None:
        self.anchors = tuple(
            Anchor(e, private=False, ascii=e.isascii(), owner="decoder") for e in expressions
        )
        self.seen_in = re.compile("|".join(f"(?:{e})" for e in expressions))

    def wanted(self, values: pa.Array) -> list[int]:
        texts = ((row, v.as_py()) for row, v in enumerate(values) if v.is_valid)
        return [row for row, text in texts if self.seen_in.search(text)]

    def begins(self, head: str) -> bool:
        return self.seen_in.search(head) is not None


@dataclass(frozen=True, slots=True)
class Stretch:
    """An opaque origin: all of the decoded text came of these code points."""

    start: int
    end: int

    @property
    def exact(self) -> bool:
        return False

    def span(self, start: int, end: int) -> tuple[int, int]:  # noqa: ARG002
        return self.start, self.end


@dataclass(slots=True)
class Edits:
    """The origin of text in which pieces were rewritten, and the rest was kept.

    Edit `i` wrote code points `there[i]` to `there_end[i]` of the text outside as `here[i]`
    to `here_end[i]`.
    """

    first: int  # where the text began outside
    there: list[int] = field(default_factory=list)
    there_end: list[int] = field(default_factory=list)
    here: list[int] = field(default_factory=list)
    here_end: list[int] = field(default_factory=list)

    @property
    def exact(self) -> bool:
        return True

    def span(self, start: int, end: int) -> tuple[int, int]:
        last = self._at(max(start, end - 1))
        return self._at(start)[0], last[1] if end > start else self._at(start)[0]

    def _at(self, offset: int) -> tuple[int, int]:
        """The stretch outside that the character at this offset came of."""
        nth = bisect_right(self.here, offset) - 1
        if nth >= 0 and offset < self.here_end[nth]:
            return self.there[nth], self.there_end[nth]
        before = self.there_end[nth] - self.here_end[nth] if nth >= 0 else self.first
        return offset + before, offset + before + 1


def step(name: str, start: int, end: int) -> str:
    return f"{name}:{start}-{end}"


def stretch_of(text: str, step: str) -> str:
    """The stretch of the text that a step names.  Raises UnreadableError."""
    found = _STEP.fullmatch(step)
    start, end = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 0 <= start < end <= len(text):
        raise gone()
    return text[start:end]


def gone() -> UnreadableError:
    hint = "the shard has changed since the scan: scan it again"
    return UnreadableError("there is no such encoded text any more", "", hint, "source.changed")


_WHOLE = 4096  # code points; a text up to this long is one region
_AROUND = 1024  # code points of context on either side
_SEARCHED = 256  # in which the edge of a region is moved out of a word


def regions(text: str, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where in the text to decode: around these spans, which are in order."""
    if len(text) <= _WHOLE:
        return [(0, len(text))] if next(iter(spans), None) else []
    found: list[tuple[int, int]] = []
    for start, end in spans:
        low, high = start - _AROUND, end + _AROUND
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return _apart([(_left(text, low), _right(text, high)) for low, high in found])


def _apart(found: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    apart: list[tuple[int, int]] = []
    for low, high in found:
        if apart and low <= apart[-1][1]:
            apart[-1] = (apart[-1][0], high)
        else:
            apart.append((low, high))
    return apart


def _left(text: str, at: int) -> int:
    for back in range(max(0, at), max(0, at - _SEARCHED), -1):
        if text[back - 1].isspace():
            return back
    return max(0, at - _SEARCHED)


def _right(text: str, at: int) -> int:
    for on in range(min(at, len(text)), min(at + _SEARCHED, len(text))):
        if text[on].isspace():
            return on
    return min(at + _SEARCHED, len(text))
