"""Pickles."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from scanner.errors import UnreadableError


def write_sample(stem: Path, strings: list[str]) -> Path:
    path = stem.with_suffix(".pkl")
    path.write_bytes(pickle.dumps([{"text": s, "n": 4111111111111111} for s in strings]))
    return path


class Evil:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return os.system, (f"touch {self.mark}",)


@pytest.mark.parametrize("protocol", range(6))
def test_every_protocol(reading, tmp_path, protocol):
    data = {"password": "first", "more": ["x", {"token": "second"}], "one": {"key": "third"}}
    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps(data, protocol))
    seen = reading.round_trip(path)
    found = {text: p.label for p, text in seen.texts}
    assert {"first", "x", "second", "third"} <= found.keys()
    if protocol > 1:
        assert found["first"] == "password" and found["third"] == "key" and found["x"] == ""
    assert not seen.log.problems


def test_nothing_is_run(reading, tmp_path):
    mark, path = tmp_path / "was-run", tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps({"text": "beside it", "x": Evil(mark)}))
    seen = reading.round_trip(path)
    assert "beside it" in {text for _, text in seen.texts} and not mark.exists()
    assert [p.code for p in seen.log.problems] == ["note.pickle_runs_code"]


def test_arrays_of_strings_and_bytes_in_them(reading, tmp_path):
    path = tmp_path / "a.pkl"
    inner = pickle.dumps({"k": "in the inner one", "b": b"\xff\xfe"})
    path.write_bytes(
        pickle.dumps([np.array(["a long string", "two"]), b"\xff\0" + b"plain in it", inner])
    )
    found = {text for _, text in reading.round_trip(path).texts}
    assert any("a long string" in text for text in found)
    assert {"plain in it", "in the inner one"} <= found


def test_torn(reading, tmp_path):
    path = write_sample(tmp_path / "a", ["one", "two"])
    path.write_bytes(path.read_bytes()[:-6])
    with pytest.raises(UnreadableError) as caught:
        reading.all(path)
    assert caught.value.code == "source.corrupt"


def test_several_behind_each_other(reading, tmp_path):
    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps("first") + pickle.dumps("second") + b"\1\2" + b"behind them")
    found = {text for _, text in reading.round_trip(path).texts}
    assert {"first", "second", "behind them"} <= found
