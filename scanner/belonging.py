"""Which incident a finding is part of, as the audit gathers them (`scanner/audit/values.py`).

An incident is a column, or a value.  The findings of a value that belongs to another one (the id
of a key to its secret, what was typed so far to the whole) are part of the incident of that one.
"""

from __future__ import annotations

from collections.abc import Iterable

from scanner.model import Finding


class Belonging:
    """The identities of incidents by finding; reads all findings of a report once."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._whole: dict[str, str] = {}
        for finding in findings:
            if finding.belongs:
                known = self._whole.setdefault(finding.fingerprint, finding.belongs)
                if known != finding.belongs:  # to several: it is an incident of its own
                    self._whole[finding.fingerprint] = ""

    def identity(self, finding: Finding) -> str:
        """What `Incident.identity` is of the incident that it is part of."""
        return finding.column or self._whole.get(finding.fingerprint) or finding.fingerprint
