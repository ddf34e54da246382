"""One file per decoder: text hidden inside a text value, for example JSON in a string.

Each module defines `plugin`, an object that is a `Decoder`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from scanner.batch import View
from scanner.model import Part
from scanner.pointer import Named
from scanner.regexes.multipattern import Anchor

if TYPE_CHECKING:
    import pyarrow as pa

MAX_DEPTH = 6  # layers of decoding that are followed; what lies deeper is a problem
MAX_INFLATED = 8 << 20  # bytes that compressed data of one value may unpack to
UNIT_TEXT = 1 << 30  # code points that decoders with anchors may make of one unit


class Origin(Protocol):
    """Where decoded text came from in the text it was in."""

    @property
    def exact(self) -> bool:
        """False when all of the decoded text came of all of the encoded one."""
        ...

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The code points there that this stretch of the decoded text was written with."""
        ...


class Decoded(NamedTuple):
    """One text found inside a value; `step` is how to get there again.

    A step is `<decoder>:<place>`; a place that starts with `/` is a pointer with raw keys,
    which the engine renames as it does those of fields.  A last segment `~k` stands for the
    key of a member instead of its value.  Other places are `<start>-<end>`, code points of
    the text outside.
    """

    step: str  # for example json:/user/email, or base64:120-164
    text: str
    label: str = ""
    part: Part = Part.VALUE
    origin: Origin | None = None  # None: the text outside is replaced, and not scanned itself
    cut: bool = False  # there is more, which was not decoded because of its size or a defect
    dropped: str = ""  # why a thing that looked encoded is no text; `text` is empty then


class Decoder(Protocol):
    """Turns a value into the texts inside it."""

    replaces: bool  # True: the decoded texts say all, the encoded text itself is not scanned
    rewrites: bool  # True: the decoded text is the text itself with some of it written plainly

    # Texts without any of these are not decoded.  They join the pass over everything, which
    # makes undecoded records with a hit worth parsing.  Empty: `wanted` is asked instead.
    anchors: tuple[Anchor, ...]

    def wanted(self, values: pa.Array) -> list[int]:
        """The rows worth decoding, by a cheap test: with anchors, those that hold one."""
        ...

    def decode(self, text: str) -> list[Decoded] | None:
        """The texts inside, or None when this is not encoded text after all.

        Raises UnreadableError when it is, and cannot be read.
        """
        ...

    def begins(self, head: str) -> bool:
        """True when a text that begins so, and is too long to be decoded, may be encoded."""
        ...

    def resolve(self, text: str, step: str, named: Named) -> str:
        """The one text that `step` names.  Raises UnreadableError when it is not there."""
        ...


class Seen(Protocol):
    """Encoded texts, undone without being understood.

    Whatever a decoder would find in them, up to some depth, stands whole in one of the
    views, and they themselves do in the first.
    """

    deeper: set[int]  # after all views: texts that may be encoded more deeply than that

    def views(self) -> Iterator[View]: ...

    def rows(self, view: Any, offsets: Sequence[int]) -> set[int]:
        """The texts in which offsets of a view lie."""
        ...


@runtime_checkable
class SeenThrough(Protocol):
    """A decoder whose texts can be searched before they are decoded."""

    def seen(self, values: pa.Array, depth: int) -> Seen:
        """The texts for up to `depth` decodings, this one included."""
        ...


def bounds(step: str) -> tuple[int, int]:
    """The stretch that a step of the form `<decoder>:<start>-<end>` names."""
    start, _, end = step.partition(":")[2].partition("-")
    return int(start), int(end)


def shifted(decoded: Decoded, offset: int) -> Decoded:
    """The same, of a text that stands so many code points behind the beginning of another."""
    (start, end), origin = bounds(decoded.step), decoded.origin
    step = f"{decoded.step.partition(':')[0]}:{start + offset}-{end + offset}"
    return decoded._replace(step=step, origin=None if origin is None else _Shifted(origin, offset))


@dataclass(frozen=True, slots=True)
class _Shifted:
    origin: Origin
    offset: int

    @property
    def exact(self) -> bool:
        return self.origin.exact

    def span(self, start: int, end: int) -> tuple[int, int]:
        start, end = self.origin.span(start, end)
        return start + self.offset, end + self.offset


def resolve(text: str, layers: tuple[str, ...], named: Named) -> str:
    """Follow the layers of a location from a field's value to the text that was matched."""
    from scanner import plugins

    for step in layers:
        decoder: Decoder = plugins.load("decoders", step.partition(":")[0])
        text = decoder.resolve(text, step, named)
    return text
