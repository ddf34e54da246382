"""Reads term files: lists of names that must not leave yet, or not leave at all.

YAML or JSON (`version: 1`, `terms: [...]`), JSON Lines (an entry a line), CSV (a column for each
key), or plain text (a term a line, `#` begins a comment line).  Entries have the keys of `KEYS`;
only `term` is needed, and an `id` everywhere but in plain text.  A file that
`leakgate terms seal` made is read by `_term_seal`.

A term is itself a secret: no error here quotes one, nor any text that might be one.
"""

from __future__ import annotations

import csv
import hmac
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

from scanner import suggest
from scanner.detectors._term_fold import folded
from scanner.detectors._term_kinds import KINDS, core
from scanner.errors import UsageError
from scanner.model import Severity

KEYS = (
    "id",
    "term",
    "aliases",
    "owner",
    "severity",
    "embargo_until",
    "caseless",
    "kind",
    "allowed",
)
SUFFIXES = (".yaml", ".yml", ".json", ".jsonl", ".ndjson", ".csv", ".txt")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True, repr=False)
class Term:
    """One entry.  `id` may be shown anywhere; `forms` (the term and its aliases) never.

    From the day `embargo_until` on the term is silent.  `caseless` as in
    `_term_match.Form`; None where the entry does not say.  In an `allowed` place (see
    `scanner.allowed`) the term may stand.  `normal` is what its values are fingerprinted as.
    A sealed term has `sealed` forms and no others.
    """

    id: str
    forms: tuple[str, ...]
    owner: str = ""
    severity: Severity = Severity.HIGH
    embargo_until: date | None = None
    caseless: bool | None = None
    kind: str = "codename"
    allowed: tuple[str, ...] = ()
    normal: str = ""
    sealed: tuple[tuple[str, str, str], ...] = ()
    salt: str = ""  # of the sealed list


def read_all(paths: Sequence[Path], key: bytes | None = None) -> list[Term]:
    """The terms of some files; `key` as in `read`.

    Raises UsageError, also for an id that is given twice.
    """
    found: dict[str, tuple[Term, str]] = {}
    for path in paths:
        for where, term in read(path, key):
            if term.id in found:
                what = f"the term id {term.id!r} is given twice"
                raise UsageError(what, where, f"the other one is {found[term.id][1]}; rename one")
            found[term.id] = (term, where)
    return [term for term, _ in found.values()]


def read(path: Path, key: bytes | None = None) -> Iterator[tuple[str, Term]]:
    """Each term of one file with the place it stands at ("terms.yaml, entry 3").

    A sealed file is refused without a key, and with another than it was sealed with; the key
    b"" stands for any.
    """
    suffix = path.suffix.lower()
    if suffix == ".txt":
        yield from _lines(path)
        return
    if suffix in (".jsonl", ".ndjson"):
        entries: Iterable[tuple[str, Any]] = _json_lines(path)
    elif suffix == ".csv":
        entries = _numbered(path, _csv(path))
    else:
        salt, listed = _document(path, key)
        for where, entry in _numbered(path, listed):
            yield where, replace(_term(entry, where), salt=salt) if salt else _term(entry, where)
        return
    for where, entry in entries:
        yield where, _term(entry, where)


