"""detect-secrets' plug-in classes, the user's own included, behind our matcher.

Their expressions become anchors; confirmation runs on candidates only, on the decoded value,
and takes the span from our own match.  In-band pragmas are never obeyed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from scanner.detectors import Detector, DetectorContext, Drop, Match, Pattern, Value
from scanner.model import Confidence, Rule, Severity
from scanner.rulepacks.detector import check_options
from scanner.rulepacks.filters import Candidate, placeholder_credential, templated

_PRIORITY = -10  # where a rule of our own pack finds the same secret, that one stays
_TOKEN = re.compile(r"[A-Za-z0-9_=+/.:-]+")
_WORD = re.compile(r"[A-Za-z0-9]")
_HEADER = re.compile(r"-*BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-*")
_BODY = re.compile(r"[A-Za-z0-9+/]{40}")
_WEAK = ("KeywordDetector", "Base64HighEntropyString", "HexHighEntropyString", "IPPublicDetector")


class _Plugins:
    """The probes of the chosen plug-ins; a pattern's key is the plug-in's rule id."""

    def __init__(
        self, plugins: Iterable[Any], accepted: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        from scanner.detectors._ds_probes import probe_of

        self._accepted = accepted or {}
        chosen: dict[str, Any] = {}
        for plugin in plugins:
            chosen[_rule_id(plugin, chosen)] = plugin
        self._probes = {rule_id: probe_of(plugin) for rule_id, plugin in chosen.items()}
        self._rules = {rule_id: _rule(rule_id, plugin) for rule_id, plugin in chosen.items()}

    @property
    def places(self) -> tuple[str, ...]:
        """The files of accepted results."""
        return tuple(sorted({file for files in self._accepted.values() for file in files}))

    def rules(self) -> Sequence[Rule]:
        return list(self._rules.values())

    def patterns(self) -> Sequence[Pattern]:
        return [probe.anchors().pattern(key) for key, probe in self._probes.items()]

    def confirm(self, value: Value, key: str, hits: Sequence[int]) -> Iterator[Match | Drop]:
        """Every secret that the plug-in finds in the value, wherever the anchors were."""
        del hits
        rule = self._rules[key]
        for start, end in sorted(set(self._probes[key].spans(value.text))):
            if _inside_word(value.text, start, end):
                yield Drop(key, "inside-a-word", start, end)
            else:
                secret = value.text[start:end]
                yield replace(_match(rule, secret, start, end), allowed=self._files(secret))

    def _files(self, secret: str) -> tuple[str, ...]:
        """Where a baseline accepts the secret: the hash is made here and goes nowhere."""
        if not self._accepted:
            return ()
        made = hashlib.sha1(secret.encode(), usedforsecurity=False).hexdigest()
        return self._accepted.get(made, ())


def _inside_word(text: str, start: int, end: int) -> bool:
    """A token that goes on to the left or right: its expressions have no bounds of their own."""
    if not _TOKEN.fullmatch(text, start, end):
        return False
    before, after = text[start - 1 : start], text[end : end + 1]
    return bool(_WORD.match(before) or _WORD.match(after))


def _doubts(secret: str) -> str:
    candidate = Candidate(secret)
    if _HEADER.match(secret) and not _BODY.search(secret):
        return "the header of a key alone"
    doubtful = _TOKEN.fullmatch(secret) and placeholder_credential(candidate)
    return "placeholder" if doubtful or templated(candidate) else ""


def _match(rule: Rule, secret: str, start: int, end: int) -> Match:
    doubts = _doubts(secret)
    return Match(
        rule,
        start,
        end,
        secret,
        family="secret",
        normal=secret,
        confidence=Confidence.LOW if doubts else rule.confidence,
        severity=rule.severity,
        evidence=(rule.name, doubts) if doubts else (rule.name,),
        priority=_PRIORITY,
    )


def _rule_id(plugin: Any, taken: Iterable[str]) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", plugin.secret_type.lower()).strip("-")
    rule_id = f"detect-secrets-{words}"
    return rule_id if rule_id not in taken else f"{rule_id}-{type(plugin).__name__.lower()}"


def _rule(rule_id: str, plugin: Any) -> Rule:
    name = type(plugin).__name__
    weak = name in _WEAK
    return Rule(
        rule_id,
        f"{plugin.secret_type} (detect-secrets {name})",
        "credential",
        Severity.MEDIUM if weak else Severity.HIGH,
        Confidence.LOW if weak else Confidence.MEDIUM,
        description=" ".join((type(plugin).__doc__ or "").split()),
        remediation="Revoke it at its issuer, issue a new one, and remove it from the data.",
        tags=("CWE-798",),
        detector="detect_secrets",
    )


class _Factory:
    canaries = {"detect-secrets-github-token": "token <<github:ghp_>>"}  # noqa: RUF012

    def build(self, context: DetectorContext) -> Detector:
        """Options.

        `plugins`: class names, or `{name: ..., <argument>: ...}`, or "all"; the precise
        ones of `_ds_plugins.PRECISE` when left out.  `custom`: third-party plug-ins, as
        `module:Class` or the path of a Python file.  `baseline`: a `.secrets.baseline`, whose
        plug-ins run with their settings when `plugins` is left out, custom ones by `path` too;
        its results are accepted in their files, for the rules of this detector.
        """
        from scanner.detectors import _ds_baseline, _ds_plugins

        check_options(context.options, ("plugins", "custom", "baseline"), "detect_secrets")
        options, name = dict(context.options), context.options.get("baseline")
        if name is None:
            return _Plugins(_ds_plugins.chosen(options, context.folder))
        known = _ds_baseline.read(Path(context.folder, str(name)))
        options.setdefault("plugins", known.plugins)
        options["custom"] = [*options.get("custom", ()), *known.custom]
        return _Plugins(_ds_plugins.chosen(options, context.folder), known.accepted)

    def depends_on(self, context: DetectorContext) -> Sequence[Path] | None:
        """No files; but code of somebody else may change whenever it likes."""
        return None if {"custom", "baseline"} & set(context.options) else ()


plugin = _Factory()
