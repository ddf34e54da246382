"""Names and places of many countries, from Faker (MIT) and phonenumbers (Apache-2.0)."""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from scanner.detectors._names_model import COMMON, FIRST, LAST, PLACE

_FIRST = re.compile(r"first_(romanized_)?names?(_(male|female|nonbinary))?$|first_names")
_LAST = re.compile(r"last_(romanized_)?names?(_(male|female))?$|last_names|.*last_names$|surnames")
_COUNTRIES = 3  # in whose lists a first name must stand to be well known
_ENOUGH = ("en_US", "en_GB")  # or in one of these
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")

_LETTERS = Path(__file__).with_name("letters.txt")  # of Cyrillic and Greek, `ж=zh`
_ROMAN = {line[0]: line[2:] for line in _LETTERS.read_text("utf-8").splitlines()}


@dataclass
class Names:
    """First and last names of one country."""

    first: list[str] = field(default_factory=list)
    last: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        return len(self.first) >= 20 and len(self.last) >= 20


@cache
def people() -> Mapping[str, Names]:
    """Names by locale; `xx_YY.latin` are those of another script in Latin letters."""
    found: dict[str, Names] = {}
    for locale, provider in _providers("person"):
        kinds = [sorted(set(_of(provider, kind))) for kind in (_FIRST, _LAST)]
        native = Names(*([n for n in names if not _is_latin(n)] for names in kinds))
        latin = Names(*([n for n in names if _is_latin(n)] for names in kinds))
        if native.whole and all(map(_foreign, native.first)):
            latin = Names([_latin(n) for n in native.first], [_latin(n) for n in native.last])
        found |= {locale: native} if native.whole else {}
        found |= {f"{locale}.latin" if native.whole else locale: latin} if latin.whole else {}
    return found


@cache
def places() -> tuple[str, ...]:
    """Towns, regions and countries, in their own spellings and in English."""
    from phonenumbers.geodata import GEOCODE_DATA

    names = Counter[str]()
    for texts in GEOCODE_DATA.values():
        names.update(part.strip() for part in re.split(r"[,/(]| - ", texts.get("en", "")))
    for _, provider in _providers("address"):
        names.update(_of(provider, re.compile(r"cities|city_names?$|countries|states$|districts$")))
    return tuple(sorted(n for n in names if 2 < len(n) < 30 and not re.search(r"\d", n)))


def well_known(listed: Mapping[str, int]) -> list[str]:
    """First names of several countries, or of two large ones, that are no ordinary words."""
    counts: Counter[str] = Counter()
    for locale, names in people().items():
        one = _COUNTRIES if locale in _ENOUGH else 1
        counts.update(dict.fromkeys((n.lower() for n in names.first if _plain(n)), one))
    usual = (n for n in counts if counts[n] >= _COUNTRIES and len(n) > 2)
    return sorted(name for name in usual if not listed.get(name, 0) & COMMON)


def _plain(name: str) -> bool:
    return name.isascii() and name.isalpha()


def classes(common: Iterable[str]) -> dict[str, int]:
    """The classes of every listed word; `common` are words of ordinary text."""
    found: Counter[str] = Counter()
    for names in people().values():
        for word in _words(names.first):
            found[word] |= FIRST
        for word in _words(names.last):
            found[word] |= LAST
    for word in _words(places()):
        found[word] |= PLACE
    for word in common:
        found[word] |= COMMON
    return {word: found[word] for word in sorted(found)}


def hidden(word: str, share: int, salt: str) -> bool:
    """True for a fixed `share` of a hundred of all words."""
    digest = hashlib.blake2b(f"{salt}{word.lower()}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % 100 < share


def _words(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from (w.lower() for w in _WORD.findall(name) if len(w) > 1 or not w.isascii())


def _providers(family: str) -> Iterator[tuple[str, Any]]:
    package = importlib.import_module(f"faker.providers.{family}")
    for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
        yield module, importlib.import_module(f"{package.__name__}.{module}").Provider


def _of(provider: Any, kind: re.Pattern[str]) -> Iterator[str]:
    for name in vars(provider):
        if kind.match(name):
            values = getattr(provider, name)
            yield from _texts(values) if isinstance(values, (tuple, list, dict, set)) else ()


def _texts(values: Iterable[Any]) -> Iterator[str]:
    for value in sorted(values, key=str):
        for text in [value] if isinstance(value, str) else value:
            if isinstance(text, str) and text and not text.isdigit() and "{" not in text:
                yield unicodedata.normalize("NFC", text.strip())


def _latin(name: str) -> str:
    plain = unicodedata.normalize("NFD", name)
    plain = "".join(c for c in plain if not unicodedata.combining(c)) if _foreign(name) else name
    letters = ((_ROMAN.get(c.lower(), c), c.isupper()) for c in plain)
    return "".join(text.capitalize() if upper else text for text, upper in letters)


def _is_latin(name: str) -> bool:
    return all(c < "\u0250" or "\u1e00" <= c < "\u2070" for c in name)


def _foreign(name: str) -> bool:
    return any("\u0370" <= c <= "\u052f" for c in name)  # Greek, Cyrillic
