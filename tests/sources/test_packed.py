"""Compressed texts in binary values."""

from __future__ import annotations

import bz2
import gzip
import lzma
import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scanner.batch import UnitLog
from scanner.sources import _packed
from scanner.sources._packed import packed_text

TEXT = '{"note": "tschüß, what was said"}'
WAYS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": lambda data: pa.compress(data, codec="zstd", asbytes=True),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("way", WAYS)
def test_texts(way, encoding):
    log = UnitLog()
    assert packed_text(WAYS[way](TEXT.encode(encoding)), log) == TEXT
    assert not log.problems


@pytest.mark.parametrize("data", [b"", b"\x1f\x8b", b"x\x9cnone", gzip.compress(bytes(range(256)))])
def test_what_is_no_text(data):
    assert packed_text(data, UnitLog()) is None


def test_what_breaks_off_or_is_too_long_is_told(monkeypatch):
    monkeypatch.setattr(_packed, "_LONGEST", 9)  # in the middle of a character
    for data in (gzip.compress(b"12345678\xc3\xbc"), zlib.compress(b"12345678\xc3\xbc")):
        log = UnitLog()
        assert packed_text(data, log) == "12345678"
        assert [p.code for p in log.problems] == ["source.binary_value"]


def test_cells_of_databases_and_tables(reading, tmp_path):
    packed = gzip.compress(TEXT.encode())
    with closing(sqlite3.connect(tmp_path / "a.db")) as made:
        made.execute("create table events (id integer primary key, body blob)")
        made.execute("insert into events values (3, ?)", (packed,))
        made.commit()
    pq.write_table(pa.table({"body": pa.array([b"plain", packed])}), tmp_path / "a.parquet")
    for name, field, record in (("a.db", "/events/body", 3), ("a.parquet", "/body", 1)):
        seen = reading.round_trip(tmp_path / name)
        assert not seen.log.problems
        (place,) = [place for place, text in seen.texts if text == TEXT]
        assert (place.field, place.record) == (field, record)
