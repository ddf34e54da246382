"""Reads term files: YAML or CSV lists of names that must not leave yet.

A term is itself a secret: no error here quotes one, nor any text that might be one.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

from scanner import suggest
from scanner.errors import UsageError
from scanner.model import Severity

KEYS = ("id", "term", "aliases", "owner", "severity", "embargo_until", "caseless")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True, repr=False)
class Term:
    """One entry.  `id` may be shown anywhere; `forms` (the term and its aliases) never.

    From the day `embargo_until` on the term is silent.  `caseless` as in
    `_term_match.Form`; None where the entry does not say.
    """

    id: str
    forms: tuple[str, ...]
    owner: str = ""
    severity: Severity = Severity.HIGH
    embargo_until: date | None = None
    caseless: bool | None = None


def read_all(paths: Sequence[Path]) -> list[Term]:
    """The terms of some files.  Raises UsageError, also for an id that is given twice."""
    found: dict[str, tuple[Term, str]] = {}
    for path in paths:
        for where, term in read(path):
            if term.id in found:
                what = f"the term id {term.id!r} is given twice"
                raise UsageError(what, where, f"the other one is {found[term.id][1]}; rename one")
            found[term.id] = (term, where)
    return [term for term, _ in found.values()]


def read(path: Path) -> Iterator[tuple[str, Term]]:
    """Each term of one file with the place it stands at ("terms.yaml, entry 3")."""
    entries = _csv(path) if path.suffix.lower() == ".csv" else _yaml(path)
    for number, entry in enumerate(entries, 1):
        where = f"{path}, entry {number}"
        yield where, _term(entry, where)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except OSError:
        raise UsageError("the term file cannot be read", str(path), "check its path") from None
    except UnicodeDecodeError:
        raise UsageError("the term file is not UTF-8", str(path), "save it as UTF-8") from None


def _yaml(path: Path) -> list[Any]:
    import yaml

    try:
        data = yaml.load(_text(path), _strict_loader())  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        what = "the term file is not valid YAML, or a key stands twice in one entry"
        raise UsageError(what, f"{path}{line}", _FORM) from None
    except (yaml.YAMLError, ValueError):  # ValueError: a date that does not exist
        raise UsageError("the term file holds a value YAML cannot read", str(path), _FORM) from None
    if not isinstance(data, dict) or set(data) != {"version", "terms"}:
        raise UsageError("a term file has the keys version and terms", str(path), _FORM)
    if data["version"] != 1 or not isinstance(data["terms"], list):
        raise UsageError("this is not a term list of version 1", str(path), _FORM)
    return data["terms"]


@cache
def _strict_loader() -> type[Any]:
    """A safe loader that refuses a key given twice: the first one would be lost silently."""
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Strict(base):  # type: ignore[misc]  # which of the two depends on the platform
        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            keys = [str(key.value) for key, _ in node.value]
            if len(set(keys)) < len(keys):
                raise yaml.constructor.ConstructorError(problem_mark=node.start_mark)
            return super().construct_mapping(node, deep)

    return Strict


_FORM = "see the form: version: 1, terms: [{id: ..., term: ...}]"


def _csv(path: Path) -> Iterator[dict[str, Any]]:
    rows = csv.DictReader(StringIO(_text(path), newline=""), strict=True)
    try:
        if not {"id", "term"} <= set(rows.fieldnames or ()):
            what = "a CSV term file needs the columns id and term"
            raise UsageError(what, str(path), f"its first line names: {','.join(KEYS)}")
        for row in rows:
            yield _from_row(row, f"{path}, line {rows.line_num}")
    except csv.Error:
        where = f"{path}, line {rows.line_num}"
        raise UsageError("the term file is not valid CSV", where, "check its quotes") from None


def _from_row(row: Mapping[Any, Any], where: str) -> dict[str, Any]:
    """A CSV row as an entry: empty cells are left out, aliases are split at `;` or `|`."""
    if None in row or None in row.values():
        hint = "give each line one cell per column, and quote cells that hold commas"
        raise UsageError("the line has more or fewer cells than the first one", where, hint)
    entry: dict[str, Any] = {k.strip(): v.strip() for k, v in row.items() if v.strip()}
    if "aliases" in entry:
        entry["aliases"] = [a.strip() for a in re.split("[;|]", entry["aliases"]) if a.strip()]
    if "caseless" in entry:
        entry["caseless"] = {"true": True, "false": False}.get(entry["caseless"].lower(), "")
    return entry


def _term(entry: Any, where: str) -> Term:
    if not isinstance(entry, dict):
        raise UsageError("the entry is not a mapping", where, _FORM)
    for key in entry:
        if key not in KEYS:
            what = f"the entry has an unknown key {_shown(key)}"
            raise UsageError(what, where, f"use: {', '.join(KEYS)}")
    return Term(
        _id(entry, where),
        _forms(entry, where),
        _string(entry.get("owner", ""), "owner", where),
        _severity(entry, where),
        _date(entry.get("embargo_until"), where),
        _caseless(entry.get("caseless"), where),
    )


def _shown(key: object) -> str:
    """A key may be shown when it is near one of ours: else it could be a term."""
    close = suggest.hint(str(key), KEYS).startswith("did you mean")
    return suggest.plain(key) if close else "(not shown: it may be a term)"


def _id(entry: Mapping[str, Any], where: str) -> str:
    given = entry.get("id")
    if not isinstance(given, str) or not _ID.fullmatch(given):
        hint = "letters, digits and . _ - only, 64 at most; it is shown in reports"
        raise UsageError("the entry needs an id", where, hint)
    return given


def _forms(entry: Mapping[str, Any], where: str) -> tuple[str, ...]:
    aliases = entry.get("aliases") or []
    if not isinstance(aliases, list):
        raise UsageError("aliases must be a list", where, "aliases: [one, two]")
    forms = [_string(form, "term", where) for form in (entry.get("term", ""), *aliases)]
    for form in forms:
        if sum(c.isalnum() for c in form) < 2 or len(form) > 200:
            hint = "write at least two letters or digits, and at most 200 characters"
            raise UsageError("the term or an alias is empty, too short or too long", where, hint)
    return tuple(dict.fromkeys(forms))


def _string(given: Any, key: str, where: str) -> str:
    if not isinstance(given, str):
        raise UsageError(f"{key} must be text", where, f'put it in quotes: {key}: "..."')
    return " ".join(given.split())


def _severity(entry: Mapping[str, Any], where: str) -> Severity:
    given = entry.get("severity", "high")
    if given not in list(Severity):
        raise UsageError("the severity is unknown", where, f"use one of: {', '.join(Severity)}")
    return Severity(given)


def _date(given: Any, where: str) -> date | None:
    if given is None or (isinstance(given, date) and not isinstance(given, datetime)):
        return given
    try:
        return date.fromisoformat(given)
    except (TypeError, ValueError):
        what = "embargo_until is not a date"
        raise UsageError(what, where, "write it as 2027-01-15") from None


def _caseless(given: Any, where: str) -> bool | None:
    if given is None or isinstance(given, bool):
        return given
    raise UsageError("caseless must be true or false", where, "leave it out to let us decide")
