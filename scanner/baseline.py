"""The baseline: incidents that are known and accepted, by fingerprint, as sorted JSON Lines.

`scanner.keyed_lines` says how the file is read, and how two branches of it merge.  It holds no
value and no place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from scanner.errors import UsageError
from scanner.keyed_lines import Kind, Row
from scanner.model import Incident
from scanner.outputs import write_lines

_AGAIN = "make it with: leakgate baseline report.json -o baseline.jsonl"
FILE = Kind("baseline", "leakgate_baseline", 1, _AGAIN)


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted incident: `identity` is its fingerprint, or its id when it is a resource."""

    identity: str
    rule_id: str
    added: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Baseline:
    """All entries, by identity, and the id of the key that made the fingerprints."""

    key_id: str
    entries: Mapping[str, Entry] = field(default_factory=dict)


def identity(incident: Incident) -> str:
    """What stays the same of an incident from run to run."""
    return incident.identity


def mark(incidents: Iterable[Incident], baseline: Baseline | None) -> list[Incident]:
    """The incidents, each with `in_baseline` set."""
    known = baseline.entries if baseline else {}
    return [replace(i, in_baseline=identity(i) in known) for i in incidents]


def accept(incidents: Iterable[Incident], key_id: str, today: date, reason: str = "") -> Baseline:
    """A new baseline of these incidents."""
    rules = {identity(i): i.rule_ids[0] if i.rule_ids else "" for i in incidents}
    return Baseline(key_id, {name: Entry(name, rules[name], today, reason) for name in rules})


def merge(old: Baseline, new: Baseline, prune: bool = False) -> Baseline:
    """Both together; what the old one holds keeps its reason and date.

    With `prune` old entries that the new one lacks are dropped.
    """
    kept = {n: e for n, e in old.entries.items() if n in new.entries or not prune}
    return Baseline(new.key_id, {**new.entries, **kept})


def read(path: Path, key_id: str) -> Baseline:
    """Read a baseline made with the key of this run.

    Raises UsageError when it cannot be read, is damaged, or was made with another key.
    """
    entries = map(_entry, FILE.rows(path, key_id))
    return Baseline(key_id, {entry.identity: entry for entry in entries})


def write(baseline: Baseline, path: Path) -> None:
    """Write a baseline, sorted, one entry a line."""
    ordered = sorted(baseline.entries.values(), key=lambda entry: entry.identity)
    write_lines([FILE.head(baseline.key_id), *map(_row, ordered)], path)


def _row(entry: Entry) -> dict[str, str]:
    row = {"fingerprint": entry.identity, "rule_id": entry.rule_id}
    row |= {"reason": entry.reason} if entry.reason else {}
    return row | {"added": entry.added.isoformat()}


def _entry(found: Row) -> Entry:
    where, row = found
    try:
        added = date.fromisoformat(row["added"])
        reason = str(row.get("reason", ""))
        return Entry(str(row["fingerprint"]), str(row["rule_id"]), added, reason)
    except (KeyError, TypeError, ValueError):
        what = "this line of the baseline lacks fingerprint, rule_id or a date in added"
        raise UsageError(what, where, _AGAIN) from None
