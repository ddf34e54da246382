"""The text for a terminal, and the Markdown for CI."""

from __future__ import annotations

import io
import re

import pytest
import report_factory as factory

from reports.formats import console, markdown
from scanner.model import Outcome, Report


class Screen(io.TextIOWrapper):
    """A stream in memory that says it is a terminal."""

    def __init__(self, encoding: str = "utf-8", terminal: bool = True) -> None:
        self.terminal = terminal
        super().__init__(io.BytesIO(), encoding=encoding, newline="")

    def isatty(self) -> bool:
        return self.terminal

    def text(self) -> str:
        self.flush()
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue().decode(self.encoding)


def shown(report: Report, environ: dict[str, str], screen: Screen) -> str:
    console.show(report, screen, environ)
    return screen.text()


def test_verdict_first_then_reasons_incidents_unread_and_steps() -> None:
    text = console.render(factory.blocked())
    order = [
        "BLOCK  This data must not go out.",
        "BLOCK: No credential of severity critical",
        "INCOMPLETE: Every input must be read whole",
        "7 incidents: 2 critical, 3 high, 1 medium, 1 low",
        "critical  AWS access key  AKIA",
        "could read  all staff (1,204 people)",
        "did read    7 people (61 reads), 2 without a known grant",
        "unknown: no log covers 1 to 5 Oct 2026",
        "GitHub token",
        "[in the baseline]",
        "the member is encrypted",
        "1. AWS access key: Deactivate the access key",
        "exit code 1",
    ]
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_wrapped_to_the_terminal_it_stands_on() -> None:
    import os
    import pty
    import termios

    far, near = pty.openpty()
    termios.tcsetwinsize(near, (24, 72))
    with os.fdopen(near, "w", encoding="utf-8") as screen, os.fdopen(far, "rb"):
        assert console._columns(screen, {}) == 72
        assert console._columns(screen, {"COLUMNS": "64"}) == 64
    assert console._columns(Screen(), {}) == console.WIDTH, "no device behind it"
    lines = shown(factory.blocked(), {"COLUMNS": "64", "NO_COLOR": "1"}, Screen()).splitlines()
    assert max(map(len, lines)) <= 64


def test_colour_only_on_a_terminal_that_wants_it() -> None:
    report = factory.blocked()
    assert "\x1b[" in shown(report, {}, Screen())
    assert "\x1b[" not in shown(report, {"NO_COLOR": "1"}, Screen())
    assert "\x1b[" not in shown(report, {"TERM": "dumb"}, Screen())
    assert "\x1b[" not in shown(report, {}, Screen(terminal=False))
    assert re.sub(r"\x1b\[[\d;]*m", "", shown(report, {}, Screen())) == console.render(report)


def test_the_environment_of_the_process_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = console.render(factory.blocked())
    for name, value in {"COLUMNS": "41", "FORCE_COLOR": "1", "TERM": "xterm-kitty"}.items():
        monkeypatch.setenv(name, value)
    assert console.render(factory.blocked()) == before


@pytest.mark.parametrize("width", [40, 60, 100, 200])
def test_lines_keep_to_the_width(width: int) -> None:
    for report in (factory.blocked(), factory.hostile()):
        assert max(map(len, console.render(report, width=width).splitlines())) <= width


def test_data_cannot_command_the_terminal() -> None:
    text = console.render(factory.hostile())
    assert "\u2039ESC\u203a[31m" in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]", text)
    coloured = console.render(factory.hostile(), colour=True)
    assert set(re.findall("\x1b[^m]*m", coloured)) <= set(
        re.findall("\x1b[^m]*m", console.render(factory.blocked(), colour=True))
    )


def test_a_poor_encoding_is_no_crash() -> None:
    assert "AKIA\\u2022" in shown(factory.blocked(), {}, Screen("ascii", terminal=False))


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (factory.empty(), "PASS  Nothing in this data breaks the policy."),
        (factory.empty(), "no incident"),
        (factory.empty(Outcome.INCOMPLETE, 3), "so this is not a pass"),
        (factory.empty(Outcome.INCOMPLETE, 3), "no input was given"),
        (factory.large(100), "and 90 more incidents"),
    ],
)
def test_other_verdicts(report: Report, words: str) -> None:
    assert words in console.render(report)


def test_markdown_keeps_its_table_whatever_the_data_holds() -> None:
    out = io.BytesIO()
    markdown.plugin.write(factory.hostile(), out)
    text = out.getvalue().decode()
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + len(factory.HOSTILE)
    for row in rows:
        outside = re.sub(r"`[^`]*`", "", row).replace("\\|", "")
        assert outside.count("|") == 6
        assert not re.search(r"(?<!\\)[<\[]", outside)
