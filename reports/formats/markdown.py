"""A short summary in Markdown, for the step summary or the comment of a CI system."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from reports import facts, text, unread
from scanner.model import Incident, Outcome, Report

SHOWN_INCIDENTS = 50
SHOWN_STEPS = 10
SHOWN_STORIES = 10
_SIGNS = {Outcome.BLOCK: "⛔", Outcome.INCOMPLETE: "⚠️", Outcome.PASS: "✅"}


class MarkdownFormat:
    description = "short summary in Markdown for CI step summaries and comments"

    def write(self, report: Report, out: BinaryIO) -> None:
        out.write("".join(f"{line}\n" for line in _lines(report)).encode("utf-8"))


def _lines(report: Report) -> Iterator[str]:
    outcome = report.verdict.outcome
    yield f"## {_SIGNS[outcome]} leakgate: {outcome}"
    yield ""
    yield f"{facts.headline(report)} {_plain(unread.inputs_line(report)).capitalize()}."
    yield ""
    if report.subjects:
        yield from (f"The findings concern {facts.concerns(report.subjects)}.", "")
    for reason in facts.decided(report):
        yield f"- **{reason.outcome}** {_plain(reason.text)} ({_code(reason.rule)})"
    yield from (f"- Note: {_plain(note.text)}" for note in facts.notes(report))
    yield from _table(report)
    yield from _stories(report)
    steps, _ = facts.first_steps(report, SHOWN_STEPS)
    if steps:
        yield from ("", "### Next steps", "")
        for step in steps:
            yield f"1. {f'**{_plain(step.about)}**: ' if step.about else ''}{_plain(step.text)}"
    yield ""
    yield f"Exit code {report.verdict.exit_code}, run {_code(report.run.id)}"


def _table(report: Report) -> Iterator[str]:
    incidents = facts.worst_first(report)
    yield ""
    if not incidents:
        yield "No incident."
        return
    yield "| Severity | What | Where | Could read | Did read |"
    yield "| --- | --- | --- | --- | --- |"
    for incident in incidents[:SHOWN_INCIDENTS]:
        yield _row(incident, facts.acceptance(report, incident))
    left = len(incidents) - SHOWN_INCIDENTS
    if left > 0:
        yield from ("", f"{text.count(left, 'more incident')} in the other outputs of this run.")


def _stories(report: Report) -> Iterator[str]:
    """Exposure, outsiders, copies and credentials of the worst incidents."""
    told = [(i, facts.story(i)) for i in facts.worst_first(report)[:SHOWN_STORIES]]
    told = [(incident, parts) for incident, parts in told if parts]
    if told:
        yield from ("", "### Exposure", "")
    for incident, parts in told:
        yield f"- **{_plain(incident.title)}**: {_plain('; '.join(parts))}."


def _row(incident: Incident, accepted: str) -> str:
    known = f" ({_plain(accepted)})" if accepted else ""
    preview = f" {_code(incident.preview)}" if incident.preview else ""
    cells = (
        incident.severity + known,
        f"{_plain(incident.title)} ({_plain(incident.category)}){preview}",
        _code(facts.where(incident)) + _concerns(incident),
        _plain(facts.could_read(incident.could_read)),
        _plain(facts.did_read(incident.did_read)),
    )
    return f"| {' | '.join(cells)} |"


def _concerns(incident: Incident) -> str:
    return f" about {facts.people(incident.subjects)}" if incident.subjects else ""


def _plain(words: str) -> str:
    """Text in which nothing is markup, a link, an address or a mention."""
    shown = text.visible(text.prose(words)).replace("&", "&amp;").replace("<", "&lt;")
    shown = shown.replace("@", "&#64;").replace("://", "&#58;//").replace("www.", "www&#46;")
    return re.sub(r"([\\`*_{}\[\]()#+!|~>])", r"\\\1", shown.replace("&#", "\0")).replace(
        "\0", "&#"
    )


def _code(words: str) -> str:
    """A code span; back-ticks and table bars in it are shown by look-alikes."""
    shown = text.visible(text.prose(words)).replace("`", "\u02cb").replace("|", "\u00a6")
    return f"`{shown or ' '}`"


plugin = MarkdownFormat()
