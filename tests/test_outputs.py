"""Outputs: parsed and checked before the scan, written whole or not at all."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from scanner import outputs, plugins
from scanner.errors import LeakgateError, UsageError


def test_every_format_is_known_by_its_name(tmp_path: Path) -> None:
    specs = [f"{name}={tmp_path / name}" for name in plugins.names("formats")]
    parsed = outputs.parse(specs)
    assert [o.format for o in parsed] == plugins.names("formats")


def test_dash_is_standard_output_and_only_one_may_go_there(tmp_path: Path) -> None:
    assert outputs.parse(["json=-"]) == (outputs.Output("json"),)
    with pytest.raises(UsageError, match="one place"):
        outputs.parse(["json=-", "html=-"])


def test_what_a_run_reads_is_not_replaced(tmp_path: Path) -> None:
    baseline, data, old = (tmp_path / name for name in ("base.jsonl", "d.jsonl", "old.json"))
    for file in (baseline, data):
        file.write_text("{}\n")
    old.write_text('{"tool": {"name": "leakgate"}}')
    (tmp_path / "link").symlink_to(data)
    scanned = [str(data), str(old), "s3://bucket/key"]
    for place in (baseline, data, tmp_path / "link"):
        with pytest.raises(UsageError, match="would replace a file that is read"):
            outputs.spare(outputs.parse([f"json={place}"]), [baseline], scanned)
    outputs.spare(outputs.parse([f"json={old}", f"html={tmp_path / 'new'}"]), [baseline], scanned)


@pytest.mark.parametrize("spec", ["report.html", "html=", "html", ""])
def test_an_output_without_format_or_place_is_refused(spec: str) -> None:
    with pytest.raises(UsageError) as caught:
        outputs.parse([spec])
    assert "FORMAT=PATH" in caught.value.hint


def test_an_unknown_format_gets_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        outputs.parse([f"jsno={tmp_path / 'x'}"])
    assert "did you mean 'json'?" in caught.value.hint


def test_a_path_with_equals_signs_is_taken_whole(tmp_path: Path) -> None:
    (output,) = outputs.parse([f"json={tmp_path}/a=b.json"])
    assert output.path == tmp_path / "a=b.json"


def test_places_are_checked_before_anything_is_scanned(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist") as caught:
        outputs.parse([f"json={tmp_path}/no/such/report.json"])
    assert "mkdir -p" in caught.value.hint
    with pytest.raises(UsageError, match="is a folder"):
        outputs.parse([f"json={tmp_path}"])
    with pytest.raises(UsageError, match="one place"):
        outputs.parse([f"json={tmp_path}/r", f"html={tmp_path}/../{tmp_path.name}/r"])
    assert list(tmp_path.iterdir()) == []


def _put(content: bytes) -> Callable[[BinaryIO], None]:
    def write(out: BinaryIO) -> None:
        out.write(content)

    return write


def test_a_file_is_private_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")
    path.chmod(0o644)
    outputs.write_aside(path, _put(b"new"))
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")

    def fail(out: BinaryIO) -> None:
        out.write(b"half")
        raise OSError(28, os.strerror(28))

    with pytest.raises(LeakgateError, match="No space left") as caught:
        outputs.write_aside(path, fail)
    assert caught.value.exit_code == 4
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_device_is_told() -> None:
    with pytest.raises(LeakgateError, match="No space left"):
        outputs.write_aside(Path("/dev/full"), _put(b"x" * 100_000))


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    outputs.write_aside(tmp_path / "link", _put(b"new"))
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_devices_and_pipes_are_written_to_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    outputs.check_writable(pipe)
    outputs.write_aside(pipe, _put(b"through"))
    reader.join()
    assert got == [b"through"]
    assert pipe.is_fifo()
    outputs.write_aside(Path("/dev/null"), _put(b"gone"))
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
