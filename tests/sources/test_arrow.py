"""Arrow IPC."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner import inputs, plugins
from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.model import Part
from scanner.recordings import Peek
from scanner.recordings._picture_rows import may_hold, pictures

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
KINDS = [
    pa.large_string(),
    pa.string_view(),
    pa.list_(pa.string()),
    pa.large_list(pa.string()),
    pa.list_(pa.string(), 2),
    pa.list_view(pa.string()),
    pa.struct([("a", pa.string()), ("a/b", pa.list_(pa.string()))]),
    pa.map_(pa.string(), pa.list_(pa.string())),
    pa.map_(pa.int32(), pa.string()),
    pa.dictionary(pa.int32(), pa.string()),
    pa.list_(pa.dictionary(pa.int8(), pa.string())),
    pa.list_(pa.list_(pa.struct([("x", pa.large_string())]))),
    pa.run_end_encoded(pa.int32(), pa.string()),
    pa.json_(),
]


def write_sample(stem: Path, strings: list[str]) -> Path:
    path = stem.with_suffix(".arrow")
    table = pa.table({"text": ["first", *strings], "list": [[s] for s in ["first", *strings]]})
    with pa.OSFile(str(path), "wb") as out, pa.ipc.new_file(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=3)
    return path


def write(path: Path, table: pa.Table, chunk: int = 100, stream: bool = False) -> Path:
    opener = pa.ipc.new_stream if stream else pa.ipc.new_file
    with pa.OSFile(str(path), "wb") as out, opener(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=chunk)
    return path


def values(seen) -> list[tuple[int, str, str]]:
    return sorted((p.record, p.field, t) for p, t in seen.texts if p.part == "value")


def of_kind(kind: pa.DataType) -> st.SearchStrategy[object]:
    if isinstance(kind, pa.BaseExtensionType):
        return TEXT
    if pa.types.is_struct(kind):
        fields = [kind.field(i) for i in range(kind.num_fields)]
        return st.fixed_dictionaries({f.name: st.none() | of_kind(f.type) for f in fields})
    if pa.types.is_map(kind):
        pair = st.tuples(of_kind(kind.key_type), st.none() | of_kind(kind.item_type))
        return st.lists(pair, max_size=3)
    if pa.types.is_integer(kind):
        return st.integers(-(2**31), 2**31 - 1)
    if pa.types.is_fixed_size_list(kind):
        return st.lists(st.none() | TEXT, min_size=2, max_size=2)
    if pa.types.is_nested(kind) and not pa.types.is_run_end_encoded(kind):
        return st.lists(st.none() | of_kind(kind.value_type), max_size=3)
    return TEXT


def strings_in(node: object) -> list[str]:
    if isinstance(node, str):
        return [node]
    if isinstance(node, dict):
        return [s for v in node.values() for s in strings_in(v)]
    if isinstance(node, tuple):
        return strings_in(node[1])
    if isinstance(node, list):
        return [s for v in node for s in strings_in(v)]
    return []


@pytest.mark.parametrize("kind", KINDS, ids=str)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), chunk=st.integers(1, 4), stream=st.booleans())
def test_any_type_comes_back(reading, tmp_path, kind, data, chunk, stream):
    rows = data.draw(st.lists(st.none() | of_kind(kind), min_size=1, max_size=6))
    column = _array(rows, kind)
    path = write(tmp_path / "a.arrow", pa.table({"c/1": column}), chunk, stream)
    seen = reading.round_trip(path)
    wanted = sorted((i, s) for i, row in enumerate(rows) for s in strings_in(row) if s)
    # Slots below a null struct are read as well, and hold empty strings.
    assert sorted((r, t) for r, _, t in values(seen) if t) == wanted
    assert not seen.log.problems
    assert seen.log.records == len(rows)


def _array(rows: list[object], kind: pa.DataType) -> pa.Array:
    if isinstance(kind, pa.BaseExtensionType):
        return pa.ExtensionArray.from_storage(kind, pa.array(rows, kind.storage_type))
    if pa.types.is_run_end_encoded(kind):
        return pa.compute.run_end_encode(pa.array(rows, kind.value_type))
    return pa.array(rows, kind)


@pytest.mark.parametrize("suffix", [".arrow", ".feather", ".ipc", ".dat"])
@pytest.mark.parametrize("stream", [True, False])
def test_file_and_stream_under_any_suffix(reading, tmp_path, suffix, stream):
    path = write(tmp_path / f"a{suffix}", pa.table({"t": ["x", "y"]}), 1, stream)
    assert inputs.source_for(reading.shard(path)) == "arrow"
    assert values(reading.round_trip(path)) == [(0, "/t", "x"), (1, "/t", "y")]


def test_schema_metadata(reading, tmp_path):
    schema = pa.schema([pa.field("t", pa.string(), metadata={"k": "of t"})], metadata={"k": "v"})
    seen = reading.round_trip(write(tmp_path / "a.arrow", pa.table([["x"]], schema=schema)))
    assert seen.of("metadata") == {"/k": "v", "/t/k": "of t"}
    assert seen.of("name") == {"/t": "t"}


def test_an_unused_dictionary_entry(reading, tmp_path):
    column = pa.DictionaryArray.from_arrays([1, 1], ["removed row", "kept"])
    seen = reading.round_trip(write(tmp_path / "a.arrow", pa.table({"c": column})))
    assert seen.of("metadata") == {"/c/0": "removed row"}


@pytest.mark.parametrize("chunk", [1, 3])
def test_unions(reading, tmp_path, chunk):
    codes = pa.array([0, 1, 1], pa.int8())
    members = [pa.array([["one"], ["two"], ["never"]]), pa.array(["never", "three", "four"])]
    sparse = pa.UnionArray.from_sparse(codes, members, ["l", "s"])
    at = pa.array([0, 0, 1], pa.int32())
    dense = pa.UnionArray.from_dense(codes, at, [pa.array([[5]]), pa.array(["a", "b"])], ["l", "s"])
    table = pa.table({"s": sparse, "in": pa.StructArray.from_arrays([dense], ["d"])})
    seen = reading.round_trip(write(tmp_path / "a.arrow", table, chunk))
    found = {(p.record, p.field, text) for p, text in seen.texts if p.part is Part.VALUE}
    own = {(0, "/s/0", "one"), (1, "/s", "three"), (2, "/s", "four")}
    assert found == own | {(1, "/in/d", "a"), (2, "/in/d", "b")}
    assert not seen.log.problems


def test_views_of_texts_may_hold_pictures(tmp_path):
    table = pa.table({"t": pa.array(["x", "data:image/png;base64,iVBORw0KGgo"], pa.string_view())})
    (shard,) = inputs.discover([str(write(tmp_path / "a.arrow", table))])
    peek = Peek(shard, "arrow")
    assert may_hold(peek) and list(pictures(peek)) == []


@pytest.mark.parametrize("stream", [True, False])
def test_a_cut_file_is_unreadable_but_keeps_what_came_before(reading, tmp_path, stream):
    table = pa.table({"t": [f"value {i}" for i in range(900)]})
    path = write(tmp_path / "a.arrow", table, 100, stream)
    path.write_bytes(path.read_bytes()[: -path.stat().st_size // 2])
    shard, found = reading.shard(path), []
    source = plugins.load("sources", "arrow")
    with pytest.raises(UnreadableError) as caught:
        for batch in source.batches(next(iter(source.units(shard))), UnitLog()):
            found += batch.values.to_pylist()
    assert caught.value.code == "source.corrupt"
    assert ("value 0" in found) == stream


def test_offsets_out_of_bounds_are_a_problem_not_a_crash(reading, tmp_path):
    offsets = pa.py_buffer(b"".join(n.to_bytes(4, "little") for n in (0, 3, 1000, 6)))
    bad = pa.Array.from_buffers(pa.string(), 3, [None, offsets, pa.py_buffer(b"abcdef")])
    seen = reading.all(write(tmp_path / "a.arrow", pa.table({"bad": bad, "t": ["x", "y", "z"]})))
    assert [(p.code, p.where) for p in seen.log.problems] == [
        ("source.corrupt", "record batch 0, column 0")
    ]
    assert len(values(seen)) == 3


def test_a_large_record_batch_comes_in_parts(reading, tmp_path):
    rows = [[f"{i} {'x' * 4000}", "short"] for i in range(6000)]
    path = write(tmp_path / "a.arrow", pa.table({"t": rows}), 6000)
    shard = reading.shard(path)
    source = plugins.load("sources", "arrow")
    batches = list(source.batches(next(iter(source.units(shard))), UnitLog()))
    assert max(b.values.nbytes for b in batches) < 9 << 20
    (place,) = batches[-1].places.of(len(batches[-1].values) - 2)
    assert (place.record, place.field) == (5999, "/t/0")
    text = inputs.text_at(shard, reading.location(shard, place), str)
    assert text == rows[-1][0]
