"""JSON documents."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import inputs, plugins
from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.files.json_parse import parse
from scanner.files.json_walk import Walker
from scanner.sources import _documents
from scanner.sources._documents import Documents


def write_sample(stem: Path, strings: list[str]) -> Path:
    path = stem.with_suffix(".json")
    path.write_text(json.dumps([{"first": "one"}, *[{"text": s} for s in strings]], indent=1))
    return path


def texts(path: Path, reading) -> list[tuple[int, str, str]]:
    seen = reading.round_trip(path)
    return [(p.record, p.field, text) for p, text in seen.texts if p.part == "value"]


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "a.json"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": ["x", "y"]}', [(0, "/a/0", "x"), (0, "/a/1", "y")]),
        ('[{"a": "x"}, {"a": "y"}]', [(0, "/a", "x"), (1, "/a", "y")]),
        ('{"a": "x"}\n{"a": "y"}\n', [(0, "/a", "x"), (1, "/a", "y")]),
        ('{"a": "x"}{"a": "y"}["z"]', [(0, "/a", "x"), (1, "/a", "y"), (2, "", "z")]),
        ('["x", [ "y" ], 12, null, "z"]', [(0, "", "x"), (1, "/0", "y"), (4, "", "z")]),
        ('"only"', [(0, "", "only")]),
        (' [ ] \n [ "x" ] ', [(0, "", "x")]),
        ('\x1e{"a": "x"}\n\x1e{"a": "y"}\n', [(0, "/a", "x"), (1, "/a", "y")]),
        ('[{"a": "]}{["}, {"b": "\\"]"}]', [(0, "/a", "]}{["), (1, "/b", '"]')]),
    ],
)
def test_records(reading, tmp_path, text, expected):
    assert texts(write(tmp_path, text), reading) == expected


def test_bad_elements_are_counted_and_the_others_read(reading, tmp_path):
    path = write(tmp_path, '[{"a": "x"}, {"a": "y" "b"}, // a comment\n {"a": "z"}, tru\n]')
    seen = reading.round_trip(path)
    assert [t for p, t in seen.texts if p.part == "value"] == ["x", "z"]
    assert [t for p, t in seen.texts if p.part == "raw"] == [
        '{"a": "y" "b"}',
        "// a comment",
        "tru",
    ]
    assert seen.log.failed_records == 3


def test_an_array_that_is_not_closed_is_truncated(reading, tmp_path):
    path = write(tmp_path, '[{"a": "x"}, {"a": "y"},')
    shard, found = reading.shard(path), []
    source = plugins.load("sources", "json")
    with pytest.raises(UnreadableError) as caught:
        for batch in source.batches(next(iter(source.units(shard))), UnitLog()):
            found += batch.values.to_pylist()
    assert caught.value.code == "source.truncated"
    assert {"x", "y"} <= set(found)


def test_an_object_that_is_not_closed_is_scanned_raw(reading, tmp_path):
    seen = reading.round_trip(write(tmp_path, '{"token": "abc", "rest": ["d'))
    assert [(p.part, t) for p, t in seen.texts] == [("raw", '{"token": "abc", "rest": ["d')]
    assert seen.log.failed_records == 1


JSON = st.recursive(
    st.none() | st.integers() | st.text() | st.sampled_from(["\\", '"', "[", "}", "\\\\"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
)


@settings(deadline=None)
@given(st.lists(JSON, max_size=6), st.integers(1, 30), st.booleans(), st.booleans())
def test_cutting_agrees_with_parsing(documents, size, ascii_only, array):
    parts = [json.dumps(d, ensure_ascii=ascii_only) for d in documents]
    text = f"[{' , '.join(parts)}]" if array else "\n".join(parts)
    expected = documents if array else [x for d in documents for x in _elements(d)]
    block, _documents.BLOCK = _documents.BLOCK, size
    try:
        data = text.encode("utf-8", "surrogatepass")
        found = list(Documents(io.BytesIO(data)))
    finally:
        _documents.BLOCK = block
    assert [json.loads(raw.decode("utf-8", "surrogatepass")) for _, raw in found] == expected
    assert all(data[at : at + len(raw)] == raw for at, raw in found)


def _elements(document: object) -> list[object]:
    return document if isinstance(document, list) else [document]


def test_memory_is_bounded_by_the_longest_record():
    class Endless(io.RawIOBase):
        left = 40

        def readable(self) -> bool:
            return True

        def readinto(self, buffer) -> int:
            if not self.left:
                return 0
            self.left -= 1
            piece = b'{"a": "xxxxxxxxxxxxxxxxxxxxxxxxxxx"},\n' * (len(buffer) // 38)
            buffer[: len(piece)] = piece
            return len(piece)

    documents = Documents(Endless())
    held = 0
    for _ in documents:
        held = max(held, len(documents._data))
    assert 0 < held < 3 << 20


@pytest.mark.parametrize(
    ("name", "text", "source"),
    [
        ("events", '[{"a": 1}]', "json"),
        ("part-00000", '{"a": 1}\n{"a": 2}\n', "jsonl"),
        ("arrays.jsonl", '[{"a": 1}]\n[{"a": 2}]\n', "jsonl"),
        ("page.tmpl", "{ name }", "text"),
        ("notes.txt", '{\n  "a": 1\n}', "json"),
        ("really-an-array.jsonl", '[\n {"a": 1}\n]', "json"),
        ("a.jsonl", '{"a": 1}\n', "jsonl"),
        ("app.log", "[2024-01-01 10:00:00] INFO start", "text"),
        ("pkg.toml", '[["x"]]\n', "text"),
    ],
)
def test_documents_are_known_by_how_they_begin(reading, tmp_path, name, text, source):
    (tmp_path / name).write_text(text)
    assert inputs.source_for(reading.shard(tmp_path / name)) == source


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ('{"service": "mixpanel", "value": "x7"}', "mixpanel key"),
        ('{"provider": "mixpanel", "key": "x7"}', "mixpanel key"),
        ('{"service": "billing", "value": "x7"}', "value"),
        ('{"service": "mixpanel", "key": "password", "value": "x7"}', "password"),
        ('{"id": "none", "length": 2, "result": "x7"}', "random_password.result"),
        ('{"id": "x7", "length": 2, "result": "x7"}', "result"),
    ],
)
def test_what_members_of_one_object_say_of_each_other(text: str, label: str) -> None:
    walker = Walker()
    walker.walk(parse(text))
    assert [s.label for t, s in zip(walker.texts, walker.spots, strict=True) if t == "x7"][
        -1
    ] == label
