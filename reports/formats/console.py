"""The verdict and the worst incidents as text for a terminal.

The format itself writes plain text; `show` adds colour where the stream is a terminal.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import BinaryIO, TextIO

from reports import facts, text, unread
from scanner.model import Incident, Outcome, Report, Severity

SHOWN_INCIDENTS = 10
SHOWN_STEPS = 6
SHOWN_PROBLEMS = 5
WIDTH = 100

Line = tuple[str, str, tuple[int, int]]  # text, style, indent of its first and further lines

_BLANK: Line = ("", "", (0, 0))
_TITLE, _ITEM, _FACT = (0, 2), (2, 4), (2, 14)

_COLOURS = {
    Outcome.BLOCK: "bold red",
    Outcome.INCOMPLETE: "bold yellow",
    Outcome.PASS: "bold green",
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "blue",
    Severity.INFO: "",
}


class ConsoleFormat:
    description = "verdict, worst incidents and next steps as text for a terminal"

    def write(self, report: Report, out: BinaryIO) -> None:
        out.write(render(report).encode("utf-8"))


def show(report: Report, stream: TextIO, environ: Mapping[str, str], width: int = 0) -> None:
    """Write to a stream, in colour if it is a terminal and NO_COLOR is not set.

    Wrapped to `width` columns; 0 asks the terminal, and takes no more than `WIDTH`.

    Characters that the stream's encoding lacks are written as escapes.
    """
    plain = environ.get("NO_COLOR") or environ.get("TERM") == "dumb" or not stream.isatty()
    words = render(report, colour=not plain, width=width or _columns(stream, environ))
    encoding = stream.encoding or "utf-8"
    stream.write(words.encode(encoding, "backslashreplace").decode(encoding))


def _columns(stream: TextIO, environ: Mapping[str, str]) -> int:
    """As wide as the terminal says, COLUMNS before the device: never wrapped a second time."""
    stated = environ.get("COLUMNS", "")
    if stated.isdecimal() and int(stated):
        return min(int(stated), WIDTH)
    with suppress(OSError, ValueError):  # no device behind the stream
        if stream.isatty():
            return min(os.get_terminal_size(stream.fileno()).columns or WIDTH, WIDTH)
    return WIDTH


def render(report: Report, *, colour: bool = False, width: int = WIDTH) -> str:
    """The text, wrapped to `width` columns.  Data in it cannot command the terminal."""
    from rich.console import Console
    from rich.text import Text

    console = Console(
        file=io.StringIO(),
        width=max(width, 40),
        force_terminal=colour,
        color_system="standard" if colour else None,
        force_jupyter=False,
        highlight=False,
        legacy_windows=False,
        _environ={},
    )
    with console.capture() as written:
        for words, style, indent in _lines(report):
            shown = Text(text.visible(words), style=style if colour else "")
            first, rest = indent
            wrapped = shown.wrap(console, console.width - rest) if words else [shown]
            for n, line in enumerate(wrapped):
                console.print(" " * (rest if n else first), line, sep="", soft_wrap=True)
    return "".join(line.rstrip() + "\n" for line in written.get().splitlines())


def _lines(report: Report) -> Iterator[Line]:
    outcome = report.verdict.outcome
    yield f"{outcome}  {facts.headline(report)}", _COLOURS[outcome], _TITLE
    for reason in facts.decided(report):
        yield f"{reason.outcome}: {text.prose(reason.text)} ({reason.rule})", "", _ITEM
    for note in facts.notes(report):
        yield f"note: {text.prose(note.text)}", "yellow", _ITEM
    yield from _figures(report)
    yield from _incidents(report)
    yield from _unread(report)
    yield from _steps(report)
    yield _BLANK
    yield f"exit code {report.verdict.exit_code}, run {report.run.id}", "dim", _TITLE


def _figures(report: Report) -> Iterator[Line]:
    found = [f"{number} {severity}" for severity, number in facts.by_severity(report) if number]
    total = text.count(len(report.incidents), "incident")
    yield _BLANK
    yield f"{total}: {', '.join(found)}" if found else "no incident", "bold", _TITLE
    yield unread.inputs_line(report), "", _TITLE
    if report.subjects:
        yield f"the findings concern {facts.concerns(report.subjects)}", "", _TITLE


def _incidents(report: Report) -> Iterator[Line]:
    incidents, stop = facts.worst_first(report), facts.blocking(report)
    for incident in incidents[:SHOWN_INCIDENTS]:
        standing = facts.standing(report, incident, incident.id in stop)
        yield from _incident(incident, standing)
    left = len(incidents) - SHOWN_INCIDENTS
    if left > 0:
        yield _BLANK
        yield f"and {text.count(left, 'more incident')}; write -o html=FILE to see them", "", _TITLE


def _incident(incident: Incident, standing: str) -> Iterator[Line]:
    preview = f"  {incident.preview}" if incident.preview else ""
    title = f"{text.prose(incident.title)}{preview}{f'  [{standing}]' if standing else ''}"
    yield _BLANK
    yield f"{incident.severity}  {title}", _COLOURS[incident.severity], _TITLE
    yield f"where       {facts.where(incident)}", "", _FACT
    if incident.subjects:
        yield f"concerns    {facts.concerns(incident.subjects)}", "", _FACT
    yield f"could read  {facts.could_read(incident.could_read)}", "", _FACT
    timing = facts.read_in_time(incident)
    did = facts.did_read(incident.did_read)
    yield f"did read    {did}{f'. {timing}' if timing else ''}", "", _FACT
    yield f"rule        {', '.join(incident.rule_ids)}  {incident.id}", "dim", _FACT


def _unread(report: Report) -> Iterator[Line]:
    problems = unread.lines(report)
    if not problems:
        return
    yield _BLANK
    whole = "notes on how it was read", "not read whole, or with problems"
    yield whole[unread.troubled(report)], "bold", _TITLE
    for line in problems[:SHOWN_PROBLEMS]:
        yield f"- {line}", "", _ITEM
    left = len(problems) - SHOWN_PROBLEMS
    if left > 0:
        yield f"- and {text.count(left, 'more problem')} in the JSON report", "", _ITEM


def _steps(report: Report) -> Iterator[Line]:
    steps, more = facts.first_steps(report, SHOWN_STEPS)
    if not steps:
        return
    yield _BLANK
    yield "next steps", "bold", _TITLE
    for number, step in enumerate(steps, 1):
        yield f"{number}. {step.line}", "", _ITEM
    if more:
        yield f"and {text.count(more, 'more step')}", "", _ITEM


plugin = ConsoleFormat()
