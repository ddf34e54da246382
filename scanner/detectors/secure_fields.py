"""What was typed into a field that hides it: the whole of it, whatever it looks like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from scanner.detectors import Canary, Detector, DetectorContext, Drop, Match, Pattern, Value
from scanner.keystrokes.secure import is_mask
from scanner.keystrokes.texts import SECURE
from scanner.model import Confidence, Part, Rule, Severity
from scanner.rulepacks.detector import check_options

_RULE = Rule(
    "typed-secure-field",
    "Typed into a field that hides its text",
    "credential",
    Severity.HIGH,
    Confidence.HIGH,
    description="A password field, or a terminal that asked for a password, was recorded key by "
    "key: all that was typed there is taken for a credential.",
    remediation="Remove the rows named, change the password, and stop recording secure fields.",
    tags=("CWE-522", "CWE-532"),
    detector="secure_fields",
)
_LEAST = 2  # characters
_PRIORITY = 5  # the whole field goes before a part of it


class _SecureFields:
    def rules(self) -> Sequence[Rule]:
        return [_RULE]

    def patterns(self) -> Sequence[Pattern]:
        return [Pattern(_RULE.id, label_anchors=(SECURE.replace("\x00", r"^\x00"),))]

    def confirm(self, value: Value, key: str, hits: Sequence[int]) -> Iterator[Match | Drop]:
        """The text without the spaces around it, unless it is only a mask."""
        del key, hits
        if value.part is not Part.TYPED or value.label != SECURE:
            return
        text = value.text
        start = len(text) - len(text.lstrip())
        secret = text.strip()
        if len(secret) < _LEAST or is_mask(secret):
            yield Drop(_RULE.id, "masked", start, start + len(secret))
            return
        yield Match(
            _RULE,
            start,
            start + len(secret),
            secret,
            family="password",
            normal=secret,
            confidence=_RULE.confidence,
            severity=_RULE.severity,
            evidence=("typed in a secure field",),
            priority=_PRIORITY,
        )


class _Factory:
    canaries = {  # noqa: RUF012 - by rule, a value that it must find
        _RULE.id: Canary("<<alnum:12>>", SECURE, Part.TYPED)
    }

    def build(self, context: DetectorContext) -> Detector:
        """No options."""
        check_options(context.options, (), "secure_fields")
        return _SecureFields()

    def depends_on(self, context: DetectorContext) -> Sequence[Path]:  # noqa: ARG002
        """No files."""
        return ()


plugin = _Factory()
