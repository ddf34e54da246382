"""Sentences made of templates, with names of many countries in them, and where those stand."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from names import fillers, lists

Span = tuple[int, int, str]
Labelled = tuple[str, list[Span]]

_SLOT = re.compile(r"\{(\w+)\}")
_PERSON = {"p": "PERSON", "f": "PERSON", "l": "PERSON", "t": "PERSON", "o": "PERSON"}
_LABEL = _PERSON | {"loc": "LOCATION", "addr": "ADDRESS", "org": "ORGANIZATION"}
_JOINED = ("ja_JP", "zh_CN", "zh_TW", "ko_KR")  # last name, first name, no space
_LAST_FIRST = (*_JOINED, "hu_HU", "vi_VN")
_TITLES = ("Mr.", "Mrs.", "Ms.", "Mr", "Mrs", "Ms", "Dr.", "Dr", "Prof.", "Professor", "Miss")


class Maker:
    """Makes sentences; two of one seed make the same."""

    def __init__(self, seed: int, without: int = 0) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - made-up text
        self._without = without  # per cent of all names that are kept for the evaluation

    def sentences(self, english: int, world: int, none: int) -> Iterator[Labelled]:
        """So many of each kind."""
        for _ in range(english):
            locale = self._locale()
            yield self._spoken(self.fill(self._rng.choice(templates("english.txt")), locale))
        sections = _sections()
        for _ in range(world):
            locales, lines = self._rng.choices(sections, [len(s[1]) + 3 for s in sections])[0]
            known = [one for one in locales if one in lists.people()] or ["en_US"]
            yield self._spoken(self.fill(self._rng.choice(lines), self._rng.choice(known)))
        for _ in range(none):
            yield self._spoken(self.fill(self._rng.choice(templates("none.txt")), "en_US"))

    def fill(self, template: str, locale: str) -> Labelled:
        """The template with its slots filled in, and the spans of those that are entities."""
        text, spans, at = "", list[Span](), 0
        for slot in _SLOT.finditer(template):
            text += template[at : slot.start()]
            if slot[1] == "t":  # the title is no part of the name
                text += f"{self._rng.choice(_TITLES)} "
            words = self._word(slot[1], locale)
            if slot[1] in _LABEL:
                spans.append((len(text), len(text) + len(words), _LABEL[slot[1]]))
            text, at = text + words, slot.end()
        return text + template[at:], spans

    # What goes into the slots ------------------------------------------------------------

    def _word(self, slot: str, locale: str) -> str:
        own: dict[str, Callable[[str], str]] = {
            "p": self.person,
            "f": self._first,
            "l": self._last,
            "t": self._titled,
            "o": self._reversed,
            "loc": self._place,
            "addr": self._address,
            "org": self._company,
        }
        return own[slot](locale) if slot in own else fillers.fill(slot, self._rng)

    def person(self, locale: str) -> str:
        first, last = self._first(locale), self._last(locale)
        if locale in _JOINED:
            return f"{last}{first}"
        if locale in _LAST_FIRST:
            return f"{last} {first}"
        letter = self._rng.choice(string.ascii_uppercase)
        ways = [f"{first} {last}"] * 14 + [
            f"{first} {letter}. {last}",
            f"{first} {self._first(locale)} {last}",
            f"{first} {last}-{self._last(locale)}",
            f"{letter}. {last}",
            f"{first} {last[0]}.",
            f"{first} {last.upper()}",
            first,
            f"{first}-{self._first(locale)} {last}",
        ]
        return self._rng.choice(ways)

    def _first(self, locale: str) -> str:
        return self._name(lists.people()[locale].first)

    def _last(self, locale: str) -> str:
        return self._name(lists.people()[locale].last)

    def _name(self, names: Sequence[str]) -> str:
        while True:
            name = self._rng.choice(names)
            if not lists.hidden(name, self._without, "held out"):
                return name.capitalize() if name.isupper() and name.isascii() else name

    def _titled(self, locale: str) -> str:
        return self._last(locale) if self._rng.random() < 0.5 else self.person_plain(locale)

    def person_plain(self, locale: str) -> str:
        return f"{self._first(locale)} {self._last(locale)}"

    def _reversed(self, locale: str) -> str:
        return f"{self._last(locale)}, {self._first(locale)}"

    def _place(self, locale: str) -> str:
        return self._rng.choice(_towns(locale))

    def _address(self, locale: str) -> str:
        fake = _faker(locale)
        fake.seed_instance(self._rng.getrandbits(32))
        ways = (fake.address(), fake.street_address(), f"{fake.street_address()}, {fake.city()}")
        lines = self._rng.choices(ways, (5, 3, 2))[0].splitlines()
        gap = self._rng.choices((", ", " ", "\n"), (8, 1, 1))[0]
        return gap.join(line.strip() for line in lines if line.strip())

    def _company(self, locale: str) -> str:
        return fillers.company(self._last(locale), self._rng)

    def _locale(self) -> str:
        latin = latin_locales()
        english = [one for one in latin if one.startswith("en")]
        return self._rng.choice(english if self._rng.random() < 0.5 else latin)

    def _spoken(self, made: Labelled) -> Labelled:
        """Now and then all in lower case, as in chats, or all in capitals."""
        text, spans = made
        case = self._rng.random()
        other = text.lower() if case < 0.1 else text.upper() if case > 0.97 else text
        return (other, spans) if len(other) == len(text) else made


@cache
def templates(name: str) -> tuple[str, ...]:
    text = Path(__file__).with_name(name).read_text("utf-8")
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return tuple(line.replace("\\n", "\n") for line in lines)


def _sections() -> list[tuple[list[str], list[str]]]:
    found: list[tuple[list[str], list[str]]] = []
    for line in templates("world.txt"):
        if line.startswith("[") and line.endswith("]"):
            found.append((line[1:-1].split(), []))
        else:
            found[-1][1].append(line)
    return found


@cache
def latin_locales() -> tuple[str, ...]:
    people = lists.people()
    return tuple(k for k in people if people[k].first[0][0] < "\u0250" and k not in _JOINED)


@cache
def _faker(locale: str) -> Any:
    from faker import Faker
    from faker.config import AVAILABLE_LOCALES

    known = locale.removesuffix(".latin")
    return Faker(known if known in AVAILABLE_LOCALES and known == locale else "en_US")


@cache
def _towns(locale: str) -> tuple[str, ...]:
    fake = _faker(locale)
    fake.seed_instance(1)
    own = {fake.city() for _ in range(150)} | {fake.country() for _ in range(60)}
    return (*sorted(own), *fillers.CITIES)
