"""One file per decoder: text hidden inside a text value, for example JSON in a string.

Each module defines `plugin`, an object that is a `Decoder`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from scanner.batch import View
from scanner.model import Part
from scanner.pointer import Named

if TYPE_CHECKING:
    import pyarrow as pa

MAX_DEPTH = 6  # layers of decoding that are followed; what lies deeper is a problem


class Decoded(NamedTuple):
    """One text found inside a value; `step` is how to get there again.

    A step is `<decoder>:<place>`; a place that starts with `/` is a pointer with raw keys,
    which the engine renames as it does those of fields.  A last segment `~k` stands for the
    key of a member instead of its value.
    """

    step: str  # for example json:/user/email
    text: str
    label: str = ""
    part: Part = Part.VALUE


class Decoder(Protocol):
    """Turns a value into the texts inside it."""

    replaces: bool  # True: the decoded texts say all, the encoded text itself is not scanned

    def wanted(self, values: pa.Array) -> list[int]:
        """The rows worth decoding, by a cheap vectorised test."""
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


def resolve(text: str, layers: tuple[str, ...], named: Named) -> str:
    """Follow the layers of a location from a field's value to the text that was matched."""
    from scanner import plugins

    for step in layers:
        decoder: Decoder = plugins.load("decoders", step.partition(":")[0])
        text = decoder.resolve(text, step, named)
    return text
