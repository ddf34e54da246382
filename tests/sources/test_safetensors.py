"""Headers of safetensors files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.errors import UnreadableError


def write_sample(stem: Path, strings: list[str]) -> Path:
    path = stem.with_suffix(".safetensors")
    header = {"__metadata__": {str(n): s for n, s in enumerate(strings)}}
    tensor = {"a.weight": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}
    data = json.dumps(header | tensor).encode()
    path.write_bytes(len(data).to_bytes(8, "little") + data + bytes(8))
    return path


def test_metadata_and_names(reading, tmp_path):
    seen = reading.round_trip(write_sample(tmp_path / "a", ["one"]))
    assert seen.of("value")["/__metadata__/0"] == "one"
    assert "a.weight" in seen.of("key").values()
    assert [p.code for p in seen.log.problems] == ["note.tensors"]


def test_torn(reading, tmp_path):
    path = write_sample(tmp_path / "a", ["one"])
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(UnreadableError):
        reading.all(path)
