"""Exports of consent: who paused the capture of their work, is exempt from it, or withdrew.

CSV, JSON (a list, or an object with `consents`) or JSON Lines; the columns, in usual spellings:

- `person` (user, employee, email, subject, ...): a name that the directory knows
- `kind` (type, action, event, request): pause, exemption (opt-out), withdrawal, consent (opt-in)
- `from` (start, requested_at, time, ...) and `to` (end, until, expires, ...): ISO 8601 or Unix
  time; a time without a zone is UTC.  Either may be empty: it holds from ever, or for ever
- `minutes` (duration): instead of `to`.  A pause with neither lasts 30 minutes
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from scanner.about import time_from
from scanner.batch import UnitLog
from scanner.files.tables import Row, bad, rows
from scanner.model import Consent

PAUSE = timedelta(minutes=30)
Kind = Literal["consent", "withdrawal", "exemption", "pause"]
_PERSON = (
    *("person", "user", "user_id", "userid", "employee", "employee_id", "email", "mail", "upn"),
    *("subject", "principal", "username", "login"),
)
_KIND = ("kind", "type", "action", "event", "request", "status")
_FROM = (
    *("from", "start", "started_at", "start_time", "requested_at", "granted_at", "effective_from"),
    *("valid_from", "time", "timestamp", "date"),
)
_TO = ("to", "end", "ended_at", "end_time", "until", "expires", "expires_at", "valid_to")
_LASTS = ("minutes", "duration", "duration_minutes")
_KINDS: dict[str, Kind] = {
    "pause": "pause", "paused": "pause", "pause_requested": "pause", "snooze": "pause",
    "exemption": "exemption", "exempt": "exemption", "exempted": "exemption",
    "opt_out": "exemption", "optout": "exemption", "opted_out": "exemption",
    "objection": "exemption", "withdrawal": "withdrawal", "withdrawn": "withdrawal",
    "withdraw": "withdrawal", "revoked": "withdrawal", "revoke": "withdrawal",
    "consent": "consent", "consented": "consent", "opt_in": "consent", "optin": "consent",
    "granted": "consent", "accepted": "consent",
}  # fmt: skip


def read_consent(path: Path, log: UnitLog) -> Iterator[Consent]:
    """Every row that can be used; the others are counted in `log` by their numbers.

    Raises UnreadableError when the file is none of these forms.
    """
    for row in rows(path, log, "consents"):
        made = _consent(row, path, log)
        if made is not None:
            yield made


def _consent(row: Row, path: Path, log: UnitLog) -> Consent | None:
    cells = {str(name).strip().casefold().replace(" ", "_"): v for name, v in row.cells.items()}
    person, kind = _text(cells, _PERSON), _KINDS.get(_word(_text(cells, _KIND)))
    start, end = _time(cells, _FROM), _time(cells, _TO)
    if not person or kind is None:
        hint = "name a person, and pause, exemption, withdrawal or consent"
        bad(log, "a row says not who asked, or not for what", str(path), row.number, hint)
        return None
    if start is False or end is False or (kind == "pause" and start is None):
        hint = "write times like 2026-10-05T06:00:00Z"
        bad(log, "a time of a row is not one, or a pause has none", str(path), row.number, hint)
        return None
    begun, over = start or None, end or None
    return Consent(person, kind, begun, over or _lasting(kind, begun, cells), str(path))


def _lasting(kind: Kind, start: datetime | None, cells: Mapping[str, Any]) -> datetime | None:
    """The end of what has none, by how long it lasts."""
    if start is None:
        return None
    minutes = _text(cells, _LASTS)
    if minutes.isdigit() and len(minutes) < 9:
        return start + timedelta(minutes=int(minutes))
    return start + PAUSE if kind == "pause" else None


def _word(text: str) -> str:
    return text.casefold().replace("-", "_").replace(" ", "_")


def _text(cells: Mapping[str, Any], names: tuple[str, ...]) -> str:
    found = (str(cells[n]).strip() for n in names if isinstance(cells.get(n), str | int | float))
    return next((text for text in found if text), "")


def _time(cells: Mapping[str, Any], names: tuple[str, ...]) -> datetime | Literal[False] | None:
    """A time, None where there is none, False for what is no time."""
    text = _text(cells, names)
    if not text:
        return None
    found = time_from(float(text) if text.replace(".", "", 1).isdigit() else text)
    return False if found is None else found.astimezone(UTC)
