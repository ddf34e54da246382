"""`leakgate rules` and `leakgate policy`, on leakgate's own rules and on broken ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner import cli, plugins

BROKEN = """
family: ours
references: [https://example.com/tokens]
rules:
  - id: our-token
    name: Our token
    severity: high
    pattern: '\\bours_[a-z0-9]{12}\\b'
    description: A token of ours.
    remediation: Revoke it.
    examples: ["theirs_abc"]
"""


def _run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    code = cli.run(args)
    told = capsys.readouterr()
    return code, told.out, told.err


def test_list_covers_every_detector_and_check(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _run(capsys, "rules", "list", "--json")
    rules = json.loads(out)
    assert code == 0
    # these have the rules of the user's own files, and none without one
    own = {"terms", "gitleaks"}
    assert {r["detector"] for r in rules} >= {*plugins.names("detectors"), "access"} - own
    assert len({r["id"] for r in rules}) == len(rules)
    assert rules == sorted(rules, key=lambda r: (r["category"], r["id"]))


def test_list_as_a_table_can_be_narrowed(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = _run(capsys, "rules", "list", "--category", "access")
    head, *rows = out.splitlines()
    assert head.split() == ["ID", "CATEGORY", "SEVERITY", "CONFIDENCE", "DETECTOR", "NAME"]
    assert {row.split()[1] for row in rows} == {"access"}
    assert any(row.startswith("public-read ") for row in rows)


def test_show_tells_all_of_one_rule(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _run(capsys, "rules", "show", "public-read")
    assert code == 0
    assert out.startswith("public-read: ")
    for label in ("category:", "severity:", "remediation:"):
        assert label in out


def test_show_suggests_a_near_name(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = _run(capsys, "rules", "show", "pubic-read")
    assert code == 2
    assert "did you mean 'public-read'?" in err


def test_our_own_rules_keep_their_examples(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = _run(capsys, "rules", "test")
    assert (code, err) == (0, "")
    assert ", 0 failures" in out


def test_a_rule_that_misses_its_example_fails_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "ours.yaml").write_text(BROKEN)
    code, _, err = _run(capsys, "rules", "test", str(tmp_path))
    assert code == 2
    assert "our-token" in err
    assert "ours.yaml" in err


def test_a_policy_is_checked_with_its_rules_and_evidence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "policy.yaml"
    named = "access: {logs: [{path: logs/*.json}]}\nbaseline: known.jsonl\n"
    path.write_text(f"version: 1\nname: mine\n{named}")
    code, out, err = _run(capsys, "policy", "check", str(path))
    assert code == 2
    assert "logs/*.json" in err
    assert "known.jsonl" in err
    assert "leakgate baseline" in err
    (tmp_path / "known.jsonl").touch()
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.json").write_text("{}")
    code, out, err = _run(capsys, "policy", "check", str(path))
    assert (code, err) == (0, "")
    assert out.startswith("mine: ")


def test_the_policy_of_the_samples_is_sound(capsys: pytest.CaptureFixture[str]) -> None:
    samples = Path(cli.__file__).parents[2] / "samples" / "policy.yaml"
    code, out, err = _run(capsys, "policy", "check", str(samples))
    assert (code, err) == (0, "")
    assert out.startswith("deskmate-release: ")
