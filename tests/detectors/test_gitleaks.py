"""A gitleaks.toml as it is: rules, groups, entropy, keywords, allow-lists, extension."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from e2e_house import KEY

from scanner.cli import group
from scanner.detectors import DetectorContext, Drop, Match, Value
from scanner.detectors.gitleaks import entropy, plugin
from scanner.errors import UsageError

# Other detectors take long to build, and are not what this is about.
OFF = "presidio: false, detect_secrets: false, pii: false, credentials: false, assignments: false, "
BASE = """
[[rules]]
id = "old"
regex = '''old_[a-z]{8}'''
[[rules]]
id = "gone"
regex = '''gone_[a-z]{8}'''
"""
FILE = """
title = "ours"
[extend]
path = "base.toml"
disabledRules = ["gone"]
[[rules]]
id = "acme"
description = "Acme key"
regex = '''(?i)\\bacme[_-]?key\\s*=\\s*["']?([a-z0-9]{12})\\b'''
entropy = 2.5
keywords = ["acme"]
tags = ["x"]
  [[rules.allowlists]]
  regexTarget = "line"
  regexes = ['''for tests$''']
  [rules.allowlist]
  stopwords = ["sample"]
[[rules]]
id = "zed"
regex = '''(zed)-([0-9]{6})'''
secretGroup = 2
[[rules]]
id = "just-a-path"
path = '''\\.pem$'''
[allowlist]
paths = ['''^vendor/''']
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "base.toml").write_text(BASE, "utf-8")
    (tmp_path / "gitleaks.toml").write_text(FILE, "utf-8")
    return tmp_path


def outcomes(folder: Path, text: str) -> list[str]:
    found = plugin.build(DetectorContext({"files": ["gitleaks.toml"]}, folder=str(folder)))
    every = (o for p in found.patterns() for o in found.confirm(Value(text.encode()), p.key, ()))
    return [
        o.secret if isinstance(o, Match) else o.filter for o in every if isinstance(o, Match | Drop)
    ]


def test_what_is_found_and_what_is_let_through(folder: Path) -> None:
    secret = "q7w8e9r0t1y2"
    for text, wanted in {
        f"ACME_KEY = {secret}": [secret],
        "acme_key = aaaaaaaaaaaa": ["gitleaks entropy"],
        f"acme_key={secret} for tests": ["gitleaks allow-list 1 of acme"],
        "acmekey=sample7w8e9r": ["gitleaks allow-list 2 of acme"],
        "zed-123456": ["123456"],
        "old_abcdefgh gone_abcdefgh": ["old_abcdefgh"],
    }.items():
        assert outcomes(folder, text) == wanted, text


def test_a_rule_of_an_extended_file_is_changed_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(
        BASE + '[allowlist]\nregexes = ["^old_a+$"]\n[[allowlists]]\ntargetRules = ["gone"]\n'
        'stopwords = ["zz"]\n',
        "utf-8",
    )
    (tmp_path / "gitleaks.toml").write_text(
        '[extend]\npath = "base.toml"\n[[rules]]\nid = "old"\n[[rules.allowlists]]\n'
        'condition = "AND"\nstopwords = ["bcd"]\nregexes = ["fgh$"]\n'
        '[[rules]]\nid = "new"\nregex = "(?P<n>new_[[:alnum:]]{4})(?:\\\\s|\\\\z)"\n',
        "utf-8",
    )
    for text, wanted in {
        "old_abcdefgh": ["gitleaks allow-list 1 of old"],
        "old_abcdefgx": ["old_abcdefgx"],
        "old_aaaaaaaa": ["gitleaks allow-list 2 of global"],
        "old_zzzzzzzz gone_zzzzzzzz": ["old_zzzzzzzz", "gitleaks allow-list 1 of global"],
        "x new_a1B2": ["new_a1B2"],
    }.items():
        assert outcomes(tmp_path, text) == wanted, text


def test_a_change_of_gitleaks_own_rules_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "gitleaks.toml").write_text(
        '[extend]\nuseDefault = true\n[[rules]]\nid = "generic-api-key"\n'
        '[rules.allowlist]\npaths = ["x"]\n',
        "utf-8",
    )
    found = plugin.build(DetectorContext({"files": ["gitleaks.toml"]}, folder=str(tmp_path)))
    assert [rule.id for rule in found.rules()] == ["gitleaks-generic-api-key"]
    assert "never fires" in found.rules()[0].description
    assert not found.patterns()


def test_what_cannot_be_honoured_is_said(folder: Path) -> None:
    found = plugin.build(DetectorContext({"files": ["gitleaks.toml"]}, folder=str(folder)))
    told = {rule.id: rule.description for rule in found.rules()}
    assert "not honoured" in told["gitleaks-just-a-path"]
    assert "gitleaks-gone" not in told


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[rules", "TOML"),
        ("[[rules]]\nregex = 'a'", "no id"),
        ("[[rules]]\nid = 'a'\nregex = '(?=a)b'", "RE2"),
        ("[[rules]]\nid = 'a'\nregex = '(a)'\nsecretGroup = 2", "secretGroup"),
        ("[[rules]]\nid = 'a'", "neither"),
        ("[[rules]]\nid = 'a'\nregex = 'a'\nentropy = 'much'", "entropy"),
        ("[[rules]]\nid = 'a'\nregex = 'a'\nkeywords = 'a'", "keywords"),
        ("[rules]\nid = 'a'", "rules"),
        ("extend = 'x'", "extend"),
        ("[[allowlists]]\ncondition = 'XOR'", "condition"),
    ],
)
def test_broken_files(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "gitleaks.toml").write_text(text, "utf-8")
    with pytest.raises(UsageError, match=says):
        plugin.build(DetectorContext({"files": ["gitleaks.toml"]}, folder=str(tmp_path)))


@pytest.mark.parametrize(
    ("text", "place"),
    [("\n[[rules]]\nid = =\n", ":3"), ("# one\n[[rules]]\nid = 'a'\nregex = '('", ":2, rule a")],
)
def test_the_line_of_what_is_broken_is_named(tmp_path: Path, text: str, place: str) -> None:
    (tmp_path / "gitleaks.toml").write_text(text, "utf-8")
    with pytest.raises(UsageError) as caught:
        plugin.build(DetectorContext({"files": ["gitleaks.toml"]}, folder=str(tmp_path)))
    assert f"gitleaks.toml{place}" in caught.value.diagnostics()


def test_entropy_is_that_of_the_characters() -> None:
    assert entropy("aaaa") == 0.0
    assert entropy("abcd") == 2.0


def test_paths_through_the_command_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAKGATE_KEY", KEY)
    monkeypatch.chdir(folder)
    Path("policy.yaml").write_text(
        "version: 1\ndetectors: {" + OFF + "gitleaks: {files: [gitleaks.toml]}}\n", "utf-8"
    )
    for name in ("vendor/a.txt", "src/a.txt"):
        Path(name).parent.mkdir()
        Path(name).write_text("zed-123456\n", "utf-8")
    args = [
        "scan",
        "vendor",
        "src",
        "--policy",
        "policy.yaml",
        "-o",
        "json=r.json",
        "-j",
        "1",
        "-q",
    ]
    CliRunner().invoke(group, args, standalone_mode=False)
    report = json.loads(Path("r.json").read_text("utf-8"))
    places = [f["location"]["uri"] for f in report["findings"] if f["rule_id"] == "gitleaks-zed"]
    assert places == ["src/a.txt"]
    assert {"filter": "gitleaks-zed: allowed place", "count": 1} in report["run"]["dropped"]
