"""detect-secrets' plug-in classes, the user's own included, behind our matcher.

Their expressions become anchors; confirmation runs on candidates only, on the decoded value,
and takes the span from our own match.  In-band pragmas are never obeyed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from scanner.detectors import Detector, DetectorContext, Drop, Match, Pattern, Value
from scanner.model import Confidence, Rule, Severity
from scanner.packdetector import check_options

_PRIORITY = -10  # where a rule of our own pack finds the same secret, that one stays
_WEAK = ("KeywordDetector", "Base64HighEntropyString", "HexHighEntropyString", "IPPublicDetector")


class _Plugins:
    """The probes of the chosen plug-ins; a pattern's key is the plug-in's rule id."""

    def __init__(self, plugins: Iterable[Any]) -> None:
        from scanner.detectors._ds_probes import probe_of

        chosen: dict[str, Any] = {}
        for plugin in plugins:
            chosen[_rule_id(plugin, chosen)] = plugin
        self._probes = {rule_id: probe_of(plugin) for rule_id, plugin in chosen.items()}
        self._rules = {rule_id: _rule(rule_id, plugin) for rule_id, plugin in chosen.items()}

    def rules(self) -> Sequence[Rule]:
        return list(self._rules.values())

    def patterns(self) -> Sequence[Pattern]:
        return [probe.anchors().pattern(key) for key, probe in self._probes.items()]

    def confirm(self, value: Value, key: str, hits: Sequence[int]) -> Iterator[Match | Drop]:
        """Every secret that the plug-in finds in the value, wherever the anchors were."""
        del hits
        rule = self._rules[key]
        for start, end in sorted(set(self._probes[key].spans(value.text))):
            yield _match(rule, value.text[start:end], start, end)


def _match(rule: Rule, secret: str, start: int, end: int) -> Match:
    return Match(
        rule,
        start,
        end,
        secret,
        family="secret",
        normal=secret,
        confidence=rule.confidence,
        severity=rule.severity,
        evidence=(rule.name,),
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
    def build(self, context: DetectorContext) -> Detector:
        """Options.

        `plugins`: class names, or `{name: ..., <argument>: ...}`, or "all"; the precise
        ones of `_ds_plugins.PRECISE` when left out.  `custom`: third-party plug-ins, as
        `module:Class` or the path of a Python file.
        """
        from scanner.detectors import _ds_plugins

        check_options(context.options, ("plugins", "custom"), "detect_secrets")
        return _Plugins(_ds_plugins.chosen(context.options, context.folder))


plugin = _Factory()
