"""DuckDB databases."""

from __future__ import annotations

from pathlib import Path

import duckdb

from scanner import plugins


def write_sample(stem: Path, strings: list[str]) -> Path:
    path = stem.with_suffix(".duckdb")
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as made:
        made.execute("CREATE TABLE notes (id BIGINT, body VARCHAR)")
        made.executemany("INSERT INTO notes VALUES (1, ?)", [[s] for s in strings])
    return path


def test_tables_of_every_schema_and_nested_values(reading, tmp_path):
    path = tmp_path / "a.duckdb"
    with duckdb.connect(str(path)) as made:
        made.execute(
            'CREATE SCHEMA s; CREATE TABLE s."a ""b" (x STRUCT(token VARCHAR)[], n BIGINT)'
        )
        made.execute("INSERT INTO s.\"a \"\"b\" VALUES ([{'token': 'deep'}], 4111111111111111)")
        made.execute('CREATE VIEW v AS SELECT \'in the view\' AS w FROM s."a ""b"')
        made.execute("CREATE TABLE kv (key VARCHAR, value VARCHAR)")
        made.execute("COMMENT ON TABLE kv IS 'said of it'; COMMENT ON COLUMN kv.key IS 'and of k'")
    seen = reading.round_trip(path)
    spots = {text: (place.label, place.field) for place, text in seen.texts}
    assert spots["deep"] == ("token", "/x/0/token") and "4111111111111111" in spots
    metadata = "\n".join(text for p, text in seen.texts if p.part == "metadata")
    assert all(one in metadata for one in ("in the view", "said of it", "and of k"))
    assert 's.a "b' in seen.members


def test_the_log_beside_it_is_read_and_nothing_is_written(reading, tmp_path):
    path = tmp_path / "a.duckdb"
    made = duckdb.connect(str(path))
    made.execute("PRAGMA disable_checkpoint_on_shutdown")
    made.execute("CREATE TABLE t (a VARCHAR); CHECKPOINT; INSERT INTO t VALUES ('in the log')")
    made.close()
    assert (tmp_path / "a.duckdb.wal").stat().st_size
    before = {f.name: (f.read_bytes(), f.stat().st_mtime_ns) for f in tmp_path.iterdir()}
    assert "in the log" in {text for _, text in reading.round_trip(path).texts}
    assert {f.name: (f.read_bytes(), f.stat().st_mtime_ns) for f in tmp_path.iterdir()} == before
    (unit,) = plugins.load("sources", "duckdb").units(reading.shard(path))
    assert unit.beside
    (tmp_path / "a.duckdb.wal").unlink()
    (unit,) = plugins.load("sources", "duckdb").units(reading.shard(path))
    assert not unit.beside
