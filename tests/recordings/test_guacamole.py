"""Recordings of Guacamole, written as its protocol has them."""

from __future__ import annotations

import base64
from ast import literal_eval
from pathlib import Path

from keyed import finds, recordings_of
from typist import Typist

from scanner.keystrokes.views import expand
from scanner.rulepacks.examples import fill

CODES = {"Key.space": 32, "Key.shift": 65505, "Key.backspace": 65288, "Key.left": 65361}
CODES |= {"Key.right": 65363, "Key.end": 65367}


def instruction(*words: object) -> str:
    return ",".join(f"{len(str(word))}.{word}" for word in words) + ";"


def keys(text: str, **how: float) -> list[str]:
    typist = Typist(seed=4, **how)
    typist.text(text)
    found = []
    for row in typist.log():
        name = row["key"]
        code = ord(literal_eval(name)) if name[0] in "'\"" else CODES[name]
        time = int(row["ts"] * 1000)
        found += [
            instruction("key", code, int(row["event"] == "press"), time),
            instruction("sync", time),
        ]
    return found


def write_sample(stem: Path, text: str) -> Path:
    path = stem.with_suffix(".guac")
    head = [instruction("size", 0, 1024, 768), instruction("name", "héllo; x")]
    path.write_text("".join([*head, *keys(text)]))
    return path


def test_what_was_typed_and_the_instructions_to_remove(tmp_path):
    token = fill("<<github:ghp_>>", "guacamole")
    path = write_sample(tmp_path / "a", f"key {token} done")
    (found,) = [f for f in finds(path) if f.rule_id == "github-token"]
    prefix, rows = found.location.rows.split(":")
    named = expand(rows)
    assert (prefix, named[0]) == ("/instructions", 2 + 2 * 2 * len("key "))
    assert len(named) >= 2 * len(token)


def test_edits_clicks_and_the_clipboard(tmp_path):
    path = tmp_path / "recording"
    clip = base64.b64encode(b"from elsewhere").decode()
    more = [
        instruction("mouse", 5, 5, 1, 1790000100000),
        instruction("mouse", 5, 5, 0, 1790000100010),
        instruction("clipboard", 3, "text/plain"),
        instruction("blob", 3, clip),
        instruction("end", 3),
        *(instruction("key", code, 1, 1790000100100) for code in (65507, 118)),
        *(instruction("key", code, 0, 1790000100200) for code in (118, 65507)),
    ]
    begin = [instruction("sync", 1789999999000)]
    path.write_text("\n".join([*begin, *keys("a first text", typos=0.2, moves=0.2), *more]))
    texts = [text for _, text in recordings_of(path)[0]]
    assert texts[0] == "a first text" and "from elsewhere" in texts


def test_what_breaks_off_is_told(tmp_path):
    path = write_sample(tmp_path / "a", "some words")
    path.write_text(path.read_text()[:-3])
    found, log = recordings_of(path)
    assert found[0][1] == "some words"
    assert [p.code for p in log.problems] == ["events.rejected"]
