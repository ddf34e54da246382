"""`leakgate report`: a stored report in every format, and clear refusals."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from reports.serial import dump_report, load_report
from scanner import cli, plugins
from scanner.model import Outcome, Report, RunInfo, Verdict


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    when = datetime(2026, 10, 5, 6, tzinfo=UTC)
    run = RunInfo("r1", "gate", when, "k" * 8, "", "", "default", "")
    path = tmp_path / "old.json"
    path.write_bytes(dump_report(Report(run, Verdict(Outcome.BLOCK, 1))))
    return path


def test_every_format_at_once_and_the_same_bytes_again(stored: Path, tmp_path: Path) -> None:
    made = []
    for turn in ("a", "b"):
        folder = tmp_path / turn
        folder.mkdir()
        specs = [f"-o{name}={folder / name}" for name in plugins.names("formats")]
        assert cli.run(["report", str(stored), *specs]) == 0
        made.append({p.name: p.read_bytes() for p in folder.iterdir()})
    assert made[0] == made[1]
    assert set(made[0]) == set(plugins.names("formats"))
    assert made[0]["json"] == stored.read_bytes()


def test_standard_output_holds_the_report_only(
    stored: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert cli.run(["report", str(stored), "-o", "json=-"]) == 0
    assert load_report(capfdbinary.readouterr().out).run.id == "r1"


def test_without_outputs_the_console_shows_the_verdict(
    stored: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["report", str(stored)]) == 0
    assert "BLOCK" in capfd.readouterr().out


@pytest.mark.parametrize("content", [b"", b"{}", b'{"schema_version": "99.0"}', b"\xff\xfe"])
def test_what_is_no_report_is_refused(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    assert cli.run(["report", str(path)]) == 2
    told = capsys.readouterr().err
    assert "x.json" in told
    assert "next:" in told


def test_a_wrong_output_is_told_before_the_report_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.json").write_text("not a report")
    assert cli.run(["report", str(tmp_path / "x.json"), "-o", "htlm=y"]) == 2
    assert "did you mean 'html'?" in capsys.readouterr().err
