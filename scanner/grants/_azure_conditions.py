"""Conditions of Azure role assignments (ABAC): where they let a role read blobs.

From "Azure role assignment condition format and syntax".
"""

from __future__ import annotations

import re
from dataclasses import replace

from scanner import globs
from scanner.grants._azure_roles import READ
from scanner.grants._zones import Zone, capped
from scanner.model import Decision

_ACTION = re.compile(r"ActionMatches\s*\{\s*'([^']*)'\s*\}", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"@(Resource|Request|Principal|Environment)\s*\[([^\]]*)\]\s*(\w+(?::\w+)?)\s*"
    r"(?:'([^']*)'|\{\s*'([^']*)'\s*\})?",
    re.IGNORECASE,
)


def narrowed(place: Zone, condition: str) -> Zone | None:
    """Where in a place a condition lets its role read; None when nowhere.

    Decided when it speaks of other actions only, or of one container name in the form that
    the portal writes: not (a read) or (the name is so).
    """
    actions = [a.lower() for a in _ACTION.findall(condition)]
    others = actions and READ not in actions and not any("*" in a for a in actions)
    if not condition or others:
        return place
    found = list(_ATTRIBUTE.finditer(condition))
    name = _container_name(found[0]) if len(found) == 1 and _plain(condition) else ""
    if name:
        return _in_container(place, name)
    text = re.sub(r"\s+", " ", condition).replace(";", ",")
    return capped(place, Decision.CONDITIONAL, text)


def _in_container(place: Zone, name: str) -> Zone | None:
    """The part of a place in the containers of a name."""
    url, inside = place.resource[: place.resource.index("/", 8)], place.resource.split("/")[3]
    if inside == "*":
        return replace(place, resource=f"{url}/{name}/*")
    return place if globs.glob(name, inside) else None


def _plain(condition: str) -> bool:
    """True for one `(!(ActionMatches...)) OR (attribute)`, without further negations."""
    text = re.sub(
        r"(AND\s+NOT|&&\s*!)\s*SubOperationMatches\s*\{[^}]*\}", "", condition, flags=re.I
    )
    shape = re.sub(r"[\s()]", "", _ATTRIBUTE.sub("ATTRIBUTE", _ACTION.sub("ACTION", text)))
    return (
        re.fullmatch(r"!ACTION(AND!ACTION|&&!ACTION)*(OR|\|\|)ATTRIBUTE", shape, re.I) is not None
    )


def _container_name(found: re.Match[str]) -> str:
    """The glob of container names that an attribute test is about, or ""."""
    source, name, operator, text, listed = found.groups()
    value, verb = (text if text is not None else listed or ""), operator.lower()
    attribute = name.lower().rpartition("/")[2]
    if source.lower() != "resource" or attribute != "containers:name" or "*" in value or not value:
        return ""
    if verb in ("stringequals", "stringequalsignorecase"):
        return value
    return f"{value}*" if verb == "stringstartswith" else ""
