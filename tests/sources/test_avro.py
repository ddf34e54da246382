"""Avro files."""

from __future__ import annotations

from pathlib import Path

import fastavro
import pytest

from scanner.errors import UnreadableError

SCHEMA = {
    "type": "record", "name": "Event", "doc": "what the schema says",
    "fields": [
        {"name": "text", "type": "string"},
        {"name": "raw", "type": ["null", "bytes"], "default": None},
        {"name": "more", "type": {"type": "map", "values": "string"}, "default": {}},
        {"name": "card", "type": "long", "default": 0},
    ],
}  # fmt: skip


def write_sample(stem: Path, strings: list[str], codec: str = "deflate", **more: object) -> Path:
    path = stem.with_suffix(".avro")
    rows = [
        {"text": s, "raw": s.encode(), "more": {"token": s}, "card": 12, **more} for s in strings
    ]
    with path.open("wb") as file:
        fastavro.writer(file, SCHEMA, rows, codec, metadata={"owner": "somebody"})
    return path


@pytest.mark.parametrize("codec", ["null", "deflate", "bzip2", "xz", "zstandard"])
def test_every_codec(reading, tmp_path, codec):
    seen = reading.round_trip(write_sample(tmp_path / "a", ["one", "two"], codec))
    assert {text for p, text in seen.texts if p.record == 1 and p.part == "value"} == {"two"}
    assert seen.labels()["/more/token"] == "token" and seen.log.records == 2
    assert seen.of("metadata")["/owner"] == "somebody"
    assert "what the schema says" in seen.of("metadata")["/avro.schema"]


def test_numbers_and_binary(reading, tmp_path):
    path = write_sample(tmp_path / "a", ["one"], card=4111111111111111, raw=b"\xff\xfe\x00\x01")
    seen = reading.round_trip(path)
    assert seen.of("number") == {"/card": "4111111111111111"}
    assert [p.code for p in seen.log.problems] == ["source.binary_value"]


def test_torn_in_its_last_block(reading, tmp_path):
    path = write_sample(tmp_path / "a", [f"text {n}" for n in range(9000)])
    data = path.read_bytes()
    path.write_bytes(data[:-40])
    from scanner import plugins
    from scanner.batch import UnitLog
    from scanner.sources import Unit

    log = UnitLog()
    with pytest.raises(UnreadableError):
        list(plugins.load("sources", "avro").batches(Unit(reading.shard(path), ""), log))
    assert log.records > 0
