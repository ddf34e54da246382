"""TFRecord files."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import UnreadableError
from scanner.sources._crc32c import _SHORT, _table, crc32c, masked


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def message(number: int, data: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(data)) + data


def entry(key: str, feature: bytes) -> bytes:
    return message(1, message(1, key.encode()) + message(2, feature))


def texts(*values: bytes) -> bytes:
    return message(1, b"".join(message(1, v) for v in values))


def numbers(*values: int) -> bytes:
    return message(3, message(1, b"".join(varint(v) for v in values)))


def record(data: bytes) -> bytes:
    head = struct.pack("<Q", len(data))
    return head + struct.pack("<I", masked(head)) + data + struct.pack("<I", masked(data))


def write_sample(stem: Path, strings: list[str]) -> Path:
    path = stem.with_suffix(".tfrecord")
    features = (
        entry("text", texts(s.encode())) + entry("n", numbers(4111111111111111)) for s in strings
    )
    path.write_bytes(b"".join(record(message(1, f)) for f in features))
    return path


@pytest.mark.parametrize(
    ("data", "crc"),
    [(b"123456789", 0xE3069283), (bytes(32), 0x8A9136AA), (b"\xff" * 32, 0x62A8AB43)],
)
def test_the_checksum_of_the_standard(data, crc):
    assert crc32c(data) == crc


@settings(max_examples=10)
@given(st.binary(min_size=1, max_size=64), st.integers(_SHORT, 9 * _SHORT))
def test_long_data_have_the_same_checksum(some, size):
    data, crc = (some * size)[:size], 0xFFFFFFFF
    for byte in data:
        crc = _table()[(crc ^ byte) & 255] ^ crc >> 8
    assert crc32c(data) == crc ^ 0xFFFFFFFF


def test_features_of_both_kinds(reading, tmp_path):
    path = tmp_path / "a.tfrecord"
    sequence = message(1, entry("who", texts(b"ann"))) + message(
        2, entry("said", message(1, texts(b"one")) + message(1, texts(b"two")))
    )
    path.write_bytes(
        record(sequence)
        + record(b"plain text")
        + record(b"\x08\x96\x01\x12\x03\xc3\xa9x\x1a\x02\xff\xff")
    )
    seen = reading.round_trip(path)
    found = {(p.record, p.field): text for p, text in seen.texts if p.part == "value"}
    assert found == {(0, "/who"): "ann", (0, "/said/0"): "one", (0, "/said/1"): "two",
                     (1, ""): "plain text", (2, "/2/0"): "éx"}  # fmt: skip
    assert [p.code for p in seen.log.problems] == ["source.binary_value"]


def test_a_changed_byte_is_told(reading, tmp_path):
    path = write_sample(tmp_path / "a", ["one", "two"])
    data = bytearray(path.read_bytes())
    data[-8] ^= 1
    path.write_bytes(data)
    with pytest.raises(UnreadableError) as caught:
        reading.all(path)
    assert caught.value.code == "source.corrupt"
