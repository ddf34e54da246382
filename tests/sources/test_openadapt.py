"""Recordings of OpenAdapt, as a source: every text in every table."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from scanner.batch import UnitLog

SCHEMA = """
CREATE TABLE action_event (id INTEGER PRIMARY KEY, name VARCHAR, timestamp NUMERIC,
  recording_timestamp NUMERIC, screenshot_timestamp NUMERIC, window_event_timestamp NUMERIC,
  mouse_x NUMERIC, mouse_y NUMERIC, mouse_button_name VARCHAR, mouse_pressed BOOLEAN,
  key_name VARCHAR, key_char VARCHAR, key_vk VARCHAR, canonical_key_name VARCHAR,
  canonical_key_char VARCHAR, canonical_key_vk VARCHAR, element_state JSON);
CREATE TABLE recording (id INTEGER PRIMARY KEY, timestamp NUMERIC, platform VARCHAR,
  task_description VARCHAR);
CREATE TABLE window_event (id INTEGER PRIMARY KEY, recording_timestamp NUMERIC,
  timestamp NUMERIC, state JSON, title VARCHAR, window_id VARCHAR);
CREATE TABLE screenshot (id INTEGER PRIMARY KEY, recording_timestamp NUMERIC,
  timestamp NUMERIC, png_data BLOB);
"""


def database(path: Path) -> sqlite3.Connection:
    path.unlink(missing_ok=True)
    made = sqlite3.connect(path)
    made.executescript(SCHEMA)
    return made


def write_sample(stem: Path, strings: list[str]) -> Path:
    path = stem.with_suffix(".db")
    made = database(path)
    made.executemany("INSERT INTO window_event (title) VALUES (?)", [(s,) for s in strings])
    made.execute("INSERT INTO recording (task_description) VALUES (?)", (strings[0],))
    made.commit()
    made.close()
    return path


def test_texts_in_blobs_are_read_and_pictures_are_not(reading, tmp_path):
    path = tmp_path / "a.db"
    made = database(path)
    made.execute("INSERT INTO screenshot (png_data) VALUES (?)", (b"\x89PNG\r\n\x1a\n\0\0",))
    made.execute("INSERT INTO screenshot (png_data) VALUES (?)", (b"a text after all",))
    made.commit()
    made.close()
    assert reading.round_trip(path).of("value") == {"/screenshot/png_data": "a text after all"}


def test_a_journal_beside_it_is_told(reading, tmp_path):
    path = write_sample(tmp_path / "a", ["x"])
    Path(f"{path}-wal").write_bytes(b"journal")
    shard, log = reading.shard(path), UnitLog()
    from scanner import plugins

    source = plugins.load("sources", "openadapt")
    for unit in source.units(shard):
        list(source.batches(unit, log))
    assert [p.code for p in log.problems] == ["source.journal"]
