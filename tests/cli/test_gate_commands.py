"""diff, triage, init, config, weekly and the flags of the gate, through the real program."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from e2e_house import LIGHT, NOW, House, Result, jsonl

from scanner import config
from scanner.cli import _options
from scanner.config.nearest import nearest
from scanner.config.policy import Policy
from scanner.rulepacks.examples import fill

TOKENS = [fill("<<github:ghp_>>", f"gate commands {n}") for n in range(2)]
LEAKY = jsonl([{"text": f"token {token}"} for token in TOKENS])
ROOT = Path(_options.__file__).parents[2]


@pytest.fixture(scope="module")
def blocked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house in which a release was blocked; its policy is found by itself."""
    house = House(tmp_path_factory.mktemp("gate") / "house")
    house.file("data/a.jsonl", LEAKY)
    house.policy(name="leakgate.yaml")
    result = house.run("gate", "data", "-qj1", "--now", NOW, "-o", "json=report.json")
    assert result.code == 1, result.all
    assert "note: policy: " in result.err
    yield house


def incidents(house: House) -> list[dict[str, str]]:
    found: list[dict[str, str]] = house.json("report.json")["incidents"]
    return found


def gate(house: House, *args: str) -> Result:
    return house.run("gate", "data", "-qj1", *args)


def test_exit_zero_shows_the_verdict_and_is_kept_as_an_override(blocked: House) -> None:
    result = gate(blocked, "--exit-zero", "--now", "2026-10-15T01:00:00Z")
    assert result.code == 0
    assert result.out.startswith("BLOCK")
    assert "exit code 1" in result.err
    week = blocked.run("weekly", "--now", "2026-10-16T00:00:00Z", "-o", "json=-")
    told = json.loads(week.out)
    assert [what for _, _, what in told["now"]["overrides"]] == ["--exit-zero"]
    assert told["now"]["runs"]["overridden"] == 1


def test_a_block_stays_one_when_an_output_cannot_be_written(blocked: House) -> None:
    before = len(list((blocked.work / ".leakgate").glob("decision=*")))
    result = gate(blocked, "-o", "json=/dev/full", "--now", "2026-10-15T00:30:00Z")
    assert result.code == 1
    assert "the output cannot be written: No space left" in result.err
    assert result.out.startswith("BLOCK")
    assert len(list((blocked.work / ".leakgate").glob("decision=*"))) == before + 1


def test_triage_by_a_script_then_a_pass_then_the_end_of_it(blocked: House) -> None:
    given = [a for i in incidents(blocked) for a in ("--decide", f"{i['fingerprint'][:12]}=accept")]
    who = ("--owner", "ana", "--reason", "test accounts", "--now", NOW, "--until", "2026-10-20")
    done = blocked.run("triage", "report.json", *given, *who, "--exceptions", "e.jsonl")
    assert done.code == 0, done.all
    kept = blocked.work / "e.jsonl"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert not any(token in kept.read_text() for token in TOKENS)
    assert gate(blocked, "--exceptions", "e.jsonl", "--now", "2026-10-20T12:00:00Z").code == 0
    over = gate(blocked, "--exceptions", "e.jsonl", "--now", "2026-10-21T12:00:00Z")
    assert over.code == 1
    assert "2 incidents" in over.out or "2 credential incidents" in over.out
    again = blocked.run(
        "triage", "report.json", "--decide", f"{incidents(blocked)[0]['id']}=true", "--now", NOW,
        "--exceptions", "e.jsonl",
    )  # fmt: skip
    assert "1 ended" in again.err


