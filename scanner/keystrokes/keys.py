"""Names of keys as recorders write them, and what each key does.

Known spellings: pynput (`Key.shift`, `'a'`, `<96>`, `[^]`), DOM `key` and `code` values
(W3C UI Events), X11 keysyms, evdev (`KEY_A`), the Python keyboard module, and virtual-key
codes of Windows, which browsers call keyCode.
"""

from __future__ import annotations

import re
from ast import literal_eval
from dataclasses import dataclass
from enum import IntEnum


class Kind(IntEnum):
    """What pressing a key does."""

    CHAR = 0
    MODIFIER = 1
    CAPS = 2
    BACKSPACE = 3
    DELETE = 4
    LEFT = 5
    RIGHT = 6
    UP = 7
    DOWN = 8
    HOME = 9
    END = 10
    COPY = 11
    CUT = 12
    PASTE = 13
    UNDO = 14
    REDO = 15
    SELECT_ALL = 16
    DEAD = 17  # waits for the next character
    CHORD = 18  # a shortcut written as one key: `ctrl+c`, or a control character
    NOTHING = 19  # changes no text: F5, Escape, the IME's own key
    INSERT = 20  # with Shift it pastes, with Ctrl it copies
    BUTTON = 21  # of a mouse, in logs that have keys and buttons alike


@dataclass(frozen=True, slots=True)
class Key:
    """One key: `base` tells a key from others whatever shift says; `coded` has no layout in it."""

    kind: Kind
    char: str = ""  # what is inserted; the modifier's name; the accent of a dead key
    base: str = ""
    coded: bool = False
    modifiers: frozenset[str] = frozenset()  # of a chord


