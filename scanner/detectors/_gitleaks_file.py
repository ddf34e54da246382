"""Reads a `gitleaks.toml` (version 8) as it is.

Form: https://github.com/gitleaks/gitleaks#configuration.  Honoured are rules with id,
description, regex, secretGroup, entropy, keywords and tags, allow-lists of a rule and global
ones (regexes, regexTarget, stopwords, paths, condition, targetRules), `extend.path` and
`extend.disabledRules`.  Not honoured, and said in the rule's description: `path` of a rule (it
looks everywhere: wider, never narrower), rules of a path alone, `commits`, and
`extend.useDefault`, in place of which leakgate's own credential rules run.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner.errors import UsageError

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


def read(path: Path, depth: int = 0) -> dict[str, GitleaksRule]:
    """The rules of a file and of those it extends.  Raises UsageError naming file and rule."""
    data = _parsed(path)
    extend = data.get("extend") or {}
    rules: dict[str, GitleaksRule] = {}
    if extend.get("path"):
        if depth + 1 >= _DEPTH:
            raise UsageError("too many files extend one another", str(path), "put rules together")
        rules = read(path.parent / str(extend["path"]), depth + 1)
    for name in extend.get("disabledRules") or ():
        rules.pop(str(name), None)
    everywhere = tuple(_lists(data, path, "global"))
    for entry in data.get("rules") or ():
        rule = _rule(entry, path)
        rules[rule.id] = rule
    return {name: _with(rule, everywhere) for name, rule in rules.items()}


def _with(rule: GitleaksRule, more: tuple[AllowList, ...]) -> GitleaksRule:
    from dataclasses import replace

    fitting = tuple(one for one in more if not one.only or rule.id in one.only)
    return replace(rule, allow=rule.allow + fitting)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError:
        raise UsageError("the gitleaks file cannot be read", str(path), "check its path") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        what = "the gitleaks file is not valid TOML"
        raise UsageError(what, str(path), "run gitleaks with it to see where") from None


def _rule(entry: Mapping[str, Any], path: Path) -> GitleaksRule:
    name = entry.get("id")
    if not isinstance(name, str) or not name:
        raise UsageError("a gitleaks rule has no id", str(path), 'give it one: id = "..."')
    where = f"{path}, rule {name}"
    source = str(entry.get("regex") or "")
    if not source and not entry.get("path"):
        raise UsageError("a gitleaks rule has neither regex nor path", where, "give it a regex")
    notes = [] if not entry.get("path") else ["Its path is not honoured: it looks everywhere."]
    notes = (
        ["It is of a path alone, which is not honoured: it never fires."] if not source else notes
    )
    regex = compiled(source, where) if source else None
    group = int(entry.get("secretGroup") or 0)
    if regex is not None and group > regex.groups:
        raise UsageError("secretGroup is a group that the regex does not have", where, "correct it")
    return GitleaksRule(
        name,
        str(entry.get("description") or name),
        source,
        regex,
        group,
        float(entry.get("entropy") or 0.0),
        tuple(str(word).lower() for word in entry.get("keywords") or ()),
        tuple(str(tag) for tag in entry.get("tags") or ()),
        tuple(_lists(entry, path, name)),
        tuple(notes),
    )


def _lists(entry: Mapping[str, Any], path: Path, owner: str) -> Iterator[AllowList]:
    given = [*(entry.get("allowlists") or ())]
    given += [entry["allowlist"]] if entry.get("allowlist") else []
    for number, one in enumerate(given, 1):
        where = f"{path}, allow-list {number} of {owner}"
        target = str(one.get("regexTarget") or "secret")
        if target not in ("secret", "match", "line"):
            raise UsageError("regexTarget is unknown", where, "use secret, match or line")
        condition = str(one.get("condition") or "OR").upper()
        yield AllowList(
            f"gitleaks allow-list {number} of {owner}",
            tuple(compiled(str(text), where) for text in one.get("regexes") or ()),
            target,
            tuple(str(word).lower() for word in one.get("stopwords") or ()),
            tuple(str(text) for text in one.get("paths") or () if compiled(str(text), where)),
            condition in ("AND", "&&"),
            tuple(str(name) for name in one.get("targetRules") or ()),
        )


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
