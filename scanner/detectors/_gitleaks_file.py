"""Reads a `gitleaks.toml` (version 8) as it is.

Form: https://github.com/gitleaks/gitleaks#configuration.  Honoured are rules with id,
description, regex, secretGroup, entropy, keywords and tags, allow-lists of a rule and global
ones (regexes, regexTarget, stopwords, paths, condition, targetRules), `extend.path` (from the
folder of the file; what a rule says anew of an extended one is merged with it) and
`extend.disabledRules`.  Not honoured, and said in the rule's description: `path` of a rule (it
looks everywhere: wider, never narrower), rules without regex, `required`, and
`extend.useDefault`, in place of which leakgate's own credential rules run.  `commits` are not
looked at: what is scanned has none.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from pathlib import Path
from typing import Any

from scanner.errors import UsageError

_HEAD = re.compile(r"\s*\[\[\s*rules\s*\]\]")
_DEPTH = 3  # files that extend one another, at most


@dataclass(frozen=True, slots=True)
class AllowList:
    """What is let through; with `every`, only where all of the kinds that are given agree."""

    name: str
    regexes: tuple[Any, ...] = ()
    target: str = "secret"
    stopwords: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    every: bool = False
    only: tuple[str, ...] = ()  # rules it is for; all when empty


@dataclass(frozen=True, slots=True)
class GitleaksRule:
    """A rule with its compiled expression; None for one of a path alone."""

    id: str
    description: str
    source: str
    regex: Any
    group: int = 0
    entropy: float = 0.0
    keywords: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    allow: tuple[AllowList, ...] = ()
    notes: tuple[str, ...] = ()


def read(path: Path) -> dict[str, GitleaksRule]:
    """The rules of a file and of those it extends.  Raises UsageError naming file and rule."""
    rules, everywhere = _read(path, 0)
    return {name: _with(rule, everywhere) for name, rule in rules.items()}


def _read(path: Path, depth: int) -> tuple[dict[str, GitleaksRule], tuple[AllowList, ...]]:
    """The rules, and the allow-lists that are for all of them, whichever file they are in."""
    data, places = _parsed(path)
    extend = _table(data, "extend", str(path))
    rules: dict[str, GitleaksRule] = {}
    everywhere: tuple[AllowList, ...] = ()
    if extend.get("path"):
        if depth + 1 >= _DEPTH:
            raise UsageError("too many files extend one another", str(path), "put rules together")
        rules, everywhere = _read(path.parent / str(extend["path"]), depth + 1)
    for name in _texts(extend, "disabledRules", str(path)):
        rules.pop(name, None)
    for entry, place in zip(_tables(data, "rules", str(path)), places, strict=False):
        rule = _rule(entry, place, bool(extend.get("useDefault")), rules)
        rules[rule.id] = _over(rules[rule.id], rule) if rule.id in rules else rule
    return rules, (*everywhere, *_lists(data, str(path), "global"))


def _over(base: GitleaksRule, rule: GitleaksRule) -> GitleaksRule:
    """A rule of an extended file with what is said of it anew; lists are added."""
    merged = base if rule.regex is None else replace(base, source=rule.source, regex=rule.regex)
    _check_group(rule.group or base.group, merged.regex, rule.id)
    return replace(
        merged,
        description=rule.description if rule.description != rule.id else base.description,
        group=rule.group or base.group,
        entropy=rule.entropy or base.entropy,
        keywords=base.keywords + rule.keywords,
        tags=base.tags + rule.tags,
        allow=base.allow + rule.allow,
        notes=rule.notes if rule.source else base.notes,
    )


def _with(rule: GitleaksRule, more: tuple[AllowList, ...]) -> GitleaksRule:
    fitting = tuple(one for one in more if not one.only or rule.id in one.only)
    return replace(rule, allow=rule.allow + fitting)


def _parsed(path: Path) -> tuple[dict[str, Any], Iterator[str]]:
    """The file, and for each of its rules `file:line`; the file alone where lines do not tell."""
    try:
        text = path.read_text("utf-8-sig")
        data = tomllib.loads(text)
    except OSError:
        raise UsageError("the gitleaks file cannot be read", str(path), "check its path") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        line = re.search(r"at line (\d+)", str(error))
        where = f"{path}:{line[1]}" if line else str(path)
        hint = "correct it there, or a little before"
        raise UsageError("the gitleaks file is not valid TOML", where, hint) from None
    heads = [n for n, line in enumerate(text.split("\n"), 1) if _HEAD.match(line)]
    told = len(heads) == len(data.get("rules") or ())
    return data, (f"{path}:{line}" for line in heads) if told else repeat(str(path))


def _rule(
    entry: Mapping[str, Any], place: str, default: bool, known: Collection[str]
) -> GitleaksRule:
    name = entry.get("id")
    if not isinstance(name, str) or not name:
        raise UsageError("a gitleaks rule has no id", place, 'give it one: id = "..."')
    where = f"{place}, rule {name}"
    source = str(entry.get("regex") or "")
    if not (source or entry.get("path") or default or name in known):
        raise UsageError("a gitleaks rule has neither regex nor path", where, "give it a regex")
    regex = compiled(source, where) if source else None
    group = int(_number(entry, "secretGroup", where))
    _check_group(group, regex, where)
    return GitleaksRule(
        name,
        str(entry.get("description") or name),
        source,
        None if entry.get("skipReport") else regex,
        group,
        _number(entry, "entropy", where),
        tuple(word.lower() for word in _texts(entry, "keywords", where)),
        _texts(entry, "tags", where),
        tuple(_lists(entry, place, name)),
        tuple(_notes(entry)),
    )


def _check_group(group: int, regex: Any, where: str) -> None:
    if regex is not None and group > regex.groups:
        raise UsageError("secretGroup is a group that the regex does not have", where, "correct it")


def _notes(entry: Mapping[str, Any]) -> Iterator[str]:
    """What of a rule is not honoured."""
    if not entry.get("regex"):
        yield "A rule without a regex is not honoured: it never fires."
    elif entry.get("skipReport"):
        yield "It is reported as a part of other rules only: it never fires."
    elif entry.get("path"):
        yield "Its path is not honoured: it looks everywhere."
    if entry.get("required"):
        yield "It fires without the rules that it requires near it."


def _lists(entry: Mapping[str, Any], file: str, owner: str) -> Iterator[AllowList]:
    single = [entry["allowlist"]] if isinstance(entry.get("allowlist"), Mapping) else []
    kind = "allowlist" if isinstance(entry.get("allowlist"), list) else "allowlists"
    for number, one in enumerate([*_tables(entry, kind, file), *single], 1):
        where = f"{file}, allow-list {number} of {owner}"
        target = str(one.get("regexTarget") or "secret")
        if target not in ("secret", "match", "line"):
            raise UsageError("regexTarget is unknown", where, "use secret, match or line")
        condition = str(one.get("condition") or "OR").upper()
        if condition not in ("AND", "&&", "OR", "||"):
            raise UsageError("condition is unknown", where, "use AND or OR")
        yield AllowList(
            f"gitleaks allow-list {number} of {owner}",
            tuple(compiled(text, where) for text in _texts(one, "regexes", where)),
            target,
            tuple(word.lower() for word in _texts(one, "stopwords", where)),
            tuple(text for text in _texts(one, "paths", where) if compiled(text, where)),
            condition in ("AND", "&&"),
            _texts(one, "targetRules", where),
        )


def _table(entry: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    given = entry.get(key) or {}
    if not isinstance(given, Mapping):
        raise UsageError(f"{key} is not a table", where, f"write [{key}]")
    return given


def _tables(entry: Mapping[str, Any], key: str, where: str) -> Sequence[Mapping[str, Any]]:
    given = entry.get(key) or []
    if not isinstance(given, list) or not all(isinstance(one, Mapping) for one in given):
        raise UsageError(f"{key} is not a list of tables", where, f"write [[{key}]]")
    return given


def _texts(entry: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    given = entry.get(key) or []
    if not isinstance(given, list):
        raise UsageError(f"{key} is not a list", where, f'write {key} = ["..."]')
    return tuple(str(one) for one in given)


def _number(entry: Mapping[str, Any], key: str, where: str) -> float:
    try:
        return float(entry.get(key) or 0)
    except (TypeError, ValueError):
        raise UsageError(f"{key} is not a number", where, "correct it") from None


def compiled(source: str, where: str) -> Any:
    """An expression of Go, which has RE2's syntax, by RE2 itself."""
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = 64 << 20
    try:
        return re2.compile(source, options)
    except re2.error:
        what = "the regular expression is not one of RE2's"
        raise UsageError(what, where, "gitleaks itself refuses it as well: correct it") from None
