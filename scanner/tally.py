"""What a scan counts besides its findings."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    dropped: Counter[str] = field(default_factory=Counter)  # candidates, by "rule: filter"
    links: set[tuple[str, str]] = field(default_factory=set)  # two pseudonyms of one person
