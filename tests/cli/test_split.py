"""A token that was streamed in chunks, through the real program: found, and explained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from e2e_house import KEY

from scanner.cli import run
from scanner.rulepacks.examples import fill

TOKEN = fill("<<github:ghp_>>", "cli/split")


def test_a_streamed_token_is_found_and_explained_with_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LEAKGATE_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    deltas = ["Use ", TOKEN[:3], TOKEN[3:17], TOKEN[17:33], TOKEN[33:], " here."]
    chunks = [
        {
            "id": "m",
            "object": "chat.completion.chunk",
            "choices": [{"index": 0, "delta": {"content": d}}],
        }
        for d in deltas
    ]
    Path("a.jsonl").write_text("".join(json.dumps(chunk) + "\n" for chunk in chunks))
    assert run(["scan", "a.jsonl", "-o", "json=r.json", "-q", "-j", "1"]) in (0, 1)
    report = json.loads(Path("r.json").read_bytes())
    (found,) = [f for f in report["findings"] if f["rule_id"] == "github-token"]
    assert found["location"]["rows"] == "1-4"
    assert (found["location"]["start"], found["location"]["end"]) == (4, 4 + len(TOKEN))
    capsys.readouterr()
    assert run(["explain", found["id"], "--report", "r.json"]) == 0
    told = capsys.readouterr().out
    assert "remove rows: 1-4" in told
    assert "xxx [value] xxxx." in told
    assert TOKEN not in told + Path("r.json").read_text()
