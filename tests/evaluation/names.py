"""Scores the name recogniser as a scan uses it: anchors, prose test, model, validator.

    python tests/evaluation/names.py [labelled.jsonl.gz]

Made-up sets are generated here, from templates that training has not seen and with Faker's names.
With a file of labelled text (see docs/names-model.md) the sentences that training leaves out are
scored by source as well.  A span counts when it overlaps one that was wanted.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faker import Faker

from scanner.batch import ColumnPlaces, TextBatch, UnitLog, text_array
from scanner.detectors import DetectorContext, Match
from scanner.detectors._names_backends import count_of
from scanner.detectors.names import plugin
from scanner.matcher import Matcher
from scanner.readings import Readings, value_of

sys.path.insert(0, str(Path(__file__).parent))
import letters

Span = tuple[int, int, str]
Labelled = tuple[str, list[Span]]

LOCALES = (
    *("en_US", "en_GB", "en_IN", "de_DE", "fr_FR", "es_ES", "it_IT"),
    *("pt_BR", "nl_NL", "pl_PL", "sv_SE", "tr_TR", "ru_RU"),
)
CHAT = {
    "en": (
        "yo {f} did the courier ever show up at your place",
        "Morning {f}! Could you loop in {p} on the vendor thread?",
        "{p} said the keys are with the neighbour",
        "we should probably tell {p} before the weekend",
        "Is {f} coming along or is it only us two?",
        "Please remind {p} that the forms are still missing.",
        "I was talking to {p} from procurement and she had no idea",
        "Draft a short apology to {p}, whose parcel went to the wrong floor",
        "Could you pretend to be {p} and answer the interview questions below?",
        "the new tenant is called {p} and moves in next month",
        "Has anybody heard back from {p}?",
        "{f} and {f} will share the night shift",
        "Thanks again for everything, {p}",
        "Passing this on for {p}, who is travelling.",
        "please translate this letter from {p} into plain English",
    ),
    "de": ("Könntest du bitte {p} Bescheid geben?", "{p} hat mir gestern davon erzählt."),
    "fr": ("As-tu parlé avec {p} hier soir ?", "C'est {p} qui a apporté les gâteaux."),
    "es": ("¿Has visto a {p} por la oficina?", "Ayer cené con {p} y sus hijos."),
    "it": ("Hai già sentito {p} per la festa?", "Ho dato le chiavi a {p} stamattina."),
    "pt": ("Você já falou com {p} sobre a viagem?",),
    "nl": ("Heb jij {p} nog gesproken gisteren?",),
    "pl": ("Czy możesz zapytać o to {p} jutro rano?",),
    "sv": ("Kan du fråga {p} om det är klart?",),
    "tr": ("Dün akşam {p} ile çok güzel bir film izledik.",),
    "ru": (
        "\u0412\u0447\u0435\u0440\u0430 {p} \u0440\u0430\u0441\u0441\u043a\u0430\u0437\u0430\u043b "
        "\u043c\u043d\u0435 \u043e\u0431 \u044d\u0442\u043e\u043c.",
    ),
}
ADDRESSES = (
    "can you drop the package at {a} please",
    "The viewing is at {a}, ring the upper bell.",
    "Our warehouse is at {a} and opens at seven.",
    "i need a cab from {a} to the station",
    "Please change the delivery address of my order to {a}.",
    "She has lived at {a} since she was a child.",
)
NONE = (
    "Please restart Microsoft Teams before you join the Quarterly Review.",
    "The release of Acme Cloud Sync is planned for next Wednesday in October.",
    "Where do I find the Export Settings in Adobe Photoshop?",
    "I really like the Galaxy S23, but the battery of the Pixel 8 lasts longer.",
    "will the bill be due in may or in june? i hope not",
    "Why does Visual Studio Code show this as a Syntax Error?",
    "Merry Christmas to all of you and a Happy New Year!",
)
TITLES = (
    "{n} - Google Docs - Google Chrome|Inbox ({d}) - Outlook|{n}.xlsx - Excel|{n} | Jira|"
    "{n} - Confluence - Mozilla Firefox|Re: {n} - Message (HTML)|{n} - Visual Studio Code|"
    "*{n} - Notepad|{n} and {n} - YouTube|Search Results for {n}|How to Use {n} in Excel|"
    "Introduction to {n} with Python - Udemy|{n} is not responding|Print {n}|Welcome to {n}"
)
THINGS = (
    "Weekly Report|Budget Plan|Rose Garden|Grace Period|Mark Complete|Login Page|Ruby Guide|"
    "Frank Discussion|Summer Sale|Pivot Table|Will Call|Victoria Line|Jasmine Tests|Sales Deck"
)


@dataclass
class Score:
    """Counts of spans: found, right, wanted, hit; words and CPU seconds of the reading."""

    found: int = 0
    right: int = 0
    wanted: int = 0
    hit: int = 0
    words: int = 0
    seconds: float = 0.0

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.hit / self.wanted if self.wanted else 1.0


class Reader:
    """The detector behind the matcher, without limit."""

    def __init__(self) -> None:
        self._detectors: dict[str, Any] = {
            "names": plugin.build(DetectorContext({"budget": 10**9}))
        }
        self._matcher = Matcher(self._detectors)

    def read(self, texts: Sequence[str], label: str = "text") -> list[list[Match]]:
        """The matches of each text; of two at one place the one that was read."""
        rows: list[list[Match]] = [[] for _ in texts]
        asked, log = Readings(self._detectors), UnitLog()
        batch = TextBatch(text_array(texts), ColumnPlaces(len(texts), 0, f"/{label}", label))
        looked_up, candidates = asked.split(self._matcher.candidates(batch))
        for (_, row), outcomes in asked.read(batch, candidates, log).items():
            rows[row] = [one for one in outcomes if isinstance(one, Match)]
        for one in looked_up:
            value, known = value_of(batch, one.row), rows[one.row]
            for found in self._detectors["names"].confirm(value, one.key, one.hits):
                if all(found.end <= m.start or m.end <= found.start for m in known):
                    known.append(found)
        assert not log.problems, log.problems
        return rows

    def score(self, texts: Sequence[Labelled], kind: str, tiers: str = "both") -> Score:
        """Any overlap; `tiers` "sure" counts findings of medium confidence only."""
        score, began = Score(), time.process_time()
        read = self.read([text for text, _ in texts])
        score.seconds = time.process_time() - began
        rule = {"PERSON": "person-name", "ADDRESS": "prose-address"}[kind]
        for (text, spans), matches in zip(texts, read, strict=True):
            kept = [m for m in matches if m.rule.id == rule]
            kept = [m for m in kept if tiers == "both" or m.confidence == "medium"]
            got = [(m.start, m.end) for m in kept]
            gold = [(a, b) for a, b, label in spans if label == kind]
            score.found, score.wanted = score.found + len(got), score.wanted + len(gold)
            score.right += sum(any(a < d and c < b for c, d in gold) for a, b in got)
            score.hit += sum(any(a < d and c < b for c, d in got) for a, b in gold)
            score.words += count_of(text)
        return score


def chat(size: int, seed: int = 5) -> list[Labelled]:
    """Chat lines with names of many countries, and some without."""
    rng, made = random.Random(seed), list[Labelled]()
    fakers = {locale: Faker(locale) for locale in LOCALES}
    for number, fake in enumerate(fakers.values()):
        fake.seed_instance(seed + number)
    for _ in range(size):
        locale = rng.choice(LOCALES)
        language = locale[:2] if locale[:2] in CHAT and rng.random() < 0.5 else "en"
        if locale == "ru_RU" and language == "en":
            locale = "en_US"
        if rng.random() < 0.2:
            made.append((rng.choice(NONE), []))
        else:
            made.append(_filled(rng.choice(CHAT[language]), fakers[locale]))
    return made


def addresses(size: int, seed: int = 6) -> list[Labelled]:
    """Sentences with a street address, and some without."""
    rng, fakers = random.Random(seed), [Faker(x) for x in ("en_US", "en_GB", "en_CA", "de_DE")]
    for number, fake in enumerate(fakers):
        fake.seed_instance(seed + number)
    made = [_filled(rng.choice(ADDRESSES), rng.choice(fakers)) for _ in range(size)]
    return made + [(text, []) for text in NONE]


def _filled(template: str, fake: Faker) -> Labelled:
    text, spans, at = "", list[Span](), 0
    for slot in re.finditer(r"\{(\w)\}", template):
        text += template[at : slot.start()]
        word = {"p": _person, "f": lambda f: f.first_name(), "a": _address}[slot[1]](fake)
        spans.append((len(text), len(text) + len(word), "ADDRESS" if slot[1] == "a" else "PERSON"))
        text, at = text + word, slot.end()
    return text + template[at:], spans


def _person(fake: Faker) -> str:
    return f"{fake.first_name()} {fake.last_name()}"


def _address(fake: Faker) -> str:
    return fake.address().replace("\n", ", ") if fake.boolean() else fake.street_address()


def titles(size: int, seed: int = 7) -> list[str]:
    """Window titles in which nobody is named."""
    rng = random.Random(seed)
    things, forms = THINGS.split("|"), TITLES.replace(" | ", "\0").split("|")
    made = (rng.choice(forms).replace("\0", " | ") for _ in range(size))
    numbered = (one.replace("{d}", str(rng.randrange(99))) for one in made)
    return [re.sub(r"\{n\}", lambda _: rng.choice(things), one) for one in numbered]


def telemetry(size: int, seed: int = 8) -> list[str]:
    """Log lines and events in which nobody is named."""
    rng, made = random.Random(seed), list[str]()
    for _ in range(size):
        thing, number = rng.choice(THINGS.split("|")), rng.randrange(10**6)
        forms = (
            f"2026-10-0{number % 9} 09:12:44,{number % 999} INFO OrderService - {thing} was saved",
            f'event=focus app="Google Chrome" title="{thing}" dur={number}',
            f"the user opened {thing} in Microsoft Excel and clicked on Save As after {number} ms",
            f"java.lang.IllegalStateException: {thing} is not in the Cache at Main.run({number})",
            f"Switched from {thing} to Visual Studio Code (pid {number})",
            f"Window {thing} has been moved to Desktop {number % 4} by Explorer",
        )
        made.append(rng.choice(forms))
    return made


def real(path: Path) -> dict[str, list[Labelled]]:
    """The sentences that training leaves out, by source."""
    found: defaultdict[str, list[Labelled]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            first = hashlib.blake2b(row["text"].encode(), digest_size=1).digest()[0]
            if row["source"] == "btc_dev" or first * 100 < 8 * 256:
                name = re.sub(r"_(train|test|dev)$", "", row["source"])
                name = "crossner" if "crossner" in name else row["source"]
                found[name].append((row["text"], [tuple(span) for span in row["spans"]]))
    return found


def main() -> None:
    reader = Reader()
    reader.read(["Hi Anna, how are you?"])  # loading is not reading
    sets = {"chat (made up)": chat(2000)}
    sets |= {f"{genre} (made up)": letters.texts(genre, 1000) for genre in letters.GENRES}
    sets |= real(Path(sys.argv[1])) if len(sys.argv) > 1 else {}
    print(f"{'set':26}{'names':>6}  both tiers   medium only  words/s")  # noqa: T201
    for name, texts in sets.items():
        both, sure = (reader.score(texts, "PERSON", tiers) for tiers in ("both", "sure"))
        rate = both.words / both.seconds
        print(  # noqa: T201
            f"{name:26}{both.wanted:>6}  {both.precision:.2f} / {both.recall:.2f}"
            f"  {sure.precision:.2f} / {sure.recall:.2f}  {rate:>7.0f}"
        )
    for label, texts in (("addresses", addresses(500)), ("places", letters.texts("places", 500))):
        score = reader.score(texts, "ADDRESS")
        print(f"{label} (made up): {score.precision:.2f} / {score.recall:.2f}")  # noqa: T201
    for label, machine in (("titles", titles(5000)), ("telemetry", telemetry(5000))):
        alarms = sum(map(len, reader.read(machine, "text")))
        print(f"{label}: {alarms} false alarms in {sum(map(len, machine))} characters")  # noqa: T201


if __name__ == "__main__":
    main()
