"""A typist at a German, French or US keyboard: AltGr, dead keys, digits with shift.

The log has characters, as pynput has them: each as the modifiers are at that moment, so that a
key let go of after its modifier is named otherwise than when it was pressed.
"""

# ruff: noqa: RUF001 - the accents are what stands on the keys
from __future__ import annotations

import string
from collections import Counter
from dataclasses import dataclass
from typing import Any

from typist import SPECIAL, Typist

# Keys as (alone, with shift, with AltGr); a dot in the middle is nothing.
KEYS = {
    "us": "`~· 1!· 2@· 3#· 4$· 5%· 6^· 7&· 8*· 9(· 0)· -_· =+· [{· ]}· \\|· ;:· '\"· ,<· .>· /?·",
    "de": "^°· 1!· 2\"² 3§³ 4$· 5%· 6&· 7/{ 8([ 9)] 0=} ß?\\ ´`· qQ@ eE€ +*~ #'· <>| ,;· .:· -_·",
    "fr": "&1· é2~ \"3# '4{ (5[ -6| è7` _8\\ ç9^ à0@ )°] =+} ^¨· $£¤ ù%· *µ· <>· ,?· ;.· :/· !§·",
}
DEAD = {"us": "", "de": "^0 ´0 `1", "fr": "^0 ¨1 ~2 `2"}  # each with its level
MODIFIERS = ((), ("Key.shift",), ("Key.alt_gr",))


def keyboard(layout: str) -> dict[str, tuple[str, int]]:
    """By character its key, and which of `MODIFIERS` it takes."""
    keys = [*KEYS[layout].split(), *(a + a.upper() + "·" for a in string.ascii_lowercase)]
    found = {key[level]: (key, level) for key in keys for level in (2, 1, 0)}
    return {char: place for char, place in found.items() if char != "·"}


@dataclass
class Abroad(Typist):
    """`windows`: AltGr is logged with a Ctrl in front of it."""

    layout: str = "de"
    windows: bool = False

    def char(self, char: str) -> None:
        if char in SPECIAL:
            self.key(SPECIAL[char])
            return
        key, level = keyboard(self.layout)[char]
        names = MODIFIERS[level]
        names = ("Key.ctrl_l", *names) if self.windows and level == 2 else names
        down = self.now - self.dice.uniform(0.0, 0.02)
        for name in names:
            self.events.append((down, "press", name))
        self.now = max(self.now, down + 0.02)
        press = self.now
        self.key(key)
        up = min(self.now - 0.005, press + self.dice.uniform(0.03, 0.12))
        for name in reversed(names):
            self.events.append((max(up, press + 0.02), "release", name))
        if f"{char}{level}" in DEAD[self.layout]:
            self.key("Key.space")

    def log(self) -> list[dict[str, Any]]:
        rows, held = [], Counter[str]()
        for time, event, name in sorted(self.events):
            if name.startswith("Key."):
                held[name] += 1 if event == "press" else -1
                name_now = name
            else:
                name_now = self._named(name, held)
            if event == "release" or self.dice.random() >= self.lost:
                rows.append({"ts": round(time, 4), "event": event, "key": name_now})
        return rows

    def _named(self, key: str, held: Counter[str]) -> str:
        level = 2 if held["Key.alt_gr"] > 0 else held["Key.shift"] > 0
        char = key[level] if key[level] != "·" else key[0]
        return f"[{char}]" if f"{char}{level:d}" in DEAD[self.layout] else repr(char)
