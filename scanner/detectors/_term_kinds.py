"""Terms that are no plain names: internal hosts, and the prefixes of a ticket system."""

from __future__ import annotations

import fnmatch
import re

KINDS = ("codename", "product", "customer", "host", "ticket")
_HOST = re.compile(r"[A-Za-z0-9_.-]+")
_TICKET = re.compile(r"[-_ ]?\d{1,7}(?![0-9A-Za-z])")


def core(kind: str, form: str) -> str:
    """The part of a form that stands in every text which the form means."""
    if kind != "host":
        return form
    return max(re.split(r"[*?]", form.strip(".")), key=len).strip(".-_")


def widened(kind: str, form: str, text: str, start: int, end: int) -> tuple[int, int] | None:
    """The span of the host or ticket number around a hit of the core, or None."""
    if kind == "ticket":
        return _ticket(text, start, end)
    if kind == "host":
        return _host(form, text, start, end)
    return start, end


def _ticket(text: str, start: int, end: int) -> tuple[int, int] | None:
    """`HLC-123`; in other cases than capitals only with the hyphen (`feature/hlc-123`)."""
    number = _TICKET.match(text, end)
    if number is None or (start and text[start - 1].isalnum()):
        return None
    hyphen = text[end] == "-"
    return (
        (start, number.end())
        if hyphen or (text[start:end].isupper() and text[end] == "_")
        else None
    )


def _host(form: str, text: str, start: int, end: int) -> tuple[int, int] | None:
    """`*.hw.example` and `.hw.example` mean what is below; `db*.hw.example` what fits; a name
    without a wildcard the host itself, with or without the domain that it is in."""
    low, found = start, _HOST.match(text, start)
    while low and _HOST.fullmatch(text[low - 1]):
        low -= 1
    whole = text[low : found.end() if found else end]
    low += len(whole) - len(whole.lstrip(".-_"))
    host = whole.strip(".-_").lower()
    wanted = form.lower()
    below = f"*{wanted}" if wanted.startswith(".") else wanted
    globs = [below] if "*" in below or "?" in below else [below, f"{below}.*"]
    fits = any(re.fullmatch(fnmatch.translate(one), host) for one in globs)
    return (low, low + len(host)) if fits else None
