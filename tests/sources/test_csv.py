"""Delimited text."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner import inputs, longvalues, plugins
from scanner.batch import UnitLog
from scanner.pointer import same
from scanner.sources import _giant_row, _table
from scanner.sources._giant_row import GiantRow


def write_sample(stem: Path, strings: list[str]) -> Path:
    path = stem.with_suffix(".csv")
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([["id", "text"], ["0", "first"], *[["1", s] for s in strings]])
    return path


def write(tmp_path: Path, data: str | bytes, name: str = "a.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def cells(seen) -> list[tuple[int, str, str]]:
    return [(p.record, p.field, text) for p, text in seen.texts if p.part == "value"]


CELLS = st.text(st.characters(exclude_categories=["Cs"]))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1), quote=st.booleans())
def test_whatever_the_csv_module_writes_comes_back(reading, tmp_path, rows, quote):
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        quoting = csv.QUOTE_ALL if quote else csv.QUOTE_MINIMAL
        csv.writer(out, quoting=quoting).writerows([["col one", "two"], *rows])
    seen = reading.round_trip(path)
    text = "\n".join(t for _, t in seen.texts)
    assert all(cell in text for row in rows for cell in row if _tame(cell))


def _tame(cell: str) -> bool:
    """Cells that no other delimiter would cut."""
    return not set(cell) & set(',\t;|"\r\n')


def test_quotes_and_line_ends_inside_cells(reading, tmp_path):
    path = write(tmp_path, 'a,b\r\n"x, ""y""","two\nlines"\r\nlast,\r\n')
    seen = reading.round_trip(path)
    assert cells(seen) == [
        (0, "/a", 'x, "y"'),
        (1, "/a", "last"),
        (0, "/b", "two\nlines"),
        (1, "/b", ""),
    ]
    assert seen.of("name") == {"/a": "a", "/b": "b"}
    first = seen.texts[2][0]
    assert path.read_bytes()[first.record_start : first.record_end].startswith(b'"x, ""y"""')


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_told_by_the_rows(reading, tmp_path, delimiter):
    rows = [["name", "note, with comma"], ["Ann", "x"], ["Bob", "y"]]
    text = "\n".join(delimiter.join(f'"{c}"' if "," in c else c for c in row) for row in rows)
    assert cells(reading.round_trip(write(tmp_path, text)))[0] == (0, "/name", "Ann")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(reading, tmp_path, end):
    path = write(tmp_path, end.join(["a,b", "1,x", "", "2,y", ""]))
    assert cells(reading.round_trip(path))[2:] == [(0, "/b", "x"), (1, "/b", "y")]


def test_rows_longer_and_shorter_than_the_header(reading, tmp_path):
    seen = reading.round_trip(write(tmp_path, "a,b\n1,2,three,four\n5\n"))
    assert (0, "/column_3", "three") in cells(seen)
    assert (0, "/column_4", "four") in cells(seen)
    assert [(p.code, p.records) for p in seen.log.problems] == [("note.ragged", (0,))]


def test_equal_and_empty_names(reading, tmp_path):
    seen = reading.round_trip(write(tmp_path, "a,a,,\nw,x,y,z\n"))
    assert cells(seen) == [(0, "/a", "w"), (0, "/a~d1", "x"), (0, "/", "y"), (0, "/~d1", "z")]


def test_a_quote_that_is_never_closed_is_a_failed_record(reading, tmp_path):
    seen = reading.round_trip(write(tmp_path, 'a,b\n1,2\n3,"open\n4,5\n'))
    assert seen.log.failed_records == 1
    assert (1, "/b", "open\n4,5\n") in cells(seen)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_encodings(reading, tmp_path, encoding):
    path = write(tmp_path, "näme,wert\nÄnn,x 😀\n".encode(encoding))
    assert cells(reading.round_trip(path)) == [(0, "/näme", "Änn"), (0, "/wert", "x 😀")]


