"""Text logs of pynput listeners."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from keyed import recordings_of, texts_of
from typist import Typist


def write_sample(stem: Path, text: str) -> Path:
    path = stem.with_suffix(".log")
    typist = Typist(seed=3)
    typist.text(text)
    path.write_text("".join(f"{r['ts']} {r['key']} {DONE[r['event']]}\n" for r in typist.log()))
    return path


def _stamp(time: float) -> str:
    return datetime.fromtimestamp(time).isoformat(" ", "milliseconds").replace(".", ",")


DONE = {"press": "pressed", "release": "released"}
FORMS = {
    "logging": lambda r: f"{_stamp(r['ts'])}: {r['key']}",
    "logging with words": lambda r: f"{_stamp(r['ts'])} - INFO - {r['event']} {r['key']}",
    "pressed": lambda r: f"{r['key']} {DONE[r['event']]}",
    "csv": lambda r: f"{r['ts']},{r['event']},{r['key']}",
    "words": lambda r: f"[{_stamp(r['ts'])}] key {r['key']} was {DONE[r['event']]}",
    "code": lambda r: f"{r['event']}: {r['key']} {r['ts']}",
}


@pytest.mark.parametrize("form", FORMS)
def test_line_forms(form, tmp_path):
    typist = Typist(seed=4)
    typist.text('it\'s Mine, "ok"? a\\b')
    rows = typist.log()
    if form == "logging":
        rows = [row for row in rows if row["event"] == "press"]
    path = tmp_path / "keys.txt"
    path.write_text("\n".join(map(FORMS[form], rows)))
    assert texts_of(path) == ['it\'s Mine, "ok"? a\\b']


def test_lines_that_are_torn_are_counted(tmp_path):
    path = tmp_path / "keys.txt"
    path.write_text(
        "'h' pressed\n'h' released\n'i' pre'i' releasedssed\n'i' released\n'!' pressed\n"
    )
    texts, log = recordings_of(path)
    assert texts[0][1] == "hi!"  # the release without a press says it
    assert [(p.code, p.records) for p in log.problems if p.is_failure] == [
        ("events.rejected", (2,))
    ]
    assert log.failed_records == 1
