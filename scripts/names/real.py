"""Labelled real text: read, mended, and varied, so that it is context that is learnt, not names."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
import string
from collections.abc import Iterator, Sequence
from pathlib import Path

from names import fillers, lists, synthetic
from names.synthetic import Labelled, Span
from scanner.detectors._names_model import FIRST, LAST, PLACE

DEV = "btc_dev"  # never trained on
_HELD_OUT = 8  # nor these per cent of the sentences of each other source
_POSTS = ("btc_train", "wnut17")
_SMILES = "😂 😭 😍 🙌 🎉 😊 ❤ 👀 🔥 😩 :) :( <3 xx lol smh haha !!! ..."
_OPENED = ("RT @{}: ", "@{} ", ".@{} ", "@{} @{} ", '"@{}: ', "RT @{}: RT @{}: ")
_CLOSED = (" http://t.co/{x}", " https://t.co/{x}", " #{}", " via @{}", " (@{})", "…", " @{}")
# `Congresswoman Karen Bass`: of some texts only the title is marked
_TITLE = re.compile(
    r"(?:President|Vice|Secretary|Senator|Emperor|Professor|General|Doctor|Governor|Mayor|Judge|King"
    r"|Queen|Prince|Princess|Pope|Lord|Lady|Sir|Justice|Ambassador|Director|Congress(?:wo)?man"
    r"|Chancellor|Minister|Captain|Saint|St\.|Mr\.?|Mrs\.?|Ms\.?|Dr\.?|Madam|Speaker|Chair|Earl"
    r"|Duke|Tsar|Pastor|Rev\.?|Sgt\.?|Col\.?|Gen\.?)"
)
_NEXT = re.compile(rf"(?: {_TITLE.pattern})*((?: [^\W\d_a-z][\w'-]*)+)")
_GROUP = re.compile(
    r"[A-Z][a-z]+(?:ans|crats|ims|bs|ese)|Lords|Members|Petitioner|Street|God|Jesus|Man|Devil|North"
)
_WORD = re.compile(r"[^\W\d_]+")
_FIRST_LETTER = re.compile(r"(?<![^\s(\"'])[^\W\d_](?!ttp)")


def read(path: Path) -> Iterator[tuple[str, Labelled]]:
    """Source, text and spans of each sentence."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            yield row["source"], (row["text"], [tuple(span) for span in row["spans"]])


def held_out(source: str, text: str) -> bool:
    """True for what is kept for the evaluation."""
    first = hashlib.blake2b(text.encode(), digest_size=1).digest()[0]
    return source == DEV or first * 100 < _HELD_OUT * 256


def mended(one: Labelled) -> Labelled:
    """Titles are no part of names, and no name without one; peoples are nobody."""
    text, spans = one
    kept = list[Span]()
    for start, end, label in spans:
        name = text[start:end]
        if label == "PERSON" and _TITLE.fullmatch(name):
            more = _NEXT.match(text, end)
            if more is not None:
                kept.append((more.start(1) + 1, more.end(), label))
        elif label != "PERSON" or not _GROUP.fullmatch(name):
            kept.append((start, end, label))
    return text, kept


