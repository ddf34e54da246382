"""MDS shards, written as MosaicML Streaming writes them."""

from __future__ import annotations

import json
import pickle
import struct
from pathlib import Path

import pytest

from scanner.errors import UnreadableError


def shard(columns: dict[str, tuple[str, int | None]], samples: list[list[bytes]]) -> bytes:
    names = sorted(columns)
    config = {
        "column_encodings": [columns[n][0] for n in names],
        "column_names": names,
        "column_sizes": [columns[n][1] for n in names],
        "compression": None, "format": "mds", "hashes": [], "size_limit": 1 << 26, "version": 2,
    }  # fmt: skip
    packed = []
    for sample in samples:
        sizes = [len(v) for v, n in zip(sample, names, strict=True) if columns[n][1] is None]
        packed.append(struct.pack(f"<{len(sizes)}I", *sizes) + b"".join(sample))
    head = json.dumps(config, sort_keys=True).encode()
    at = 4 + 4 * (len(packed) + 1) + len(head)
    offsets = [at]
    for one in packed:
        offsets.append(offsets[-1] + len(one))
    return struct.pack(f"<{len(offsets) + 1}I", len(packed), *offsets) + head + b"".join(packed)


def write_sample(stem: Path, strings: list[str]) -> Path:
    path = stem.with_suffix(".mds")
    columns = {"n": ("int", 8), "text": ("str", None)}
    path.write_bytes(shard(columns, [[struct.pack("<q", 7), s.encode()] for s in strings]))
    return path


def test_encodings(reading, tmp_path):
    columns = {"a": ("int", 8), "b": ("json", None), "c": ("pkl", None), "d": ("ndarray", None)}
    values = [
        struct.pack("<q", 4111111111111111),
        b'{"k": 1}',
        pickle.dumps({"k": "deep"}),
        b"\xff",
    ]
    path = tmp_path / "shard.00000.mds"
    path.write_bytes(shard(columns, [values] * 3))
    seen = reading.round_trip(path)
    found = {(p.record, p.field): text for p, text in seen.texts if p.part in ("value", "number")}
    assert found[2, "/a"] == "4111111111111111" and found[2, "/b"] == '{"k": 1}'
    assert found[2, "/c/1"] == "deep" and seen.log.records == 3 and not seen.log.problems


def test_many_samples_and_a_torn_end(reading, tmp_path):
    path = write_sample(tmp_path / "a", [f"value {n}" for n in range(3000)])
    assert reading.all(path).log.records == 3000
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(UnreadableError) as caught:
        reading.all(path)
    assert caught.value.code == "source.corrupt"
