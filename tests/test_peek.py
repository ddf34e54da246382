"""Encoded texts that are left undecoded hold nothing: the findings are those of decoding all."""

import json
from typing import Any

import pytest
from e2e_scanner import whole
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import peek
from scanner.batch import EachPlace, Place, TextBatch, UnitLog, text_array
from scanner.files.json_views import JsonTexts
from scanner.model import Location
from scanner.rulepacks.examples import fill
from scanner.scan import Tally

_PIECES = (
    fill("<<github:ghp_>>", "peek"),
    "jane.roe@corp.example.org",
    "Qz7wLx93pTk!",
    *("", "x", "a\nb", 'say "hi"', "C:\\src\\new", "é😀", "4111111111111111"),
)
_KEYS = ("a", "password", "api_token", "name", "value", 'q"k', "p\u00e4ss")
_LEAF = st.one_of(st.sampled_from(_PIECES), st.integers(), st.text(max_size=5), st.none())
_DOCUMENT = st.recursive(
    _LEAF,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(_KEYS), inner, max_size=3),
        st.builds(json.dumps, inner),
    ),
    max_leaves=6,
)
_TEXT = st.one_of(st.builds(json.dumps, _DOCUMENT), st.sampled_from(["{", '["a', "plain"]))


def _found(texts: list[str]) -> list[str]:
    places = EachPlace([Place(i, "/t", "t") for i in range(len(texts))])
    batch = TextBatch(text_array(texts), places)
    found = whole().scan(batch, Location("x"), UnitLog(), Tally())
    return sorted(repr((f.location, f.rule_id, f.fingerprint, f.confidence)) for f in found)


@given(st.lists(_TEXT, min_size=1, max_size=12))
@settings(deadline=None)
def test_what_is_not_decoded_holds_nothing(texts: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(peek, "_FEW", 1)
        looked = _found(texts)
        patch.setattr(peek, "_FEW", 10**9)
        assert looked == _found(texts)


@given(st.lists(_DOCUMENT, min_size=1, max_size=6), st.integers(1, 3))
def test_every_string_of_every_layer_stands_in_a_view(documents: list[Any], layers: int) -> None:
    texts = [json.dumps(d) for d in documents]
    for _ in range(layers - 1):
        texts = [json.dumps(t) for t in texts]
    seen = JsonTexts(text_array(texts), layers)
    views = [view.text.tobytes() for view in seen.views()]
    strings = [s for d in documents for s in _strings(d)]
    assert all(any(s.encode() in view for view in views) for s in strings)


def _strings(document: Any) -> list[str]:
    if isinstance(document, str):
        return [document]
    if isinstance(document, dict):
        return [*document, *(s for v in document.values() for s in _strings(v))]
    return [s for v in document for s in _strings(v)] if isinstance(document, list) else []


def test_plain_records_of_calls_are_not_decoded() -> None:
    calls = [json.dumps({"n": i, "raw": json.dumps({"path": f"C:\\x\\{i}"})}) for i in range(50)]
    scanner = whole()
    decoder = scanner.decoders["json"]
    calls[7] = json.dumps({"raw": json.dumps({"password": "Qz7wLx93pTk!"})})
    rows = peek.idle(scanner.matcher, decoder, text_array(calls), list(range(50)), 3)
    assert set(range(50)) - rows == {7}
