"""Personal data with a fixed form: the rules of `rules/pii/`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from scanner.detectors import Detector, DetectorContext
from scanner.errors import UsageError
from scanner.rulepacks.detector import PackDetector, build_pack, check_options
from scanner.rulepacks.load import files
from scanner.rulepacks.proofs import PROOFS, Proof
from scanner.rulepacks.proofs_phone import PHONE_REGIONS, phone_grouped, phone_national


class _Pii:
    canaries = {"email-address": "mail <<lower:9>>.<<lower:7>>@<<lower:12>>.com"}  # noqa: RUF012

    def build(self, context: DetectorContext) -> Detector:
        """Options: `disabled`, ids of rules to leave out; `enabled`, ids of optional rules to
        take in (`web-address`); `phone_regions`, the countries
        (ISO 3166, two letters) whose national phone numbers count."""
        check_options(context.options, ("disabled", "enabled", "phone_regions"), "pii")
        return build_pack("pii", context, _proofs(context))

    def load(self, context: DetectorContext, dumped: bytes) -> Detector:
        """The detector that was built before, without reading a file again."""
        return PackDetector.load(dumped, _proofs(context))

    def depends_on(self, context: DetectorContext) -> Sequence[Path]:
        """The rule files of the pack."""
        return files("pii", context.rules_dirs)


def _proofs(context: DetectorContext) -> Mapping[str, Proof]:
    regions = _regions(context.options.get("phone_regions", PHONE_REGIONS))
    asked = {"phone-national": phone_national, "phone-grouped": phone_grouped}
    return PROOFS | {name: partial(check, regions=regions) for name, check in asked.items()}


def _regions(given: object) -> Sequence[str]:
    listed = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else []
    names = [n for n in listed if isinstance(n, str) and len(n) == 2 and n.isupper()]
    if not names or len(names) != len(listed):
        hint = "phone_regions: [US, GB, DE]"
        raise UsageError("`phone_regions` must be a list of two-letter countries", hint=hint)
    return names


plugin = _Pii()
