"""Logs of keys in databases."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from keyed import finds, recordings_of, texts_of
from typist import Typist

from scanner.rulepacks.examples import fill


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


def test_the_name_of_a_table_that_is_sensitive_is_not_shown(tmp_path):
    path, token = tmp_path / "a.db", fill("<<github:ghp_>>", "a table")
    typist = Typist(seed=2)
    typist.text("the token is " + fill("<<github:ghp_>>", "typed"))
    with closing(sqlite3.connect(path)) as database:
        database.execute(f'create table "{token}" (ts, event, key)')
        rows = [tuple(row.values()) for row in typist.log()]
        database.executemany(f'insert into "{token}" values (?, ?, ?)', rows)
        database.commit()
    typed = [f for f in finds(path) if f.location.rows]
    assert typed and token not in repr(typed)
    assert typed[0].location.rows.startswith("/~h")