@pytest.mark.parametrize(
    ("args", "what"),
    [
        (["--decide", "{id}=accept", "--owner", "ana"], "needs the reason"),
        (["--decide", "{id}=maybe"], "this is no decision"),
        (["--decide", "ffffffffffff=true"], "no incident is called that"),
        (["--decide", "f=true"], "no incident is called that"),
        ([], "no terminal to ask in"),
        (
            ["--decide", "{id}=accept", "--owner", "a", "--reason", "b", "--until", "2027-10-20"],
            "the policy allows 14 at critical",
        ),
    ],
)
def test_triage_refuses_what_would_accept_nothing(
    blocked: House, args: list[str], what: str
) -> None:
    name = incidents(blocked)[0]["id"]
    filled = [arg.replace("{id}", name) for arg in args]
    done = blocked.run("triage", "report.json", *filled, "--now", NOW, "--exceptions", "no.jsonl")
    assert done.code == 2, done.all
    assert what in done.err
    assert "next:" in done.err
    assert not (blocked.work / "no.jsonl").exists()


def test_diff_of_reports_and_of_the_ledger(blocked: House) -> None:
    blocked.file("data/a.jsonl", LEAKY.splitlines()[0] + "\n")
    later = ("--now", "2026-10-15T02:00:00Z")
    assert gate(blocked, *later, "-o", "json=less.json").code == 1
    fixed = blocked.run("diff", "report.json", "less.json", "--as", "json", "--fail-on-new")
    assert fixed.code == 0
    told = json.loads(fixed.out)
    assert (len(told["fixed"]), len(told["still"]), told["appeared"]) == (1, 1, [])
    fresh = blocked.run("diff", "less.json", "report.json", "--fail-on-new", "--as", "markdown")
    assert fresh.code == 1
    assert "### New" in fresh.out
    run_id = blocked.json("less.json")["run"]["id"]
    assert blocked.run("diff", "report.json", run_id).code == 0
    missing = blocked.run("diff", "report.json", "nothing")
    assert missing.code == 2
    assert "last verdicts" in missing.err
    blocked.file("data/a.jsonl", LEAKY)


def test_weekly_writes_private_files_in_every_form(blocked: House) -> None:
    forms = [a for f in ("html", "csv", "json") for a in ("-o", f"{f}=week.{f}")]
    result = blocked.run("weekly", "--from", "2026-10-12", "--to", "2026-10-19", *forms)
    assert result.code == 0, result.all
    for form in ("html", "csv", "json"):
        path = blocked.work / f"week.{form}"
        assert path.stat().st_mode & 0o777 == 0o600
        assert not any(token in path.read_text() for token in TOKENS)
    rows = list(csv.reader(io.StringIO((blocked.work / "week.csv").read_text())))
    assert ["new", "2", "0", "2"] in rows


def test_weekly_says_what_is_missing(house_: House) -> None:
    for args, what in (
        (("--from", "2026-10-19", "--to", "2026-10-12"), "before it begins"),
        ((), "no verdict"),
    ):
        done = house_.run("weekly", *args)
        assert done.code == 2
        assert what in done.err


@pytest.fixture
def house_(tmp_path: Path) -> House:
    return House(tmp_path / "house")


def test_init_writes_a_valid_policy_of_what_is_there(house_: House) -> None:
    house_.file("data/a.jsonl", "{}\n")
    house_.file("terms.yaml", "version: 1\nterms:\n  - {id: h, term: Halcyon}\n")
    house_.file("directory.json", '{"users": [{"id": "ana"}], "groups": []}')
    grant = {"Version": "2012-10-17", "Statement": []}
    house_.file("grants/bucket-policy.json", json.dumps(grant))
    assert house_.run("init").code == 0
    made = yaml.safe_load((house_.work / "leakgate.yaml").read_text())
    assert made["access"]["directory"] == ["directory.json"]
    assert made["detectors"]["terms"]["files"] == ["terms.yaml"]
    config.load(house_.work / "leakgate.yaml")
    again = house_.run("init")
    assert (again.code, "--force" in again.err) == (2, True)
    assert house_.run("policy", "check", "leakgate.yaml").code == 0


