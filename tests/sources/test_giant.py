"""Giant JSON records give what small ones do, in pieces; nothing is lost where they break."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import inputs, longvalues, plugins
from scanner.batch import Piece, TextBatch, UnitLog
from scanner.errors import UnreadableError
from scanner.files.json_parse import scrub
from scanner.pointer import same
from scanner.sources import _documents, _giant
from scanner.sources._records import Records

Texts = list[tuple[str, str, str, str]]

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
LONG = st.builds(str.__mul__, TEXT, st.integers(1, 30))
KEYS = st.sampled_from(["a", "name", "value", "key", "id", "é/~", ""]) | st.text(max_size=4)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | LONG,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=20,
)


@pytest.fixture(autouse=True, scope="module")
def small() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    for name, size in (("PIECE", 100), ("OVERLAP", 30), ("WHOLE", 150)):
        patch.setattr(longvalues, name, size)
    patch.setattr(_giant, "WINDOW", 64)
    patch.setattr(_giant, "OVERLAP", 30)
    yield
    patch.undo()


def told(batches: Iterator[TextBatch]) -> Texts:
    """(part, field, label, text) of all values, those in pieces put together."""
    found, open_value = list[tuple[str, str, str, str]](), list[TextBatch]()
    for batch in batches:
        if open_value and (not batch.pieces or batch.pieces[0].offset == 0):
            found.append(_whole(open_value))
            open_value = []
        if batch.pieces:
            open_value.append(batch)
            continue
        labels = {row: label for label, rows in batch.places.labels() for row in rows}
        for row, text in enumerate(batch.values.to_pylist()):
            for place in batch.places.of(row):
                assert labels[row] == place.label
                found.append((place.part, place.field, place.label, text))
    return found + ([_whole(open_value)] if open_value else [])


def _whole(pieces: list[TextBatch]) -> tuple[str, str, str, str]:
    place = next(pieces[0].places.of(0))
    return place.part, place.field, place.label, longvalues.joined(pieces)


def cut(raw: bytes, size: int) -> Iterator[bytes]:
    return (raw[i : i + size] for i in range(0, len(raw), size))


def ordinary(raw: bytes) -> Texts:
    records = Records(UnitLog())
    records.add(0, 0, raw)
    found = told(records.batches())
    return [t for t in found if t[3]]


@settings(max_examples=80, deadline=None)
@given(document=JSON, size=st.integers(1, 200), ascii_only=st.booleans())
def test_the_same_texts_as_the_ordinary_way(document, size, ascii_only):
    raw = json.dumps(document, ensure_ascii=ascii_only).encode()
    log = UnitLog()
    found = told(_giant.batches_of_giant(cut(raw, size), 0, 0, log))
    # A giant value's label comes from siblings before it only; texts and places are the same.
    assert sorted((p, f, t) for p, f, _, t in found if t) == sorted(
        (p, f, t) for p, f, _, t in ordinary(raw)
    )
    assert (log.records, log.failed_records, log.problems) == (1, 0, [])


def test_escapes_of_surrogates_cost_no_element_a_reading_of_its_own(monkeypatch):
    """A pair is its character, one that stands alone U+FFFD; json.dumps writes every emoji so."""
    monkeypatch.setattr(_giant, "WINDOW", 1 << 12)
    rows = [{"id": f"r{n}", "\ud800key": "\U0001f389 \udc00 done"} for n in range(400)]
    raw = json.dumps(rows).encode()
    apart = 0

    def value(self: _giant.Giant, *at: object) -> object:
        nonlocal apart
        apart += 1
        return own(self, *at)

    own = _giant.Giant._value
    monkeypatch.setattr(_giant.Giant, "_value", value)
    found = told(_giant.batches_of_giant(cut(raw, 1000), 0, 0, UnitLog()))
    assert sorted((p, f, t) for p, f, _, t in found) == sorted(
        (p, f, t) for p, f, _, t in ordinary(raw)
    )
    assert apart < 40


def test_labels_of_values_named_by_what_stands_before_them():
    pair = {"name": "password", "id": "x", "value": "y" * 300}
    wrapped = {"key": "token", "value": {"stringValue": "z" * 300}}
    raw = json.dumps([pair, wrapped] * 5).encode()
    found = told(_giant.batches_of_giant([raw], 0, 0, UnitLog()))
    assert sorted(found) == sorted(ordinary(raw))
    assert ("value", "/3/value/stringValue", "token", "z" * 300) in found


@settings(max_examples=80, deadline=None)
@given(document=JSON, size=st.integers(1, 200), at=st.integers(0), bad=st.binary(max_size=3))
def test_where_a_record_breaks_the_rest_is_scanned_as_it_is(document, size, at, bad):
    raw = json.dumps(document, ensure_ascii=False).encode()
    at %= len(raw) + 1
    raw = raw[:at] + bad + raw[at + 1 :]
    log = UnitLog()
    batches = list(_giant.batches_of_giant(cut(raw, size), 0, 0, log))
    raws = [b for b in batches if next(b.places.of(0)).part == "raw"]
    assert log.records == 1
    assert bool(raws) == bool(log.failed_records and raw)
    shown = scrub(raw.decode("utf-8", "surrogateescape"))
    for batch in raws:
        (piece,), (value,) = batch.pieces or [Piece(0)], batch.values.to_pylist()
        assert shown.startswith(value, piece.offset)
    assert not raws or piece.offset + len(value) == len(shown)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a": "' + b"x" * 500 + b"needle",
        b'{"a": "' + b"x" * 500 + b'\\q needle"}',
        b'{"a": "' + b"x" * 500 + b'" needle}',
        b'{"a": ' + b"1" * 500 + b"needle}",
        b'{"' + b"k" * 500 + b'needle": 1}',
        b'{"a": "' + b"x" * 500 + b'"} needle',
        b'{"a": [' + b"[" * 300 + b'"needle"' + b"]" * 300 + b"]}",
    ],
)
def test_broken_records_hide_nothing(raw):
    log = UnitLog()
    batches = _giant.batches_of_giant(cut(raw, 50), 4, 0, log)
    assert any("needle" in t for b in batches for t in b.values.to_pylist())
    assert [(p.code, p.records) for p in log.problems] == [("record.invalid", (4,))]


def test_a_stream_that_breaks_off_gives_what_came_and_the_error_last():
    def chunks() -> Iterator[bytes]:
        yield b'{"a": "' + b"x" * 500 + b"needle"
        raise UnreadableError("broken", code="source.truncated")

    got = []
    with pytest.raises(UnreadableError):
        for batch in _giant.batches_of_giant(chunks(), 0, 0, UnitLog()):
            got += batch.values.to_pylist()
    assert any("needle" in text for text in got)


@settings(max_examples=25, deadline=None)
@given(documents=st.lists(JSON, min_size=1, max_size=4), array=st.booleans())
def test_json_files_with_giant_records_round_trip(tmp_path_factory, reading, documents, array):
    path = tmp_path_factory.mktemp("json") / "a.json"
    texts = [json.dumps(d) for d in documents]
    path.write_text("[" + ",".join(texts) + "]" if array else "\n".join(texts))
    seen = {}
    for giant in (100 << 20, 50):
        _documents.GIANT = giant
        seen[giant] = rows(reading, path)
    _documents.GIANT = 8 << 20
    assert seen[50] == seen[100 << 20]


def rows(reading, path):
    """Every text, found again by its location; without the bytes of its record."""
    shard, log, found = reading.shard(path), UnitLog(), []
    source = plugins.load("sources", inputs.source_for(shard))
    for batch in source.batches(next(iter(source.units(shard))), log):
        for row, text in enumerate(batch.values.to_pylist()):
            piece = batch.pieces[row] if batch.pieces else None
            for place in batch.places.of(row):
                whole = inputs.text_at(shard, reading.location(shard, place), same)
                assert whole.startswith(text, piece.offset if piece else 0)
                assert piece or whole == text
                if whole:
                    found.append((place.record, place.part, place.field, whole))
    return sorted(set(found)), log.records, log.failed_records


def test_memory_is_bounded(monkeypatch):
    for name, size in (("PIECE", 1 << 20), ("OVERLAP", 128 << 10), ("WHOLE", 8 << 20)):
        monkeypatch.setattr(longvalues, name, size)
    monkeypatch.setattr(_giant, "WINDOW", 1 << 20)

    def chunks() -> Iterator[bytes]:
        yield b'{"big": "'
        for _ in range(120):
            yield b"x\\u00e9" * (1 << 17)
        yield b'", "list": [0'
        for i in range(40):
            yield b', {"id": "%d", "text": "some words"}' % i * 500
        yield b"]}"

    tracemalloc.start()
    log = UnitLog()
    for _ in _giant.batches_of_giant(chunks(), 0, 0, log):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not log.problems
    assert peak < 64 << 20  # of 110 MiB
