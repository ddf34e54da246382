"""SQLite databases: rows, and what is left of deleted ones."""

from __future__ import annotations

import hashlib
import random
import sqlite3
from pathlib import Path

import pytest

from scanner import about, inputs, plugins
from scanner.batch import UnitLog
from scanner.errors import UnreadableError


def database(path: Path, script: str = "") -> sqlite3.Connection:
    path.unlink(missing_ok=True)
    made = sqlite3.connect(path, isolation_level=None)
    made.execute("PRAGMA secure_delete=0")
    made.executescript(script)
    return made


def write_sample(stem: Path, strings: list[str]) -> Path:
    path = stem.with_suffix(".db")
    made = database(path, "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT)")
    made.executemany("INSERT INTO notes (body) VALUES (?)", [(s,) for s in strings])
    made.close()
    return path


def values(seen, label: str = "", part: str = "value") -> set[str]:
    return {t for p, t in seen.texts if p.part == part and (not label or p.label == label)}


ROWS = 2000
USERS = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, password TEXT, n INT);"


def secret(i: int) -> str:
    return "pw" + hashlib.md5(str(i).encode()).hexdigest()[:12]


def filled(path: Path, before: str = "", rows: int = ROWS) -> sqlite3.Connection:
    made = database(path, before + USERS + "CREATE INDEX by_name ON users (name);")
    made.execute("BEGIN")
    some = [(f"Name {i}", secret(i), i * 3) for i in range(rows)]
    made.executemany("INSERT INTO users (name, password, n) VALUES (?,?,?)", some)
    made.execute("COMMIT")
    return made


def lost(path: Path, texts: set[str], encoding: str = "utf-8") -> list[str]:
    """Secrets whose bytes are in the file or beside it, and not among the texts."""
    files = [f for f in path.parent.iterdir() if f.name.startswith(path.name)]
    held = b"".join(f.read_bytes() for f in files)
    there = [secret(i) for i in range(ROWS) if secret(i).encode(encoding) in held]
    assert len(there) > 0.7 * ROWS
    joined = "\n".join(texts)
    return [one for one in there if one not in joined]


@pytest.mark.parametrize(
    ("before", "delete"),
    [
        ("", "DELETE FROM users WHERE id % 2"),
        ("", "DELETE FROM users"),
        ("PRAGMA page_size=512;", "DELETE FROM users WHERE id < 1500"),
        ("PRAGMA encoding='UTF-16le';", "DELETE FROM users WHERE id % 3"),
        ("PRAGMA auto_vacuum=2;", "DROP TABLE users"),
    ],
)
def test_deleted_rows_are_read(reading, tmp_path, before, delete):
    path = tmp_path / "a.db"
    made = filled(path, before)
    made.execute(delete)
    made.close()
    seen = reading.all(path)
    encoding = "utf-16-le" if "UTF-16" in before else "utf-8"
    assert not lost(path, {text for _, text in seen.texts}, encoding)
    left = {t for p, t in seen.texts if p.part == "raw"}
    assert sum(secret(i) in left for i in range(ROWS)) > 900
    if "DROP" not in delete:
        assert len(values(seen, "password", "raw") & left) > 900


def test_the_log_beside_it_is_read_with_all_its_rounds(reading, tmp_path):
    path = tmp_path / "a.db"
    made = filled(path, "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;")
    made.execute("UPDATE users SET password = 'changed' WHERE id % 2")
    made.execute("DELETE FROM users WHERE id % 4 = 2")
    made.execute("INSERT INTO users (name, password) VALUES ('New', 'fresh one')")
    seen = reading.all(path)
    assert not lost(path, {text for _, text in seen.texts})
    assert values(seen, "password") >= {"changed", "fresh one", secret(3)}
    assert secret(1) not in values(seen, "password")
    assert values(seen, "password", "raw") >= {secret(0), secret(1), secret(2)}
    for tail in ("-wal", "-shm"):
        beside = reading.all(Path(f"{path}{tail}"))
        assert not beside.texts and [p.code for p in beside.log.problems] == ["note.beside"]
    alone = tmp_path / "other-wal"
    alone.write_bytes(Path(f"{path}-wal").read_bytes())
    found = reading.all(alone)
    assert not lost(alone, {text for _, text in found.texts})
    place, text = next((p, t) for p, t in found.texts if t == secret(5))
    assert inputs.text_at(found.shard, reading.location(found.shard, place), str) == text
    made.close()


def test_the_unit_is_another_when_a_journal_beside_it_is(reading, tmp_path):
    path = write_sample(tmp_path / "a", ["x"])
    source = plugins.load("sources", "sqlite")
    (before,) = source.units(reading.shard(path))
    Path(f"{path}-wal").write_bytes(b"journal")
    (after,) = source.units(reading.shard(path))
    assert before != after and not before.beside


