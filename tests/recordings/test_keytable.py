"""Logs of keys in databases."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from keyed import recordings_of, texts_of
from typist import Typist


def write_sample(stem: Path, text: str) -> Path:
    return database(stem.with_suffix(".db"), text, "key_log", "id integer primary key")


def database(path: Path, text: str, table: str, first: str) -> Path:
    typist = Typist(seed=3)
    typist.text(text)
    rows = [(10 + i, r["ts"], r["event"], r["key"]) for i, r in enumerate(typist.log())]
    with closing(sqlite3.connect(path)) as made:
        made.execute("create table other (name text, value text)")
        made.execute(f'create table "{table}" ({first}, ts, event, "key")')
        made.executemany(f'insert into "{table}" values (?, ?, ?, ?)', rows)
        made.commit()
    return path


def test_rows_are_those_of_the_table(tmp_path):
    path = database(tmp_path / "a.db", "sunflower", "key/log", "id integer primary key")
    ((place, text),) = recordings_of(path)[0]
    assert text == "sunflower"
    assert place.typed.rows(0, 9)[0] == "/key~1log:10-27"


def test_a_table_without_rowids(tmp_path):
    with closing(sqlite3.connect(tmp_path / "a.db")) as made:
        made.execute("create table k (ts real primary key, event, key) without rowid")
        rows = [(float(i), "press", c) for i, c in enumerate("sunflower")]
        made.executemany("insert into k values (?, ?, ?)", rows)
        made.commit()
    ((place, text),) = recordings_of(tmp_path / "a.db")[0]
    assert (text, place.typed.rows(0, 9)[0]) == ("sunflower", "/k:0-8")


def test_events_as_json_in_a_column(tmp_path):
    with closing(sqlite3.connect(tmp_path / "a.db")) as made:
        made.execute("create table events (id integer primary key, kind, payload)")
        rows = [("keydown", json.dumps({"key": c, "t": i})) for i, c in enumerate("sunflower")]
        made.executemany("insert into events(kind, payload) values (?, ?)", rows)
        made.commit()
    assert texts_of(tmp_path / "a.db") == ["sunflower"]
