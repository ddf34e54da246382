"""Terminal recordings in binary frames."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from scanner.errors import UnreadableError
from scanner.sources.ttyrec import plugin

START = 1_790_000_000


def ttyrec(texts: list[str]) -> bytes:
    data = [text.encode() for text in texts]
    return b"".join(struct.pack("<III", START + n, n, len(d)) + d for n, d in enumerate(data))


def script(events: list[tuple[str, str]], order: str = "<") -> bytes:
    found = b""
    for number, (code, text) in enumerate([("s", ""), *events, ("e", "")]):
        data, time = text.encode(), START + number
        found += struct.pack(order + "QQII", len(data), time, 5, ord(code)) + data
    return found


def write_sample(stem: Path, strings: list[str]) -> Path:
    path = stem.with_suffix(".ttyrec")
    path.write_bytes(ttyrec(["", *strings]))
    return path


@pytest.mark.parametrize("order", "<>")
def test_script_of_any_machine(order, reading, tmp_path):
    path = tmp_path / "a.typescript"
    path.write_bytes(script([("i", "l"), ("o", "l"), ("o", "örks")], order))
    seen = reading.round_trip(path)
    assert [(p.record, text) for p, text in seen.texts] == [(0, "l"), (1, "l"), (2, "örks")]


@pytest.mark.parametrize("data", [b"\0" * 64, b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"text " * 9])
def test_what_is_none(data):
    assert not plugin.sniff(data)


def test_what_is_torn(reading, tmp_path):
    path = tmp_path / "a.ttyrec"
    path.write_bytes(ttyrec(["one", "two"])[:-1])
    with pytest.raises(UnreadableError) as caught:
        reading.all(path)
    assert caught.value.code == "source.truncated"
