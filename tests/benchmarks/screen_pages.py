"""Pages that look like screens of work, with values made by seed on them, and pages without."""

from __future__ import annotations

import html
import random
import re
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_SIZES = (12, 13, 14, 15, 16)
_ALNUM = string.ascii_letters + string.digits
_DARK = ("#1e1e1e", "#d4d4d4", "#9cdcfe", "#ce9178", "#6a9955", "#2d2d2d", "#444")
_LIGHT = ("#ffffff", "#24292f", "#0550ae", "#a31515", "#6e7781", "#f6f8fa", "#d0d7de")
_MONO = ("DejaVu Sans Mono", "Liberation Mono")
_SANS = ("DejaVu Sans", "Liberation Sans")


def _pick(dice: random.Random, letters: str, count: int) -> str:
    return "".join(dice.choices(letters, k=count))


def _card(dice: random.Random) -> str:
    body = dice.choice(("4", "51", "55", "2221")) + _pick(dice, string.digits, 15)
    body = body[:15]
    check = next(d for d in string.digits if luhn(body + d))
    number = body + check
    return dice.choice(("", " ", "-")).join(number[i : i + 4] for i in range(0, 16, 4))


def luhn(number: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    found = [int(c) for c in reversed(number)]
    return sum(found[0::2] + [d * 2 - 9 * (d > 4) for d in found[1::2]]) % 10 == 0


def _ssn(dice: random.Random) -> str:
    return f"{dice.randint(100, 665):03d}-{dice.randint(10, 99)}-{dice.randint(1000, 9999)}"


def _phone(dice: random.Random) -> str:
    line = f"555-{dice.randint(1000, 9999)}"
    area = dice.choice((212, 415, 617, 718, 303))
    forms = (f"+1 ({area}) {line}", f"({area}) {line}", f"+1-{area}-{line}",
             f"+44 20 7946 0{dice.randint(100, 999)}")  # fmt: skip
    return dice.choice(forms)


def _ip(dice: random.Random) -> str:
    return ".".join(str(dice.randint(11, 223)) for _ in range(4))


def _email(dice: random.Random) -> str:
    first, last = dice.choice(("anna", "j", "m.t", "li")), dice.choice(("weber", "okafor", "silva"))
    host = dice.choice(("corp.example", "mail-host.example", "acme-widgets.com", "uni-lab.org"))
    return f"{first}.{last}{dice.choice(('', '7', '42'))}@{host}"


_UPPER = string.ascii_uppercase + "234567"
_TOKENS: tuple[Callable[[random.Random], str], ...] = (
    lambda d: "ghp_" + _pick(d, _ALNUM, 36),
    lambda d: "AKIA" + _pick(d, _UPPER, 16),
    lambda d: "sk_live_" + _pick(d, _ALNUM, 24),
    lambda d: "glpat-" + _pick(d, _ALNUM, 20),
    lambda d: (
        f"xoxb-{_pick(d, '123456789', 12)}-{_pick(d, '123456789', 12)}-{_pick(d, _ALNUM, 24)}"
    ),
    lambda d: "AIza" + _pick(d, _ALNUM + "-_", 35),
    lambda d: "npm_" + _pick(d, _ALNUM, 36),
    lambda d: "hf_" + _pick(d, _ALNUM, 34),
)
_KINDS: dict[str, Callable[[random.Random], str]] = {
    "card": _card, "ssn": _ssn, "phone": _phone, "ip": _ip, "email": _email,
}  # fmt: skip


@dataclass(frozen=True)
class Plant:
    """A value of a kind, and the words it stands behind."""

    kind: str
    value: str
    words: str


_WORDS = {
    "card": ("card", "paid with", "charge"), "ssn": ("ssn", "SSN:", "social"),
    "phone": ("phone", "call", "tel"), "ip": ("connect to", "host", "from"),
    "email": ("mail", "contact", "to"), "token": ("token =", "use", "KEY="),
}  # fmt: skip


def plants(dice: random.Random) -> list[Plant]:
    """One value of each kind, and three tokens of different providers."""
    made = [(kind, make(dice)) for kind, make in _KINDS.items()]
    made += [("token", make(dice)) for make in dice.sample(_TOKENS, 3)]
    dice.shuffle(made)
    return [Plant(kind, value, dice.choice(_WORDS[kind])) for kind, value in made]


def _clean(dice: random.Random) -> str:
    """A line as it stands on screens, with numbers and names that are nobody's."""

    def made(found: re.Match[str]) -> str:
        if found[1] == "x":
            return _pick(dice, "0123456789abcdef", int(found[2]))
        return str(dice.randint(int(found[1]), int(found[2])))

    return re.sub(r"\{(\w+)-(\d+)\}", made, dice.choice(_LINES))


# {3-9} is a number from 3 to 9, {x-8} eight hexadecimal digits.
_LINES = (
    "{10-23}:{10-59}:{10-59} INFO worker {1-9} took {5-900} ms",
    "commit {x-40}",
    "{1-9} files changed, {10-400} insertions(+), {1-80} deletions(-)",
    "Successfully installed numpy-{1-2}.{0-26}.{0-9} pandas-2.{0-3}.1",
    "order {100000-999999} shipped, {1-40} of {41-90} items, total ${10-999}.{10-99}",
    "def handle_request(self, payload: dict[str, Any]) -> None:",
    "    return self._cache.get(key, default={1-99})  # see the notes above",
    "-rw-r--r-- 1 build staff {100-99999} Nov {10-28} 09:{10-59} report_v{2-9}.csv",
    "id {x-8}-{x-4}-4{x-3}-a{x-3}-{x-12}",
    "Can we move the review to Friday at {1-5}:30? I will bring the numbers.",
    "GET /api/v{1-3}/items?page={2-90}&sort=created_at HTTP/1.1 200 {300-9000}",
    "2026-11-{10-28}T0{1-9}:{10-59}:{10-59}.{100000-999999}Z build #{1000-9999} passed",
    "sha256:{x-64}",
    "MSFT {300-500}.{10-99} +{1-4}.{10-99} ({1-3}.{10-99}%) volume {10-99},{100-999},{100-999}",
    "The quick draft of chapter {2-19} is ready, please read it before the call.",
    "SKU {10-99}-{1000-9999}-{x-2}, lot {100000000-999999999}, best before 2027-0{1-9}-{10-28}",
    "ether txqueuelen {100-1000} (Ethernet), RX packets {1000-9999999} bytes {10000-99999999}",
    "tracking 1Z{x-6}{1000000000-9999999999}, delivered 11/{10-28}/2026 {10-12}:{10-59} PM",
)


# Screens -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Screen:
    """How a frame looks."""

    look: str
    dark: bool
    size: int

    @property
    def name(self) -> str:
        return f"{self.look}-{'dark' if self.dark else 'light'}-{self.size}"


def _terminal(lines: list[str], dice: random.Random, colours: tuple[str, ...]) -> str:
    prompt = f"<i style='color:{colours[2]}'>dev@box</i>:~$ "
    rows = "\n".join(dice.choice((prompt, "", "")) + line for line in lines)
    return f"<pre>{rows}</pre>"


def _editor(lines: list[str], dice: random.Random, colours: tuple[str, ...]) -> str:
    tree = "".join(
        f"<div>{n}</div>" for n in ("src", "  main.py", "  client.py", "tests", "README.md")
    )
    rows = "".join(
        f"<div><i style='color:{colours[4]};display:inline-block;width:40px'>{n}</i>"
        f"<span style='color:{dice.choice(colours[1:4])}'>{line}</span></div>"
        for n, line in enumerate(lines, dice.randint(1, 400))
    )
    return (
        f"<div style='display:flex'><div style='width:150px;background:{colours[5]};padding:6px;"
        f"font-family:sans-serif;white-space:pre'>{tree}</div>"
        f"<pre style='margin:6px'>{rows}</pre></div>"
    )


def _chat(lines: list[str], dice: random.Random, colours: tuple[str, ...]) -> str:
    def bubble(number: int, line: str) -> str:
        side = "margin-left:200px" if number % 3 == 0 else ""
        return (
            f"<div style='{side};margin-top:6px;padding:6px 12px;width:fit-content;max-width:640px;"
            f"border-radius:12px;background:{colours[5]}'>{line}"
            f"<small style='color:{colours[4]}'> 09:{dice.randint(10, 59)}</small></div>"
        )

    return "".join(bubble(n, line) for n, line in enumerate(lines[:18]))


def _table(lines: list[str], dice: random.Random, colours: tuple[str, ...]) -> str:
    cell = f"border:1px solid {colours[6]};padding:4px 8px"
    rows = "".join(
        f"<tr style='background:{colours[5] if n % 2 else colours[0]}'><td style='{cell}'>{n}</td>"
        f"<td style='{cell}'>{dice.choice(('open', 'closed', 'waiting'))}</td>"
        f"<td style='{cell}'>{line}</td><td style='{cell}'>{dice.randint(1, 99)} %</td></tr>"
        for n, line in enumerate(lines[:22], 1)
    )
    return f"<table style='border-collapse:collapse'>{rows}</table>"


_HEIGHTS = {"terminal": 1.15, "editor": 1.4, "chat": 1.35, "table": 1.3}  # of a line, in letters
_LOOKS = {"terminal": _terminal, "editor": _editor, "chat": _chat, "table": _table}


def page(screen: Screen, planted: list[Plant], dice: random.Random) -> str:
    """The HTML of a frame."""
    count = 18 if screen.look == "chat" else 22
    lines = [html.escape(_clean(dice)[:100]) for _ in range(count - len(planted))]
    for plant in planted:
        lines.insert(dice.randrange(len(lines)), html.escape(f"{plant.words} {plant.value}"))
    colours = _DARK if screen.dark else _LIGHT
    fonts = _MONO if screen.look in ("terminal", "editor") else _SANS
    style = (
        f"body{{margin:10px;background:{colours[0]};color:{colours[1]};font:{screen.size}px/{_HEIGHTS[screen.look]}"
        f" '{dice.choice(fonts)}'}}pre{{font:inherit;margin:0}}i{{font:inherit}}"
    )
    return f"<style>{style}</style>{_LOOKS[screen.look](lines, dice, colours)}"


def screens() -> Iterator[Screen]:
    """Every look, dark and light, in every size."""
    for look in _LOOKS:
        for dark in (True, False):
            yield from (Screen(look, dark, size) for size in _SIZES)
