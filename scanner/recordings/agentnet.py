"""Tasks of computer-use agents: AgentNet (OpenCUA) trajectories of pyautogui calls.

A task holds `traj`, steps with `value.code` such as `pyautogui.write(message='...')`,
`pyautogui.press('enter')` or `pyautogui.hotkey(['ctrl', 'a'])`.  What such calls type over
several steps is put together.  The event logs of AgentNetTool (`action` press or release,
`name` of the key) are logs of keys, and `keylog` reads them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from scanner.batch import TextBatch, UnitLog
from scanner.keystrokes.keys import Key, key_of
from scanner.keystrokes.recorder import Act, Event, Recorder
from scanner.recordings import Peek, Plain
from scanner.recordings import _rows as shard_rows
from scanner.recordings._session import Sessions
from scanner.recordings._wrapped import around

_HINT = re.compile(rb"pyautogui\s*\.\s*(?:write|typewrite|press|hotkey|keyDown|keyUp)\s*\(")
_CALL = re.compile(r"pyautogui\s*\.\s*\w+\s*\(")
_STEPS = ("traj", "trajectory", "steps", "actions")
_CLICKS = frozenset({"click", "doubleClick", "rightClick", "tripleClick", "mouseDown", "dragTo"})


class _AgentNet(Plain):
    def recognises(self, peek: Peek) -> bool:
        """Calls of pyautogui that type."""
        if peek.source not in ("json", "jsonl"):
            return False
        return any(_HINT.search(sample) for sample in peek.samples)

    def batches(self, peek: Peek, log: UnitLog) -> Iterator[TextBatch]:
        """What each task types; a row is a task."""
        sessions, loose = Sessions(), 0.0
        for number, record in shard_rows.records(peek.shard, peek.source):
            steps = list(_codes(record))
            # A record that is one step belongs to the steps around it.
            who = (_user(record), _task(record, number if len(steps) > 1 else None))
            recorder = sessions.recorder(who)
            for code in steps:
                loose = _play(code, number, recorder, loose, log)
            if sessions.texts.full:
                yield from sessions.texts.batches()
        yield from sessions.end(log)


def _user(record: Any) -> Any:
    named = around(record) if isinstance(record, dict) else {}
    return next((value for name, value in named.items() if "user" in name.lower()), "")


def _task(record: Any, default: int | None) -> Any:
    if isinstance(record, dict):
        for name in ("task_id", "episode_id", "trajectory_id", "session_id"):
            if isinstance(record.get(name), (str, int)):
                return record[name]
    return default


def _codes(record: Any) -> Iterator[str]:
    """The code of each step, in order."""
    below = [record]
    while below:
        one = below.pop()
        if isinstance(one, str):
            if _CALL.search(one):
                yield one
        elif isinstance(one, list):
            below += reversed(one)
        elif isinstance(one, dict):
            steps = [one[name] for name in _STEPS if isinstance(one.get(name), list)]
            code = one.get("code")
            below += reversed(steps or ([code] if isinstance(code, str) else [*one.values()]))


def _play(code: str, row: int, recorder: Recorder, time: float, log: UnitLog) -> float:
    """Give the recorder what a piece of code types; returns the time after it."""
    try:
        tree = ast.parse("\n".join(line for line in code.splitlines() if _CALL.search(line)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        if _HINT.search(code.encode("utf-8", "replace")):
            hint = "compare it with the other steps; its text was scanned as it stands"
            log.problem("events.rejected", "code that types could not be read", "", hint, row)
        return time
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            for act, key, text in _events(node.func.attr, _arguments(node)):
                time += 0.05
                recorder.add(Event(time, row, act, key, ("", ""), None, text))
    return time


def _arguments(call: ast.Call) -> list[Any]:
    found = []
    for value in [*call.args, *(word.value for word in call.keywords)]:
        try:
            found.append(ast.literal_eval(value))
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            continue
    return found


def _events(name: str, given: list[Any]) -> Iterator[tuple[Act, Key | None, str]]:  # noqa: C901
    if name in _CLICKS:
        yield Act.CLICK, None, ""
    elif name in ("write", "typewrite"):
        text = given[0] if given else ""
        if isinstance(text, str):
            yield Act.TEXT, None, text
        elif isinstance(text, list):
            yield from _presses(text)
    elif name == "press":
        names = given[0] if given and isinstance(given[0], list) else given[:1]
        times = next((n for n in given[1:] if isinstance(n, int) and 0 < n <= 1000), 1)
        yield from _presses(names * times)
    elif name == "hotkey":
        names = given[0] if given and isinstance(given[0], list) else given
        keys = [key for key in map(_key, names) if key is not None]
        yield from ((Act.DOWN, key, "") for key in keys)
        yield from ((Act.UP, key, "") for key in reversed(keys))
    elif name in ("keyDown", "keyUp"):
        key = _key(given[0]) if given else None
        if key is not None:
            yield (Act.DOWN if name == "keyDown" else Act.UP), key, ""


def _presses(names: list[Any]) -> Iterator[tuple[Act, Key | None, str]]:
    for key in map(_key, names):
        if key is not None:
            yield Act.DOWN, key, ""
            yield Act.UP, key, ""


def _key(name: Any) -> Key | None:
    return key_of(name) if isinstance(name, str) and name else None


plugin = _AgentNet()
