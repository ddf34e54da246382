"""NumPy arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scanner.errors import UnreadableError


def write_sample(stem: Path, strings: list[str]) -> Path:
    path = stem.with_suffix(".npy")
    np.save(
        path, np.array([(s, 4111111111111111) for s in strings], [("text", "U40"), ("n", "i8")])
    )
    if any(len(s) > 40 or s.endswith("\0") for s in strings):
        np.save(path, np.array(strings))
    return path


def texts(seen, part: str = "value") -> list[str]:
    return [text for place, text in seen.texts if place.part == part]


@pytest.mark.parametrize("array", [["one", "two"], [b"one", b"two"], [["one"], ["two"]]])
def test_strings(reading, tmp_path, array):
    np.save(tmp_path / "a.npy", np.array(array))
    seen = reading.round_trip(tmp_path / "a.npy")
    assert texts(seen) == ["one", "two"] and seen.log.records == 2


def test_numbers(reading, tmp_path):
    np.save(tmp_path / "a.npy", np.array([1, 4111111111111111, 7]))
    assert texts(reading.round_trip(tmp_path / "a.npy"), "number") == ["4111111111111111"]
    np.save(tmp_path / "a.npy", np.ones((400, 3)))
    seen = reading.round_trip(tmp_path / "a.npy")
    assert texts(seen) == [] and seen.log.records == 1200


def test_objects_are_not_unpickled(reading, tmp_path):
    np.save(tmp_path / "a.npy", np.array([{"k": "inside"}, None], object), allow_pickle=True)
    assert "inside" in texts(reading.round_trip(tmp_path / "a.npy"))


def test_members_of_npz(reading, tmp_path):
    np.savez_compressed(tmp_path / "a.npz", names=np.array(["in the archive"]), x=np.arange(3))
    seen = reading.round_trip(tmp_path / "a.npz")
    assert "in the archive" in texts(seen) and not seen.log.problems


def test_torn_and_hostile_headers(reading, tmp_path):
    path = write_sample(tmp_path / "a", ["one", "two"])
    data = path.read_bytes()
    for content in (data[:-9], data[:40], data.replace(b"{'descr'", b"open('x'")):
        path.write_bytes(content)
        with pytest.raises(UnreadableError) as caught:
            reading.all(path)
        assert caught.value.code == "source.corrupt"
