"""Progress: never on standard output, quiet when asked, a bar only on a terminal."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys

import pytest

from scanner.cli import _progress

SCRIPT = (
    "from scanner.cli import _progress\n"
    "with _progress.progress(2_000_000) as p:\n"
    "    p.advance(1_000_000, findings=3)\n"
    "    p.advance(1_000_000, findings=7, failed=1)\n"
    "print('output')\n"
)


def test_a_heartbeat_line_tells_share_bytes_and_counts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_progress, "HEARTBEAT_SECONDS", 0.0)
    with _progress.progress(4_000_000) as shown:
        shown.advance(1_000_000, findings=2, failed=1)
    told = capsys.readouterr()
    assert "25 %, 1.0 MB in" in told.err
    assert "2 findings, 1 failed" in told.err
    assert told.out == ""


def test_an_unknown_total_has_no_share(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_progress, "HEARTBEAT_SECONDS", 0.0)
    with _progress.progress(0) as shown:
        shown.advance(5)
    assert "%" not in capsys.readouterr().err


@pytest.mark.parametrize("seconds", [0.0, 10.0])
def test_quiet_says_nothing(
    seconds: float, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_progress, "HEARTBEAT_SECONDS", seconds)
    with _progress.progress(10, quiet=True) as shown:
        shown.advance(10, 1, 1)
    assert capsys.readouterr().err == ""


def _on_a_terminal(env: dict[str, str]) -> tuple[str, str]:
    """Standard output and what the terminal saw."""
    ours, theirs = pty.openpty()
    run = subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stderr=theirs, stdout=subprocess.PIPE, env=os.environ | env
    )
    os.close(theirs)
    seen = io.BytesIO()
    while True:
        try:
            block = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not block:
            break
        seen.write(block)
    os.close(ours)
    out, _ = run.communicate()
    assert run.returncode == 0
    return out.decode(), seen.getvalue().decode()


def test_a_terminal_gets_a_bar_and_standard_output_stays_clean() -> None:
    out, seen = _on_a_terminal({"TERM": "xterm-256color", "COLUMNS": "100"})
    assert out == "output\n"
    assert "7 findings, 1 failed" in seen


def test_no_color_is_respected() -> None:
    _, seen = _on_a_terminal({"TERM": "xterm-256color", "COLUMNS": "100", "NO_COLOR": "1"})
    assert "7 findings" in seen
    assert "\x1b[38" not in seen
    assert "\x1b[3" not in seen


def test_a_dumb_terminal_gets_lines() -> None:
    _, seen = _on_a_terminal({"TERM": "dumb"})
    assert "\x1b" not in seen
