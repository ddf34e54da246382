"""What a scan counts besides its findings."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    dropped: Counter[str] = field(default_factory=Counter)  # candidates, by "rule: filter"
    # Candidates that the check of a rule refused, and which were a whole value: by the shown
    # name of its field, and rule.
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    counting: bool = True  # False: those of this batch were counted when it was looked at
    links: set[tuple[str, str]] = field(default_factory=set)  # two pseudonyms of one person

    def drop(self, rule_id: str, reason: str, count: int = 1) -> None:
        """Count candidates of a rule (or other stage) that leave for a named reason."""
        self.dropped[f"{rule_id}: {reason}"] += count
