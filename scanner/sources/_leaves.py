"""Arrow columns of any nesting as flat text arrays, and the way back from a row to its place."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from scanner.batch import Place, TextBatch, UnitLog
from scanner.files.json_names import naming_columns, numbered, personal
from scanner.model import Part
from scanner.pointer import join, segment
from scanner.sources._kernels import as_text, readable

if TYPE_CHECKING:
    import pyarrow as pa

_SLICE = 4 << 20  # bytes

# From a row to the rows of the column it stands in, each with the segments of the way down.
Up = Callable[[int], Iterator[tuple[int, tuple[str, ...]]]]


@dataclass(frozen=True, slots=True)
class _Node:
    """An array somewhere inside a column: how to climb from its rows, what they are called.

    `names` gives labels row by row, where a sibling column or a map's keys name the values.
    """

    array: pa.Array
    up: Up
    label: str
    names: pa.Array | None = None
    lossy: bool = False
    top: bool = False


@dataclass(frozen=True, slots=True)
class LeafPlaces:
    """Places of a flat array; the first row of its column is record `first_record`."""

    node: _Node
    part: Part
    first_record: int

    def __len__(self) -> int:
        return len(self.node.array)

    def of(self, row: int) -> Iterator[Place]:
        node, placed = self.node, False
        label = self._label(row)
        for record, path in node.up(row):
            placed = True
            yield Place(self.first_record + record, join(path), label, self.part)
        if not placed:  # a dictionary entry that no row uses any more, and still in the file
            path = segment(node.label), str(row)
            yield Place(self.first_record, join(path), label, Part.METADATA)

    def labels(self) -> Iterator[tuple[str, Sequence[int]]]:
        if self.node.names is None:
            yield self.node.label, range(len(self))
            return
        rows: dict[str, list[int]] = {}
        for row in range(len(self)):
            rows.setdefault(self._label(row), []).append(row)
        yield from rows.items()

    def _label(self, row: int) -> str:
        names = self.node.names
        name = names[row].as_py() if names is not None else None
        return name if isinstance(name, str) and name else self.node.label


def batches(
    column: pa.Array, name: str, nth: int, first_record: int, log: UnitLog
) -> Iterator[TextBatch]:
    """Every text in a column: strings, binary that is text, map keys, long whole numbers.

    Raises pyarrow.ArrowException when the column's buffers contradict each other.
    """
    top = segment(name, nth)
    column.validate()  # as a whole in outline, then part by part in full
    for start, some in _slices(column):
        rows, lossy = readable(some)
        root = _Node(rows, lambda row: iter([(row, (top,))]), name, lossy=lossy, top=True)
        for node, part in _flat(root, log):
            yield TextBatch(node.array, LeafPlaces(node, part, first_record + start))


def _slices(column: pa.Array) -> Iterator[tuple[int, pa.Array]]:
    """The column in parts of a few MiB; whole where a dictionary would come with each part."""
    size = len(column)
    if not has_dictionary(column.type) and column.nbytes > 2 * _SLICE:
        size = max(1, size * _SLICE // column.nbytes)
    for start in range(0, len(column), max(size, 1)):
        yield start, column.slice(start, size)


def has_dictionary(kind: pa.DataType) -> bool:
    """True when the type, or one inside it, keeps its values in a dictionary."""
    return "dictionary<" in str(kind)


def _flat(node: _Node, log: UnitLog) -> Iterator[tuple[_Node, Part]]:
    from pyarrow import types

    node = replace(node, array=_plain(node.array))
    array, kind = node.array, node.array.type
    if types.is_dictionary(kind):
        up = _users(array.indices, node.up)
        yield from _flat(replace(node, array=array.dictionary, up=up, names=None), log)
    elif types.is_struct(kind):
        yield from _members(node, log)
    elif types.is_map(kind):
        yield from _entries(node, log)
    elif types.is_union(kind):
        yield from _choices(node, log)
    elif types.is_nested(kind):
        items, offsets = _items(array)
        up = _elements(offsets, node.up)
        yield from _flat(replace(node, array=items, up=up, names=None, top=False), log)
    else:
        texts, part = as_text(array, log, node.lossy, node.top, personal(node.label))
        if texts is not None and len(texts) > texts.null_count:
            yield replace(node, array=texts), part


def _plain(array: pa.Array) -> pa.Array:
    """The array without extension types and run-end encoding."""
    import pyarrow as pa
    import pyarrow.compute as pc

    while isinstance(array, pa.ExtensionArray):
        array = array.storage
    if pa.types.is_run_end_encoded(array.type):
        return _plain(pc.run_end_decode(array))
    return array


def _members(node: _Node, log: UnitLog) -> Iterator[tuple[_Node, Part]]:
    kind = node.array.type
    names = [kind.field(i).name for i in range(kind.num_fields)]
    naming, named = naming_columns(names)
    for i, (name, nth) in enumerate(numbered(names)):
        labels = _strings(node.array.field(naming)) if i in named else None
        up = _below(node.up, segment(name, nth))
        inner = _Node(node.array.field(i), up, name, labels, node.lossy)
        yield from _flat(inner, log)


def _choices(node: _Node, log: UnitLog) -> Iterator[tuple[_Node, Part]]:
    """The members of a union; a row's value stands in one of them."""
    import numpy as np

    array, kind = node.array, node.array.type
    part = slice(array.offset, array.offset + len(array))  # pyarrow's own forgets that
    codes = np.frombuffer(array.buffers()[1], np.int8)[part]
    for i, code in enumerate(kind.type_codes):
        at = chosen = (codes == code).nonzero()[0]
        if kind.mode == "dense":
            at = np.frombuffer(array.buffers()[2], np.int32)[part][chosen]
        users: dict[int, list[int]] = {}
        for row, own in zip(chosen.tolist(), at.tolist(), strict=True):
            users.setdefault(own, []).append(row)
        inner = replace(node, array=array.field(i), up=_chosen(users, node.up), names=None)
        yield from _flat(inner, log)


