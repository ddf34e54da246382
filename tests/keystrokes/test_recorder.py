"""What keys do together, in desktop programs, terminals and on macOS."""

from __future__ import annotations

import pytest

from scanner.keystrokes.keys import key_of
from scanner.keystrokes.recorder import Act, Event, Recorder


def played(script: str, window: str = "", mac: bool | None = None) -> list[tuple[str, str]]:
    """(kind, text) of what a script of keys makes: words are keys, `a+b` holds a for b."""
    found: list[tuple[str, str]] = []

    def emit(readings, first, last):
        found.extend((one.kind, one.text) for one in readings)

    recorder, time, row = Recorder(emit, lambda window, field: False, mac), 1.79e9, 0
    for word in script.split():
        names = word.split("+") if len(word) > 1 else [word]
        for act, order in ((Act.DOWN, names), (Act.UP, names[::-1])):
            for name in order:
                time, row = time + 0.1, row + 1
                recorder.add(Event(time, row, act, key_of(name), (window, "")))
    recorder.end()
    return found


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("a b c backspace d", "abd"),
        ("a b c left left x", "axbc"),
        ("a b c home x end y", "xabcy"),
        ("a b c shift+left shift+left x", "ax"),
        ("a b c ctrl+a x", "x"),
        ("a b space c d ctrl+backspace x", "ab x"),
        ("a b space c d ctrl+left x", "ab xcd"),
        ("a b ctrl+a ctrl+c right ctrl+v", "abab"),
        ("a b ctrl+a ctrl+x c ctrl+v", "cab"),
        ("a b c left left delete x", "axc"),
        ("a b enter c d up x", "abx\ncd"),
        ("a ctrl+s alt+f b", "ab"),
        ("[^] e x", "\u00eax"),
        ("a altgr+@ b", "a@b"),
        ("a b ctrl+a x ctrl+z", "ab"),
        ("a b shift+home shift+delete c shift+insert", "cab"),
        ("a b shift+home ctrl+insert end shift+insert", "abab"),
    ],
)
def test_desktop(script, text):
    assert played(script)[0] == ("committed", text)


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("a b c ctrl+u x", "x"),
        ("a b space c d ctrl+w x", "ab x"),
        ("a b c ctrl+a x ctrl+e y", "xabcy"),
        ("a b c left ctrl+k x", "abx"),
        ("a b space c ctrl+w ctrl+u x ctrl+y", "xab c"),
        ("a c b ctrl+t d", "abcd"),
        ("a b space c alt+b x", "ab xc"),
        ("a c left b enter d", "abc\nd"),
    ],
)
def test_terminal(script, text):
    assert played(script, "user@host: bash - Terminal")[0] == ("committed", text)


def test_enter_within_a_line_may_cut_it_or_send_it():
    assert played("a c left b enter d") == [
        ("committed", "ab\ndc"),
        ("erased", "abc"),
        ("raw", "acb\nd"),
    ]


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("a b c cmd+left x cmd+right y", "xabcy"),
        ("a b space c d alt+backspace x", "ab x"),
        ("a b c cmd+backspace x", "x"),
        ("a b cmd+a cmd+c right cmd+v", "abab"),
        ("a b c ctrl+a x", "xabc"),
    ],
)
def test_macos(script, text):
    assert played(script, mac=True)[0] == ("committed", text)


def test_a_click_ends_the_text_and_the_joined_one_is_kept():
    found = []
    recorder = Recorder(
        lambda r, f, n: found.extend((x.kind, x.text) for x in r), lambda w, f: False
    )
    for row, char in enumerate("sunflower"):
        if row == 3:
            recorder.add(Event(1.79e9 + row, 99, Act.CLICK, None))
        recorder.add(Event(1.79e9 + row, row, Act.DOWN, key_of(char)))
    recorder.end()
    assert found == [("committed", "sun"), ("committed", "flower"), ("joined", "sunflower")]


def test_what_is_pasted_is_known_or_counted():
    recorder = Recorder(lambda r, f, n: None, lambda w, f: False)
    recorder.add(Event(1.79e9, 0, Act.PASTE, None))
    recorder.end()
    assert recorder.unknown_pastes == 1
    texts = []
    recorder = Recorder(lambda r, f, n: texts.extend(x.text for x in r), lambda w, f: False)
    recorder.add(Event(1.79e9, 0, Act.CLIP, None, text="from the clipboard"))
    recorder.add(Event(1.79e9 + 1, 1, Act.PASTE, None))
    recorder.end()
    assert texts == ["from the clipboard"]


def timed(*strokes: tuple[float, str, int]) -> list[tuple[str, str]]:
    """(kind, text) of what presses and releases (1 and 0) at these seconds make."""
    found: list[tuple[str, str]] = []
    recorder = Recorder(
        lambda r, f, n: found.extend((x.kind, x.text) for x in r), lambda w, f: False
    )
    for row, (time, name, down) in enumerate(strokes):
        act = Act.DOWN if down else Act.UP
        recorder.add(Event(1.79e9 + time, row, act, key_of(name)))
    recorder.end()
    return found


def taps(text: str, start: float = 0.0) -> list[tuple[float, str, int]]:
    return [
        (start + 0.2 * at + 0.1 * up, name, 1 - up)
        for at, name in enumerate(text.split())
        for up in (0, 1)
    ]


def test_words_that_a_pause_runs_together_are_read_apart_as_well():
    found = timed(*taps("b y e"), *taps("s e c", 3.0))
    assert found == [("committed", "byesec"), ("apart", "bye\nsec")]
    assert timed(*taps("b y e space"), *taps("s e c", 3.0)) == [("committed", "bye sec")]


def test_commands_of_vi_are_read_apart_from_what_is_typed():
    assert ("apart", "i\nsec\n:wq") in timed(*taps("i s e c esc : w q"))


def test_a_mouse_button_among_the_keys_ends_the_text():
    assert timed(*taps("a b BTN_LEFT c d"))[:2] == [("committed", "ab"), ("committed", "cd")]


def test_a_lost_press_is_what_it_was_with_the_modifiers_of_then():
    moved = timed(*taps("x a b"), (1.0, "ctrl", 1), (1.2, "a", 0), (1.3, "ctrl", 0), *taps("c", 2))
    assert moved[0] == ("committed", "c")
    locked = timed(*taps("a b"), (1.0, "KEY_CAPSLOCK", 0), *taps("KEY_C KEY_D", 2))
    assert locked[0] == ("committed", "abCD")


def test_doubts_near_each_other_are_raised_together():
    lost = [(1.0, "KEY_A", 1), (1.1, "KEY_A", 0), (1.15, "shift", 0)]
    again = [(at + 1, name, down) for at, name, down in lost]
    texts = {text for _, text in timed(*taps("KEY_X"), *lost, *again)}
    assert {"xAA", "xaA", "xAa", "xaa"} <= texts
