"""The user's own gitleaks rules, behind our matcher: option `files` names `gitleaks.toml` files."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from math import log2
from pathlib import Path
from typing import Any

from scanner.detectors import Detector, DetectorContext, Drop, Match, Pattern, Value
from scanner.detectors._gitleaks_file import AllowList, GitleaksRule, read
from scanner.errors import UsageError
from scanner.model import Confidence, Rule, Severity
from scanner.rulepacks.detector import check_options

_PRIORITY = -10  # where a rule of our own pack finds the same secret, that one stays
_TIED = re.compile(r"\\[Az]")  # to the edges of a value, which anchors must not be


class _Rules:
    def __init__(self, rules: Sequence[GitleaksRule]) -> None:
        self._by_id = {rule.id: rule for rule in rules}
        self._rules = {rule.id: _rule(rule) for rule in rules}

    @property
    def places(self) -> tuple[str, ...]:
        """The paths of all allow-lists, as `scanner.allowed` takes them."""
        lists = (one for rule in self._by_id.values() for one in rule.allow)
        return tuple(sorted({f"re:{path}" for one in lists for path in one.paths}))

    def rules(self) -> Sequence[Rule]:
        return list(self._rules.values())

    def patterns(self) -> Sequence[Pattern]:
        return [_pattern(rule) for rule in self._by_id.values() if rule.regex is not None]

    def confirm(self, value: Value, key: str, hits: Sequence[int]) -> Iterator[Match | Drop]:
        """What the rule's expression finds, less what its allow-lists let through."""
        del hits
        rule = self._by_id[key]
        if not _said(rule, value):
            return
        for match in rule.regex.finditer(value.text):
            group = rule.group or next((i for i in range(1, rule.regex.groups + 1) if match[i]), 0)
            start, end = match.span(group)
            if start < end:
                yield self._judged(rule, value.text, match, (start, end))

    def _judged(
        self, rule: GitleaksRule, text: str, match: Any, span: tuple[int, int]
    ) -> Match | Drop:
        shown, secret = self._rules[rule.id], text[span[0] : span[1]]
        if rule.entropy and entropy(secret) <= rule.entropy:
            return Drop(shown.id, "gitleaks entropy", *span)
        places: list[str] = []
        for one in rule.allow:
            said = _verdicts(one, text, match, secret)
            if one.every and one.paths:
                places += [f"re:{path}" for path in one.paths] if all(said) else []
            elif said and (all(said) if one.every else any(said)):
                return Drop(shown.id, one.name, *span)
            else:
                places += [f"re:{path}" for path in one.paths]
        return Match(
            shown,
            *span,
            secret,
            family="secret",
            normal=secret,
            confidence=shown.confidence,
            severity=shown.severity,
            evidence=("gitleaks rule",),
            priority=_PRIORITY,
            allowed=tuple(places),
        )


def _verdicts(one: AllowList, text: str, match: Any, secret: str) -> list[bool]:
    """What each kind that the list gives says of a match; paths are judged where it stands."""
    line = text[text.rfind("\n", 0, match.start()) + 1 :].split("\n", 1)[0]
    target = {"secret": secret, "match": match[0], "line": line}[one.target]
    said = [any(regex.search(target) for regex in one.regexes)] if one.regexes else []
    words = any(word in secret.lower() for word in one.stopwords)
    return [*said, words] if one.stopwords else said


def entropy(text: str) -> float:
    """Shannon entropy in bits a character, as gitleaks reckons it."""
    size = len(text)
    return -sum(n / size * log2(n / size) for n in Counter(text).values())


def _said(rule: GitleaksRule, value: Value) -> bool:
    """One of the keywords stands in the value, or in the name it goes by."""
    low = f"{value.label}\n{value.text}".lower()
    return not rule.keywords or any(word in low for word in rule.keywords)


def _pattern(rule: GitleaksRule) -> Pattern:
    if rule.keywords and all(len(word) > 2 and word.isascii() for word in rule.keywords):
        words = tuple(re.escape(word) for word in rule.keywords)
        return Pattern(rule.id, words, label_anchors=words, caseless=True)
    if _TIED.search(rule.source):
        return Pattern(rule.id, always=True)
    return Pattern(rule.id, (rule.source,))


def _digest(rule: GitleaksRule) -> str:
    """Tells one version of a rule from another: results of an earlier one must not be used again,
    in whichever file the change was made."""
    lists = [
        (a.target, a.stopwords, a.paths, a.every, [r.pattern for r in a.regexes])
        for a in rule.allow
    ]
    facts = (rule.source, rule.group, rule.entropy, rule.keywords, lists)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:12]


def _rule(rule: GitleaksRule) -> Rule:
    slug = re.sub(r"[^a-z0-9]+", "-", rule.id.lower()).strip("-")
    return Rule(
        f"gitleaks-{slug}",
        f"{rule.description} (gitleaks)",
        "credential",
        Severity.HIGH,
        Confidence.MEDIUM,
        description=" ".join(("A rule of the user's gitleaks file.", *rule.notes)),
        remediation="Revoke it at its issuer, issue a new one, and remove it from the data.",
        tags=("CWE-798", *rule.tags, f"definition:{_digest(rule)}"),
        detector="gitleaks",
    )


class _Factory:
    def build(self, context: DetectorContext) -> Detector:
        """Option `files`: gitleaks.toml files.  Raises UsageError on what is wrong in one."""
        check_options(context.options, ("files",), "gitleaks")
        given = context.options.get("files", [])
        if isinstance(given, str) or not isinstance(given, (list, tuple)):
            raise UsageError("`files` must be a list", "option files", "files: [gitleaks.toml]")
        rules: dict[str, GitleaksRule] = {}
        for name in given:
            rules |= read(Path(context.folder, str(name)))
        return _Rules(list(rules.values()))


plugin = _Factory()
