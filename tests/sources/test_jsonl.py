"""JSON Lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner import inputs, plugins
from scanner.batch import UnitLog
from scanner.files import streams
from scanner.sources import _lines

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def write_sample(stem: Path, strings: list[str]) -> Path:
    path = stem.with_suffix(".jsonl")
    records = [{"first": "one", "nested": {"list": strings}}, *[{"text": s} for s in strings]]
    lines = [json.dumps(r, ensure_ascii=i % 2 == 0) for i, r in enumerate(records)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def lines_of(tmp_path: Path, *lines: str | bytes) -> Path:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\n".join(x if isinstance(x, bytes) else x.encode() for x in lines))
    return path


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(documents=st.lists(JSON, max_size=5), ascii_only=st.booleans())
def test_any_document_comes_back(reading, tmp_path, documents, ascii_only):
    lines = [
        json.dumps(d, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass") for d in documents
    ]
    seen = reading.round_trip(lines_of(tmp_path, *lines))
    assert seen.log.failed_records == 0
    assert seen.log.records == len(documents)


@pytest.mark.parametrize(
    ("line", "field", "text"),
    [
        (r'{"a": "x\nAKIA"}', "/a", "x\nAKIA"),
        (r'{"a": {"b": "user\u0040example.com"}}', "/a/b", "user@example.com"),
        (r'{"a": ["https:\/\/example.com"]}', "/a/0", "https://example.com"),
        (r'{"a/b": {"~c": "v"}}', "/a~1b/~0c", "v"),
        (r'{"": "empty name"}', "/", "empty name"),
        (r'{"a": "pair \ud83d\ude00"}', "/a", "pair 😀"),
        (r'{"a": "lone \ud83d here"}', "/a", "lone \ufffd here"),
        ('{"a": "tab\tinside"}', "/a", "tab\tinside"),
        ('"just a string"', "", "just a string"),
    ],
)
def test_escapes_are_decoded_at_their_field(reading, tmp_path, line, field, text):
    assert reading.round_trip(lines_of(tmp_path, line)).of("value") == {field: text}


def test_repeated_keys_are_all_seen(reading, tmp_path):
    seen = reading.round_trip(lines_of(tmp_path, '{"k": "one", "k": "two", "j": 1, "k": "three"}'))
    assert seen.of("value") == {"/k": "one", "/k~d1": "two", "/k~d2": "three"}
    assert set(seen.of("key")) == {"/k", "/k~d1", "/k~d2", "/j"}


def test_keys_are_seen_once_with_every_record_that_has_them(reading, tmp_path):
    path = lines_of(tmp_path, '{"a": {"x@y.zz": 1}}', "{}", '{"a": {"x@y.zz": null}}')
    keys = [(p.record, text) for p, text in reading.round_trip(path).texts if p.part == "key"]
    assert keys == [(0, "a"), (2, "a"), (0, "x@y.zz"), (2, "x@y.zz")]


def test_long_numbers_are_seen_as_they_are_written(reading, tmp_path):
    line = (
        '{"card": 4111111111111111, "n": 12, "f": 40.7127753, "e": 1.5e3, "g": 5500000.00, "big": '
        + "9" * 5000
        + "}"
    )
    numbers = reading.round_trip(lines_of(tmp_path, line, "[-1234567]")).of("number")
    assert numbers == {
        "/card": "4111111111111111",
        "/g": "5500000.00",
        "/big": "9" * 5000,
        "/0": "-1234567",
    }


@pytest.mark.parametrize(
    ("line", "field", "label"),
    [
        ('{"key": "password", "value": "v"}', "/value", "password"),
        ('{"Value": "v", "Name": "api_token"}', "/Value", "api_token"),
        (
            '{"headers": [{"name": "Authorization", "value": "v"}]}',
            "/headers/0/value",
            "Authorization",
        ),
        ('{"id": "db_password", "content": "v"}', "/content", "db_password"),
        ('{"id": "9f3e1c20-77aa-4d11", "content": "v"}', "/content", "content"),
        ('{"secrets": ["v", ["v"]]}', "/secrets/1/0", "secrets"),
        ('{"Cmd": ["x", "--password", "v"]}', "/Cmd/2", "--password"),
        ('{"Jwt": {"Key": "v"}}', "/Jwt/Key", "Jwt.Key"),
        (
            '{"key": "pw", "value": {"stringValue": "v"}}',
            "/value/stringValue",
            "pw",
        ),
        ('{"token": {"S": "v"}}', "/token/S", "token"),
    ],
)
def test_labels(reading, tmp_path, line, field, label):
    assert reading.round_trip(lines_of(tmp_path, line)).labels()[field] == label


def test_a_bad_line_is_counted_and_its_text_is_scanned(reading, tmp_path):
    path = lines_of(tmp_path, '{"a": 1}', '{"token": "abc', "", '{"b": "c"} x', '{"d": "e"}')
    seen = reading.round_trip(path)
    assert (seen.log.records, seen.log.failed_records) == (4, 2)
    assert [p.code for p in seen.log.problems] == ["record.invalid", "record.invalid"]
    assert [p.records for p in seen.log.problems] == [(1,), (3,)]
    raw = [(p.record, text) for p, text in seen.texts if p.part == "raw"]
    assert raw == [(1, '{"token": "abc'), (3, '{"b": "c"} x')]
    assert (4, "e") in [(p.record, text) for p, text in seen.texts]


@pytest.mark.parametrize("depth", [150, 250, 5000, 200_000])
def test_deep_nesting_is_read_or_counted(reading, tmp_path, depth):
    seen = reading.round_trip(lines_of(tmp_path, "[" * depth + '"deep"' + "]" * depth))
    assert any("deep" in text for _, text in seen.texts)
    assert seen.log.failed_records == (depth > 200)


def test_of_what_is_nested_too_deeply_nothing_is_said(reading, tmp_path):
    shard = reading.shard(lines_of(tmp_path, "[" * 100_000 + '"deep"' + "]" * 100_000))
    source = plugins.load("sources", "json")
    (batch,) = [b for unit in source.units(shard) for b in source.batches(unit, UnitLog())]
    assert batch.fields(next(batch.places.of(0)), lambda name: True) is None


def test_zeros_of_a_crash_hide_nothing(reading, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"t": "before"}\n' + bytes(500) + b'{"t": "after"}\n')
    texts = " ".join(text for _, text in reading.round_trip(path).texts)
    assert "before" in texts and "after" in texts


def test_bytes_that_are_no_utf8_are_replaced_and_noted(reading, tmp_path):
    seen = reading.round_trip(lines_of(tmp_path, b'{"a\xff": "caf\xe9 AKIA", "b": "ok"}'))
    assert seen.of("value") == {"/a\ufffd": "caf\ufffd AKIA", "/b": "ok"}
    assert [p.code for p in seen.log.problems] == ["note.encoding"]
    assert seen.log.failed_records == 0


def test_not_a_number_is_let_pass(reading, tmp_path):
    seen = reading.round_trip(lines_of(tmp_path, '{"a": NaN, "b": -Infinity, "c": "text"}'))
    assert (seen.of("value"), seen.log.failed_records) == ({"/c": "text"}, 0)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_byte_order_marks(reading, tmp_path, encoding):
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": "first é"}\r\n{"a": "second 😀"}\r\n', encoding, newline="")
    seen = reading.round_trip(path)
    assert [t for p, t in seen.texts if p.part == "value"] == ["first é", "second 😀"]


def test_record_bytes_are_the_line(reading, tmp_path):
    path = lines_of(tmp_path, '{"a": "é"}', "", '  {"a": "b"}  ', '{"a": "c"}')
    data = path.read_bytes()
    for place, text in reading.round_trip(path).texts:
        line = data[place.record_start : place.record_end]
        assert line == data.split(b"\n")[place.record]
        assert text in line.decode()


def test_large_files_are_cut_at_lines_with_exact_record_numbers(reading, tmp_path, monkeypatch):
    monkeypatch.setattr(_lines, "SPAN", 1 << 20)
    path = tmp_path / "a.jsonl"
    with path.open("w") as out:
        for i in range(40_000):
            out.write(json.dumps({"i": f"line {i}", "pad": "x" * (i % 200)}) + "\n" * (1 + i % 2))
    shard, log, seen = reading.shard(path), UnitLog(), []
    source = plugins.load("sources", "jsonl")
    units = list(source.units(shard))
    assert len(units) > 2
    for unit in units:
        for batch in source.batches(unit, log):
            for row, text in enumerate(batch.values.to_pylist()):
                if text.startswith("line "):
                    seen.append((next(batch.places.of(row)).record, text))
    expected = [(i + i // 2, f"line {i}") for i in range(40_000)]
    assert seen == expected
    assert log.records == 40_000


def test_many_different_keys_do_not_pile_up(reading, tmp_path):
    lines = [json.dumps({f"user{i}": {f"k{i}": f"value {i}"}}) for i in range(30_000)]
    seen = reading.all(lines_of(tmp_path, *lines))
    assert sum(p.part == "value" for p, _ in seen.texts) == 30_000
    assert sum(p.part == "key" for p, _ in seen.texts) == 60_000


def test_rows_of_one_label_are_given_by_part(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"n": 12345678, "m": {"n": "12345678"}}\n')
    (shard,) = inputs.discover([str(path)])
    source = plugins.load("sources", "jsonl")
    values, _ = source.batches(next(source.units(shard)), UnitLog())
    assert [(label, len(rows)) for label, rows in values.places.labels()] == [("n", 1), ("n", 1)]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_giant_lines_are_read_as_the_others(reading, tmp_path, monkeypatch, mark):
    path = tmp_path / "a.jsonl"
    rows = [{"t": "x" * 400, "n": i} for i in range(3)] + [{"a": "b"}, [], {"c": "é" * 300}]
    path.write_bytes(mark + b"\n".join(json.dumps(row).encode() for row in rows) + b"\n\n" + b"[2")
    ordinary = reading.all(path)
    monkeypatch.setattr(_lines, "GIANT", 200)
    monkeypatch.setattr(streams, "BLOCK", 16)
    seen = reading.round_trip(path)
    wanted = {(p.record, p.part, p.field, p.label, text) for p, text in ordinary.texts}
    assert {(p.record, p.part, p.field, p.label, text) for p, text in seen.texts} == wanted
    assert (seen.log.records, seen.log.bytes) == (ordinary.log.records, ordinary.log.bytes)
    assert [p.code for p in seen.log.problems] == [p.code for p in ordinary.log.problems]
    assert {p.record for p, _ in seen.texts if p.record_end is None} == {0, 1, 2, 5}
