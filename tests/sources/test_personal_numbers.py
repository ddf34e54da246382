"""Places and pay are numbers with a fraction, or short ones: under their names they are read."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scanner.files.json_names import personal

ROW = {"lat": 51.507351, "geoLng": -0.127758, "annual_salary": 98000, "loss": 0.4839, "n": 12}
WANTED = {"lat": "51.507351", "geoLng": "-0.127758", "annual_salary": "98000"}


def as_jsonl(path: Path) -> Path:
    (made := path.with_suffix(".jsonl")).write_text(json.dumps(ROW))
    return made


def as_parquet(path: Path) -> Path:
    pq.write_table(pa.Table.from_pylist([ROW]), made := path.with_suffix(".parquet"))
    return made


def as_sqlite(path: Path) -> Path:
    base = sqlite3.connect(made := path.with_suffix(".db"))
    base.execute("CREATE TABLE t (lat REAL, geoLng REAL, annual_salary INT, loss REAL, n INT)")
    base.execute("INSERT INTO t VALUES (?, ?, ?, ?, ?)", [*ROW.values()])
    base.commit()
    base.close()
    return made


@pytest.mark.parametrize("write", [as_jsonl, as_parquet, as_sqlite])
def test_numbers_of_personal_names_are_read(reading, tmp_path, write):
    seen = reading.round_trip(write(tmp_path / "x"))
    assert {p.label: t for p, t in seen.texts if p.part == "number"} == WANTED


def test_the_coordinates_of_a_place_are_one_text(reading, tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{"geometry": {"coordinates": [13.404954, 52.520008]}, "size": [1.25, 7.5]}')
    texts = {p.field: t for p, t in reading.round_trip(path).texts if p.part == "value"}
    assert texts == {"/geometry/coordinates": "13.404954, 52.520008"}


@pytest.mark.parametrize("name", ["latency", "translation", "plate_no", "along", "lost", "flat"])
def test_names_that_only_look_like_it(name):
    assert not personal(name)