_SHIFTED = dict(zip("`1234567890-=[]\\;',./", '~!@#$%^&*()_+{}|:"<>?', strict=True))
_BASES = {shifted: base for base, shifted in _SHIFTED.items()}
_MODIFIERS = {
    "shift": "shift shiftl shiftr shiftleft shiftright lshift rshift leftshift rightshift lshiftkey"
    " rshiftkey shiftkey",
    "ctrl": "ctrl ctrll ctrlr ctrlleft ctrlright control controll controlr controlleft controlright"
    " lcontrol rcontrol lctrl rctrl leftctrl rightctrl leftcontrol rightcontrol lcontrolkey"
    " rcontrolkey controlkey",
    "alt": "alt altl altr altleft altright lalt ralt leftalt rightalt option optionl optionr menu"
    " lmenu rmenu optionleft optionright leftoption rightoption",
    "altgr": "altgr altgraph isolevel3shift level3shift",
    "meta": "meta metal metar metaleft metaright cmd cmdl cmdr command commandl commandr super"
    " superl superr win winl winr lwin rwin os osleft osright leftmeta rightmeta windows"
    " leftwindows rightwindows leftcommand rightcommand gui",
}
_KINDS = {
    Kind.CAPS: "capslock caps capital capslocktoggle",
    Kind.BACKSPACE: "backspace back bksp backspacekey bs",
    Kind.DELETE: "delete del forwarddelete deletekey kpdelete",
    Kind.LEFT: "left arrowleft leftarrow kpleft",
    Kind.RIGHT: "right arrowright rightarrow kpright",
    Kind.UP: "up arrowup uparrow kpup",
    Kind.DOWN: "down arrowdown downarrow kpdown",
    Kind.HOME: "home kphome",
    Kind.END: "end kpend",
    Kind.COPY: "copy",
    Kind.CUT: "cut",
    Kind.PASTE: "paste",
    Kind.UNDO: "undo",
    Kind.REDO: "redo again",
    Kind.INSERT: "insert ins kpinsert kpins",
    Kind.BUTTON: "btnleft btnright btnmiddle lbutton rbutton mbutton leftbutton rightbutton"
    " buttonleft buttonright mouseleft mouseright leftmouse rightmouse mousebutton1 mousebutton2",
}
_CHARS = {
    " ": "space spacebar spacekey blank",
    "\n": "enter return kpenter kpreturn numpadenter returnkey linefeed",
    "\t": "tab isolefttab lefttab",
    ".": "period dot fullstop decimal kpdecimal numpaddecimal oemperiod",
    ",": "comma oemcomma separator",
    "-": "minus hyphen dash subtract kpsubtract numpadsubtract oemminus kpminus",
    "_": "underscore",
    "=": "equal equals kpequal",
    "+": "plus add kpadd numpadadd kpplus",
    "/": "slash forwardslash divide kpdivide numpaddivide oem2 kpslash",
    "\\": "backslash oem5 intlbackslash oem102",
    "*": "asterisk star multiply kpmultiply numpadmultiply kpasterisk",
    ";": "semicolon oem1 oemsemicolon",
    ":": "colon",
    "'": "apostrophe quote singlequote quoteright oem7 oemquotes",
    '"': "quotedbl doublequote",
    "`": "grave backquote quoteleft backtick oem3 oemtilde",
    "~": "asciitilde tilde",
    "[": "bracketleft leftbracket leftbrace oem4 openbracket oemopenbrackets lbracket",
    "]": "bracketright rightbracket rightbrace oem6 closebracket oemclosebrackets rbracket",
    "{": "braceleft",
    "}": "braceright",
    "(": "parenleft leftparen leftparenthesis",
    ")": "parenright rightparen rightparenthesis",
    "<": "less lessthan",
    ">": "greater greaterthan",
    "|": "bar pipe",
    "!": "exclam exclamation",
    "@": "at",
    "#": "numbersign hash pound",
    "$": "dollar",
    "%": "percent",
    "^": "asciicircum caret",
    "&": "ampersand",
    "?": "question questionmark",
}
_SILENT = (
    "esc escape pageup pagedown prior next prtsc printscreen print sysrq scrolllock"
    " pause break numlock fn menukey contextmenu apps compose multikey clear help select execute"
    " dead process unidentified sleep power wakeup eject unknown none null kanji kana hangul"
    " convert nonconvert accept modechange"
)
_QUIET = re.compile(r"f\d\d?|(?:media|audio|volume|brightness|browser|launch|xf86|keyboard)\w*")
_ACCENTS = {
    "grave": "`",
    "acute": "\u00b4",
    "circumflex": "^",
    "tilde": "~",
    "diaeresis": "¨",
    "cedilla": "\u00b8",
    "caron": "ˇ",
    "abovering": "°",
}
_CHORD = re.compile(
    r"(?:<?(?:ctrl|control|alt|option|shift|cmd|command|meta|win|super)(?:_[lr])?>?\s*[+]\s*)+"
    r"(?=.)",
    re.IGNORECASE,
)
# Windows virtual-key codes (winuser.h); browsers use the same numbers as keyCode.
VIRTUAL: dict[int, str] = {8: "backspace", 9: "tab", 13: "enter", 16: "shift", 17: "ctrl"}
VIRTUAL |= {18: "alt", 12: "clear", 19: "pause", 33: "pageup", 34: "pagedown", 44: "print"}
VIRTUAL |= {1: "lbutton", 2: "rbutton", 4: "mbutton", 45: "insert", 93: "apps", 144: "numlock"}
VIRTUAL |= {145: "scrolllock", 226: "\\", 229: "process"}
VIRTUAL |= {n: "f1" for n in range(112, 124)}
VIRTUAL |= {20: "capslock", 27: "esc", 32: "space", 35: "end", 36: "home", 37: "left"}
VIRTUAL |= {38: "up", 39: "right", 40: "down", 46: "delete", 91: "meta", 92: "meta"}
VIRTUAL |= {n: chr(n) for n in range(48, 58)} | {n: chr(n + 32) for n in range(65, 91)}
VIRTUAL |= {96 + n: str(n) for n in range(10)}
VIRTUAL |= {106: "*", 107: "+", 109: "-", 110: ".", 111: "/", 160: "shift", 161: "shift"}
VIRTUAL |= {162: "ctrl", 163: "ctrl", 164: "alt", 165: "altgr", 173: "-", 59: ";", 61: "="}
VIRTUAL |= dict(zip(range(186, 193), ";=,-./`", strict=True))
VIRTUAL |= dict(zip(range(219, 223), "[\\]'", strict=True))


def base_of(char: str) -> str:
    """The key a character is on, by the US layout; letters of any case are one key."""
    return _BASES.get(char) or char.lower()


def shifted(char: str) -> str:
    """What a base character becomes with shift, by the US layout."""
    return _SHIFTED.get(char) or char.upper()


def other_case(char: str) -> str:
    """The other character of the same key."""
    base = base_of(char)
    return shifted(base) if char == base else base


def _table() -> dict[str, Key]:
    table = {n: Key(Kind.NOTHING, base=n) for n in _SILENT.split()}
    for char, names in _CHARS.items():
        table |= {name: Key(Kind.CHAR, char, base_of(char), True) for name in names.split()}
    for kind, names in _KINDS.items():
        table |= {name: Key(kind, base=kind.name) for name in names.split()}
    for modifier, names in _MODIFIERS.items():
        table |= {n: Key(Kind.MODIFIER, modifier, "\0" + modifier) for n in names.split()}
    for accent, char in _ACCENTS.items():
        table["dead" + accent] = Key(Kind.DEAD, char, char)
    return table


