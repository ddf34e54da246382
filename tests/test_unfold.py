"""What bounds decoding, and values that are decoded in pieces."""

from __future__ import annotations

import base64
import gzip
from functools import cache

import pytest

from scanner import longvalues, plugins, unfold
from scanner.batch import EachPlace, Place, TextBatch, UnitLog, text_array
from scanner.decoders import MAX_DEPTH, MAX_INFLATED, bounds
from scanner.decoders import resolve as resolved
from scanner.matcher import Matcher
from scanner.pointer import same
from scanner.tally import Tally
from scanner.unfold import Unfolder

PLAIN = "Name: Jane Roe, jane.roe@corp.example, "


@cache
def _matcher() -> Matcher:
    decoders = plugins.load_all("decoders")
    return Matcher({}, encodings={n: d.anchors for n, d in decoders.items() if d.anchors})


def _texts(text: str) -> tuple[list[tuple[tuple[str, ...], str]], UnitLog, Tally]:
    unfolder, log, tally = Unfolder(plugins.load_all("decoders"), _matcher()), UnitLog(), Tally()
    batch = TextBatch(text_array([text]), EachPlace([Place(3, "/t")]))
    found = []
    for layer in unfolder.layers(batch, log, tally):
        for row, value in enumerate(layer.values):
            (place,) = layer.places.of(row)
            found.append((place.layers, value.as_py()))
    return found, log, tally


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_layers_compose_and_resolve() -> None:
    text = "".join(f"%{b:02X}" for b in f'x="{_b64(PLAIN)}"'.encode())
    found, log, _ = _texts(text)
    assert PLAIN in [inner for _, inner in found]
    assert all(resolved(text, layers, same) == inner for layers, inner in found)
    assert not log.problems


def test_deeper_than_the_limit_is_a_problem() -> None:
    text = PLAIN
    for _ in range(MAX_DEPTH + 1):
        text = _b64(text)
    _, log, _ = _texts(text)
    assert [(p.code, p.records) for p in log.problems] == [("decode.depth", (3,))]


def test_a_bomb_is_a_problem_and_its_beginning_is_text() -> None:
    packed = gzip.compress(b"some text " * (MAX_INFLATED // 5), mtime=0)
    found, log, _ = _texts(base64.b64encode(packed).decode())
    assert [p.code for p in log.problems] == ["decode.budget"]
    assert any((inner or "").startswith("some text ") for _, inner in found)


def test_a_unit_may_not_be_decoded_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unfold, "UNIT_TEXT", 50)
    text = " ".join(_b64(f"{n} {PLAIN}") for n in range(9))
    found, log, _ = _texts(_b64(text))
    assert [p.code for p in log.problems] == ["decode.budget"]
    assert len(found) == 2


def test_bytes_that_are_no_text_are_dropped_by_name() -> None:
    found, log, tally = _texts(base64.b64encode(bytes(range(128, 256)) * 9).decode() + _b64(PLAIN))
    assert not log.problems
    assert PLAIN in "".join(inner for _, inner in found)
    _, _, tally = _texts("7061737377" * 8 + "01ff" * 20)
    assert tally.dropped == {"decoder hex: not text": 1}


def test_a_value_too_long_to_be_whole_is_decoded_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in (("WHOLE", 4000), ("PIECE", 3000), ("OVERLAP", 1000)):
        monkeypatch.setattr(longvalues, name, size)
    text = " ".join(f"row {n} " + _b64(f"{PLAIN}{n:05}") for n in range(300))
    found, _, _ = _texts(text)
    inner = [(layers, one) for layers, one in found if layers]
    assert {one[-5:] for _, one in inner} >= {f"{n:05}" for n in range(300)}
    assert all(resolved(text, layers, same) == one for layers, one in inner)
    assert max(bounds(layers[0])[1] for layers, _ in inner) == len(text)
