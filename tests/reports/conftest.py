"""Chromium for the tests of the HTML report."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-background-networking --hide-scrollbars "
    "--disable-component-update --disable-sync --no-first-run --disable-extensions "
    "--disable-dev-shm-usage --allow-file-access-from-files --enable-logging=stderr "
    "--host-resolver-rules=MAP\x00*\x00~NOTFOUND --virtual-time-budget=5000"
)

Browse = Callable[..., tuple[str, str]]


@pytest.fixture
def browse(tmp_path: Path) -> Browse:
    """Opens a file with more flags: (standard output, console messages)."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "chromium is not installed: apt-get install chromium"

    def run(page: Path, *more: str, fragment: str = "") -> tuple[str, str]:
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        flags = [flag.replace("\x00", " ") for flag in FLAGS.split(" ")]
        command = [chromium, *flags, profile, *more, page.as_uri() + fragment]
        done = subprocess.run(command, capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
        messages = done.stderr.decode("utf-8", "replace").splitlines()
        console = "\n".join(line for line in messages if ":CONSOLE" in line)
        return done.stdout.decode("utf-8", "replace"), console

    return run
