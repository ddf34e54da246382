"""Tasks of computer-use agents, and the event logs of their recorder."""

from __future__ import annotations

import json
from pathlib import Path

from keyed import texts_of


def task(*codes: str) -> dict:
    steps = [
        {"index": i, "image": f"{i}.png", "value": {"code": code, "thought": "next"}}
        for i, code in enumerate(codes)
    ]
    return {"task_id": "t1", "instruction": "log in", "traj": steps}


def write_sample(stem: Path, text: str) -> Path:
    path = stem.with_suffix(".jsonl")
    half = len(text) // 2
    codes = [
        f"pyautogui.write(message={text[:half]!r})",
        "pyautogui.press('left')",
        "pyautogui.press(keys=['right'])",
        f"pyautogui.write({text[half:]!r})",
    ]
    path.write_text(json.dumps(task(*codes)) + "\n")
    return path


def test_what_is_typed_over_steps_is_put_together(tmp_path):
    codes = [
        "pyautogui.click(x=0.1, y=0.2)",
        "pyautogui.write(message='wrong')",
        "pyautogui.hotkey(['ctrl', 'a'])",
        "pyautogui.write('sun')\npyautogui.press('x')",
        "pyautogui.press('backspace')",
        "pyautogui.typewrite('flower', interval=0.1)",
        "pyautogui.keyDown('shift')",
        "pyautogui.press('1')",
        "pyautogui.keyUp('shift')",
    ]
    path = tmp_path / "a.json"
    path.write_text(json.dumps([task(*codes)]))
    texts = texts_of(path)
    assert "sunflower!" in texts
    assert "wrong" in texts


def test_the_recorders_own_events_are_a_log_of_keys(tmp_path):
    rows = []
    for i, char in enumerate("sun flower"):
        name = "space" if char == " " else char
        rows += [
            {"time_stamp": 100 + i / 10, "action": action, "name": name}
            for action in ("press", "release")
        ]
        rows.append({"time_stamp": 100 + i / 10, "action": "move", "x": 1, "y": 2})
    path = tmp_path / "events.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert texts_of(path) == ["sun flower"]
