"""Credentials of known providers: the rules of `rules/credentials/`."""

from __future__ import annotations

from scanner.detectors import Detector, DetectorContext
from scanner.rulepacks.detector import build_pack, check_options


class _Credentials:
    def build(self, context: DetectorContext) -> Detector:
        """Option `disabled`: ids of rules to leave out."""
        check_options(context.options, ("disabled",), "credentials")
        return build_pack("credentials", context)


plugin = _Credentials()