def test_lines_that_are_not_utf8(reading, tmp_path):
    seen = reading.round_trip(write(tmp_path, b"a,b\nx,y\ncaf\xe9,z\n"))
    assert (1, "/a", "café") in cells(seen)
    assert [(p.code, p.records) for p in seen.log.problems] == [("note.encoding", (1,))]


def test_a_cell_far_larger_than_the_modules_limit(reading, tmp_path):
    big = "x" * 3_000_000
    assert (0, "/b", big) in cells(reading.round_trip(write(tmp_path, f"a,b\n1,{big}\n")))


def test_labels_are_the_names(reading, tmp_path):
    assert reading.all(write(tmp_path, "user,pass word\nx,y\n")).labels() == {
        "/user": "user",
        "/pass word": "pass word",
    }


def test_a_column_of_names_labels_a_column_of_values(reading, tmp_path):
    path = write(tmp_path, "key,value,other\npassword,x,y\n,z,w\nshort\ntoken,t,u\n")
    seen = reading.round_trip(path)
    labels = {(p.record, p.field): p.label for p, _ in seen.texts if p.part == "value"}
    assert labels[0, "/value"] == "password"
    assert labels[1, "/value"] == "value"
    assert labels[3, "/value"] == "token"
    assert labels[0, "/other"] == "other"
    assert reading.all(write(tmp_path, "id,value\n7,x\n")).labels()["/value"] == "value"


CELL = st.text(
    st.sampled_from('ab,;"\n\r é日😀') | st.characters(exclude_categories=["Cs"]), max_size=40
).map(lambda text: text.replace("\0", ""))


@settings(max_examples=150, deadline=None)
@given(
    table=st.lists(st.lists(CELL, min_size=2, max_size=4), min_size=1, max_size=5),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    giant=st.integers(1, 60),
)
def test_giant_rows_are_read_as_the_others(table, quoting, giant):
    out = io.StringIO()
    csv.writer(out, quoting=quoting, lineterminator="\r\n").writerows(table)
    data = out.getvalue().encode()
    plain = [r.cells for r in _table.rows(io.BytesIO(data), ",")]
    was = _table.GIANT, _giant_row._WINDOW
    _table.GIANT, _giant_row._WINDOW = giant, 5
    try:
        stream = _Slow(data)
        found = [
            r.whole() if isinstance(r, GiantRow) else r.cells for r in _table.rows(stream, ",")
        ]
    finally:
        _table.GIANT, _giant_row._WINDOW = was
    assert [row for row in found if row != [""]] == plain


class _Slow(io.BytesIO):
    """Gives a few bytes at a time."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(7)


def test_a_giant_cell_is_found_in_pieces_and_again(reading, tmp_path, monkeypatch):
    monkeypatch.setattr(_table, "GIANT", 3000)
    monkeypatch.setattr(longvalues, "WHOLE", 2000)
    monkeypatch.setattr(longvalues, "PIECE", 1500)
    monkeypatch.setattr(longvalues, "OVERLAP", 200)
    path = tmp_path / "a.csv"
    cell = "".join(f'line "{i}" é\n' for i in range(2000))
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(
            [["name", "value", "x"], ["token", cell, "after"], ["b", "c", "d"]]
        )
    shard, source, log = reading.shard(path), plugins.load("sources", "csv"), UnitLog()
    pieces = []
    for batch in source.batches(next(iter(source.units(shard))), log):
        for row, text in enumerate(batch.values.to_pylist()):
            (place,) = batch.places.of(row)
            whole = inputs.text_at(shard, reading.location(shard, place), same)
            assert whole.startswith(text, batch.pieces[row].offset if batch.pieces else 0)
            pieces += [batch] if batch.pieces else []
            if (place.record, place.field) == (0, "/value"):
                assert place.label == "token"
    assert longvalues.joined(pieces) == cell
    assert log.records == 2
    assert log.bytes == path.stat().st_size
