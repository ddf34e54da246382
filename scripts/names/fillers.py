"""Words for the slots of templates that are no names of persons."""

from __future__ import annotations

import random
import string
from pathlib import Path


def _words() -> dict[str, tuple[str, ...]]:
    lines = Path(__file__).with_name("fillers.txt").read_text("utf-8").splitlines()
    pairs = (line.split(": ", 1) for line in lines if not line.startswith("#"))
    return {slot: tuple(words.split("|")) for slot, words in pairs}


_WORDS = _words()
_HOSTS = ("example.com", "mail.example", "corp.test")
CITIES = _WORDS["cities"]


def fill(slot: str, rng: random.Random) -> str:
    """A word for the slot.  Raises KeyError for one that is not known."""
    if slot in _WORDS:
        return rng.choice(_WORDS[slot])
    return {
        "num": lambda: str(rng.randrange(1000, 10**7)),
        "num2": lambda: str(rng.randrange(2, 90)),
        "year": lambda: str(rng.randrange(1950, 2027)),
        "time": lambda: f"{rng.randrange(24):02}:{rng.randrange(60):02}",
        "date": lambda: _date(rng),
        "phone": lambda: (
            f"+{rng.randrange(1, 99)} {rng.randrange(100, 999)} {rng.randrange(10**6)}"
        ),
        "ticket": lambda: f"{rng.choice(('OPS', 'BUG', 'WEB', 'INC'))}-{rng.randrange(1, 9999)}",
        "mail": lambda: (
            f"{_letters(rng)}@{rng.choice(('example.com', 'mail.example', 'corp.test'))}"
        ),
    }[slot]()


def company(last: str, rng: random.Random) -> str:
    """A company: a known one, or one named after somebody."""
    if rng.random() < 0.4:
        return rng.choice(_WORDS["orgs"])
    return f"{last} {rng.choice(_WORDS['kinds'])}"


def _phone(rng: random.Random) -> str:
    return f"+{rng.randrange(1, 99)} {rng.randrange(100, 999)} {rng.randrange(10**6)}"


def _date(rng: random.Random) -> str:
    day, month, year = rng.randrange(1, 29), rng.randrange(1, 13), rng.randrange(1940, 2027)
    ways = (f"{day:02}.{month:02}.{year}", f"{year}-{month:02}-{day:02}", f"{month}/{day}/{year}")
    return rng.choice((*ways, f"{day} {rng.choice(_WORDS['mon'])} {year}"))


def _letters(rng: random.Random) -> str:
    return "".join(rng.choices(string.ascii_lowercase, k=rng.randrange(4, 9)))
