"""Text logs of keys: as listeners of pynput write them, and as tools print events."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from keyed import recordings_of, texts_of
from typist import Typist


def write_sample(stem: Path, text: str) -> Path:
    path = stem.with_suffix(".log")
    typist = Typist(seed=3)
    typist.text(text)
    path.write_text("".join(f"{r['ts']} {r['key']} {DONE[r['event']]}\n" for r in typist.log()))
    return path


def _stamp(time: float) -> str:
    return datetime.fromtimestamp(time).isoformat(" ", "milliseconds").replace(".", ",")


EVDEV = dict(zip("qwertyuiop", range(16, 26), strict=True))
EVDEV |= dict(zip("asdfghjkl", range(30, 39), strict=True)) | {" ": 57, "-": 12}
EVDEV |= dict(zip("zxcvbnm", range(44, 51), strict=True))
NAMES = {" ": "space", "-": "minus"}
LINUX = {" ": "SPACE", "-": "MINUS"}


def _xev(t: float, d: bool, c: str) -> str:
    return (
        f"Key{'Press' if d else 'Release'} event, serial 28, synthetic NO, window 0x400001,\n"
        f"    root 0x50d, subw 0x0, time {int(t * 1000)}, (638,398), root:(640,400),\n"
        f"    state 0x0, keycode {EVDEV[c] + 8} (keysym {ord(c):#x}, {NAMES.get(c, c)}),"
        " same_screen YES,\n"
        f'    XLookupString gives 1 bytes: ({ord(c):x}) "{c}"\n    XFilterEvent returns: False\n'
    )


def _wev(t: float, d: bool, c: str) -> str:
    state = f"{int(d)} ({'pressed' if d else 'released'})"
    return (
        f"[14:     wl_keyboard] key: serial: 7; time: {int(t * 1000)}; key: {EVDEV[c] + 8};"
        f" state: {state}\n{'':22}sym: {NAMES.get(c, c)} ({ord(c)}), utf8: '{c}'"
    )


def _evtest(t: float, d: bool, c: str) -> str:
    name = LINUX.get(c, c.upper())
    return (
        f"Event: time {t:.6f}, type 4 (EV_MSC), code 4 (MSC_SCAN), value {EVDEV[c]:02x}\n"
        f"Event: time {t:.6f}, type 1 (EV_KEY), code {EVDEV[c]} (KEY_{name}), value {int(d)}\n"
        f"Event: time {t:.6f}, -------------- SYN_REPORT ------------"
    )


TOOLS = {
    "xev": _xev,
    "wev": _wev,
    "evtest": _evtest,
    "xinput test": lambda t, d, c: f"key {'press  ' if d else 'release'} {EVDEV[c] + 8} ",
    "xinput test-xi2": lambda t, d, c: (
        f"EVENT type {2 if d else 3} (Key{'Press' if d else 'Release'})\n"
        f"    device: 5 (5)\n    detail: {EVDEV[c] + 8}\n    flags: \n    buttons:"
    ),
    "libinput": lambda t, d, c: (
        f"-event3   KEYBOARD_KEY            +{t:.3f}s\tKEY_{LINUX.get(c, c.upper())} ({EVDEV[c]})"
        f" {'pressed' if d else 'released'}"
    ),
    "showkey": lambda t, d, c: f"keycode {EVDEV[c]:3d} {'press' if d else 'release'}",
    "getevent": lambda t, d, c: (
        f"/dev/input/event2: EV_KEY       KEY_{LINUX.get(c, c.upper()):<18} {'DOWN' if d else 'UP'}"
    ),
    "getevent numbers": lambda t, d, c: f"/dev/input/event2: 0001 {EVDEV[c]:04x} {int(d):08x}",
    "keyboard": lambda t, d, c: f"KeyboardEvent({NAMES.get(c, c)} {'down' if d else 'up'})",
    "xmacro": lambda t, d, c: f"KeyStr{'Press' if d else 'Release'} {NAMES.get(c, c)}",
    "logfmt": lambda t, d, c: f'ts={t} level=info event=key{"down" if d else "up"} key="{c}"',
    "syslog": lambda t, d, c: (
        f"Oct  5 12:00:00 host mon[7]: key={NAMES.get(c, c)} state={'down' if d else 'up'}"
    ),
    "hook": lambda t, d, c: (
        f"{t} WM_KEY{'DOWN' if d else 'UP'} vkCode=0x{189 if c == '-' else ord(c.upper()):02X}"
    ),
    "name first": lambda t, d, c: (
        f"{NAMES.get(c, c)} Key{'Down' if d else 'Up'} {int(t * 1000) + 62135596800000}"
    ),
    "signs": lambda t, d, c: f"{t:.3f} {'+' if d else '-'}{NAMES.get(c, c)}",
    "NSEvent": lambda t, d, c: (
        f"NSEvent: type=Key{'Down' if d else 'Up'} loc=(0,0) time={t:.1f} flags=0x100 win=0x7f"
        f' chars="{c}" unmodchars="{c}" repeat=0 keyCode=7'
    ),
    "tuples": lambda t, d, c: f"({t:.3f}, '{'down' if d else 'up'}', {NAMES.get(c, c)!r})",
    "names only": lambda t, d, c: NAMES.get(c, c) if d else "",
}


@pytest.mark.parametrize("tool", TOOLS)
def test_what_tools_print(tool, tmp_path):
    text, path = "my new pass is quiet-horse-battery", tmp_path / "keys.txt"
    made = [
        TOOLS[tool](1.79e9 + i / 5 + up / 20, not up, c)
        for i, c in enumerate(text)
        for up in (0, 1)
    ]
    path.write_text("\n".join(line for line in made if line) + "\n")
    assert text in texts_of(path)


def test_punctuation_stands_for_itself(tmp_path):
    path = tmp_path / "keys.txt"
    path.write_text("".join(f"{i}.25 press {c}\n" for i, c in enumerate("a,b;c:d=e|f")))
    assert texts_of(path) == ["a,b;c:d=e|f"]


def test_all_lines_of_a_block_are_named(tmp_path):
    path = tmp_path / "keys.txt"
    path.write_text("".join(_xev(1.79e9 + i, True, c) + "\n" for i, c in enumerate("abcdefgh")))
    (place, text), *_ = recordings_of(path)[0]
    assert (text, place.typed.rows(2, 4)[0]) == ("abcdefgh", "12-16,18-22")


def test_lines_that_speak_of_keys_in_no_known_form_are_told(tmp_path):
    path = tmp_path / "keys.txt"
    path.write_text("".join(f"<<keydown of thing #{i}-{i * 7}>>\n" for i in range(40)))
    problems = recordings_of(path)[1].problems
    assert [p.code for p in problems if p.is_failure] == ["events.unknown"]


DONE = {"press": "pressed", "release": "released"}
FORMS = {
    "logging": lambda r: f"{_stamp(r['ts'])}: {r['key']}",
    "logging with words": lambda r: f"{_stamp(r['ts'])} - INFO - {r['event']} {r['key']}",
    "pressed": lambda r: f"{r['key']} {DONE[r['event']]}",
    "csv": lambda r: f"{r['ts']},{r['event']},{r['key']}",
    "words": lambda r: f"[{_stamp(r['ts'])}] key {r['key']} was {DONE[r['event']]}",
    "code": lambda r: f"{r['event']}: {r['key']} {r['ts']}",
}


@pytest.mark.parametrize("form", FORMS)
def test_line_forms(form, tmp_path):
    typist = Typist(seed=4)
    typist.text('it\'s Mine, "ok"? a\\b')
    rows = typist.log()
    if form == "logging":
        rows = [row for row in rows if row["event"] == "press"]
    path = tmp_path / "keys.txt"
    path.write_text("\n".join(map(FORMS[form], rows)))
    assert texts_of(path) == ['it\'s Mine, "ok"? a\\b']


def test_lines_that_are_torn_are_counted(tmp_path):
    path = tmp_path / "keys.txt"
    path.write_text(
        "'h' pressed\n'h' released\n'i' pre'i' releasedssed\n'i' released\n'!' pressed\n"
    )
    texts, log = recordings_of(path)
    assert texts[0][1] == "hi!"  # the release without a press says it
    assert [(p.code, p.records) for p in log.problems if p.is_failure] == [
        ("events.rejected", (2,))
    ]
    assert log.failed_records == 1
