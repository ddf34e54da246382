"""`leakgate terms seal`, and terms through the command line."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner
from e2e_house import KEY

from scanner.cli import group

NAME = "Quillstone"

# Other detectors take long to build, and are not what this is about.
OFF = "presidio: false, detect_secrets: false, pii: false, credentials: false, assignments: false, "


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LEAKGATE_KEY", KEY)
    monkeypatch.chdir(tmp_path)


def leakgate(*args: str) -> str:
    result = CliRunner().invoke(group, args, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.output


def found(policy: str, *paths: str) -> set[tuple[str, str]]:
    Path("policy.yaml").write_text(policy, "utf-8")
    leakgate("scan", *paths, "--policy", "policy.yaml", "-o", "json=r.json", "-j", "1", "-q")
    report = json.loads(Path("r.json").read_text("utf-8"))
    assert NAME.lower() not in Path("r.json").read_text("utf-8").lower()
    places = ((f["rule_id"], f["location"]["uri"]) for f in report["findings"])
    return {place for place in places if place[0].startswith("term-")}


def test_seal_and_scan(tmp_path: Path) -> None:
    entry = {"id": "q", "term": NAME, "allowed": ["docs/*", "field:/meta/*"]}
    Path("terms.yaml").write_text(json.dumps({"version": 1, "terms": [entry]}), "utf-8")
    leakgate("terms", "seal", "terms.yaml", "-o", "sealed.yaml")
    assert stat.S_IMODE((tmp_path / "sealed.yaml").stat().st_mode) == 0o600
    assert NAME.lower() not in Path("sealed.yaml").read_text("utf-8").lower()
    row = json.dumps({"text": "the quill-stone? no: QUILLSTONE", "meta": {"x": "quillstone"}})
    for name in ("a.jsonl", "docs/b.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(row + "\n", "utf-8")
    for listed in ("terms.yaml", "sealed.yaml"):
        policy = f"version: 1\ndetectors: {{{OFF}terms: {{files: [{listed}]}}}}\n"
        assert found(policy, "a.jsonl", "docs") == {("term-q", "a.jsonl")}
