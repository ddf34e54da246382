"""Terminal sessions in binary frames."""

from __future__ import annotations

import struct
from pathlib import Path

from keyed import finds, recordings_of, texts_of

from scanner.rulepacks.examples import fill


def frames(events: list[tuple[str, str]]) -> bytes:
    found = struct.pack("<QQII", 0, 1_790_000_000, 0, ord("s"))
    for number, (code, text) in enumerate(events):
        data = text.encode()
        micros = number * 100_000
        clock = 1_790_000_000 + micros // 1_000_000, micros % 1_000_000
        found += struct.pack("<QQII", len(data), *clock, ord(code)) + data
    return found


def write_sample(stem: Path, text: str) -> Path:
    path = stem.with_suffix(".script")
    keys = [(code, char) for char in text for code in "io"]
    path.write_bytes(frames([("o", "$ "), *keys, ("i", "\r"), ("o", "\r\n")]))
    return path


def test_the_frames_of_a_secret(tmp_path):
    token = fill("<<github:ghp_>>", "ttyrec")
    found = [f for f in finds(write_sample(tmp_path / "a", token)) if f.rule_id == "github-token"]
    assert len({f.fingerprint for f in found}) == 1
    assert {f.about.application for f in found} == {"terminal"}


def test_only_output_and_a_password(tmp_path):
    path = tmp_path / "a.ttyrec"
    shown = "$ export A=secret\r\n"
    data = [struct.pack("<III", 1_790_000_000, n, 1) + c.encode() for n, c in enumerate(shown)]
    path.write_bytes(b"".join(data))
    assert "$ export A=secret" in texts_of(path)
    keys = [("i", char) for char in "sunny-meadow"]
    path.write_bytes(frames([("o", "Password: "), *keys, ("i", "\r"), ("o", "\r\n")]))
    (found,) = finds(path)
    assert (found.category, found.location.rows) == ("credential", "1-12")


def test_what_is_torn_is_told(tmp_path):
    path = write_sample(tmp_path / "a", "words")
    path.write_bytes(path.read_bytes()[:-1])
    found, log = recordings_of(path)
    assert found and [p.code for p in log.problems] == ["source.truncated"]
