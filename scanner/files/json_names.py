"""What the members of records call one another, and which of their numbers are worth a look."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from scanner.assigned import providers

KEY_BYTES = 64  # of a pair of keys that is written as an array of numbers
MIN_DIGITS = 7  # shorter numbers identify nobody
# What makes a number personal however short it is, and with a fraction: a place, or a pay.
_PLACES = r"lat|lng|lon|long|coords?|geo|gps|latlng|lat_?lon|geo_?point"
_PERSONAL = re.compile(
    rf"(?:^|[\W_])(?i:{_PLACES})(?:[\W_]|$)|[a-z](?:Lat|Lng|Lon|Coords?)(?:[\W_]|$)"
    r"|(?i:latitude|longitude|coordinates|salar[iy]|wage|gehalt|salaire|sueldo|stipendio)"
)
_PAIR = range(2, 4)  # of a place as an array: its coordinates, and its height
NAMING = [
    "key",
    "name",
    "field",
    "label",
    "header",
    "param",
    "parameter",
    "variable",
    "var",
    "property",
    "setting",
    "env",
    "parameterkey",
    "field_name",
    "fieldname",
    "field_label",
    "fieldlabel",
    "aria_label",
    "aria-label",
    "arialabel",
    "placeholder",
    "window",
    "window_title",
    "windowtitle",
    "window_name",
    "active_window",
    "id",
    "service",
    "provider",
    "vendor",
    "integration",
    "platform",
]
ISSUERS = frozenset(NAMING[NAMING.index("service") :])  # name what services give out, no more
HOLDING = frozenset(
    """value val content text data default parametervalue input typed typed_text entered keys
    input_value inputvalue user_input""".split()  # noqa: SIM905 - read as words
)
# Of these, what goes by the name of the object it stands in when no sibling names it.
VALUES = frozenset(["value", "default", "#text", "_text", "$t", "_value", "plaintext"])
# Objects in which all that has a name is a secret.
CONTAINERS = frozenset(
    [
        "secrets",
        "passwords",
        "token",
        "auth",
        "credentials",
        "api_keys",
        "apikeys",
        "access_keys",
        "accesskeys",
        "jwt",
        "jwtsettings",
        "jwt_settings",
        "jwtoptions",
        "jwtconfig",
    ]
)
# A password that Terraform has made: `id` and `result` of its members, as its state keeps them.
MADE = ("none", "random_password.result")
SENSITIVE = "sensitive"  # `"sensitive": true` beside a value, as Terraform marks outputs
WRAPPERS = frozenset(("stringvalue", "string_value", "s"))  # OpenTelemetry, DynamoDB


def array_text(node: Sequence[Any], personal: bool) -> str | None:
    """The text of an array that is one value: as many small numbers as a pair of Ed25519 keys
    has bytes; or the coordinates of a place, where its name is `personal`.
    """
    if len(node) == KEY_BYTES and all(type(n) is bytes and len(n) <= 3 for n in node):
        return f"[{b','.join(node).decode('ascii')}]"
    place = personal and len(node) in _PAIR and all(type(n) is bytes and b"." in n for n in node)
    return b", ".join(node).decode("ascii") if place else None


@lru_cache(maxsize=4096)
def personal(name: str) -> bool:
    """True when every number of this name is worth a look: `lat`, `annualSalary`."""
    return _PERSONAL.search(name) is not None


def identifies(number: bytes) -> bool:
    """False for a number that can be nobody's: a short one, or one with a fraction.

    Measures, coordinates on a screen, embeddings: no number of a card, a person or a phone.
    """
    if len(number.translate(None, b"+-.eE")) < MIN_DIGITS:
        return False
    fraction, _, exponent = number.partition(b".")[2].lower().partition(b"e")
    return bool(exponent) or not fraction.strip(b"0")


def pair(keys: Sequence[str]) -> tuple[list[int], list[int]]:
    """Of `{"name": ..., "value": ...}` and its like: which keys name, best first, which hold.

    Beside a service's name and nothing else that holds, a `key` is what it holds.
    """
    low = [key.lower() for key in keys]
    naming = [i for name in NAMING for i, key in enumerate(low) if key == name]
    holding = [i for i, key in enumerate(low) if key in HOLDING]
    if not holding and not ISSUERS.isdisjoint(low):
        holding = [i for i in naming if low[i] == "key"]
        naming = [i for i in naming if low[i] != "key"]
    return naming, holding if naming else []


def naming_columns(names: Sequence[str]) -> tuple[int, list[int]]:
    """The same for columns: the one that names (-1: none does), and those it names.

    A column of ids or services does not count: it names rows, not values.
    """
    naming, named = pair(names)
    naming = [i for i in naming if names[i].lower() not in {"id", *ISSUERS}]
    return (naming[0], named) if naming and named else (-1, [])


def numbered(keys: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Each key with how many equal ones came before it."""
    if len(set(keys)) == len(keys):
        yield from ((key, 0) for key in keys)
        return
    before: dict[str, int] = {}
    for key in keys:
        yield key, before.get(key, 0)
        before[key] = before.get(key, 0) + 1


def label_by(key: str, name: Any) -> str:
    """The label that a naming member `key: name` gives to its sibling; "" for none."""
    if not isinstance(name, str) or not 0 < len(name) <= 100:
        return ""
    low = key.lower()
    fits = providers.is_one(name) if low in ISSUERS else low != "id" or like_a_name(name)
    return issued(name) if fits else ""


def issued(name: str) -> str:
    """The name; of a service, that of what it gives out."""
    return f"{name} key" if providers.is_one(name) else name


def like_a_name(identifier: str) -> bool:
    """False for row numbers, UUIDs and the like, which label nothing."""
    return identifier[0].isalpha() and sum(map(str.isdigit, identifier)) < 6
