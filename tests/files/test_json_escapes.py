"""Undoing escapes in bulk agrees with the parser, and every byte is traced back."""

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scanner.files.json_escapes import escapes, quoted, source_offsets, unescape

_TEXT = st.text(
    st.one_of(st.sampled_from('\\"/\n\t\b\f\r\x00\x7fué€😀\ud83d\ude00u0041'), st.characters())
)


def _undone(raw: bytes) -> tuple[bytes, list[int]]:
    data = np.frombuffer(raw, np.uint8)
    text, removed = unescape(data, escapes(data))
    return text.tobytes(), source_offsets(removed, np.arange(len(text))).tolist()


def _valid(text: str) -> str:
    """Pairs of surrogates joined, lone ones replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@given(st.lists(_TEXT), st.booleans())
def test_each_string_stands_in_the_result_as_the_parser_gives_it(
    texts: list[str], short: bool
) -> None:
    texts = [_valid(t) for t in texts] if short else texts
    raw = json.dumps(texts, ensure_ascii=not short).encode()
    meant = b", ".join(b'"' + _valid(t).encode() + b'"' for t in json.loads(raw))
    assert _undone(raw)[0] == b"[" + meant + b"]"


@given(st.lists(st.text(st.sampled_from('\\"u0041dX'), max_size=12)))
def test_every_byte_is_traced_to_where_it_stood(texts: list[str]) -> None:
    raw = json.dumps(texts).encode()
    undone, origins = _undone(raw)
    assert origins == sorted(set(origins))
    for byte, origin in zip(undone, origins, strict=True):
        escaped = b"\\" in raw[max(0, origin - 1) : origin + 1]
        assert escaped or raw[origin] == byte


@given(st.lists(_TEXT))
def test_quotes_that_hold_strings_are_told_from_escaped_ones(texts: list[str]) -> None:
    raw = json.dumps(texts).encode()
    data = np.frombuffer(raw, np.uint8)
    at = quoted(data, escapes(data)).tolist()
    assert [json.loads(raw[a : b + 1]) for a, b in zip(at[::2], at[1::2], strict=True)] == [
        json.loads(json.dumps(t)) for t in texts
    ]


def test_what_is_no_escape_is_left_alone() -> None:
    kept = rb"C:\src\q \u12 \uZZZZ \\ end\ "
    assert _undone(kept)[0] == kept.replace(rb"\\", b"\\")
    assert _undone(b"tail\\")[0] == b"tail\\"
    assert _undone(rb"\ud83d\ude00 \ud83d \ude00")[0].decode() == "😀 \ufffd \ufffd"
