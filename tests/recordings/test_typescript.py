"""Terminal sessions as `script` records them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from keyed import finds, recordings_of, texts_of

HEAD = 'Script started on 2026-10-01 12:00:00+00:00 [COMMAND="sh" TERM="xterm"]\n'
DONE = '\nScript done on 2026-10-01 12:00:09+00:00 [COMMAND_EXIT_CODE="0"]\n'
Chunks = list[tuple[str, str]]  # I or O, and what went in or came out


def chunks(text: str, echo: bool = True) -> Chunks:
    return [one for char in text for one in [("I", char), *([("O", char)] if echo else [])]]


def session(text: str = "ls") -> Chunks:
    return [
        *[("O", "$ "), *chunks(text), ("I", "\r"), ("O", "\r\n")],
        *[("O", "Password: "), *chunks("sunflower", echo=False), ("I", "\r"), ("O", "\r\n$ ")],
    ]


def record(folder: Path, some: Chunks, logs: dict[str, str], classic: bool = False) -> None:
    """The files of a recording: `logs` names that of input (I) and of output (O)."""
    heads = [f"H 0.000000 {'IN' if c == 'I' else 'OUT'}PUT_LOG sub/{n}" for c, n in logs.items()]
    lines = [f"{code} 0.100000 {len(data.encode())}" for code, data in some]
    if classic:
        lines = [line.removeprefix("O ") for line in lines if line[0] == "O"]
    (folder / "times").write_text("\n".join([*([] if classic else heads), *lines]) + "\n")
    for name in set(logs.values()):
        data = "".join(data for code, data in some if logs.get(code) == name)
        (folder / name).write_bytes(f"{HEAD}{data}{DONE}".encode())


def write_sample(stem: Path, text: str) -> Path:
    record(stem.parent, session(text), {"I": stem.name, "O": stem.name})
    return stem


def test_input_and_output_in_one_log(tmp_path):
    record(tmp_path, session("echo hxi\x7f\x7fi\x1b[D\x1b[C"), {"I": "log", "O": "log"})
    texts = texts_of(tmp_path / "log")
    assert "echo hi\n" in texts and "sunflower\n" in texts
    (found,) = [f for f in finds(tmp_path / "log") if f.category == "credential"]
    assert (found.rule_id, found.location.rows) == ("typed-secure-field", "2")
    assert found.about.time.minute == 0 and found.about.application == "terminal"


def test_each_log_by_itself_gives_what_is_in_it(tmp_path):
    record(tmp_path, session("make tset\x7f\x7f\x7fest"), {"I": "in", "O": "out"})
    assert texts_of(tmp_path / "in")[0] == "make test\n"
    assert [f.rule_id for f in finds(tmp_path / "in")] == ["typed-secure-field"]
    assert [f.rule_id for f in finds(tmp_path / "out")] == []
    assert all("sunflower" not in text for text in texts_of(tmp_path / "out"))


def test_classic_times_and_compressed_logs(tmp_path):
    some = [("O", "$ "), *chunks("make test"), ("O", "\r\n")]
    record(tmp_path, some, {"O": "typescript"}, classic=True)
    assert "$ make test" in texts_of(tmp_path / "typescript")
    record(tmp_path, session(), {"I": "log", "O": "log"})
    for name in ("log", "times"):
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress((tmp_path / name).read_bytes()))
        (tmp_path / name).unlink()
    assert "sunflower\n" in texts_of(tmp_path / "log.gz")


@pytest.mark.parametrize(("code", "wanted"), [("I", "ls -l\n"), ("O", "$ ls -l")])
def test_a_log_without_its_times(tmp_path, code, wanted):
    record(tmp_path, session("ls -l"), {code: "log"})
    (tmp_path / "times").unlink()
    assert wanted.strip() in "\n".join(texts_of(tmp_path / "log"))


def test_what_cannot_be_told_apart_is_told(tmp_path):
    record(tmp_path, session("export WHAT=ever"), {"I": "log", "O": "log"})
    (tmp_path / "times").unlink()
    found, log = recordings_of(tmp_path / "log")
    assert "$ export WHAT=ever" in [text for _, text in found]
    assert [(p.code, p.records) for p in log.problems] == [("events.rejected", (1,))]


def test_times_of_another_recording_are_told(tmp_path):
    record(tmp_path, session(), {"I": "log", "O": "log"})
    path = tmp_path / "log"
    path.write_bytes(path.read_bytes()[: len(HEAD) + 9])
    assert [p.code for p in recordings_of(path)[1].problems] == ["events.rejected"]


def test_a_sequence_that_comes_in_pieces_is_one_key(tmp_path):
    some = [("O", "$ "), *chunks("helo"), ("I", "\x1b"), ("I", "["), ("I", "D"), *chunks("l")]
    record(tmp_path, [*some, ("I", "\r")], {"I": "log", "O": "log"})
    assert "hello\n" in texts_of(tmp_path / "log")
