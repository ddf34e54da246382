"""A typist: keys pressed and released as people do it, with what goes wrong."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

US = dict(zip('~!@#$%^&*()_+{}|:"<>?', "`1234567890-=[]\\;',./", strict=True))
SPECIAL = {"\n": "Key.enter", "\t": "Key.tab", " ": "Key.space"}


@dataclass
class Typist:
    """Types texts; `events` are (time, "press" or "release", key name).

    `typos`: share of keys hit wrongly and corrected; `moves`: share of keys left out and put in
    later by moving the caret; `lost`: share of presses that the log does not have.
    """

    seed: int = 1
    typos: float = 0.0
    moves: float = 0.0
    lost: float = 0.0
    repeat: bool = False
    chars: bool = True  # False: the key's base character is logged, and shift by itself
    start: float = 1_790_000_000.0
    events: list[tuple[float, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice, self.now = random.Random(self.seed), self.start

    def key(self, name: str, hold: float | None = None, gap: float | None = None) -> None:
        """Press a key and let go of it; the next may be pressed before that."""
        dice = self.dice
        hold = max(0.03, dice.gauss(0.095, 0.018)) if hold is None else hold
        self.events.append((self.now, "press", name))
        self.events.append((self.now + hold, "release", name))
        self.now += max(0.05, dice.lognormvariate(-1.75, 0.35)) if gap is None else gap

    def char(self, char: str) -> None:
        if char in SPECIAL:
            self.key(SPECIAL[char])
        elif char in US or char.isupper():
            self.shifted(char)
        else:
            self.key(repr(char))

    def shifted(self, char: str) -> None:
        """Shift overlaps its neighbours."""
        down = self.now - self.dice.uniform(0.0, 0.02)
        self.events.append((down, "press", "Key.shift"))
        self.now = max(self.now, down + 0.02)
        name = repr(char if self.chars else US.get(char, char.lower()))
        press = self.now
        self.key(name)
        up = min(self.now - 0.005, press + self.dice.uniform(0.03, 0.12))
        self.events.append((max(up, press + 0.02), "release", "Key.shift"))

    def text(self, text: str) -> None:  # noqa: C901
        dice, at = self.dice, 0
        while at < len(text):
            char = text[at]
            if dice.random() < self.typos:
                self.char(dice.choice("asdfghjklwertzuiop"))
                more = text[at : at + dice.randrange(0, 3)]
                for one in more:
                    self.char(one)
                for _ in range(1 + len(more)):
                    self.key("Key.backspace")
            if dice.random() < self.moves and at + 4 < len(text):
                back = dice.randrange(1, 4)
                for one in text[at + 1 : at + 1 + back]:
                    self.char(one)
                for _ in range(back):
                    self.key("Key.left")
                self.char(char)
                if dice.random() < 0.5:
                    self.key("Key.end")
                else:
                    for _ in range(back):
                        self.key("Key.right")
                at += 1 + back
                continue
            self.char(char)
            at += 1

    def log(self) -> list[dict[str, Any]]:
        """The records of a recorder, in order of time."""
        rows = []
        for time, event, name in sorted(self.events):
            if event == "press" and self.dice.random() < self.lost:
                continue
            rows.append({"ts": round(time, 4), "event": event, "key": name})
        return rows
