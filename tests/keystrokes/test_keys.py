"""Names of keys, times, and events made of anything."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.batch import UnitLog
from scanner.keystrokes.keys import Kind, key_of
from scanner.keystrokes.times import seconds
from scanner.recordings._events import Events
from scanner.recordings._session import Sessions

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
NAMES = st.sampled_from(
    [
        "key",
        "char",
        "event",
        "type",
        "action",
        "ts",
        "time",
        "user",
        "session",
        "window",
        "field",
        "secure",
        "modifiers",
        "ctrlKey",
        "buffer",
        "text",
        "data",
        "pressed",
        "value",
        "key_vk",
    ]
)


@pytest.mark.parametrize(
    ("name", "kind", "char"),
    [
        ("a", Kind.CHAR, "a"),
        ("'a'", Kind.CHAR, "a"),
        ("'\\\\'", Kind.CHAR, "\\"),
        ("Key.space", Kind.CHAR, " "),
        ("Spacebar", Kind.CHAR, " "),
        ("Return", Kind.CHAR, "\n"),
        ("KeyA", Kind.CHAR, "a"),
        ("KEY_A", Kind.CHAR, "a"),
        ("Digit5", Kind.CHAR, "5"),
        ("VK_OEM_2", Kind.CHAR, "/"),
        ("<97>", Kind.CHAR, "1"),
        ("<65437>", Kind.CHAR, "5"),  # the keypad on X11
        ("Num5", Kind.CHAR, "5"),
        ("\ue01f", Kind.CHAR, "5"),
        ("\ue008", Kind.MODIFIER, "shift"),
        ("[ENTER]", Kind.CHAR, "\n"),
        ("{BackSpace}", Kind.BACKSPACE, ""),
        (65, Kind.CHAR, "a"),
        ("Key.shift_r", Kind.MODIFIER, "shift"),
        ("ControlLeft", Kind.MODIFIER, "ctrl"),
        ("left ctrl", Kind.MODIFIER, "ctrl"),
        ("Key.alt_gr", Kind.MODIFIER, "altgr"),
        ("Super_L", Kind.MODIFIER, "meta"),
        ("BackSpace", Kind.BACKSPACE, ""),
        ("ArrowLeft", Kind.LEFT, ""),
        ("\x03", Kind.CHORD, "c"),
        ("ctrl+v", Kind.CHORD, "v"),
        ("[^]", Kind.DEAD, "^"),
        ("F11", Kind.NOTHING, ""),
        ("\xe9", Kind.CHAR, "\xe9"),
    ],
)
def test_names_of_keys(name, kind, char):
    key = key_of(name)
    assert key is not None
    assert (key.kind, key.char) == (kind, char)


@pytest.mark.parametrize("name", ["theme", "release notes", "", "<script>", "'ab'", 100_000])
def test_what_is_no_key(name):
    assert key_of(name) is None


@pytest.mark.parametrize(
    "value",
    [
        1790000000.5,
        1790000000500,
        1790000000500000,
        1790000000500000000,
        "1790000000.5",
        "2026-09-21T14:13:20.5Z",
        "2026-09-21 14:13:20,500",
    ],
)
def test_times_are_told_by_their_size(value):
    assert seconds(value) == pytest.approx(1790000000.5)


@settings(max_examples=150)
@given(records=st.lists(st.dictionaries(NAMES, JSON, max_size=6), max_size=8))
def test_records_of_anything_are_taken(records):
    events, sessions = Events(), Sessions()
    for number, record in enumerate(records):
        events.take(record, number, sessions)
    for batch in sessions.end(UnitLog()):
        for row in range(len(batch.values)):
            for place in batch.places.of(row):
                place.typed.rows(0, 10**9)


@given(st.text(max_size=20) | st.integers())
def test_any_name_is_a_key_or_none(name):
    assert key_of(name) == key_of(name)
