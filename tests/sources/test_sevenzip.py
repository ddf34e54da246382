"""7z archives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.errors import UnreadableError
from scanner.sources import _archive, sevenzip

py7zr = pytest.importorskip("py7zr")


def write_sample(stem: Path, strings: list[str]) -> Path:
    path = stem.with_suffix(".7z")
    lines = "".join(json.dumps({"text": s}) + "\n" for s in strings)
    return packed(path, {"first.txt": "one\n", "a/b.jsonl": lines})


def packed(path: Path, files: dict[str, str], **options: object) -> Path:
    with py7zr.SevenZipFile(path, "w", **options) as archive:
        for name, text in files.items():
            archive.writestr(text, name)
    return path


def test_members(reading, tmp_path):
    path = packed(tmp_path / "a.7z", {"x/up.csv": "h\ncell\n", "b.jsonl": '{"k": "v1"}'})
    seen = reading.round_trip(path)
    assert {text for p, text in seen.texts if p.part == "value"} == {"cell", "v1"}
    assert not seen.log.problems


def test_encrypted(reading, tmp_path):
    path = packed(tmp_path / "a.7z", {"a.txt": "hidden"}, password="a-password")
    assert [p.code for p in reading.all(path).log.problems] == ["archive.encrypted"]


def test_bombs_and_torn_ones(reading, tmp_path, monkeypatch):
    path = packed(tmp_path / "a.7z", {"a.txt": "a line\n" * 800_000})
    data = path.read_bytes()
    path.write_bytes(data[:-20])
    with pytest.raises(UnreadableError):
        reading.all(path)
    path.write_bytes(data)
    monkeypatch.setattr(_archive, "_PLENTY", 1 << 20)
    monkeypatch.setattr(_archive, "_RATIO", 10)
    with pytest.raises(UnreadableError) as caught:
        reading.all(path)
    assert caught.value.code == "archive.bomb"


def test_without_the_extra_it_is_told(monkeypatch):
    monkeypatch.setattr(sevenzip, "find_spec", lambda name: None)
    missing = sevenzip.plugin.unavailable()
    assert missing is not None and "leakgate[archives]" in missing.hint