def _numbered(path: Path, entries: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    for number, entry in enumerate(entries, 1):
        yield f"{path}, entry {number}", entry


def _lines(path: Path) -> Iterator[tuple[str, Term]]:
    """A term a line.  Its id is the line's number, but its fingerprints are of the term itself:
    lines move."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip("-._")[:48] or "terms"
    seen = set[str]()
    for number, line in enumerate(_text(path).splitlines(), 1):
        text = " ".join(line.split())
        normal = f"text {folded(text)}"
        if not text or text.startswith("#") or normal in seen:
            continue
        seen.add(normal)
        where = f"{path}, line {number}"
        yield where, Term(f"{stem}-{number}", _forms({"term": text}, where), normal=normal)


def _json_lines(path: Path) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(_text(path).splitlines(), 1):
        where = f"{path}, line {number}"
        if line.strip():
            try:
                yield where, json.loads(line, object_pairs_hook=_once)
            except ValueError:
                what = "the line is not valid JSON, or has a key twice"
                raise UsageError(what, where, 'write {"id": "...", "term": "..."}') from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; a key that stands twice would lose the first value silently."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except OSError:
        raise UsageError("the term file cannot be read", str(path), "check its path") from None
    except UnicodeDecodeError:
        raise UsageError("the term file is not UTF-8", str(path), "save it as UTF-8") from None


def _document(path: Path, key: bytes | None) -> tuple[str, list[Any]]:
    """The salt of a sealed list, or "", and the entries."""
    data = _parsed(path)
    head = data.get("sealed") if isinstance(data, dict) else None
    if not isinstance(data, dict) or set(data) - {"sealed"} != {"version", "terms"}:
        raise UsageError("a term file has the keys version and terms", str(path), _FORM)
    if data["version"] != 1 or not isinstance(data["terms"], list):
        raise UsageError("this is not a term list of version 1", str(path), _FORM)
    return (_opened(path, head, key) if "sealed" in data else ""), data["terms"]


def _opened(path: Path, head: Any, key: bytes | None) -> str:
    """The salt of a sealed file, if the key is that of its list."""
    salt = head.get("salt") if isinstance(head, dict) else None
    if key is None:
        raise UsageError("the term file is sealed already", str(path), "name the list it is of")
    if not isinstance(salt, str) or not isinstance(head.get("check"), str):
        raise UsageError("the head of the sealed term file is damaged", str(path), "seal it anew")
    if key and not hmac.compare_digest(check(list_key(key, salt)), head["check"]):
        hint = "give the key it was sealed with (LEAKGATE_KEY or --key-file), or seal it anew"
        raise UsageError("the term file was sealed with another deployment key", str(path), hint)
    return salt


def list_key(key: bytes, salt: str) -> bytes:
    """The key of one sealed list."""
    return hmac.digest(key, f"leakgate terms\0{salt}".encode(), "sha256")


def check(key: bytes) -> str:
    """By what a sealed list knows its key."""
    return hmac.digest(key, b"check", "sha256")[:8].hex()


def _parsed(path: Path) -> Any:
    """The document of a file.  JSON, which is YAML too, is read thirty times as fast."""
    text = _text(path)
    if text.lstrip()[:1] == "{":
        try:
            return json.loads(text, object_pairs_hook=_once)
        except ValueError:
            pass  # a flow mapping of YAML perhaps; if not, that reader knows the line
    return _yaml(path, text)


def _yaml(path: Path, text: str) -> Any:
    import yaml

    try:
        return yaml.load(text, _strict_loader())  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        what = "the term file is not valid YAML, or a key stands twice in one entry"
        raise UsageError(what, f"{path}{line}", _FORM) from None
    except (yaml.YAMLError, ValueError):  # ValueError: a date that does not exist
        raise UsageError("the term file holds a value YAML cannot read", str(path), _FORM) from None


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
    if "allowed" in entry:
        entry["allowed"] = [a.strip() for a in re.split("[;|]", entry["allowed"]) if a.strip()]
    if "caseless" in entry:
        entry["caseless"] = {"true": True, "false": False}.get(entry["caseless"].lower(), "")
    return entry


def _term(entry: Any, where: str) -> Term:
    if not isinstance(entry, dict):
        raise UsageError("the entry is not a mapping", where, _FORM)
    for key in entry:
        if key not in KEYS and not (key in ("sealed", "normal") and "sealed" in entry):
            what = f"the entry has an unknown key {_shown(key)}"
            raise UsageError(what, where, f"use: {', '.join(KEYS)}")
    term_id, sealed = _id(entry, where), _sealed(entry, where)
    term = Term(
        term_id,
        () if sealed else _forms(entry, where),
        _string(entry.get("owner", ""), "owner", where),
        _severity(entry, where),
        _date(entry.get("embargo_until"), where),
        _caseless(entry.get("caseless"), where),
        _kind(entry.get("kind", "codename"), where),
        _allowed(entry.get("allowed"), where),
        _string(entry.get("normal", ""), "normal", where) or term_id,
        sealed,
    )
    _check_kind(term, where)
    return term


def _sealed(entry: Mapping[str, Any], where: str) -> tuple[tuple[str, str, str], ...]:
    given = entry.get("sealed")
    if given is None:
        return ()
    texts = [[f for f in form if isinstance(f, str)] for form in given if isinstance(form, list)]
    if not texts or len(texts) != len(given) or any(len(form) != 3 for form in texts):
        raise UsageError("the sealed term is damaged", where, "seal the list anew")
    return tuple((form[0], form[1], form[2]) for form in texts)


def _kind(given: Any, where: str) -> str:
    if given not in KINDS:
        raise UsageError("the kind is unknown", where, f"use one of: {', '.join(KINDS)}")
    return str(given)


def _allowed(given: Any, where: str) -> tuple[str, ...]:
    given = [given] if isinstance(given, str) else given or []
    if not isinstance(given, list) or not all(isinstance(one, str) and one for one in given):
        raise UsageError("allowed must be a list of globs", where, 'allowed: ["docs/*.md"]')
    return tuple(given)


def _check_kind(term: Term, where: str) -> None:
    prefixes = [re.fullmatch("[A-Za-z][A-Za-z0-9]{1,9}-?", form) for form in term.forms]
    if term.kind == "ticket" and not all(prefixes):
        hint = "2 to 10 letters or digits, as in HLC for HLC-123"
        raise UsageError("a ticket prefix has another form", where, hint)
    if term.kind == "host":
        for form in term.forms:
            whole = re.fullmatch(r"[A-Za-z0-9_.*?-]+", form)
            if not whole or sum(c.isalnum() for c in core("host", form)) < 4:
                hint = "a host name, *.suffix or glob with four fixed characters or more"
                raise UsageError("a host name has another form", where, hint)


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
    return tuple(dict.fromkeys((*forms, *(other for form in forms for other in _spelled(form)))))


def _spelled(form: str) -> Iterator[str]:
    """A German name where its letters are written as two: `Groessenwahn`, `Gr\u00f6ssenwahn`."""
    yield form.replace("\u00df", "ss")
    yield form.translate(_TWO_LETTERS)


_TWO_LETTERS = str.maketrans(
    {"\u00e4": "ae", "\u00f6": "oe", "\u00fc": "ue", "\u00c4": "Ae", "\u00d6": "Oe"}
    | {"\u00dc": "Ue", "\u00df": "ss", "\u00e6": "ae", "\u0153": "oe"}
)


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