class Varier:
    """Varies sentences; two of one seed do the same."""

    def __init__(self, seed: int, classes: dict[str, int], hidden: int) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - made-up text
        self._classes, self._hidden = classes, hidden
        self._english = [k for k in synthetic.latin_locales() if k.startswith("en")]
        self._places = [place for place in lists.places() if place.isascii()]
        self._latin = synthetic.latin_locales()

    def epoch(self, real: Sequence[tuple[str, Labelled]]) -> Iterator[Labelled]:
        """All sentences once, some of them two or three at a time."""
        waiting: list[Labelled] = []
        for source, one in real:
            new = self.renamed(one) if self._rng.random() < 0.4 else one
            if source in _POSTS:
                yield self.cased(self.posted(new) if self._rng.random() < 0.25 else new, 0.2)
                continue
            waiting.append(new)
            if self._rng.random() > 0.3:
                kept, waiting = waiting, []
                yield self.cased(self._together(kept), 0.12)

    # Names and places ---------------------------------------------------------------------

    def renamed(self, one: Labelled) -> Labelled:
        """Other people and places in the same sentence."""
        text, spans, at, new = "", list[Span](), 0, dict[str, str]()
        locale = self._rng.choice(self._english if self._rng.random() < 0.4 else self._latin)
        for start, end, label in sorted(one[1]):
            if start < at:
                return one
            text += one[0][at:start]
            name = one[0][start:end]
            if name not in new:
                new[name] = self._other(name, label, locale)
            spans.append((len(text), len(text) + len(new[name]), label))
            text, at = text + new[name], end
        return text + one[0][at:], spans

    def _other(self, name: str, label: str, locale: str) -> str:
        words = name.split(" ")
        if not all(_WORD.fullmatch(word) for word in words) or len(words) > 2:
            return name
        classes = [self._classes.get(word.lower(), 0) for word in words]
        if label == "LOCATION" and len(words) == 1 and classes[0] & PLACE and name.istitle():
            return self._rng.choice(self._places) if self._rng.random() < 0.5 else name
        if label != "PERSON":
            return name
        people = lists.people()[locale]
        if len(words) == 2:
            made = f"{self._name(people.first)} {self._name(people.last)}"
        elif classes[0] & (FIRST | LAST):
            made = self._name(people.first if classes[0] & FIRST else people.last)
        else:
            return name
        return made.lower() if name.islower() else made.upper() if name.isupper() else made

    def _name(self, names: Sequence[str]) -> str:
        while True:
            name = self._rng.choice(names)
            if not lists.hidden(name, self._hidden, "held out"):
                return name

    # Forms -------------------------------------------------------------------------------

    def posted(self, one: Labelled) -> Labelled:
        """With the handles, tags, links and smiles of a post around it."""
        ways, end = self._rng.random(), ""
        start = self._filled(self._rng.choice(_OPENED)) if ways < 0.6 else ""
        if ways > 0.3:
            end = self._filled(self._rng.choice(_CLOSED))
        if self._rng.random() < 0.4:
            end += f" {self._rng.choice(_SMILES.split())}"
        return f"{start}{one[0]}{end}", [(a + len(start), b + len(start), x) for a, b, x in one[1]]

    def _filled(self, form: str) -> str:
        for _ in range(form.count("{}")):
            form = form.replace("{}", fillers.fill("user", self._rng), 1)
        letters = self._rng.choices(string.ascii_letters + string.digits, k=8)
        return form.replace("{x}", "".join(letters))

    def cased(self, one: Labelled, share: float) -> Labelled:
        """Now and then in lower case, in capitals, Like A Headline, or the names alone lower."""
        text, spans = one
        case = self._rng.random() / share
        if case >= 1:
            return one
        if case < 0.35:
            other = text.lower()
        elif case < 0.5:
            other = text.upper()
        elif case < 0.75:
            other = _FIRST_LETTER.sub(lambda letter: letter[0].upper(), text)
        else:
            other = text
            for start, end, label in spans:
                if label == "PERSON":
                    other = other[:start] + other[start:end].lower() + other[end:]
        return (other, spans) if len(other) == len(text) else one

    def _together(self, parts: Sequence[Labelled]) -> Labelled:
        """Sentences as one text: in a line, as lines, or as what somebody quotes."""
        mark, gap = "", " "
        if self._rng.random() < 0.3:
            mark, gap = self._rng.choice((("", "\n"), ("", "\n\n"), ("> ", "\n> "), ("- ", "\n- ")))
        text, spans = mark, list[Span]()
        for number, (part, own) in enumerate(parts):
            text += gap if number else ""
            spans += [(a + len(text), b + len(text), label) for a, b, label in own]
            text += part
        return text, spans
