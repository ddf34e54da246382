"""A machine of its own for each test: the real program with a scrubbed environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import scanner

ROOT = Path(scanner.__file__).parents[1]
KEY = "an end-to-end deployment key"  # of all tests: what is compiled is kept under a key
NOW = "2026-10-15T00:00:00Z"
LIGHT = "{presidio: false, detect_secrets: false, assignments: false, pii: false, names: false}"

# Loaded by every Python process that a test starts: says who tried to reach the network, even
# where the library that tried swallows the refusal.
_NO_NETWORK = """
import os, sys

def _watch(event, args):
    inet = event == "socket.connect" and isinstance(args[1], tuple)
    if inet or event in ("socket.getaddrinfo", "socket.gethostbyname"):
        with open(os.environ["E2E_NETWORK_LOG"], "a") as log:
            log.write(event + "\\n")
        raise OSError("no network in tests")

sys.addaudithook(_watch)
"""


@dataclass(frozen=True)
class Result:
    """What one command line did."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


class House:
    """Home, temporary folder, installed plug-ins and a working folder, all below one root."""

    def __init__(self, root: Path) -> None:
        self.root, self.work = root, root / "work"
        self.home, self.tmp, self.packages = root / "home", root / "tmp", root / "packages"
        for folder in (self.work, self.home, self.tmp, self.packages):
            folder.mkdir(parents=True)
        self.network = root / "network.log"
        self.site("")

    def site(self, code: str) -> None:
        """Code that every Python process of this house runs before anything else."""
        (self.packages / "sitecustomize.py").write_text(f"{_NO_NETWORK}\n{code}\n")

    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "COLUMNS": "100",
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_STATE_HOME": str(self.home / "state"),
            "TMPDIR": str(self.tmp),
            "LEAKGATE_KEY": KEY,
            "LEAKGATE_CACHE": os.environ["LEAKGATE_CACHE"],  # of all tests: see tests/conftest.py
            "E2E_NETWORK_LOG": str(self.network),
            "PYTHONPATH": os.pathsep.join([str(self.packages), str(ROOT)]),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def start(self, *args: str | Path, **more: str) -> subprocess.Popen[str]:
        """The program, started in the working folder."""
        return subprocess.Popen(
            [sys.executable, "-m", "scanner.cli", *map(str, args)],
            env=self.environment() | more,
            cwd=self.work,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def run(self, *args: str | Path, **more: str) -> Result:
        """Run one command line to its end.  It must not have tried to reach the network."""
        process = self.start(*args, **more)
        out, err = process.communicate(timeout=600)
        assert not self.network.exists(), "the program tried to reach the network"
        return Result(process.returncode, out, err)

    def file(self, name: str, content: str | bytes = "") -> Path:
        """A file in the working folder, its folders made."""
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def json(self, name: str) -> dict[str, Any]:
        """A JSON file of the working folder."""
        loaded: dict[str, Any] = json.loads((self.work / name).read_bytes())
        return loaded

    def install(self, name: str, family: str, source: str) -> None:
        """A third-party distribution, as far as Python can tell, that adds one plug-in."""
        info = self.packages / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[leakgate.{family}]\n{name} = {name}:plugin\n")
        (self.packages / f"{name}.py").write_text(source)

    def policy(self, detectors: str = LIGHT, more: str = "", name: str = "policy.yaml") -> Path:
        """A policy file; as a rule with the slow detectors off."""
        return self.file(name, f"version: 1\ndetectors: {detectors}\n{more}\n")


def jsonl(records: Iterable[Any]) -> str:
    """Records as JSON Lines."""
    return "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records)
