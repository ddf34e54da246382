"""ORC files."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import orc

from scanner.errors import UnreadableError
from scanner.sources import _orc_footer
from scanner.sources._orc_footer import _has_variants


def write_sample(stem: Path, strings: list[str], **options: object) -> Path:
    path = stem.with_suffix(".orc")
    table = pa.table({"text": strings, "n": [4111111111111111] * len(strings)})
    orc.write_table(table, path, **options)
    return path


@pytest.mark.parametrize("codec", ["uncompressed", "zlib", "snappy", "zstd"])
def test_every_codec(reading, tmp_path, codec):
    seen = reading.round_trip(write_sample(tmp_path / "a", ["one", "two"], compression=codec))
    assert [text for p, text in seen.texts if p.part == "value"] == ["one", "two"]
    assert seen.of("number") == {"/n": "4111111111111111"}
    assert seen.log.records == 2 and not seen.log.problems


def test_encrypted_columns_are_told(reading, tmp_path, monkeypatch):
    variant = bytes([3 << 3 | 2, 2, 8, 1])  # variants { root: 1 }
    footer = bytes([6 << 3, 7, 10 << 3 | 2, len(variant)]) + variant
    assert _has_variants(footer) and not _has_variants(footer[:2])
    path = write_sample(tmp_path / "a", ["one"])
    monkeypatch.setattr(_orc_footer, "_footer", lambda file: footer)
    assert [p.code for p in reading.all(path).log.problems] == ["source.encrypted"]


@pytest.mark.parametrize(("codec", "kind"), [("snappy", 2), ("lz4_raw", 4), ("zstd", 5)])
def test_footers_are_unpacked_whatever_they_are_packed_with(codec, kind):
    footer = bytes(range(256)) * 3 + b"a footer, a footer, a footer" * 40 + b"end"
    chunk = pa.compress(footer, codec, asbytes=True)
    stream = (len(chunk) << 1).to_bytes(3, "little") + chunk + b"\x07\x00\x00raw"
    assert _orc_footer._unpacked(stream, kind, {}) == footer + b"raw"


def test_torn(reading, tmp_path):
    path = write_sample(tmp_path / "a", ["one", "two"])
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(UnreadableError) as caught:
        reading.all(path)
    assert caught.value.code == "source.corrupt"
