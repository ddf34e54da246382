"""Values too long to be looked at as a whole are looked at in pieces that overlap.

Each match belongs to one piece, by where it starts: a piece owns what starts in it except in
the last half of what it shares with the next piece, and in the first half of what it shares
with the one before.  So every match, and 64 KiB on either side of where it starts, is seen
whole by its owner, and no other piece reports it.  No credential, proof or context of a rule
reaches farther (a private key has 13,000 characters; rules reach at most 32 KiB).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scanner.batch import EachPlace, Piece, Place, Places, TextBatch, text_array

if TYPE_CHECKING:
    import pyarrow as pa

PIECE = 1 << 20  # bytes; a longer value is cut
OVERLAP = 128 << 10  # bytes that two pieces share
WHOLE = 8 << 20  # bytes; a longer value is not decoded: its parts would take too much memory


@dataclass(frozen=True, slots=True)
class PiecePlaces:
    """The places of pieces of one value: all of them those of the value."""

    outer: Places
    row: int
    size: int = 1

    def __len__(self) -> int:
        return self.size

    def of(self, row: int) -> Iterator[Place]:  # noqa: ARG002
        yield from self.outer.of(self.row)

    def labels(self) -> Iterator[tuple[str, Sequence[int]]]:
        yield next(self.outer.of(self.row)).label, range(self.size)


def cut(batch: TextBatch, longest: int) -> Iterator[TextBatch]:
    """The batch without its values of more than `longest` bytes, then the pieces of those."""
    rows = _longer(batch.values, longest)
    if not rows:
        yield batch
        return
    yield replace(batch, values=nulled(batch.values, rows))
    for row in rows:
        for piece, text in _pieces(batch.values[row].as_buffer()):
            yield TextBatch(text, PiecePlaces(batch.places, row), pieces=[piece])


def nulled(values: pa.Array, rows: Sequence[int]) -> pa.Array:
    """The values with some rows set to null."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    mask = np.zeros(len(values), dtype=bool)
    mask[rows] = True
    return pc.if_else(pa.array(mask), pa.scalar(None, values.type), values)


def boundary(data: bytes | memoryview, cut: int) -> int:
    """`cut`, or up to three bytes before it where it would tear a UTF-8 character."""
    for back in range(1, min(cut, 4) + 1):
        byte = data[cut - back]
        if byte & 0xC0 != 0x80:  # a character begins here
            size = 1 + (byte >= 0xC0) + (byte >= 0xE0) + (byte >= 0xF0)
            return cut if size <= back else cut - back
    return cut


class Cutter:
    """Tells the pieces of a value, in turn, what they are."""

    def __init__(self, offset: int = 0) -> None:
        self._offset, self._low = offset, 0

    def take(self, chars: int, shared: int) -> Piece:
        """The piece of so many code points, of which the next repeats the last `shared`."""
        high = chars - shared // 2
        piece = Piece(self._offset, self._low, high if shared else None)
        self._offset += chars - shared
        self._low = shared - shared // 2
        return piece


class LongText:
    """A value whose text comes bit by bit: whole if it turns out short enough, else in pieces.

    `offset`: what comes is only the end of the value at `place`, from there on.
    """

    def __init__(self, place: Place, offset: int = 0) -> None:
        self._places = EachPlace([place])
        self._parts, self._size = list[str](), 0
        self._cutter, self._whole = Cutter(offset), not offset

    def add(self, text: str) -> Iterator[TextBatch]:
        """The pieces that are full now."""
        self._parts.append(text)
        self._size += len(text)
        if self._size <= (WHOLE if self._whole else PIECE):
            return
        self._whole, held = False, "".join(self._parts)
        while len(held) > PIECE:
            yield self._batch(held[:PIECE], OVERLAP)
            held = held[PIECE - OVERLAP :]
        self._parts, self._size = [held], len(held)

    def end(self) -> Iterator[TextBatch]:
        """What is left."""
        if self._size:
            yield self._batch("".join(self._parts), 0)
            self._parts, self._size = [], 0

    def _batch(self, text: str, shared: int) -> TextBatch:
        pieces = [] if self._whole else [self._cutter.take(len(text), shared)]
        return TextBatch(text_array([text]), self._places, pieces=pieces)


def joined(batches: Iterable[TextBatch]) -> str:
    """The value that these pieces, one each, are of."""
    parts, size = list[str](), 0
    for batch in batches:
        before = batch.pieces[0].offset if batch.pieces else 0
        text = batch.values[0].as_py()[size - before :]
        parts.append(text)
        size += len(text)
    return "".join(parts)


def _longer(values: pa.Array, longest: int) -> list[int]:
    import pyarrow.compute as pc

    if values.nbytes <= longest:
        return []
    rows: list[int] = pc.indices_nonzero(pc.greater(pc.binary_length(values), longest)).to_pylist()
    return rows


def _pieces(buffer: pa.Buffer) -> Iterator[tuple[Piece, pa.Array]]:
    cutter, data, start = Cutter(), memoryview(buffer).cast("B"), 0
    while True:
        stop = boundary(data, start + PIECE) if len(data) - start > PIECE else len(data)
        again = boundary(data, stop - OVERLAP) if stop < len(data) else stop
        chars, shared = _chars(data[start:stop]), _chars(data[again:stop])
        yield cutter.take(chars, shared), _array(buffer, start, stop)
        if stop == len(data):
            return
        start = again


def _chars(data: memoryview) -> int:
    return len(str(data, "utf-8"))


def _array(buffer: pa.Buffer, start: int, stop: int) -> pa.Array:
    import pyarrow as pa

    offsets = pa.py_buffer((0).to_bytes(8, "little") + (stop - start).to_bytes(8, "little"))
    return pa.LargeStringArray.from_buffers(1, offsets, buffer.slice(start, stop - start))
