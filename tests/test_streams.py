"""Compressed and recoded streams."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import UnreadableError
from scanner.files.streams import (
    blocks,
    compression_of,
    open_shard,
    open_text,
    skip_to,
)
from scanner.files.wide import encoding_of, recoded
from scanner.sources import Shard

DATA = b"".join(b"line %d of the sample\n" % i for i in range(50_000))


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


SKIPPED = b"\x53\x2a\x4d\x18" + (9000).to_bytes(4, "little") + b"x" * 9000
PACKERS = pytest.mark.parametrize(("kind", "pack"), [("gzip", gzip.compress), ("zstd", zstd)])


def read(tmp_path: Path, stored: bytes, kind: str) -> tuple[bytes, str]:
    """What was delivered, and the code of the error that ended it."""
    path = tmp_path / "stored"
    path.write_bytes(stored)
    parts: list[bytes] = []
    try:
        with open_shard(Shard(str(path), "uri", "", kind, len(stored))) as stream:
            parts.extend(blocks(stream))
    except UnreadableError as error:
        return b"".join(parts), error.code
    return b"".join(parts), ""


@PACKERS
def test_one_and_many_members(tmp_path, kind, pack):
    assert read(tmp_path, pack(DATA), kind) == (DATA, "")
    assert read(tmp_path, pack(DATA) + pack(b"") + pack(DATA), kind) == (DATA * 2, "")
    assert read(tmp_path, pack(b""), kind) == (b"", "")


def test_zero_padding_and_skippable_frames(tmp_path):
    assert read(tmp_path, gzip.compress(DATA) + b"\0" * 3000, "gzip") == (DATA, "")
    assert read(tmp_path, SKIPPED + zstd(DATA) + SKIPPED, "zstd") == (DATA, "")


@PACKERS
@pytest.mark.parametrize("share", [0.1, 0.5, 0.999])
def test_truncated_data_give_what_was_good(tmp_path, kind, pack, share):
    stored = pack(DATA)
    good, code = read(tmp_path, stored[: int(len(stored) * share)], kind)
    assert code == "source.truncated"
    assert DATA.startswith(good)
    assert share < 0.5 or len(good) > len(DATA) * share / 3


@PACKERS
def test_damage_and_trailing_garbage(tmp_path, kind, pack):
    stored = bytearray(pack(DATA))
    stored[-5] ^= 1  # in the checksum
    assert read(tmp_path, bytes(stored), kind)[1] == "source.corrupt"
    good, code = read(tmp_path, pack(DATA) + b"garbage behind", kind)
    assert (good, code) == (DATA, "source.corrupt")


@PACKERS
def test_a_bomb_comes_in_small_pieces(tmp_path, kind, pack):
    path = tmp_path / "bomb"
    path.write_bytes(pack(b"\0" * (200 << 20)))
    with open_shard(Shard(str(path), "uri", "", kind)) as stream:
        assert all(len(block) <= 1 << 20 for block in blocks(stream))


@given(st.integers(0, 300), st.integers(0, 300))
def test_blocks_of_a_range(start, length):
    data = bytes(range(256))
    assert b"".join(blocks(io.BytesIO(data), start, start + length)) == data[start : start + length]


@PACKERS
def test_skipping_without_seeking(tmp_path, kind, pack):
    path = tmp_path / "a"
    path.write_bytes(pack(DATA))
    with open_shard(Shard(str(path), "uri", "", kind)) as stream:
        skip_to(stream, 700_001)
        assert stream.read(10) == DATA[700_001:700_011]


def test_compression_is_told_by_the_first_bytes():
    assert compression_of(gzip.compress(b"x")) == "gzip"
    assert compression_of(zstd(b"x")) == "zstd"
    assert compression_of(SKIPPED) == "zstd"
    assert compression_of(b"text") == compression_of(b"") == ""


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-le", "utf-16-be"])
def test_text_is_recoded_across_blocks(tmp_path, encoding):
    text = "wörd 😀 " * 300_000
    path = tmp_path / "a"
    path.write_bytes(text.encode(encoding))
    with open_text(Shard(str(path), "uri", "")) as stream:
        assert b"".join(blocks(stream)).decode() == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.text("añ 中\U0001f600x", max_size=60), st.integers(0, 90)), max_size=4)
)
def test_what_goes_on_in_one_byte_text_is_read_as_that(encoding, parts):
    """As when two shells write to one file; the wide text goes on behind it."""
    stored, text = "\ufeff".encode(encoding), ""
    for wide, more in parts:
        line = "größe=%s\r\n" % ("k" * (48 + more))
        latin = wide + "ñandú " * 60
        stored += latin.encode(encoding) + line.encode("utf-8")
        text += latin + line
    stored += "\0".encode(encoding)
    name = encoding[:6]
    assert b"".join(recoded(iter([stored]), name)).decode() == text + "\0"


def test_a_mark_alone_makes_no_wide_text(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"\xff\xfe" + DATA)
    with open_text(Shard(str(path), "uri", "")) as stream:
        assert b"".join(blocks(stream)) == b"\xff\xfe" + DATA
    assert encoding_of(b"\xfe\xffpassword: x") == ""


def test_encodings_that_need_no_recoding():
    for head in (b"", b"plain", "é日本".encode(), b"a\0b", "\ufeffmark".encode(), b"\0\0\0\0"):
        assert encoding_of(head) == ""
