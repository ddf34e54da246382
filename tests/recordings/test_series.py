"""What is typed on from one shard of a series to the next."""

from __future__ import annotations

import gzip
import io
import json
import random
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from keyed import finds, recordings_of, texts_of
from typist import Typist

from scanner import inputs

Rows = list[dict[str, Any]]
SECRET = "ghp_" + "".join(random.Random(12).choices("abcdefghijkmnpqrstuvwxyz2345", k=36))


def as_lines(rows: Rows) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def as_csv(rows: Rows) -> str:
    return "ts,event,key\n" + "".join('{ts},{event},"{key}"\n'.format(**row) for row in rows)


def as_text(rows: Rows) -> str:
    return "".join("{ts} {event} {key}\n".format(**row) for row in rows)


def as_batches(rows: Rows) -> str:
    """Ten events a line."""
    cut = range(0, len(rows), 10)
    return as_lines([{"session": "s", "events": rows[start : start + 10]} for start in cut])


TEXTS: dict[str, Callable[[Rows], str]] = {
    "jsonl": as_lines, "csv": as_csv, "txt": as_text, "json": json.dumps,
    "batches.jsonl": as_batches,
}  # fmt: skip


def write(path: Path, rows: Rows) -> None:
    kind = path.name.partition(".")[2]
    if kind == "jsonl.gz":
        path.write_bytes(gzip.compress(as_lines(rows).encode()))
    elif kind == "db":
        with closing(sqlite3.connect(path)) as made:
            made.execute("create table keys (id integer primary key, ts, event, key)")
            made.executemany("insert into keys values (null, :ts, :event, :key)", rows)
            made.commit()
    elif kind in ("parquet", "feather"):
        write_table(path, rows)
    else:
        path.write_text(TEXTS[kind](rows))


def write_table(path: Path, rows: Rows) -> None:
    import pyarrow as pa
    from pyarrow import feather
    from pyarrow import parquet as pq

    table = pa.Table.from_pylist([{**row, "note": "x"} for row in rows])
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=25)
    else:
        feather.write_feather(table, path, chunksize=25)


def halves() -> tuple[Rows, Rows]:
    typist = Typist(seed=12)
    typist.text(f"the token is {SECRET} so use it")
    rows = typist.log()
    return rows[:60], rows[60:]


@pytest.mark.parametrize("kind", [*TEXTS, "jsonl.gz", "parquet", "feather", "db"])
def test_files(kind, tmp_path):
    for nth, rows in enumerate(halves()):
        write(tmp_path / f"part-{9 + nth}.{kind}", rows)
    found, _ = recordings_of(tmp_path / f"part-10.{kind}")
    ((place, text),) = [(place, text) for place, text in found if SECRET in text]
    start = text.index(SECRET)
    rows, beside = place.typed.rows(start, start + len(SECRET))
    assert rows.rpartition(":")[2].startswith(("0-", "1-"))
    assert beside.partition(":")[2].rpartition(":")[2].startswith(("1-", "2-"))
    assert "before:" in beside
    assert not [text for text in texts_of(tmp_path / f"part-9.{kind}") if SECRET in text]


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_members_of_an_archive(kind, tmp_path):
    path = tmp_path / f"a.{kind}"
    parts = [(f"keys/{9 + n}.jsonl", as_lines(rows).encode()) for n, rows in enumerate(halves())]
    parts.insert(1, ("keys/notes.txt", b"something else"))
    with tarfile.open(path, "w") if kind == "tar" else zipfile.ZipFile(path, "w") as archive:
        for name, data in parts:
            if isinstance(archive, zipfile.ZipFile):
                archive.writestr(name, data)
            else:
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    (found,) = [f for f in finds(path) if f.rule_id.startswith("github")]
    assert found.location.member == "keys/10.jsonl"
    assert (found.location.rows[:2], found.location.collateral[:9]) == ("0-", "before:1-")
    (shard,) = inputs.discover([str(path)])
    assert inputs.value_at(shard, found.location, str) == SECRET


def test_files_that_are_no_series_are_read_alone(tmp_path):
    for name, part in (("a1.jsonl", "sun"), ("b2.jsonl", "flower")):
        rows = [{"ts": i, "event": "press", "key": c} for i, c in enumerate(part)]
        (tmp_path / name).write_text(as_lines(rows))
    assert texts_of(tmp_path / "b2.jsonl") == ["flower"]
