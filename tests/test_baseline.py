"""The baseline file: deterministic, private, easy to merge, and honest about its key."""

from __future__ import annotations

import json
import stat
import string
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from reports.serial import dump_report
from scanner import baseline
from scanner.baseline import Baseline, Entry
from scanner.cli import group
from scanner.errors import UsageError
from scanner.model import Confidence, Incident, Outcome, Report, RunInfo, Severity, Verdict

DAY = date(2026, 10, 5)
FINGERPRINTS = st.text(string.hexdigits.lower(), min_size=64, max_size=64)
ENTRIES = st.builds(Entry, FINGERPRINTS, st.text(min_size=1), st.dates(), st.text(max_size=30))


def _incident(name: str, fingerprint: str = "") -> Incident:
    kind = "value" if fingerprint else "resource"
    return Incident(
        name, kind, "t", "credential", Severity.HIGH, Confidence.HIGH, ("a", "b"), fingerprint
    )


@given(st.lists(ENTRIES, unique_by=lambda e: e.identity))
def test_what_is_written_is_read_back(entries: list[Entry]) -> None:
    import tempfile

    made = Baseline("0123abcd", {e.identity: e for e in entries})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "baseline.jsonl"
        baseline.write(made, path)
        assert baseline.read(path, "0123abcd") == made


def test_bytes_do_not_depend_on_order_and_the_file_is_private(tmp_path: Path) -> None:
    one, two = Entry("a" * 64, "r", DAY), Entry("b" * 64, "r", DAY, "a test key")
    for name, entries in (("x", (one, two)), ("y", (two, one))):
        baseline.write(Baseline("k", {e.identity: e for e in entries}), tmp_path / name)
    assert (tmp_path / "x").read_bytes() == (tmp_path / "y").read_bytes()
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o600
    lines = [json.loads(line) for line in (tmp_path / "x").read_text().splitlines()]
    assert lines == [
        {"leakgate_baseline": 1, "key_id": "k"},
        {"fingerprint": "a" * 64, "rule_id": "r", "added": "2026-10-05"},
        {"fingerprint": "b" * 64, "rule_id": "r", "reason": "a test key", "added": "2026-10-05"},
    ]


def test_lines_of_two_branches_merge_as_text(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    baseline.write(baseline.accept([_incident("i", "a" * 64)], "k", DAY), ours)
    both = [_incident("i", "a" * 64), _incident("j", "b" * 64)]
    baseline.write(baseline.accept(both, "k", DAY), theirs)
    merged = tmp_path / "merged"
    merged.write_text(ours.read_text() + "\n".join(theirs.read_text().splitlines()[1:]) + "\n")
    assert set(baseline.read(merged, "k").entries) == {"a" * 64, "b" * 64}


def test_incidents_are_known_by_fingerprint_and_resources_by_id() -> None:
    known = baseline.accept([_incident("i", "a" * 64), _incident("res-1")], "k", DAY)
    seen = [_incident("other", "a" * 64), _incident("res-1"), _incident("new", "c" * 64)]
    assert [i.in_baseline for i in baseline.mark(seen, known)] == [True, True, False]
    assert [i.in_baseline for i in baseline.mark(seen, None)] == [False, False, False]


def test_old_entries_keep_reason_and_date() -> None:
    old = baseline.accept([_incident("i", "a" * 64), _incident("g", "e" * 64)], "k", DAY, "why")
    new = baseline.accept([_incident("i", "a" * 64), _incident("j", "b" * 64)], "k", date.max)
    merged = baseline.merge(old, new)
    assert merged.entries["a" * 64] == Entry("a" * 64, "a", DAY, "why")
    assert merged.entries["b" * 64].added == date.max
    assert "e" * 64 in merged.entries
    assert set(baseline.merge(old, new, prune=True).entries) == {"a" * 64, "b" * 64}


def test_another_key_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "b.jsonl"
    baseline.write(Baseline("aaaaaaaa"), path)
    with pytest.raises(UsageError) as caught:
        baseline.read(path, "bbbbbbbb")
    assert "aaaaaaaa" in caught.value.what
    assert "bbbbbbbb" in caught.value.what
    assert "LEAKGATE_KEY" in caught.value.hint


HEAD = '{"leakgate_baseline": 1, "key_id": "k"}\n'


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", "line 1"),
        ("not json at all\n", "line 1"),
        ("[]\n", "line 1"),
        (HEAD + "<<<<<<< HEAD\n", "line 2"),
        (HEAD + "\n{}\n", "line 3"),
        (HEAD + '{"fingerprint": "a", "rule_id": "r", "added": "soon"}\n', "line 2"),
        (HEAD + '{"fingerprint": "a", "rule_id": "r", "added": 3}\n', "line 2"),
        ('{"leakgate_baseline": 2, "key_id": "k"}\n', ""),
        ('{"leakgate_baseline": 1}\n', ""),
    ],
)
def test_a_damaged_file_is_refused_by_line(tmp_path: Path, content: str, line: str) -> None:
    path = tmp_path / "b.jsonl"
    path.write_text(content)
    with pytest.raises(UsageError) as caught:
        baseline.read(path, "k")
    assert line in caught.value.where
    assert "<<<" not in caught.value.diagnostics()


def test_a_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        baseline.read(tmp_path / "none", "k")
    (tmp_path / "bin").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="UTF-8"):
        baseline.read(tmp_path / "bin", "k")


def _report(*incidents: Incident) -> bytes:
    when = datetime(2026, 10, 5, 6, tzinfo=UTC)
    run = RunInfo("r1", "gate", when, "k" * 8, "", "", "default", "")
    return dump_report(Report(run, Verdict(Outcome.BLOCK, 1), incidents=incidents))


def test_the_command_accepts_what_a_report_found(tmp_path: Path) -> None:
    report, path = tmp_path / "report.json", tmp_path / "baseline.jsonl"
    report.write_bytes(_report(_incident("i", "a" * 64)))
    args = ["baseline", str(report), "-o", str(path), "--reason", "test keys"]
    first = CliRunner().invoke(group, args)
    assert "1 added, 0 dropped" in first.stderr
    assert baseline.read(path, "k" * 8).entries["a" * 64] == Entry("a" * 64, "a", DAY, "test keys")
    report.write_bytes(_report(_incident("j", "b" * 64)))
    second = CliRunner().invoke(group, [*args[:4], "--prune"])
    assert "1 added, 1 dropped" in second.stderr
    assert set(baseline.read(path, "k" * 8).entries) == {"b" * 64}