def _chosen(users: Mapping[int, Sequence[int]], up: Up) -> Up:
    def climb(row: int) -> Iterator[tuple[int, tuple[str, ...]]]:
        for user in users.get(row, ()):
            yield from up(user)

    return climb


def _entries(node: _Node, log: UnitLog) -> Iterator[tuple[_Node, Part]]:
    import pyarrow as pa

    entries, offsets = _items(node.array)
    keys, items = entries.field(0), entries.field(1)
    if isinstance(keys, pa.DictionaryArray):
        keys = keys.dictionary_decode()
    up = _keyed(offsets, keys, node.up)
    texts, _ = as_text(keys, log, lossy=True)
    if texts is not None and len(texts):
        yield _Node(texts, up, ""), Part.KEY
    yield from _flat(_Node(items, up, node.label, texts, node.lossy), log)


def _strings(array: pa.Array) -> pa.Array | None:
    import pyarrow as pa

    if isinstance(array, pa.DictionaryArray):
        array = array.dictionary_decode()
    return array if isinstance(array, pa.StringArray | pa.LargeStringArray) else None


def _items(array: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The elements of all lists behind each other, and where each list's end (from 0)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = array.type
    if pa.types.is_map(kind):
        fields = pa.field("key", kind.key_type, nullable=False), ("value", kind.item_type)
        array = array.cast(pa.list_(pa.struct(fields)))
    sizes = pc.list_value_length(array).fill_null(0).cast(pa.int64())
    return pc.list_flatten(array), pc.cumulative_sum(sizes)


def _below(up: Up, seg: str) -> Up:
    def climb(row: int) -> Iterator[tuple[int, tuple[str, ...]]]:
        for record, path in up(row):
            yield record, (*path, seg)

    return climb


def _elements(ends: pa.Array, up: Up) -> Up:
    def climb(row: int) -> Iterator[tuple[int, tuple[str, ...]]]:
        parent, first = _parent(ends, row)
        for record, path in up(parent):
            yield record, (*path, str(row - first))

    return climb


def _keyed(ends: pa.Array, keys: pa.Array, up: Up) -> Up:
    def climb(row: int) -> Iterator[tuple[int, tuple[str, ...]]]:
        parent, first = _parent(ends, row)
        names = [_key(key) for key in keys[first : row + 1]]
        seg = segment(names[-1], names[:-1].count(names[-1]))
        for record, path in up(parent):
            yield record, (*path, seg)

    return climb


def _users(indices: pa.Array, up: Up) -> Up:
    def climb(row: int) -> Iterator[tuple[int, tuple[str, ...]]]:
        import pyarrow.compute as pc

        for user in pc.indices_nonzero(pc.equal(indices, row)).to_pylist():
            yield from up(user)

    return climb


def _parent(ends: pa.Array, row: int) -> tuple[int, int]:
    """The list that element `row` is in, and that list's first element."""
    parent = bisect_right(ends, row, key=lambda end: end.as_py())
    return parent, ends[parent - 1].as_py() if parent else 0


def _key(key: Any) -> str:
    value = key.as_py()
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
