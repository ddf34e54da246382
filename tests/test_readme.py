"""The README tells the truth: tables, example policy, commands, exit codes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator

import scanner
from scanner import plugins
from scanner.batch import UnitLog
from scanner.config.policy import Policy
from scanner.detectors import DetectorContext
from scanner.errors import ExitCode
from scanner.grants import GrantExport
from scanner.logs import LogFile
from scanner.people.directory import read_directory

ROOT = Path(scanner.__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def _block(mark: str) -> str:
    found = re.search(rf"<!-- {mark} -->\n```\w+\n(.*?)```", README, re.DOTALL)
    assert found, mark
    return found[1]


def test_generated_tables_are_up_to_date() -> None:
    run = subprocess.run(
        [sys.executable, ROOT / "scripts" / "docs.py", "--check"],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr


def test_the_two_commands_are_single_lines() -> None:
    assert _block("command: demo").count("\n") == 1
    assert _block("command: test").count("\n") == 1


def test_the_example_policy_is_a_policy() -> None:
    example = yaml.safe_load(_block("example: policy"))
    for entry in (*example["access"]["coverage"], *example["stores"]):
        entry.update({k: str(v) for k, v in entry.items()})  # JSON knows no times
    assert not list(Draft202012Validator(Policy.model_json_schema()).iter_errors(example))
    assert set(example) | {"baseline", "exceptions", "persona"} == set(Policy.model_fields)


def _example(name: str, folder: Path) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(_block(f"example: {re.escape(name)}"))
    return path


def test_the_example_grants_and_directory_are_read(tmp_path: Path) -> None:
    log = UnitLog()
    export = GrantExport(_example("grants.csv", tmp_path))
    rows = list(plugins.load("grants", "generic").read(export, log))
    assert [(g.principal_type, g.decision) for g in rows] == [
        ("group", "yes"),
        ("all_staff", "yes"),
    ]
    people, members = read_directory(_example("directory.json", tmp_path), log)
    assert {p.id: p.type for p in people}["everyone"] == "all_staff"
    assert len(members) == 2
    assert not log.problems


def test_the_example_log_is_read(tmp_path: Path) -> None:
    log, entry = UnitLog(), yaml.safe_load(_block("example: log-options.yaml"))
    file = LogFile(_example("warehouse.csv", tmp_path), entry["options"])
    (event,) = plugins.load("logs", entry["format"]).read(file, log)
    assert (event.activity, event.bytes_out) == ("Read", 88213)
    assert event.resource == "warehouse://prod/sessions/daily/2026-10-06"
    assert not log.problems


def test_the_example_rule_and_terms_hold(tmp_path: Path) -> None:
    _example("credentials/acme.yaml", tmp_path)
    context = DetectorContext(rules_dirs=(str(tmp_path),))
    rules = plugins.load("detectors", "credentials").build(context).rules()  # tries its examples
    assert [rule.id for rule in rules if rule.id.startswith("acme-")]
    terms = {"files": [str(_example("terms.yaml", tmp_path))]}
    detector = plugins.load("detectors", "terms").build(DetectorContext(terms))
    assert [rule.id for rule in detector.rules()] == ["term-halcyon"]


def test_every_exit_code_is_told() -> None:
    told = [int(code) for code in re.findall(r"^\| (\d) \| ", README, re.MULTILINE)]
    assert told == list(ExitCode)


def test_every_path_named_in_the_text_exists() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_every_command_used_in_examples_exists() -> None:
    used = set(re.findall(r"(?:^|`)leakgate ([a-z]+)", README, re.MULTILINE))
    assert used <= set(plugins.names("commands"))
    assert used >= {"scan", "gate", "report", "explain", "baseline", "rules", "policy"}
