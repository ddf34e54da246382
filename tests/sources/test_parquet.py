"""Parquet."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow.parquet import encryption

from scanner import plugins
from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.sources import parquet

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
PART = st.fixed_dictionaries(
    {"role": st.none() | TEXT, "tags": st.none() | st.lists(TEXT | st.none(), max_size=3)}
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "text": st.none() | TEXT,
            "parts": st.none() | st.lists(st.none() | PART, max_size=3),
            "map": st.none() | st.lists(st.tuples(TEXT, st.none() | TEXT), max_size=3),
            "kind": st.sampled_from(["one", "two", None]),
            "n": st.none() | st.integers(-(2**63), 2**63 - 1),
        }
    ),
    min_size=1,
    max_size=8,
)
SCHEMA = pa.schema(
    [
        ("text", pa.string()),
        ("parts", pa.list_(pa.struct([("role", pa.string()), ("tags", pa.list_(pa.string()))]))),
        ("map", pa.map_(pa.string(), pa.string())),
        ("kind", pa.dictionary(pa.int8(), pa.string())),
        ("n", pa.int64()),
    ]
)


def write_sample(stem: Path, strings: list[str]) -> Path:
    path = stem.with_suffix(".parquet")
    table = pa.table(
        {
            "text": ["first", *strings],
            "nested": [[{"a": s}] for s in ["first", *strings]],
            "kind": pa.array(["first", *strings]).dictionary_encode(),
        }
    )
    pq.write_table(table, path, row_group_size=3, compression="zstd", write_page_checksum=True)
    return path


def write(tmp_path: Path, table: pa.Table, **options: object) -> Path:
    path = tmp_path / "a.parquet"
    pq.write_table(table, path, **options)
    return path


def values(seen) -> list[tuple[int, str, str]]:
    return sorted((p.record, p.field, t) for p, t in seen.texts if p.part == "value")


def expected(record: int, node: object, field: str) -> list[tuple[int, str, str]]:
    """The strings of a Python value with their pointers, written anew for the test."""
    if isinstance(node, str):
        return [(record, field, node)]
    if isinstance(node, dict):
        return [x for k, v in node.items() for x in expected(record, v, f"{field}/{k}")]
    if isinstance(node, list):
        return [x for i, v in enumerate(node) for x in expected(record, v, f"{field}/{i}")]
    return []


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS, size=st.integers(1, 4))
def test_nested_columns_come_back(reading, tmp_path, rows, size):
    table = pa.Table.from_pylist(rows, SCHEMA)
    seen = reading.round_trip(write(tmp_path, table, row_group_size=size))
    flat = [{k: v for k, v in row.items() if k not in ("map", "n")} for row in rows]
    wanted = [x for i, row in enumerate(flat) for x in expected(i, row, "")]
    assert [v for v in values(seen) if not v[1].startswith("/map")] == sorted(wanted)
    entries = [(i, k, v) for i, row in enumerate(rows) for k, v in row["map"] or []]
    keys = [(p.record, t) for p, t in seen.texts if p.part == "key" and p.record is not None]
    assert sorted(keys) == sorted((i, k) for i, k, _ in entries)
    mapped = [(p.record, t) for p, t in seen.texts if p.part == "value" and p.field[:4] == "/map"]
    assert sorted(mapped) == sorted((i, v) for i, _, v in entries if v is not None)
    numbers = [(p.record, t) for p, t in seen.texts if p.part == "number"]
    assert numbers == [(i, str(r["n"])) for i, r in enumerate(rows) if abs(r["n"] or 0) >= 10**6]


def test_names_metadata_and_statistics(reading, tmp_path):
    field = pa.field("te/xt", pa.string(), metadata={"comment": "of the field"})
    inner = pa.field("s", pa.struct([pa.field("deep", pa.string())]))
    schema = pa.schema([field, inner], metadata={"origin": '{"by": "someone"}'})
    table = pa.table([["b", "a", "c"], [{"deep": "z"}] * 3], schema=schema)
    seen = reading.round_trip(write(tmp_path, table))
    assert seen.of("name") == {"/te~1xt": "te/xt", "/s": "s", "/s/deep": "deep"}
    metadata = seen.of("metadata")
    assert metadata["/origin"] == '{"by": "someone"}'
    assert metadata["/te~1xt/comment"] == "of the field"
    assert seen.of("statistics")["/te~1xt/0/max"] == "c"
    assert seen.of("statistics")["/s.deep/0/min"] == "z"
    assert seen.of("key")["/origin"] == "origin"


def test_numbers(reading, tmp_path):
    table = pa.table(
        {
            "id": pa.array([12, 4111111111111111, -1234567], pa.int64()),
            "small": pa.array([1, 2, 999_999], pa.int64()),
            "u": pa.array([2**64 - 1, 0, None], pa.uint64()),
            "phone": pa.array([2125550123.0, None, 0.5]),
            "d": pa.array([Decimal("123456789.50"), None, None]),
            "t": pa.array([datetime(2026, 1, 1, tzinfo=UTC)] * 3),
        }
    )
    seen = reading.round_trip(write(tmp_path, table))
    assert sorted((p.record, p.field, t) for p, t in seen.texts if p.part == "number") == [
        (0, "/d", "123456789.50"),
        (0, "/phone", "2125550123"),
        (0, "/u", str(2**64 - 1)),
        (1, "/id", "4111111111111111"),
        (2, "/id", "-1234567"),
    ]


def test_dictionary_values_once_with_all_their_rows(reading, tmp_path):
    column = pa.array(["x", "y", "x", None, "x"]).dictionary_encode()
    shard = reading.shard(write(tmp_path, pa.table({"c": column})))
    source = plugins.load("sources", "parquet")
    (batch,) = [
        b
        for b in source.batches(next(iter(source.units(shard))), UnitLog())
        if next(b.places.of(0)).part == "value"
    ]
    assert batch.values.to_pylist() == ["x", "y"]
    assert [p.record for p in batch.places.of(0)] == [0, 2, 4]


def test_a_dictionary_entry_no_row_uses_is_still_scanned(reading, tmp_path):
    column = pa.DictionaryArray.from_arrays([0, 0], ["kept", "removed row"])
    seen = reading.round_trip(write(tmp_path, pa.table({"c": column})))
    assert seen.of("metadata")["/c/1"] == "removed row"


class _Keys(encryption.KmsClient):
    """Keeps no key secret."""

    def __init__(self, config):
        encryption.KmsClient.__init__(self)

    def wrap_key(self, key_bytes, master_key_identifier):
        return base64.b64encode(key_bytes)

    def unwrap_key(self, wrapped_key, master_key_identifier):
        return base64.b64decode(wrapped_key)


@pytest.mark.parametrize("plain_footer", [True, False])
def test_what_is_encrypted_is_told_and_all_else_is_read(reading, tmp_path, plain_footer):
    config = encryption.EncryptionConfiguration("f", column_keys={"k": ["hidden"]})
    config.plaintext_footer = plain_footer
    keys = encryption.CryptoFactory(_Keys)
    sealed = keys.file_encryption_properties(encryption.KmsConnectionConfig(), config)
    table = pa.table({"hidden": ["a"], "seen": ["plain"]})
    path = tmp_path / "a.parquet"
    with pq.ParquetWriter(path, table.schema, encryption_properties=sealed) as writer:
        writer.write_table(table)
    if plain_footer:
        seen = reading.round_trip(path)
        assert [p.code for p in seen.log.problems] == ["source.encrypted"]
        assert "plain" in [text for _, text in seen.texts]
    else:
        with pytest.raises(UnreadableError) as caught:
            reading.all(path)
        assert caught.value.code == "source.encrypted"


def test_binary_columns(reading, tmp_path):
    table = pa.table(
        {
            "b": [b"text", b"\xff\xfe\x00", None],
            "f": pa.array([b"abcd", b"efgh", b"\xff" * 4], pa.binary(4)),
        }
    )
    seen = reading.round_trip(write(tmp_path, table))
    assert values(seen) == [(0, "/b", "text"), (0, "/f", "abcd"), (1, "/f", "efgh")]
    assert [(p.code, p.count) for p in seen.log.problems] == [("source.binary_value", 2)]


def test_strings_that_are_not_utf8_are_read(reading, tmp_path):
    raw = pa.array([b"caf\xe9", b"fine \xc3\xa9"])
    bad = pa.Array.from_buffers(pa.string(), 2, raw.buffers())
    seen = reading.round_trip(write(tmp_path, pa.table({"t": bad}), write_statistics=False))
    assert values(seen) == [(0, "/t", "café"), (1, "/t", "fine é")]
    assert [p.code for p in seen.log.problems] == ["note.encoding"]


def test_labels(reading, tmp_path):
    table = pa.table(
        {
            "text": ["a"],
            "attributes": [[{"key": "password", "value": "b"}]],
            "m": pa.array([[("token", "c")]], pa.map_(pa.string(), pa.string())),
            "tags": [["d"]],
        }
    )
    assert reading.all(write(tmp_path, table)).labels() == {
        "/text": "text",
        "/attributes/0/key": "key",
        "/attributes/0/value": "password",
        "/m/token": "token",
        "/tags/0": "tags",
    }


def test_equal_column_names(reading, tmp_path):
    table = pa.Table.from_arrays([pa.array(["a"]), pa.array([1]), pa.array(["b"])], ["c", "c", "c"])
    assert values(reading.round_trip(write(tmp_path, table))) == [(0, "/c", "a"), (0, "/c~d2", "b")]


def test_units_are_row_groups(reading, tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "_UNIT_BYTES", 1)
    table = pa.table({"t": [f"value {i}" for i in range(10)]})
    path = write(tmp_path, table, row_group_size=3)
    units = list(plugins.load("sources", "parquet").units(reading.shard(path)))
    assert [(u.start, u.stop, u.first_record) for u in units] == [
        (0, 1, 0),
        (1, 2, 3),
        (2, 3, 6),
        (3, 4, 9),
    ]
    assert values(reading.round_trip(path)) == [(i, "/t", f"value {i}") for i in range(10)]


def test_a_damaged_page_costs_one_column_of_one_row_group(reading, tmp_path):
    rows = {"a": [f"first {i}" for i in range(20)], "b": [f"second {i}" for i in range(20)]}
    path = write(
        tmp_path,
        pa.table(rows),
        row_group_size=10,
        write_page_checksum=True,
        compression="none",
        use_dictionary=False,
    )
    data = bytearray(path.read_bytes())
    data[data.index(b"second 3") + 7] ^= 1
    path.write_bytes(data)
    seen = reading.all(path)
    (problem,) = seen.log.problems
    assert (problem.code, problem.where) == ("source.corrupt", "row group 0, column 1")
    assert (
        values(seen)
        == [(i, "/a", f"first {i}") for i in range(20)]
        + [(i, "/b", f"second {i}") for i in range(10, 20)]
        or len(values(seen)) == 30
    )


@pytest.mark.parametrize(
    "data", [b"PAR1", b"PAR1" + b"x" * 100 + b"PAR1", b"no parquet at all", b""]
)
def test_a_file_without_its_footer_is_unreadable(reading, tmp_path, data):
    path = tmp_path / "a.parquet"
    path.write_bytes(data)
    with pytest.raises(UnreadableError) as caught:
        list(plugins.load("sources", "parquet").units(reading.shard(path)))
    assert caught.value.code == "source.corrupt"


def test_a_file_without_rows(reading, tmp_path):
    seen = reading.round_trip(write(tmp_path, pa.table({"t": pa.array([], pa.string())})))
    assert (seen.of("name"), seen.log.records) == ({"/t": "t"}, 0)
