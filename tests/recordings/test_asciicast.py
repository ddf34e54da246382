"""Terminal sessions as asciinema records them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from keyed import finds, recordings_of, texts_of


def cast(path: Path, version: int, events: list[tuple[str, str]]) -> Path:
    size = {"term": {"cols": 80, "rows": 24}} if version == 3 else {"width": 80, "height": 24}
    lines = [json.dumps({"version": version, **size, "timestamp": 1790000000})]
    lines += ["# the events"] if version == 3 else []
    for i, (code, data) in enumerate(events):
        lines.append(json.dumps([0.1 if version == 3 else round(i / 10, 3), code, data]))
    path.write_text("\n".join(lines) + "\n")
    return path


def typed(text: str, echo: bool = True) -> list[tuple[str, str]]:
    return [event for char in text for event in [("i", char), *([("o", char)] if echo else [])]]


def write_sample(stem: Path, text: str) -> Path:
    return cast(stem.with_suffix(".cast"), 2, [("o", "$ "), *typed(text), ("o", "\r\n")])


@pytest.mark.parametrize("version", [2, 3])
def test_what_was_typed_and_what_was_shown(version, tmp_path):
    events = [
        ("o", "\x1b[1m$ \x1b[0m"),
        *typed("echo hxi"),
        ("i", "\x7f"),
        ("o", "\b\x1b[K"),
        ("i", "\x1b[D"),
        ("o", "\b"),
        ("m", "mark"),
        ("r", "90x30"),
        ("x", "0"),
    ]
    texts = texts_of(cast(tmp_path / "a.cast", version, events))
    assert "echo hx" in texts
    assert "$ echo hx" in texts


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize(
    "prompt", ["Password: ", "[sudo] password for ann: ", "Enter passphrase for key 'id': "]
)
def test_what_a_prompt_asks_for_is_a_credential(version, prompt, tmp_path):
    events = [
        ("o", "$ "),
        *typed("sudo ls"),
        ("i", "\r"),
        ("o", "\r\n" + prompt),
        *typed("sunflower", echo=False),
        ("i", "\r"),
        ("o", "\r\nfile\r\n$ "),
        *typed("exit"),
    ]
    path = cast(tmp_path / "a.cast", version, events)
    (found,) = [f for f in finds(path) if f.rule_id == "typed-secure-field"]
    first = 1 + (version == 3) + 1 + 14 + 2
    assert found.location.rows.startswith(f"{first}-")
    assert "sunflower" not in repr(found)


def test_what_is_not_echoed_is_a_credential(tmp_path):
    events = [
        ("o", "$ "),
        *typed("login"),
        ("i", "\r"),
        ("o", "\r\nwho? "),
        *typed("sunflower", echo=False),
        ("i", "\r"),
        ("o", "\r\n$ "),
        *typed("make test"),
        ("i", "\r"),
        ("o", "\r\n"),
    ]
    found = [f for f in finds(cast(tmp_path / "a.cast", 2, events)) if f.category == "credential"]
    assert [f.rule_id for f in found] == ["typed-secure-field"]


def test_output_that_comes_character_by_character_is_read_as_lines(tmp_path):
    path = cast(tmp_path / "a.cast", 2, [("o", char) for char in "the key is Zq8\r\n"])
    assert texts_of(path) == ["the key is Zq8"]


def test_lines_that_are_no_events_are_counted(tmp_path):
    path = write_sample(tmp_path / "a", "hello")
    path.write_text(path.read_text() + '[1.5, "o"]\n')
    problems = recordings_of(path)[1].problems
    assert [(p.code, p.count) for p in problems] == [("events.rejected", 1)]


def test_version_1_is_read(tmp_path):
    path = tmp_path / "a.json"
    frames = [[0.1, char] for char in "shown here\r\n"]
    path.write_text(json.dumps({"version": 1, "width": 80, "height": 24, "stdout": frames}))
    assert texts_of(path) == ["shown here"]


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("headers", [1, 2])
def test_what_is_typed_on_in_the_next_file(version, headers, tmp_path):
    events = [("o", "$ "), *typed("curl -u correct-horse-battery"), ("o", "\r\n")]
    lines = cast(tmp_path / "whole.json", version, events).read_text().splitlines(keepends=True)
    (tmp_path / "whole.json").unlink()
    (tmp_path / "part-1.cast").write_text("".join(lines[:40]))
    (tmp_path / "part-2.cast").write_text("".join([*lines[: headers - 1], *lines[40:]]))
    found = {text: p for p, text in recordings_of(tmp_path / "part-2.cast")[0]}
    rows, beside = found["curl -u correct-horse-battery"].typed.rows(8, 29)
    assert rows[0] in "012" and beside.startswith(("before:1,", "before:2,"))


def test_what_was_taken_back_on_the_screen_is_read(tmp_path):
    events = [("o", char) for char in "$ correct horse"] + [("o", "\r\x1b[2K$ ls\r\n")]
    assert texts_of(cast(tmp_path / "a.cast", 2, events)) == ["$ correct horse", "$ ls"]
