"""The baseline: incidents that are known and accepted, by fingerprint, as sorted JSON Lines.

The first line says which deployment key the fingerprints were made with; each other line is
one entry, so that two branches merge without conflict.  It holds no value and no place.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from scanner.errors import UsageError
from scanner.model import Incident
from scanner.outputs import write_lines

VERSION = 1
_AGAIN = "make it with: leakgate baseline report.json -o baseline.jsonl"


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
    lines = _lines(path)
    made_with = _header(lines, path)
    if made_with != key_id:
        what = f"the baseline was made with key {made_with}, this run uses key {key_id}"
        hint = f"give the same key (LEAKGATE_KEY, --key-file), or {_AGAIN}"
        raise UsageError(what, str(path), hint)
    rows = [(n, line) for n, line in enumerate(lines, 1) if n > 1 and line.strip()]
    entries = [_entry(line, f"{path}, line {n}") for n, line in rows]
    return Baseline(key_id, {entry.identity: entry for entry in entries})


def write(baseline: Baseline, path: Path) -> None:
    """Write a baseline, sorted, one entry a line."""
    head = {"leakgate_baseline": VERSION, "key_id": baseline.key_id}
    ordered = sorted(baseline.entries.values(), key=lambda entry: entry.identity)
    write_lines([head, *map(_row, ordered)], path)


def _row(entry: Entry) -> dict[str, str]:
    row = {"fingerprint": entry.identity, "rule_id": entry.rule_id}
    row |= {"reason": entry.reason} if entry.reason else {}
    return row | {"added": entry.added.isoformat()}


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except OSError as error:
        what = f"the baseline cannot be read: {error.strerror or 'no reason given'}"
        raise UsageError(what, str(path), f"correct the path, or {_AGAIN}") from None
    except UnicodeDecodeError:
        raise UsageError("the baseline is not UTF-8 text", str(path), _AGAIN) from None


def _header(lines: list[str], path: Path) -> str:
    head = _object(lines[0] if lines else "", f"{path}, line 1")
    if head.get("leakgate_baseline") != VERSION or not isinstance(head.get("key_id"), str):
        what = f"this is not a leakgate baseline of version {VERSION}"
        raise UsageError(what, str(path), _AGAIN)
    return str(head["key_id"])


def _entry(line: str, where: str) -> Entry:
    row = _object(line, where)
    try:
        added = date.fromisoformat(row["added"])
        return Entry(
            str(row["fingerprint"]), str(row["rule_id"]), added, str(row.get("reason", ""))
        )
    except (KeyError, TypeError, ValueError):
        what = "this line of the baseline lacks fingerprint, rule_id or a date in added"
        raise UsageError(what, where, _AGAIN) from None


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    if not isinstance(row, dict):
        hint = f"resolve the merge conflict there, if it is one, or {_AGAIN}"
        raise UsageError("this line of the baseline is not a JSON object", where, hint)
    return row
