"""Conditions of IAM bindings, as zones of resources and times in which they hold.

From "Overview of IAM Conditions": comparisons of `request.time` and of `resource.name`,
`resource.type` and `resource.service` are decided, joined by `&&` and `||`; anything else
makes the answer conditional.  Names of Cloud Storage and BigQuery become their URIs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from scanner.grants._zones import Zone, capped, meet
from scanner.model import Decision

_TIME = re.compile(r"""request\.time\s*(<=?|>=?)\s*timestamp\(\s*["']([^"']+)["']\s*\)""")
_NAME = re.compile(r"""resource\.name\.(startsWith|endsWith)\(\s*["']([^"']*)["']\s*\)""")
_IS = re.compile(r"""resource\.(name|type|service)\s*(==|!=)\s*["']([^"']*)["']""")
_OBJECTS = re.compile(r"(?://storage\.googleapis\.com/)?projects/_/buckets/([^/]+)(?:/(.*))?")
_TABLES = re.compile(
    r"(?://bigquery\.googleapis\.com/)?projects/([^/]+)(?:/datasets/([^/]*)(?:/tables/(.*))?)?"
)
_DATA = {  # what objects and tables are, and what they are not
    "storage.googleapis.com/Object": "gs://*",
    "storage.googleapis.com": "gs://*",
    "bigquery.googleapis.com/Table": "bigquery://*",
    "bigquery.googleapis.com": "bigquery://*",
}
EVERYTHING = Zone("*")


def zones(expression: str) -> list[Zone]:
    """Where an expression holds; no zone at all when it never does for data."""
    return [z for option in _split(expression, "||") for z in _all_of(_split(option, "&&"))]


def _all_of(parts: list[str]) -> list[Zone]:
    found: list[Zone] = [EVERYTHING]
    for part in parts:
        options = zones(part) if _compound(part) else list(_one(part))
        met = (meet(a, b) for a in found for b in options)
        found = [z for z in met if z is not None]
    return found


def _compound(part: str) -> bool:
    return len(_split(part, "||")) > 1 or len(_split(part, "&&")) > 1


def _one(part: str) -> Iterator[Zone]:
    """One comparison."""
    if found := _TIME.fullmatch(part):
        yield _timed(found[1], found[2], part)
    elif found := _NAME.fullmatch(part):
        yield from _named(found[1], found[2], part)
    elif found := _IS.fullmatch(part):
        yield from _equal(found[1], found[2] == "==", found[3], part)
    elif part == "true":
        yield EVERYTHING
    elif part != "false":
        yield _unsure(part)


def _unsure(part: str) -> Zone:
    return capped(EVERYTHING, Decision.CONDITIONAL, re.sub(r"\s*;\s*", ", ", part))


def _timed(sign: str, text: str, part: str) -> Zone:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return _unsure(part)
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    before = sign.startswith("<")
    return replace(EVERYTHING, end=time) if before else replace(EVERYTHING, start=time)


def _named(how: str, text: str, part: str) -> Iterator[Zone]:
    if how == "endsWith":
        yield Zone(f"*{_plain(text)}")
        return
    uri = uri_of(text)
    if uri is None:
        yield _unsure(part)
    elif uri:
        yield Zone(f"{_plain(uri)}*")


def _equal(what: str, same: bool, text: str, part: str) -> Iterator[Zone]:
    if what == "name":
        uri = uri_of(text)
        found = Zone(_plain(uri)) if uri else None
    else:
        found = Zone(_DATA[text]) if text in _DATA else None
        if found is None and not text.endswith(("googleapis.com", "/Object", "/Table")) and same:
            return  # another kind of resource than those that hold data
    if found is None:
        yield _unsure(part)
    else:
        yield found if same else replace(EVERYTHING, excepts=(found.resource,))


def uri_of(name: str) -> str | None:
    """A resource name, or how one begins, as a URI; None when it is of another service."""
    if found := _OBJECTS.fullmatch(name):
        if found[2] is None:
            return f"gs://{found[1]}"
        below = found[2].removeprefix("objects/").removeprefix("managedFolders/")
        return f"gs://{found[1]}/" + ("" if below in ("objects", "managedFolders") else below)
    if "projects/_/buckets".startswith(name.rstrip("/")) and name:
        return "gs://"
    if found := _TABLES.fullmatch(name):
        parts = [p for p in found.groups() if p is not None]
        ends = "" if parts[-1] else "/"
        return "bigquery://" + "/".join(parts).rstrip("/") + ends
    return None


def _plain(text: str) -> str:
    return text.replace("*", "?")


def _split(text: str, sign: str) -> list[str]:
    """The parts between a sign that stands outside brackets and quotes."""
    text = _bare(text.strip())
    parts, depth, quote, start, i = [], 0, "", 0, 0
    while i < len(text):
        char = text[i]
        if quote:
            i += char == "\\"
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        else:
            depth += (char in "([{") - (char in ")]}")
            if not depth and text.startswith(sign, i):
                parts.append(text[start:i].strip())
                start = i + len(sign)
                i = start - 1
        i += 1
    return [*parts, _bare(text[start:].strip())]


def _bare(text: str) -> str:
    """The text without brackets around the whole of it."""
    while text.startswith("(") and text.endswith(")"):
        depth = 0
        for i, char in enumerate(text):
            depth += (char == "(") - (char == ")")
            if not depth and i < len(text) - 1:
                return text
        text = text[1:-1].strip()
    return text
