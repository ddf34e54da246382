"""Personas: one dial for how much of what was found a report for people shows.

The dial never touches the verdict: that is decided on everything.  Outputs that are kept and
read by programs (a format with `whole = True`) always hold everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from scanner.model import Confidence, Incident, Outcome, PolicyReason, Report, Severity
from scanner.pile import Lazy

PERSONAS = ("gate", "review", "hunt")
_SHOWN = {
    "gate": "what blocks, and what is of medium severity and confidence or above",
    "review": "what is of medium confidence or above, or of high severity",
}


def shown(report: Report, persona: str) -> Report:
    """The report as that persona sees it, with a sentence on how many incidents it leaves out."""
    if persona not in _SHOWN:
        return report
    keep = _keeper(report, persona)
    kept = _chosen(report.incidents, keep)
    left = len(report.incidents) - len(kept)
    if not left:
        return report
    text = (
        f"{left} incidents are not shown to the persona {persona}, which sees {_SHOWN[persona]}; "
        "they count all the same; --persona hunt shows them"
    )
    reason = PolicyReason(f"persona: {persona}", Outcome.PASS, text, left)
    verdict = replace(report.verdict, reasons=(*report.verdict.reasons, reason))
    return replace(report, verdict=verdict, incidents=kept)


def _keeper(report: Report, persona: str) -> Callable[[Incident], bool]:
    named = {
        i for r in report.verdict.reasons if r.outcome is Outcome.BLOCK for i in r.incident_ids
    }

    def gate(incident: Incident) -> bool:
        sure = incident.confidence.at_least(Confidence.MEDIUM)
        return incident.id in named or (sure and incident.severity.at_least(Severity.MEDIUM))

    def review(incident: Incident) -> bool:
        sure = incident.confidence.at_least(Confidence.MEDIUM)
        return incident.id in named or sure or incident.severity.at_least(Severity.HIGH)

    return gate if persona == "gate" else review


def _chosen(incidents: Sequence[Incident], keep: Callable[[Incident], bool]) -> Sequence[Incident]:
    if isinstance(incidents, tuple):
        return tuple(filter(keep, incidents))
    return _Chosen(incidents, keep)


class _Chosen(Lazy[Incident]):
    """Those of many incidents that are shown, in their order."""

    def __init__(self, all_: Sequence[Incident], keep: Callable[[Incident], bool]) -> None:
        self._all, self._keep = all_, keep
        self._size = sum(map(keep, all_))

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Incident]:
        return filter(self._keep, self._all)
