"""What every decoder plug-in must keep, whatever it decodes."""

from __future__ import annotations

import base64
import gzip
import html
import quopri
import re
import time
import urllib.parse
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import plugins
from scanner.batch import text_array
from scanner.decoders import MAX_INFLATED, Decoded, bounds, shifted
from scanner.errors import UnreadableError
from scanner.matcher import Matcher
from scanner.pointer import same

NAMES = plugins.names("decoders")
ANCHORED = [name for name in NAMES if plugins.load("decoders", name).anchors]
PLAIN = "name=Jane Roe; mail jane.roe@corp.example, 4111 1111 1111 1111"
ENCODED = {
    "base64": base64.b64encode(PLAIN.encode()).decode(),
    "escapes": "".join(f"\\x{ord(c):02x}" for c in PLAIN),
    "hex": PLAIN.encode().hex(),
    "html": "".join(f"&#{ord(c)};" for c in PLAIN),
    "letters": "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in PLAIN),
    "percent": "".join(f"%{ord(c):02X}" for c in PLAIN),
    "quoted_printable": quopri.encodestring((PLAIN * 3).encode()).decode(),
}
_BITS = (
    *ENCODED.values(),
    PLAIN,
    html.escape("<a b=\"c='d'\">"),
    urllib.parse.quote("é=1&b=/?"),
    base64.encodebytes(PLAIN.encode() * 3).decode(),
    base64.b64encode(gzip.compress(PLAIN.encode(), mtime=0)).decode(),
    base64.b64encode(PLAIN.encode("utf-16-le")).decode(),
    base64.b64encode(b"\x08\x96\xff\x01" + PLAIN.encode() + b"\xff\xfe\0").decode(),
    *("=\n", "%", "&#", "\\u", "\\", "0x", "\u200b", "\ud800", "%u00", "%C3", "H4sIA", "eJx", "🦊"),
)
_texts = st.lists(
    st.one_of(
        st.sampled_from(_BITS), st.text(max_size=8), st.sampled_from(_BITS).map(lambda b: b[3:-1])
    ),
    max_size=6,
).map("".join)


@cache
def matcher(engine: str) -> Matcher:
    anchors = {name: plugins.load("decoders", name).anchors for name in ANCHORED}
    return Matcher({}, engine, encodings=anchors)


def decoded(name: str, text: str) -> list[Decoded]:
    try:
        return plugins.load("decoders", name).decode(text) or []
    except UnreadableError:
        return []


def test_each_decoder_has_an_example() -> None:
    assert set(ANCHORED) <= set(ENCODED)


@pytest.mark.parametrize("name", ANCHORED)
def test_the_example_is_decoded(name: str) -> None:
    assert any(PLAIN in one.text for one in decoded(name, f"x: {ENCODED[name]} y"))


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=60)
@given(text=_texts)
def test_what_is_decoded_is_found_again_by_its_step(name: str, text: str) -> None:
    decoder = plugins.load("decoders", name)
    for one in decoded(name, text):
        assert one.step.startswith(f"{name}:")
        if not one.dropped:
            assert decoder.resolve(text, one.step, same) == one.text
            assert not re.search("[\ud800-\udfff]", one.text) or "\ud800" in text


@pytest.mark.parametrize("name", ANCHORED)
@settings(deadline=None, max_examples=60)
@given(text=_texts, data=st.data())
def test_a_span_leads_back_into_the_stretch(name: str, text: str, data: st.DataObject) -> None:
    for one in decoded(name, text):
        if one.dropped or not one.text:
            continue
        assert one.origin is not None
        low, high = bounds(one.step)
        start = data.draw(st.integers(0, len(one.text) - 1))
        end = data.draw(st.integers(start + 1, len(one.text)))
        first, last = one.origin.span(start, end)
        assert low <= first < last <= high
        if one.origin.exact and last - first == end - start and one.text[start:end].isalnum():
            rewritten = text[first:last] != one.text[start:end]
            assert not rewritten or name == "letters"
        moved = shifted(one, 7)
        assert moved.origin is not None
        assert bounds(moved.step) == (low + 7, high + 7)
        assert moved.origin.span(start, end) == (first + 7, last + 7)


@settings(deadline=None, max_examples=60)
@given(texts=st.lists(_texts, min_size=1, max_size=4))
def test_what_is_decoded_holds_an_anchor_that_every_engine_sees(texts: list[str]) -> None:
    values = text_array(texts)
    for engine in ("hyperscan", "re2"):
        rows = matcher(engine).encoded(values)
        for name in ANCHORED:
            clean = [value.as_py() for value in values]
            found = {
                row
                for row, text in enumerate(clean)
                if any(not one.dropped for one in decoded(name, text))
            }
            assert found <= set(rows[name]), (engine, name)
            assert set(plugins.load("decoders", name).wanted(values)) <= set(rows[name])


@pytest.mark.parametrize("name", ANCHORED)
def test_a_step_to_nowhere_is_an_error(name: str) -> None:
    decoder = plugins.load("decoders", name)
    for step in (f"{name}:0-9999", f"{name}:4-4", f"{name}:x", f"{name}:/a", f"{name}:-1-3"):
        with pytest.raises(UnreadableError):
            decoder.resolve("short", step, same)


@pytest.mark.parametrize("name", ANCHORED)
def test_large_texts_take_no_time_to_speak_of(name: str) -> None:
    for bit in (*_BITS, "A", "a1", "\\n", "=\r\n", "&#6", "%2", "0x6"):
        start = time.process_time()
        decoded(name, bit * (200_000 // len(bit)))
        assert time.process_time() - start < 5, repr(bit)  # a tenth of it, on an idle machine


def test_a_bomb_is_cut_and_says_so() -> None:
    bomb = base64.b64encode(gzip.compress(b"text " * (MAX_INFLATED // 2), mtime=0)).decode()
    one, two = decoded("base64", f"{bomb} {bomb}")
    assert len(one.text) == MAX_INFLATED
    assert one.cut
    assert len(two.text) == 0
    assert two.cut or two.dropped
