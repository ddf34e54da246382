"""`leakgate triage` as a person meets it: in a terminal."""

from __future__ import annotations

import io
import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import report_factory as factory

from reports.serial import dump_report
from scanner.model import Incident

NOW = ("--now", "2026-10-15T06:00:00Z")
CTRL_C, CTRL_D = "\x03", "\x04"


def triaged(folder: Path, answers: Sequence[tuple[str, str]], *args: str) -> tuple[int, str]:
    """Exit code and what the screen showed; each answer is typed when its question is there."""
    (folder / "report.json").write_bytes(dump_report(factory.blocked()))
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "scanner.cli", "triage", "report.json", *NOW, *args]
    run = subprocess.Popen(
        command, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        preexec_fn=_own_terminal,  # noqa: PLW1509 - no thread runs here
        env=os.environ | {"NO_COLOR": "1"},
    )  # fmt: skip
    os.close(theirs)
    screen, waiting, at, last = io.StringIO(), list(answers), 0, ""
    while block := _read(ours, run, last):
        screen.write(block)
        seen = screen.getvalue()
        if waiting and waiting[0][0] in seen[at:]:
            at = len(seen)
            last = waiting.pop(0)[1]
            os.write(ours, last.encode())
    os.close(ours)
    assert not waiting, screen.getvalue()
    return run.wait(), screen.getvalue().replace("\r", "")


def _own_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _read(screen: int, run: subprocess.Popen[bytes], last: str = "") -> str:
    """What the screen shows next.  A key that came before the program listened is pressed again."""
    for _ in range(12):
        if select.select([screen], [], [], 10)[0]:
            break
        if last in (CTRL_C, CTRL_D):
            os.write(screen, last.encode())
    else:
        run.kill()
    try:
        return os.read(screen, 4096).decode("utf-8", "replace")
    except OSError:  # the other end is closed
        return ""


def kept(folder: Path) -> list[dict[str, str]]:
    rows = (folder / "exceptions.jsonl").read_text().splitlines()
    return [json.loads(row) for row in rows[1:]]


def test_each_kind_of_answer_and_a_mistake(tmp_path: Path) -> None:
    worst, *rest = sorted(factory.blocked().incidents, key=Incident.badness)
    ask = "[q]uit:"
    answers = [
        (ask, "x\n"), (ask, "t\n"),  # the first is a slip, and the question comes again
        (ask, "a\n"), ("reason:", " \n"), ("reason:", "rotates on Friday\n"),
        ("owner:", "ana\n"), ("until", "2027-10-01\n"), ("until", "\n"),  # too far, asked again
        (ask, "s\n"), (ask, "q\n"),
    ]  # fmt: skip
    code, screen = triaged(tmp_path, answers)
    assert code == 0
    assert f"{worst.severity}  {worst.title}" in screen
    assert "1 of " in screen and "could read" in screen and "confidence" in screen
    assert "this exception would accept nothing" in screen
    assert "1 exception written" in screen
    (row,) = kept(tmp_path)
    assert (row["owner"], row["reason"], row["decision"]) == ("ana", "rotates on Friday", "accept")
    assert row["fingerprint"] in {i.identity for i in rest}


def test_an_interrupt_keeps_what_was_decided(tmp_path: Path) -> None:
    ask = "[q]uit:"
    for end in (CTRL_C, CTRL_D):
        given = ("--reason", "not ours", "--owner", "ana", "--until", "2026-10-20")
        code, screen = triaged(tmp_path, [(ask, "f\n"), (ask, end)], *given)
        assert (code, "what was decided before is kept" in screen) == (0, True), screen
        (row,) = kept(tmp_path)
        assert row["decision"] == "false_positive"
        (tmp_path / "exceptions.jsonl").unlink()


def test_hostile_titles_act_on_no_terminal(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_bytes(dump_report(factory.hostile()))
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "scanner.cli", "triage", "report.json", *NOW]
    run = subprocess.Popen(command, cwd=tmp_path, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen = ""
    while block := _read(ours, run):
        seen += block
        if "[q]uit:" in block:
            os.write(ours, b"q\n" if seen.count("[q]uit:") > 3 else b"s\n")
    os.close(ours)
    run.wait()
    assert "[q]uit:" in seen
    assert not {"\x1b", "\u202e", "\u2066", "\x07", "\x9b"} & set(seen)