def test_config_show_tells_where_each_value_comes_from(house_: House) -> None:
    house_.policy(detectors=LIGHT, name="leakgate.yaml", more="limits: {jobs: 3}")
    rows = json.loads(house_.run("config", "show", "--json").out)
    told = {row["key"]: (row["value"], row["origin"]) for row in rows}
    assert told["limits.jobs"][0] == 3
    assert told["limits.jobs"][1].endswith("leakgate.yaml, line 3")
    assert told["limits.unit_seconds"] == (600, "default")
    assert "end-to-end" not in json.dumps(rows)


def test_a_table_of_pyproject_is_a_policy_and_the_nearest_one_counts(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.leakgate]\nname = "toml"\n[tool.leakgate.gate]\nblock = [{category = "any"}]\n'
    )
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    found = nearest(below)
    assert found == tmp_path / "pyproject.toml"
    assert config.load(found).gate.block[0].category == "any"
    (tmp_path / "a" / "leakgate.yaml").write_text("version: 1\n")
    assert nearest(below) == tmp_path / "a" / "leakgate.yaml"
    (tmp_path / "a" / "leakgate.yaml").unlink()
    (tmp_path / "a" / ".git").mkdir()
    assert nearest(below) is None


def test_the_ready_policies_are_valid_and_found_by_name() -> None:
    for name, path in config.ready().items():
        assert config.load(path).name == name
        assert config.load(Path(name)).digest == config.load(path).digest
    assert {"ci", "strict", "hunt", "default"} <= config.ready().keys()
    assert not config.load(Path("hunt")).gate.block
    assert Policy.model_json_schema()


def test_a_policy_name_that_is_none_is_told(house_: House) -> None:
    done = house_.run("gate", ".", "--policy", "strickt")
    assert done.code == 2
    assert "ci, default, hunt, strict" in done.err


def test_files_for_other_systems_name_what_exists() -> None:
    hook = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())[0]
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    gitlab = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text())
    assert hook["entry"].split()[:2] == ["leakgate", "scan"]
    script = action["runs"]["steps"][-1]["run"]
    assert "${{" not in script  # an input in a script would be a shell of whoever writes it
    for form in ("sarif=", "json=", "markdown="):
        assert f"-o {form}" in script or f'-o "{form}' in script
    reports = gitlab["leakgate"]["artifacts"]["reports"]
    assert set(reports) == {"secret_detection", "junit"}


def test_the_action_tells_no_verdict_of_an_earlier_step(tmp_path: Path) -> None:
    steps = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
    programs = tmp_path / "leakgate" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(sys.executable)
    cli = f'#!/bin/sh\nexec {sys.executable} -m scanner.cli "$@"\n'
    (programs / "leakgate").write_text(cli)
    (programs / "leakgate").chmod(0o755)
    (tmp_path / "r.json").write_text('{"verdict": {"outcome": "PASS"}}')
    empty = dict.fromkeys(("POLICY", "BASELINE", "EXCEPTIONS", "EXIT_ZERO"), "")
    told = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    given = {"COMMAND": "gate", "PATHS": "not there\n\n", "SARIF": "r.sarif", "REPORT": "r.json"}
    env = os.environ | empty | told | given | {"RUNNER_TEMP": str(tmp_path)}
    bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", steps[-1]["run"]]
    done = subprocess.run(bash, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 2
    assert "where: not there" in done.stderr
    assert (tmp_path / "GITHUB_OUTPUT").read_text() == "exit-code=2\n"


def test_shell_completion_answers(house_: House) -> None:
    done = house_.run(_LEAKGATE_COMPLETE="bash_complete", COMP_WORDS="leakgate we", COMP_CWORD="1")
    assert "weekly" in done.out


def test_no_color_is_plain(house_: House) -> None:
    house_.file("data/a.jsonl", "{}\n")
    done = house_.run("scan", "data", "-qj1", "--policy", house_.policy(), NO_COLOR="1")
    assert "\x1b" not in done.all