@pytest.mark.parametrize("mode", ["PERSIST", "DELETE"])
def test_a_rollback_journal_is_read(reading, tmp_path, mode):
    path = tmp_path / "a.db"
    made = filled(path, f"PRAGMA journal_mode={mode};")
    made.execute("BEGIN")
    made.execute("PRAGMA secure_delete=1")
    made.execute("UPDATE users SET password = 'changed'")
    if mode == "PERSIST":
        made.execute("COMMIT")
    journal = tmp_path / "copy-journal"
    journal.write_bytes(Path(f"{path}-journal").read_bytes())
    seen = reading.all(path)
    assert secret(7) in values(seen, "password", "raw" if mode == "PERSIST" else "value")
    assert mode == "DELETE" or secret(7) in {t for _, t in reading.all(journal).texts}
    made.close()


def test_every_kind_of_table_and_value(reading, tmp_path):
    path = tmp_path / "a.db"
    long = "long " * 5000 + "end"
    made = database(
        path,
        "CREATE TABLE [odd name] (a, \"b,\" TEXT DEFAULT 'x,(y', v AS (a || 1), c NUMERIC(9, 2));"
        "CREATE TABLE kept (v TEXT, k TEXT, PRIMARY KEY (k)) WITHOUT ROWID;"
        "CREATE TABLE settings (key TEXT, value BLOB);"
        "CREATE TABLE later (id INT, PRIMARY KEY (id));",
    )
    made.execute("INSERT INTO [odd name] VALUES ('one', 'two', 41)")
    made.execute("INSERT INTO [odd name] VALUES (?, ?, 3.5)", (long, 4111111111111111))
    made.executemany(
        "INSERT INTO kept VALUES (?, ?)", [(f"v{i:04}" * 9, f"k{i}") for i in range(300)]
    )
    made.execute("INSERT INTO settings VALUES ('token', ?)", (b"a text after all",))
    made.execute("INSERT INTO settings VALUES ('icon', ?)", (b"\x89ICO\r\n\x1a\n\0\0inside it\0",))
    made.execute("INSERT INTO settings VALUES ('wide', ?)", ("wide".encode("utf-16"),))
    made.execute("ALTER TABLE later ADD COLUMN more TEXT")
    made.execute("INSERT INTO later VALUES (1, 'added')")
    made.close()
    seen = reading.round_trip(path)
    assert values(seen, "a") == {"one", long} and values(seen, "b,") == {"two", "4111111111111111"}
    assert values(seen, "v") == {f"v{i:04}" * 9 for i in range(300)}
    assert values(seen, "token") == {"a text after all"} and values(seen, "wide") == {"wide"}
    assert values(seen, "more") == {"added"} and "inside it" in values(seen, part="raw")
    assert [p.code for p in seen.log.problems] == ["source.binary_value"]


def test_whom_a_row_is_about(reading, tmp_path):
    """ActivityWatch's tables, as aw-server (Python) makes them."""
    path = tmp_path / "a.db"
    made = database(
        path,
        "CREATE TABLE eventmodel (id INTEGER PRIMARY KEY, bucket_id INT, timestamp DATETIME,"
        " duration DECIMAL, datastr VARCHAR)",
    )
    made.execute(
        "INSERT INTO eventmodel VALUES (1, 1, '2026-03-01 10:00:00+00:00', 3,"
        ' \'{"app": "Firefox", "title": "Inbox"}\')'
    )
    made.close()
    shard = reading.shard(path)
    source = plugins.load("sources", "sqlite")
    said = [
        about.said(batch.fields(place, lambda _: True), place.field)
        for unit in source.units(shard)
        for batch in source.batches(unit, UnitLog())
        for row in range(len(batch.values))
        for place in batch.places.of(row)
        if place.label == "datastr" and place.part == "value"
    ]
    assert [(s.application, s.window, s.time.hour) for s in said] == [("Firefox", "Inbox", 10)]


def test_damage_and_encryption_are_told(reading, tmp_path):
    path = tmp_path / "a.db"
    filled(path).close()
    data = bytearray(path.read_bytes())
    data[4096 * 5 : 4096 * 5 + 8] = b"\xff" * 8
    path.write_bytes(data)
    seen = reading.all(path)
    assert [p.code for p in seen.log.problems] == ["source.corrupt"]
    assert not lost(path, {text for _, text in seen.texts})
    path.write_bytes(data[:100] + random.Random(1).randbytes(8092))
    with pytest.raises(UnreadableError):
        reading.all(path)


def test_nothing_of_the_schema_is_run(reading, tmp_path):
    path = tmp_path / "a.db"
    made = database(path, "CREATE TABLE t (a); CREATE VIEW w AS SELECT load_extension('x');")
    made.execute("INSERT INTO t VALUES ('seen')")
    made.execute("PRAGMA writable_schema=1")
    made.execute(
        "UPDATE sqlite_master SET sql='CREATE VIRTUAL TABLE t USING evil(a)' WHERE name='t'"
    )
    made.close()
    before = path.read_bytes()
    assert "seen" in values(reading.round_trip(path))
    assert path.read_bytes() == before and [f.name for f in tmp_path.iterdir()] == ["a.db"]
