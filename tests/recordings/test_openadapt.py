"""Action events of OpenAdapt's recording database."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from keyed import finds, recordings_of

SCHEMA = """
CREATE TABLE recording (id INTEGER PRIMARY KEY, timestamp NUMERIC, task_description VARCHAR);
CREATE TABLE action_event (id INTEGER PRIMARY KEY, name VARCHAR, timestamp NUMERIC,
  recording_timestamp NUMERIC, screenshot_timestamp NUMERIC, window_event_timestamp NUMERIC,
  mouse_x NUMERIC, mouse_pressed BOOLEAN, key_name VARCHAR, key_char VARCHAR, key_vk VARCHAR,
  canonical_key_name VARCHAR, canonical_key_char VARCHAR, canonical_key_vk VARCHAR,
  parent_id INTEGER, element_state JSON);
CREATE TABLE window_event (id INTEGER PRIMARY KEY, recording_timestamp NUMERIC,
  timestamp NUMERIC, title VARCHAR);
CREATE TABLE screenshot (id INTEGER PRIMARY KEY, timestamp NUMERIC, png_data BLOB);
"""
START = 1790000000.0


def write_sample(stem: Path, text: str, state: str = "{}") -> Path:
    path = stem.with_suffix(".db")
    path.unlink(missing_ok=True)
    made = sqlite3.connect(path)
    made.executescript(SCHEMA)
    made.execute("INSERT INTO window_event VALUES (1, ?, ?, 'Notes')", (START, START))
    for i, char in enumerate(text):
        name = {" ": "space", "\n": "enter"}.get(char)
        for act, late in (("press", 0.0), ("release", 0.07)):
            time = round(START + i / 8 + late, 2)
            made.execute(
                "INSERT INTO action_event (name, timestamp, recording_timestamp,"
                " window_event_timestamp, key_name, key_char, element_state)"
                " VALUES (?,?,?,?,?,?,?)",
                (act, time, START, START, name, None if name else char, state),
            )
    made.executemany(
        "INSERT INTO screenshot (timestamp, png_data) VALUES (?, x'89504e47')",
        [(START - 9,), (START + 0.3,), (START + 999,)],
    )
    made.commit()
    made.close()
    return path


def test_rows_are_ids_and_screenshots_are_collateral(tmp_path):
    path = write_sample(tmp_path / "a", "sunflower", '{"AXRole": "AXSecureTextField"}')
    (found,) = [f for f in finds(path) if f.rule_id == "typed-secure-field"]
    assert found.location.rows == "/action_event:1-18"
    assert found.location.collateral == "/screenshot:2"
    assert "sunflower" not in repr(found)


def test_a_key_that_is_not_known_is_counted(tmp_path):
    path = write_sample(tmp_path / "a", "hello")
    with sqlite3.connect(path) as made:
        made.execute("INSERT INTO action_event (name, key_name) VALUES ('press', 'no such')")
    made.close()
    problems = recordings_of(path)[1].problems
    assert [(p.code, p.records) for p in problems] == [("events.rejected", (11,))]
