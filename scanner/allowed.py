"""Places in which a value may stand: globs over the input's name and over the field.

`docs/*.md` is an input (or, from any folder on, the end of its name), `field:/meta/*` a field as
reports show it, `docs/* field:/meta/*` both.  `*` stands for any characters, `/` included.
`re:^vendor/` is a regular expression (RE2) that is searched for in the name of the input, from its
beginning or that of any folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import translate
from functools import lru_cache
from typing import Any


def inputs_among(places: Iterable[str], uri: str) -> tuple[str, ...]:
    """Those of the places whose glob fits an input."""
    return tuple(place for place in places if _fits(_split(place)[0], uri))


def stands(places: Iterable[str], uri: str, field: str) -> bool:
    """True when one of the places is this one."""
    return any(_field(_split(place)[1], field) for place in inputs_among(places, uri))


def _split(place: str) -> tuple[str, str]:
    if place.startswith("re:"):
        return place, ""
    uri, _, field = place.partition("field:")
    return uri.strip(), field.strip()


def _fits(glob: str, uri: str) -> bool:
    if not glob:
        return True
    if glob.startswith("re:"):
        parts = uri.split("/")
        tails = ("/".join(parts[n:]) for n in range(len(parts)))
        return any(_expression(glob[3:]).search(tail) for tail in tails)
    clean = glob.removeprefix("./")
    return any(_compiled(one).fullmatch(uri) for one in (clean, f"*/{clean.lstrip('/')}"))


def _field(glob: str, field: str) -> bool:
    return not glob or _compiled(glob).fullmatch(field) is not None


@lru_cache(maxsize=1000)
def _expression(source: str) -> Any:
    import re2

    return re2.compile(source)


@lru_cache(maxsize=10_000)
def _compiled(glob: str) -> re.Pattern[str]:
    return re.compile(translate(glob))
