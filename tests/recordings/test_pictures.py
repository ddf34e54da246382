"""Pictures inside records."""

from __future__ import annotations

import base64
import gzip
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from keyed import recordings_of, texts_of

from scanner import inputs
from scanner.files import ocr
from scanner.model import Location, Part
from scanner.recordings import pictures

needs_ocr = pytest.mark.skipif(ocr.missing(), reason="OCR is not installed")
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"


def picture(text: str, kind: str = "PNG") -> bytes:
    from PIL import Image, ImageDraw, ImageFont

    page = Image.new("L", (620, 50), "white")
    ImageDraw.Draw(page).text((10, 12), text, font=ImageFont.truetype(FONT, 20), fill="black")
    out = io.BytesIO()
    page.save(out, kind, quality=95)
    return out.getvalue()


def coded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def write_sample(stem: Path, text: str) -> Path:
    if ocr.missing():
        pytest.skip("OCR is not installed")
    path = stem.with_suffix(".jsonl")
    shown = "data:image/png;base64," + coded(picture(text))
    path.write_text(json.dumps({"ts": 1, "screenshot": shown}) + "\n")
    return path


@needs_ocr
def test_jpeg_and_webp_at_any_depth(tmp_path):
    path = tmp_path / "a.json"
    parts = [{"data": coded(picture(kind.lower(), kind))} for kind in ("JPEG", "WEBP")]
    path.write_text(json.dumps({"messages": [{"content": parts}]}))
    found = {text: place.field for place, text in recordings_of(path)[0]}
    assert found["jpeg"].startswith("/messages/0/content/0/data/ocr/0/")
    assert found["webp"].startswith("/messages/0/content/1/data/ocr/0/")


@needs_ocr
def test_blobs_of_a_database(tmp_path):
    with closing(sqlite3.connect(tmp_path / "a.db")) as made:
        made.execute("create table shots (id integer primary key, png blob)")
        rows = [(7, b"\x00\x01 no picture"), (9, picture("from a blob"))]
        made.executemany("insert into shots values (?, ?)", rows)
        made.commit()
    (shard,) = inputs.discover([str(tmp_path / "a.db")])
    ((place, text),) = recordings_of(tmp_path / "a.db")[0]
    assert (text, place.typed.rows(0, 4)[0]) == ("from a blob", "/shots:9")
    at = Location(shard.uri, record=9, field=place.field, end=4, part=Part.TYPED)
    assert inputs.value_at(shard, at, str) == "from"


@needs_ocr
def test_columns_of_a_table(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    empty = {"bytes": b"x", "path": ""}
    rows = [{"image": empty, "flat": b"\xff"}] * 70
    rows.append({"image": {"bytes": picture("in a struct"), "path": "a"}, "flat": picture("flat")})
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    found = {text: place.record for place, text in recordings_of(tmp_path / "a.parquet")[0]}
    assert found == {"in a struct": 70, "flat": 70}


@needs_ocr
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_picture_far_into_a_file_is_seen(tmp_path, suffix):
    path = tmp_path / f"a.jsonl{suffix}"
    lines = ['{"a": "nothing to see"}\n'] * 40_000
    lines.insert(33_333, json.dumps({"shot": coded(picture("far away"))}) + "\n")
    text = "".join(lines).encode()
    path.write_bytes(gzip.compress(text, 1) if suffix else text)
    assert texts_of(path) == ["far away"]


@needs_ocr
@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n" + b"\0" * 80, picture("x")[:90]])
def test_what_cannot_be_read_is_told(data, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"shot": coded(data)}) + "\n")
    texts, log = recordings_of(path)
    assert not texts
    assert [p.code for p in log.problems] == ["source.corrupt"]


def test_without_ocr_each_picture_is_told(tmp_path, monkeypatch):
    path = write_sample(tmp_path / "a", "hidden")
    monkeypatch.setattr(ocr, "missing", lambda: True)
    texts, log = recordings_of(path)
    assert not texts
    assert [(p.code, p.is_failure) for p in log.problems] == [("source.ocr_missing", True)]


