"""JSON inside strings."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import decoders, inputs, plugins
from scanner.batch import text_array
from scanner.decoders import MAX_DEPTH, Decoded
from scanner.errors import UnreadableError
from scanner.model import Location, Part
from scanner.pointer import rename, same

DECODER = plugins.load("decoders", "json")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def hidden(key: str) -> str:
    return "~h" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@settings(deadline=None)
@given(
    document=st.lists(JSON, max_size=3) | st.dictionaries(st.text(), JSON), ascii_only=st.booleans()
)
def test_every_text_is_found_again_by_its_step(document, ascii_only):
    text = json.dumps(document, ensure_ascii=ascii_only).encode("utf-8", "replace").decode()
    found = DECODER.decode(text)
    assert found is not None
    assert DECODER.wanted(text_array([text])) == [0] or not found
    for decoded in found:
        assert DECODER.resolve(text, decoded.step, same) == decoded.text
        head, _, place = decoded.step.partition(":")
        step = f"{head}:{rename(place, hidden)}"
        assert DECODER.resolve(text, step, hidden) == decoded.text


def test_keys_numbers_and_pairs_as_in_a_json_file():
    text = r'{"name": "password", "value": "h\u0075nter", "n": 12345678, "n": 1}'
    assert DECODER.decode(text) == [
        Decoded("json:/name", "password", "name"),
        Decoded("json:/value", "hunter", "password"),
        Decoded("json:/n", "12345678", "n", Part.NUMBER),
        Decoded("json:/name/~k", "name", "", Part.KEY),
        Decoded("json:/value/~k", "value", "", Part.KEY),
        Decoded("json:/n/~k", "n", "", Part.KEY),
        Decoded("json:/n~d1/~k", "n", "", Part.KEY),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "{not json}",
        '{"a": 1} tail',
        "[INFO] started",
        '"quoted"',
        "",
        "{",
        "12345678",
        '{"a":',
    ],
)
def test_what_is_not_json_or_says_no_more_is_left_alone(text):
    assert DECODER.decode(text) is None


def test_an_encoded_string_is_decoded():
    assert DECODER.decode(r'"line\nnext"') == [Decoded("json:", "line\nnext")]
    inner = json.dumps({"a": "b"})
    assert DECODER.decode(json.dumps(inner)) == [Decoded("json:", inner)]


def test_wanted_looks_at_both_ends():
    rows = ['{"a":1}', "text", ' \n["x"]\r\n', None, r'"\u0061"', "x{}", "", '[-1, "é"]']
    assert DECODER.wanted(text_array(rows)) == [0, 2, 4, 7]


def test_what_cannot_be_json_is_not_wanted():
    rows = ['"s"', "[2026-11-21 10:00:01] started", "[INFO] x", '{"a": 1} and more', '""" doc """']
    assert DECODER.wanted(text_array(rows)) == []


def test_layers_are_followed_to_the_stated_depth():
    text, layers = "the secret", []
    for _ in range(MAX_DEPTH):
        text = json.dumps({"in": [text]})
        layers.append("json:/in/0")
    assert decoders.resolve(text, tuple(layers), same) == "the secret"


def test_a_step_to_nowhere_is_an_error():
    for step in ("json:/b", "json:/a/0", "json:/b/~k", "json:"):
        with pytest.raises(UnreadableError):
            DECODER.resolve('{"a": "x"}', step, same)
    with pytest.raises(UnreadableError):
        DECODER.resolve("no longer json", "json:/a", same)


@pytest.mark.parametrize("depth", [300, 100_000])
def test_too_deep_is_an_error_and_no_silence(depth):
    with pytest.raises(UnreadableError) as caught:
        DECODER.decode("[" * depth + '"x"' + "]" * depth)
    assert caught.value.code == "decode.depth"
    assert "x" not in caught.value.what.split()


def test_many_brackets_alone_are_no_json():
    assert DECODER.decode("[" * 100_000) is None  # a key that was held down


def test_a_text_below_layers_is_found_from_its_location(reading, tmp_path):
    inner = json.dumps({"user": {"email": "someone@example.com"}})
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"payload": json.dumps({"body": inner})}) + "\n")
    seen = reading.all(path)
    (place,) = [p for p, _ in seen.texts if p.part == "value"]
    at = reading.location(seen.shard, place)
    at = replace(at, layers=("json:/body", "json:/user/email"), start=8, end=15)
    assert inputs.text_at(seen.shard, at, same) == "someone@example.com"
    assert inputs.value_at(seen.shard, at, same) == "example"
    key = replace(at, layers=("json:/body", "json:/user/email/~k"), part=Part.KEY)
    assert inputs.text_at(seen.shard, key, same) == "email"


def test_json_in_metadata_is_found_from_its_location(reading, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        [("t", pa.string())], metadata={"pandas": '{"creator": {"name": "someone"}}'}
    )
    pq.write_table(pa.table([["x"]], schema=schema), tmp_path / "a.parquet")
    shard = reading.shard(tmp_path / "a.parquet")
    for part in (Part.VALUE, Part.METADATA):
        at = Location(shard.uri, field="/pandas", part=part, layers=("json:/creator/name",))
        assert inputs.text_at(shard, at, same) == "someone"
