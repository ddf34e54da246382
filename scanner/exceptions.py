"""Exceptions: incidents that somebody answers for until a day, as sorted JSON Lines.

`scanner.keyed_lines` says how the file is read, and how two branches of it merge.  Each entry
needs a reason, an owner and a day on which it ends; one without them, or that lasts longer than
the policy allows for the severity of its incident, accepts nothing.  An entry holds a
fingerprint, never a value or a place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal, Protocol, cast

from scanner.errors import UsageError
from scanner.keyed_lines import Kind, Row
from scanner.model import ExceptionRecord, Incident, Severity
from scanner.outputs import write_lines

Decision = Literal["accept", "false_positive"]
State = Literal["active", "unused", "expired", "too_long", "invalid"]
DECISIONS: tuple[Decision, ...] = ("accept", "false_positive")
_AGAIN = "make it with: leakgate triage report.json --exceptions exceptions.jsonl"
FILE = Kind("exceptions file", "leakgate_exceptions", 1, _AGAIN)


class Longest(Protocol):
    """How many days an exception may last, by severity (`gate.exceptions` of the policy)."""

    def days(self, severity: Severity) -> int: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One exception as it is written; a day that is missing or malformed is None."""

    identity: str
    decision: Decision
    reason: str
    owner: str
    added: date | None
    expires: date | None
    rule_id: str = ""

    def fault(self, today: date) -> tuple[State, str] | None:
        """Why it accepts nothing on that day, whatever its incident; None when it may."""
        for name in ("reason", "owner"):
            if not str(getattr(self, name)).strip():
                return "invalid", f"it has no {name}"
        if self.added is None or self.added > today:
            return "invalid", "`added` is no day, or one to come"
        if self.expires is None:
            return "expired", "`expires` is missing or no day"
        if self.expires < today:
            return "expired", f"it ended on {self.expires}"
        return None

    def too_long(self, severity: Severity, longest: Longest) -> str:
        """Why it lasts too long for an incident of that severity, or nothing."""
        most, end, start = longest.days(severity), self.expires, self.added
        if end is None or start is None or (end - start).days <= most:
            return ""
        return f"it lasts {(end - start).days} days; the policy allows {most} at {severity}"


@dataclass(frozen=True, slots=True)
class Exceptions:
    """All entries, by identity, and the id of the key that made the fingerprints."""

    key_id: str
    entries: Mapping[str, Entry] = field(default_factory=dict)


class Applied:
    """Exceptions on a day: asked about each incident, tells at the end what became of each."""

    def __init__(self, exceptions: Exceptions | None, today: date, longest: Longest) -> None:
        self._entries = exceptions.entries if exceptions else {}
        self._today, self._longest = today, longest
        self._met: dict[str, tuple[str, State, str]] = {}

    def __call__(self, incident: Incident) -> bool:
        """True when an exception in force is about it."""
        entry = self._entries.get(incident.identity)
        if entry is None:
            return False
        state, why = entry.fault(self._today) or self._lasting(entry, incident)
        self._met[entry.identity] = (incident.id, state, why)
        return state == "active"

    def _lasting(self, entry: Entry, incident: Incident) -> tuple[State, str]:
        why = entry.too_long(incident.severity, self._longest)
        return ("too_long", why) if why else ("active", "")

    def records(self) -> tuple[ExceptionRecord, ...]:
        """What became of each, those that fall due first come first."""
        made = [self._record(entry) for entry in self._entries.values()]
        return tuple(sorted(made, key=lambda r: (r.expires or date.min, r.identity)))

    def _record(self, entry: Entry) -> ExceptionRecord:
        unused: tuple[State, str] = ("unused", "no incident of this run is what it is about")
        alone = ("", *(entry.fault(self._today) or unused))
        incident, state, note = self._met.get(entry.identity, alone)
        return ExceptionRecord(
            entry.identity, entry.decision, state, entry.reason, entry.owner, entry.rule_id,
            entry.added, entry.expires, incident, note,
        )  # fmt: skip


def merge(old: Exceptions, new: Iterable[Entry]) -> Exceptions:
    """Both together; a new entry takes the place of an old one about the same incident."""
    return Exceptions(old.key_id, {**old.entries, **{e.identity: e for e in new}})


def read(path: Path, key_id: str) -> Exceptions:
    """Read exceptions made with the key of this run.

    Raises UsageError when the file cannot be read, is no such file, or is of another key; an
    entry that lacks something is read, and accepts nothing.
    """
    return Exceptions(key_id, _entries(FILE.rows(path, key_id)))


def write(exceptions: Exceptions, path: Path) -> None:
    """Write them, sorted, one a line."""
    ordered = sorted(exceptions.entries.values(), key=lambda entry: entry.identity)
    write_lines([FILE.head(exceptions.key_id), *map(_row, ordered)], path)


def _row(entry: Entry) -> dict[str, str]:
    row = {"fingerprint": entry.identity, "decision": entry.decision, "rule_id": entry.rule_id}
    row |= {"reason": entry.reason, "owner": entry.owner}
    return row | {"added": _day_text(entry.added), "expires": _day_text(entry.expires)}


def _day_text(day: date | None) -> str:
    return day.isoformat() if day else ""


def _entries(rows: Iterable[Row]) -> dict[str, Entry]:
    """By identity; a second entry about one incident is a mistake of a merge, and told."""
    found: dict[str, Entry] = {}
    for where, row in rows:
        entry = _entry(row, where)
        if found.get(entry.identity, entry) != entry:
            what = "two exceptions are about one incident"
            raise UsageError(what, where, "keep the one that is meant")
        found[entry.identity] = entry
    return found


def _entry(row: Mapping[str, Any], where: str) -> Entry:
    identity, decision = row.get("fingerprint"), row.get("decision", "accept")
    if not isinstance(identity, str) or not identity or decision not in DECISIONS:
        what = "this exception names no fingerprint, or its decision is none"
        raise UsageError(what, where, f"decision is one of: {', '.join(DECISIONS)}")
    reason, owner, rule = (str(row.get(name) or "") for name in ("reason", "owner", "rule_id"))
    added, expires = _day(row.get("added")), _day(row.get("expires"))
    return Entry(identity, cast(Decision, decision), reason, owner, added, expires, rule)


def _day(value: object) -> date | None:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
