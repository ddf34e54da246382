"""explain finds the place again and tells everything but the value."""

import json
import shutil
from pathlib import Path

import pytest
from e2e_house import KEY

from scanner.cli import run
from scanner.explain import shape

TOKEN = "glpat-" + "Qz7RtY2mWc9LpX4vBn8K"
RECORDS = [
    {"note": "nothing here"},
    {"payload": json.dumps({"user": {"auth": f"my token is {TOKEN} ok"}})},
    {f"k {TOKEN}": {"mail": "joss.calder@hollowbrook.example"}},
]


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scanned")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEAKGATE_KEY", KEY)
        patch.chdir(folder)
        Path("data").mkdir()
        Path("data/a.jsonl").write_text("".join(json.dumps(r) + "\n" for r in RECORDS))
        Path(f"data/{TOKEN}.txt").write_text(f"x\n{TOKEN}\n")
        assert run(["scan", "data", "-o", "json=r.json", "-q", "-j", "1"]) == 1
    return folder


@pytest.fixture
def report(scanned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(scanned, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("LEAKGATE_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "r.json"


def findings(report: Path) -> list[dict]:
    return json.loads(report.read_bytes())["findings"]


def test_every_finding_is_explained_without_its_value(
    report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = findings(report)
    assert {f["location"]["part"] for f in found} >= {"value", "key", "path"}
    for finding in found:
        assert run(["explain", finding["id"], "data", "--report", "r.json"]) == 0
        told = capsys.readouterr().out
        assert finding["rule_id"] in told
        assert "[value]" in told
        assert TOKEN not in told
        assert "hollowbrook" not in told


def test_a_name_with_control_characters_is_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LEAKGATE_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    Path("a\nb.txt").write_text(f"x\n{TOKEN}\n")
    assert run(["scan", ".", "-o", "json=r.json", "-q", "-j", "1"]) == 1
    (finding,) = findings(tmp_path / "r.json")
    capsys.readouterr()
    assert run(["explain", finding["id"], "--report", "r.json"]) == 0
    assert "[value]" in capsys.readouterr().out


def test_the_place_of_a_nested_value_is_told(
    report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nested = next(f for f in findings(report) if f["location"]["layers"])
    assert run(["explain", nested["id"][:10], "--report", "r.json"]) == 0
    told = capsys.readouterr().out
    assert "decoded by:  json:/user/auth" in told
    assert "xx xxxxx xx [value] xx" in told


def test_a_value_that_is_gone_is_incomplete(
    report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nested = next(f for f in findings(report) if f["location"]["layers"])
    Path("data/a.jsonl").write_text("{}\n")
    assert run(["explain", nested["id"], "--report", "r.json"]) == 3
    assert "no longer holds" in capsys.readouterr().out
    Path("data/a.jsonl").unlink()
    assert run(["explain", nested["id"], "data", "--report", "r.json"]) == 3


@pytest.mark.parametrize("wanted", ["zzzz", ""])
def test_an_id_that_means_nothing_or_several_is_refused(
    report: Path, wanted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["explain", wanted, "--report", "r.json"]) == 2
    assert "copy a whole id" in capsys.readouterr().err


def test_an_incident_is_meant_by_its_fingerprint(
    report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loaded = json.loads(Path("r.json").read_text())
    one = next(i for i in loaded["incidents"] if i["fingerprint"] and i["finding_ids"])
    assert run(["explain", one["fingerprint"][:16], "data", "--report", "r.json"]) in (0, 3)
    assert f"fingerprint {one['fingerprint'][:16]}" in capsys.readouterr().out


def test_another_key_is_refused(
    report: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LEAKGATE_KEY", KEY[::-1])
    assert run(["explain", findings(report)[0]["id"], "--report", "r.json"]) == 2
    assert "another deployment key" in capsys.readouterr().err


def test_shapes_keep_signs_only() -> None:
    assert shape("Pässword = 'Hunter2'\x1b[31m\u202e") == "xxxxxxxx = 'xxxxxx9' [99x "


def test_what_was_dropped_is_told_by_rule_and_reason(
    report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = json.loads(report.read_bytes())["run"]["dropped"]
    assert stored
    assert run(["explain", "--dropped", "r.json", "--as", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {f"{t['rule']}: {t['reason']}": t["count"] for t in told} == {
        d["filter"]: d["count"] for d in stored
    }
    assert [t["count"] for t in told] == sorted((t["count"] for t in told), reverse=True)
    assert run(["explain", "--dropped"]) == 0  # the newest scan of the ledger
    table = capsys.readouterr().out
    assert table.splitlines()[0].split() == ["rule", "reason", "count", "meaning"]
    assert len(table.splitlines()) == len(told) + 1
    assert TOKEN not in table


def test_dropped_of_nothing_and_explain_of_nothing_say_what_to_give(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["explain", "--dropped"]) == 2
    assert "name a JSON report" in capsys.readouterr().err
    assert run(["explain", "--dropped", "missing.json"]) == 2
    assert "there is no such report" in capsys.readouterr().err
    assert run(["explain"]) == 2
