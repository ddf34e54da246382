"""Credentials of known providers: the rules of `rules/credentials/`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scanner.detectors import Detector, DetectorContext
from scanner.rulepacks.detector import PackDetector, build_pack, check_options
from scanner.rulepacks.load import files


class _Credentials:
    canaries = {  # noqa: RUF012 - by rule, a value that it must find
        "github-token": "token <<github:ghp_>>",
        "aws-access-key-id": "AKIA<<base32:16>>",
    }

    def build(self, context: DetectorContext) -> Detector:
        """Option `disabled`: ids of rules to leave out."""
        check_options(context.options, ("disabled",), "credentials")
        return build_pack("credentials", context)

    def load(self, context: DetectorContext, dumped: bytes) -> Detector:  # noqa: ARG002
        """The detector that was built before, without reading a file again."""
        return PackDetector.load(dumped)

    def depends_on(self, context: DetectorContext) -> Sequence[Path]:
        """The rule files of the pack."""
        return files("credentials", context.rules_dirs)


plugin = _Credentials()