def test_texts_that_only_begin_like_a_picture(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"a": "/9j/ and UklGR, iVBORw0KGgo is how pictures begin"}) + "\n")
    assert recordings_of(path)[0] == []
    assert pictures.plugin.apart


def _duckdb(path: Path, data: bytes) -> None:
    import duckdb

    with duckdb.connect(str(path)) as made:
        made.execute("create table shots (id int, png blob, uri varchar)")
        made.execute("insert into shots values (1, null, 'x'), (2, ?, null), (3, null, ?)",
                     [data, URI + coded(data)])  # fmt: skip


def _orc(path: Path, data: bytes) -> None:
    import pyarrow as pa
    from pyarrow import orc

    orc.write_table(pa.table({"png": pa.array([b"\xff", data], pa.binary())}), str(path))


def _sqlite(path: Path, data: bytes) -> None:
    with closing(sqlite3.connect(path)) as made:
        made.execute("create table shots (id integer primary key, shown text)")
        rows = [(1, "x" * 500), (8, json.dumps({"shot": URI + coded(data)}))]
        made.executemany("insert into shots values (?, ?)", rows)
        made.commit()


def _html(path: Path, data: bytes) -> None:
    filling = "<p>words</p>\n" * 90_000  # more than a block
    path.write_text(f"<html><body>\n{filling}<img src='{URI}{coded(data)}'></body></html>")


def _markdown(path: Path, data: bytes) -> None:
    path.write_text(f"# Notes\n\n![a screen]({URI}{coded(data)})\n")


def _notebook(path: Path, data: bytes) -> None:
    shown = {"output_type": "display_data", "metadata": {}, "data": {"image/png": coded(data)}}
    cell = {"cell_type": "code", "source": [], "metadata": {}, "outputs": [shown]}
    path.write_text(json.dumps({"cells": [cell], "nbformat": 4, "nbformat_minor": 5}))


URI = "data:image/png;base64,"
HOLDERS = {
    "a.duckdb": (_duckdb, [1, 2]), "a.orc": (_orc, [1]), "a.sqlite": (_sqlite, [8]),
    "a.html": (_html, [90_001]), "a.md": (_markdown, [2]), "a.ipynb": (_notebook, [0]),
}  # fmt: skip


@needs_ocr
@pytest.mark.parametrize("name", HOLDERS)
def test_other_holders(name, tmp_path):
    write, rows = HOLDERS[name]
    path = tmp_path / name
    write(path, picture("held in it"))
    texts, log = recordings_of(path)
    assert [(text, place.record) for place, text in texts] == [("held in it", n) for n in rows]
    assert len({place.field for place, _ in texts} | {p.record for p, _ in texts}) > len(texts)
    assert not log.problems


@needs_ocr
@pytest.mark.parametrize(("kind", "uri"), [("BMP", "image/bmp"), ("TIFF", "image/tiff")])
def test_kinds_that_only_a_data_uri_tells(kind, uri, tmp_path):
    path = tmp_path / "a.jsonl"
    data = coded(picture("by uri", kind) if kind == "BMP" else _tiff("by uri"))
    path.write_text(json.dumps({"shot": f"data:{uri};base64,{data}"}) + "\n")
    assert texts_of(path) == ["by uri"]


def _tiff(text: str) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.open(io.BytesIO(picture(text))).save(out, "TIFF")
    return out.getvalue()


@needs_ocr
def test_slashes_that_were_escaped(tmp_path):
    """As PHP writes JSON."""
    shown = coded(picture("by jpeg", "JPEG")).replace("/", "\\/")
    (tmp_path / "a.jsonl").write_text(f'{{"shot":"{shown}"}}\n')
    assert texts_of(tmp_path / "a.jsonl") == ["by jpeg"]


@needs_ocr
def test_pictures_in_pickles_are_told(reading, tmp_path):
    import pickle

    (tmp_path / "a.pkl").write_bytes(pickle.dumps({"shot": picture("x")}))
    codes = [p.code for p in reading.all(tmp_path / "a.pkl").log.problems]
    assert "source.binary_value" in codes
