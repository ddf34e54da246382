"""Numbers of keys: which system of codes a log uses, and what its codes mean.

Tables: Linux input codes (input-event-codes.h; scan codes of PC keyboards are the same but for
the extended ones), X11 (eight more), macOS (HIToolbox Events.h), USB HID usages, Android
(KeyEvent), X11 keysyms (keysymdef.h), Windows virtual keys (browsers' keyCode), Java AWT and Qt.
Which one it is can be told from the codes: under the wrong table text is no text.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cache
from string import ascii_lowercase

from scanner.keystrokes.keys import VIRTUAL, Key, Kind, base_of, key_of

Table = Mapping[int, Key]


def _run(words: str, first: int) -> dict[int, str]:
    """Names of keys whose codes follow each other."""
    return dict(enumerate(words.split(), first))


def _all(codes: Iterable[int], word: str) -> dict[int, str]:
    return dict.fromkeys(codes, word)


_A_TO_Z, _DIGITS = " ".join(ascii_lowercase), "0 1 2 3 4 5 6 7 8 9"
_FAR = {0x1C: "enter", 0x1D: "ctrl", 0x35: "/", 0x38: "altgr", 0x5B: "meta", 0x5C: "meta"}
_FAR |= _run("home up pageup", 0x47) | {0x4B: "left", 0x4D: "right"}
_FAR |= _run("end down pagedown insert delete", 0x4F)
_EVDEV = _run("esc 1 2 3 4 5 6 7 8 9 0 - = backspace tab q w e r t y u i o p [ ] enter ctrl", 1)
_EVDEV |= _run(
    "a s d f g h j k l ; ' ` shift \\ z x c v b n m , . / shift * alt space capslock", 30
)
_EVDEV |= _all(range(59, 69), "f1") | _run("numlock scrolllock 7 8 9 - 4 5 6 + 1 2 3 0 .", 69)
_EVDEV |= {86: "<", 87: "f11", 88: "f12"} | _run("enter ctrl / sysrq altgr", 96)
_EVDEV |= _run("home up pageup left right end down pagedown insert delete", 102)
_EVDEV |= _run("meta meta compose", 125) | {119: "pause"}
_SCAN = _EVDEV | {high + low: name for high in (0xE000, 0x0E00) for low, name in _FAR.items()}
_MAC = _run("a s d f h g z x c v ` b q w e r y t 1 2 3 4 6 5 = 9 7 - 8 0 ] o u [ i p enter", 0)
_MAC |= _run("l j ' k ; \\ , / n m . tab space ` backspace enter esc meta meta shift", 37)
_MAC |= _run("capslock alt ctrl shift alt ctrl fn", 57)
_MAC |= _all((64, *range(79, 81), *range(96, 114), 118, 120, 122), "f1")
_MAC |= {65: ".", 67: "*", 69: "+", 71: "clear", 75: "/", 76: "enter", 78: "-", 81: "="}
_MAC |= _run("0 1 2 3 4 5 6 7", 82) | {91: "8", 92: "9", 90: "f1"}
_MAC |= _run("help home pageup delete", 114) | {119: "end", 121: "pagedown"}
_MAC |= _run("left right down up", 123)
_HID = _run(f"{_A_TO_Z} 1 2 3 4 5 6 7 8 9 0", 4) | _all(range(58, 70), "f1")
_HID |= _run("enter esc backspace tab space - = [ ] \\ # ; ' ` , . / capslock", 40)
_HID |= _run("print scrolllock pause insert home pageup delete end pagedown", 70)
_HID |= _run("right left down up numlock / * - + enter 1 2 3 4 5 6 7 8 9 0 . \\", 79)
_HID |= _run("ctrl shift alt meta ctrl shift altgr meta", 224)
_ANDROID = _run(_DIGITS, 7) | _run(_A_TO_Z, 29) | _run("sleep esc", 3) | {81: "+"}
_ANDROID |= _run(", . alt alt shift shift tab space", 55) | _run("up down left right", 19)
_ANDROID |= _run("enter backspace ` - = [ ] \\ ; ' / @", 66)
_ANDROID |= _run("esc delete ctrl ctrl capslock", 111) | _run("meta meta", 117)
_ANDROID |= _run("home end", 122)
_KEYSYM = {n: chr(n) for n in (*range(33, 127), *range(161, 256))} | {32: "space"}
_KEYSYM |= {8: "backspace", 9: "tab", 13: "enter", 27: "esc", 127: "delete"}
_KEYSYM |= {0xFF08: "backspace", 0xFF09: "tab", 0xFF0D: "enter", 0xFF1B: "esc", 0xFFFF: "delete"}
_KEYSYM |= _run("home left up right down pageup pagedown end", 0xFF50)
_KEYSYM |= _run("shift shift ctrl ctrl capslock capslock meta meta alt alt meta meta", 0xFFE1)
_KEYSYM |= {0xFE03: "altgr", 0xFF8D: "enter", 0xFF63: "insert", 0xFF67: "menukey"}
_KEYSYM |= {0xFF7F: "numlock"} | _run("* + , - . /", 0xFFAA) | _run(_DIGITS, 0xFFB0)
_KEYSYM |= _all(range(0xFFBE, 0xFFCA), "f1")
_KEYSYM |= {0x40000000 + usage: name for usage, name in _HID.items() if len(name) > 1}  # SDL
_QT = {n: chr(n).lower() for n in range(33, 97)} | {32: "space", 0x01001103: "altgr"}
_QT |= _run("esc tab tab backspace enter enter insert delete", 0x01000000)
_QT |= _run("home end left up right down pageup pagedown", 0x01000010)
_QT |= _run("shift ctrl meta alt capslock", 0x01000020)
_JAVA = {n: chr(n).lower() for n in (*range(48, 58), *range(65, 94))} | _run(_DIGITS, 96)
_JAVA |= {8: "backspace", 9: "tab", 10: "enter", 16: "shift", 17: "ctrl", 18: "alt"}
_JAVA |= {20: "capslock", 27: "esc", 32: "space", 59: ";", 61: "=", 127: "delete", 157: "meta"}
_JAVA |= _run("end home left up right down", 35) | _run(", - . /", 44)
_JAVA |= {192: "`", 222: "'", 65406: "altgr"}
_NAMES: dict[str, dict[int, str]] = {
    "vk": VIRTUAL,
    "scan": _SCAN,
    "x11": {code + 8: name for code, name in _EVDEV.items()},
    "mac": _MAC,
    "hid": _HID,
    "keysym": _KEYSYM,
    "java": _JAVA,
    "qt": _QT,
    "android": _ANDROID,
}
_PRINTED = {"keysym": ()}  # tables whose codes are of what comes out, not of where the key is
# Which tables a member with this (plain) name may mean; of any other, all.
_BY_NAME = {
    **dict.fromkeys(("vk", "vkcode", "keyvk", "virtualkey", "virtualkeycode"), ("vk", "keysym")),
    **dict.fromkeys(("windowsvirtualkeycode", "nativevirtualkeycode"), ("vk",)),
    **dict.fromkeys(("scancode", "hardwarekeycode"), ("scan", "x11", "hid")),
    **dict.fromkeys(("usage", "usageid", "hidusage", "hidcode"), ("hid",)),
    **dict.fromkeys(("keysym", "keyval", "keysymnum"), ("keysym",)),
    **dict.fromkeys(("charcode", "asciicode", "ascii", "unicodevalue"), ("keysym",)),
    "ansikeycode": ("mac",),
}
_LETTERS = dict(zip("etaoinshrdlcumwfgypbvkjxqz", range(26, 0, -1), strict=True))
_OFTEN = {"space": 0.14, "backspace": 0.05, "shift": 0.05, "enter": 0.02, "ctrl": 0.01}
_OFTEN |= {".": 0.008, ",": 0.006, "-": 0.005} | dict.fromkeys(("left", "right", "tab"), 0.004)
_SELDOM, _NEVER = 0.0015, 1e-6
_SURE = 40.0  # nats: how much likelier one table must be for another to be out
_UNKNOWN = 0.03  # share of codes that a table need not know
_FEW = 5  # keys: as many, and always the same one, are none


@cache
def table(name: str) -> Table:
    """The keys of one system by their codes."""
    made = {code: _key(word, name not in _PRINTED) for code, word in _NAMES[name].items()}
    return {code: key for code, key in made.items() if key is not None}


def _key(word: str, coded: bool) -> Key | None:
    if len(word) == 1:
        return Key(Kind.CHAR, word, base_of(word), coded)
    return key_of(word)


def _weight(word: str) -> float:
    if word in _LETTERS:
        return 0.6 * _LETTERS[word] / 351
    if word.lower() in _LETTERS:
        return 0.03 * _LETTERS[word.lower()] / 351
    if word.isdigit():
        return 0.012
    return _OFTEN.get(word, _SELDOM)


@cache
def _weights(name: str) -> dict[int, float]:
    return {code: math.log(_weight(word)) for code, word in _NAMES[name].items()}


def likeliest(codes: Mapping[int, int], member: str = "") -> tuple[str, ...]:
    """The tables that these codes (with how often each was seen) may be of, likeliest first.

    One, or two where it is not sure; none where the codes are no keys.
    """
    total = sum(codes.values())
    if not total or (len(codes) == 1 and total >= _FEW):
        return ()
    scores = list[tuple[float, str]]()
    for name in _BY_NAME.get(member, tuple(_NAMES)):
        known = _weights(name)
        unknown = sum(count for code, count in codes.items() if code not in known)
        if unknown <= max(_UNKNOWN * total, 1):
            score = sum(n * known.get(code, math.log(_NEVER)) for code, n in codes.items())
            scores.append((score, name))
    scores.sort(reverse=True)
    near = [name for score, name in scores if scores[0][0] - score < _SURE]
    return tuple(near[:2])


def number(value: object) -> int | None:
    """The code that a value writes: a number, decimal or hexadecimal digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or not 0 < len(value) < 12:
        return None
    text = value.strip().lower()
    digits = text.removeprefix("0x")
    try:
        return int(text, 16 if digits != text else 10) if digits.isalnum() else None
    except ValueError:
        return None


def all_numbers(values: Iterable[object]) -> bool:
    """True for a column of codes: numbers, and not single digits only, which are characters."""
    seen, wide = 0, False
    for value in values:
        if value is None or value == "":
            continue
        if number(value) is None:
            return False
        seen += 1
        wide = wide or not isinstance(value, str) or len(value) > 1
    return bool(seen) and wide
