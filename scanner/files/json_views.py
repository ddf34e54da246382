"""The texts of a block of JSON Lines with their escapes undone: once, and again where needed.

A string inside a string inside a row has its escapes doubled at each step outwards.  View `n`
has them undone `n` times, and holds only the stretches (rows, strings) that had escapes left in
view `n - 1`; view 0 is the block as it is written.  Every text that `n` decodings of valid JSON
would give stands whole in the last view that has its stretch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanner.files.json_escapes import escapes, source_offsets, unescape

if TYPE_CHECKING:
    import pyarrow as pa

    from scanner.files.json_escapes import Bytes, Escapes, Offsets


@dataclass(frozen=True, slots=True)
class _Cut:
    """Pieces of one text behind each other: where each stood there, and stands now."""

    there: Offsets
    here: Offsets  # one more than pieces: the last is the end

    def origin(self, offsets: Offsets) -> Offsets:
        import numpy as np

        piece = np.searchsorted(self.here, offsets, side="right") - 1
        found: Offsets = offsets - self.here[piece] + self.there[piece]
        return found


@dataclass(frozen=True, slots=True)
class View:
    """Text to search, and the way back from its offsets to those of the block.

    `starts` are the offsets in the text at which its stretches begin.
    """

    text: Bytes
    starts: Offsets
    removed: Offsets
    cut: _Cut | None = None
    outer: View | None = None

    @property
    def deep(self) -> bool:
        return self.outer is not None

    def origin(self, offsets: Offsets) -> Offsets:
        """Where in the block the bytes at these offsets of the text come from."""
        offsets = source_offsets(self.removed, offsets)
        if self.cut is None or self.outer is None:
            return offsets
        return self.outer.origin(self.cut.origin(offsets))


def views(view: View, found: Escapes, depth: int) -> Iterator[View]:
    """Up to `depth` views below one whose escapes are `found`.

    What has escapes left after the last is encoded more deeply than that.
    """
    for _ in range(depth):
        if not found:
            return
        view = _deeper(view, found)
        yield view
        found = escapes(view.text)


class JsonTexts:
    """Texts of JSON, a row each; the first view has them as they are written."""

    def __init__(self, values: pa.Array, depth: int) -> None:
        import numpy as np

        self._data, self._starts = joined(values)
        self._depth, self.deeper = depth, set[int]()
        self._ends = np.append(self._starts[1:], len(self._data)) - 1

    def views(self) -> Iterator[View]:
        import numpy as np

        last = View(self._data, self._starts, np.arange(0))
        yield last
        for view in views(last, escapes(self._data), self._depth):
            yield (last := view)
        if last.deep:
            self.deeper = self.rows(last, escapes(last.text).starts())

    def rows(self, view: View, offsets: Sequence[int] | Offsets) -> set[int]:
        """The texts in which offsets of a view lie."""
        import numpy as np

        found = np.searchsorted(self._ends, view.origin(np.array(offsets, np.int64)))
        return set(np.unique(found).tolist())


def joined(values: pa.Array) -> tuple[Bytes, Offsets]:
    """Texts behind each other, each with a line break after it, and where each begins."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    row = pa.ListArray.from_arrays(pa.array([0, len(values)], pa.int32()), values.cast(pa.binary()))
    data = np.frombuffer(pc.binary_join(row, pa.scalar(b"\n"))[0].as_py() + b"\n", np.uint8)
    sizes = pc.binary_length(values).to_numpy(zero_copy_only=False).astype(np.int64) + 1
    return data, np.concatenate(([0], np.cumsum(sizes)[:-1]))


def _deeper(view: View, found: Escapes) -> View:
    """The stretches that hold these escapes, with them undone."""
    import numpy as np

    ends = np.append(view.starts[1:], len(view.text))
    held = np.unique(np.searchsorted(view.starts, found.starts(), side="right") - 1)
    there, sizes = view.starts[held], (ends - view.starts)[held]
    here = np.concatenate(([0], np.cumsum(sizes)))
    bounds = zip(there.tolist(), (there + sizes).tolist(), strict=True)
    data = np.concatenate([view.text[a:b] for a, b in bounds])
    text, removed = unescape(data, escapes(data))
    starts = here[:-1] - np.searchsorted(removed, here[:-1])
    return View(text, starts, removed, _Cut(there, here), view)