# Characters that macOS gives keys without one (NSEvent.h).
_FUNCTION = {0xF700: "up", 0xF701: "down", 0xF702: "left", 0xF703: "right", 0xF728: "delete"}
_FUNCTION |= {0xF729: "home", 0xF72B: "end"}
# Keys as WebDriver sends them.
_WEBDRIVER = {0xE003: "backspace", 0xE004: "tab", 0xE006: "enter", 0xE007: "enter", 0xE00D: "space"}
_WEBDRIVER |= {0xE008: "shift", 0xE009: "ctrl", 0xE00A: "alt", 0xE03D: "meta", 0xE050: "shift"}
_WEBDRIVER |= {0xE010: "end", 0xE011: "home", 0xE012: "left", 0xE013: "up", 0xE014: "right"}
_WEBDRIVER |= {0xE015: "down", 0xE017: "delete", 0xE018: "semicolon", 0xE019: "equal"}
_WEBDRIVER |= {0xE016: "insert", 0xE051: "ctrl", 0xE052: "altgr", 0xE053: "meta"}
_FUNCTION |= _WEBDRIVER
# The keypad as pynput has it on X11: <65437> is 5 (keysymdef.h, KP_Home to KP_Delete).
_KEYPAD = dict(zip((*range(65429, 65440), 65421), "7486293150.\n", strict=True))
_KEYPAD |= dict(zip(range(65450, 65456), "*+,-./", strict=True))
_KEYPAD |= {65456 + n: str(n) for n in range(10)}
_NAMED = _table()
_PREFIX = re.compile(r"^(?:key\.|keycode\.|keys?\.|vk_|key_|xk_|qt\.key_|kc_)", re.IGNORECASE)
_DOM_CODE = re.compile(r"(?:Key([A-Z])|(?:Digit|D|K[Pp]_?|[Nn]um(?:[Pp]ad)?_?)([0-9]))")


def key_of(raw: str | int) -> Key | None:
    """The key that a name, a character or a virtual-key code means; None for what is no key."""
    if isinstance(raw, int):
        name = VIRTUAL.get(raw)
        return _coded(name) if name is not None else None
    if len(raw) <= 1:
        return _char(raw) if raw else None
    return _quoted(raw) or _by_name(raw) or _chord(raw)


def _char(char: str) -> Key | None:
    if char in "\r\n":
        return Key(Kind.CHAR, "\n", "\n")
    if char in "\b\x7f":
        return _NAMED["backspace"]
    if char == "\x1b":
        return _NAMED["esc"]
    if char < " " and char != "\t":
        letter = chr(ord(char) + 96)
        return Key(Kind.CHORD, letter, letter, modifiers=frozenset(["ctrl"])) if char else None
    if "\ue000" <= char <= "\uf8ff" or char > "\ufffb":  # function keys; no character
        digit = ord(char) - 0xE01A  # WebDriver's keypad
        return _coded(str(digit)) if 0 <= digit < 10 else _NAMED[_FUNCTION.get(ord(char), "none")]
    return Key(Kind.CHAR, char, base_of(char))


def _coded(name: str) -> Key | None:
    return Key(Kind.CHAR, name, name, True) if len(name) == 1 else _NAMED.get(name)


def _quoted(raw: str) -> Key | None:
    """What Python's repr wrote around a character, and pynput around dead keys and codes."""
    if len(raw) <= 12 and raw[0] in "'\"" and raw[-1] == raw[0]:
        try:
            char = literal_eval(raw)
        except (ValueError, SyntaxError):
            return None
        return _char(char) if isinstance(char, str) and len(char) == 1 else None
    if len(raw) == 3 and raw[0] == "[" and raw[2] == "]":
        return Key(Kind.DEAD, raw[1], raw[1])
    if raw[0] in "<[{" and raw[-1] in ">]}" and len(raw) > 3:
        inner = raw[1:-1]
        if inner.isdecimal() and len(inner) == 5:
            return _coded(_KEYPAD.get(int(inner), ""))
        return key_of(int(inner)) if inner.isdecimal() and len(inner) < 4 else _by_name(inner)
    return None


def _by_name(raw: str) -> Key | None:
    if len(raw) > 40:
        return None
    dom = _DOM_CODE.fullmatch(raw)
    if dom:
        return _coded((dom[1] or dom[2]).lower())
    bare = _PREFIX.sub("", raw)
    if len(bare) == 1:
        return _coded(bare.lower()) if bare.isalnum() else _char(bare)
    name = re.sub(r"[\s_\-]", "", bare).lower()
    if name.startswith("u+") and len(name) <= 8:
        return _unicode(name[2:])
    quiet = _QUIET.fullmatch(name)
    return Key(Kind.NOTHING, base=name) if quiet else _NAMED.get(name)


def _unicode(digits: str) -> Key | None:
    try:
        return _char(chr(int(digits, 16)))
    except (ValueError, OverflowError):
        return None


def _chord(raw: str) -> Key | None:
    found = _CHORD.match(raw)
    if not found or len(raw) > 60:
        return None
    names = [name.strip(" <>") for name in found[0].split("+") if name.strip()]
    held = [key for key in map(_by_name, names) if key and key.kind is Kind.MODIFIER]
    inner = key_of(raw[found.end() :].strip(" ") or " ")
    if inner is None or inner.kind is Kind.CHORD:
        return None
    what = inner.char if inner.kind is Kind.CHAR else inner.kind.name
    return Key(Kind.CHORD, what, inner.base, modifiers=frozenset(key.char for key in held))
