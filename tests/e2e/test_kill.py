"""Processes are killed, stopped, starved of memory and of room: nothing is lost or half done."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from e2e_house import House, Result, jsonl

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")

# A detector whose patterns kill, hold or starve the worker; ONCE leaves a mark and lets pass.
FATAL = """
import os, signal, time
from pathlib import Path
from scanner.detectors import Pattern

class Fatal:
    def rules(self): return []
    def patterns(self): return [Pattern("fatal", ("FATAL-[A-Z]+",))]
    def confirm(self, value, key, hits):
        mark = Path("killed-once")
        if b"FATAL-ONCE" in value.data and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if b"FATAL-ALWAYS" in value.data: os.kill(os.getpid(), signal.SIGKILL)
        if b"FATAL-STOP" in value.data: os.kill(os.getpid(), signal.SIGSTOP)
        if b"FATAL-HUNGER" in value.data:
            held = b"x" * (400 << 20)
            time.sleep(60)
        if b"FATAL-HOLD" in value.data:
            Path(f"held-{os.getpid()}").touch()
            time.sleep(600)
        return iter(())

class Factory:
    def build(self, context): return Fatal()

plugin = Factory()
"""
ALLOW_ALL = "gate: {block: []}"


def token(number: int) -> str:
    import random

    letters = random.Random(number)
    body = "".join(letters.choice("abcdefghijkmnpqrstuvwxyz23456789") for _ in range(36))
    return f"password=Zq7#{body[:14]}"


def furnished(house: House, *fatal: str, more: str = "") -> House:
    """A store of eight files with a finding each, some of which are fatal."""
    house.install("fatal", "detectors", FATAL)
    for number in range(8):
        text = fatal[number] if number < len(fatal) else ""
        house.file(f"data/{number}.jsonl", jsonl([{"t": token(number)}, {"t": text}]))
    light = "{presidio: false, detect_secrets: false, pii: false}"
    house.policy(light, f"{ALLOW_ALL}\n{more}")
    return house


ARGS = ("scan", "data", "--policy", "policy.yaml", "-q", "-o", "json=r.json")


def scanned(house: House, *more: str) -> tuple[Result, dict[str, Any]]:
    result = house.run(*ARGS, *more)
    return result, house.json("r.json")


def found(report: dict[str, Any]) -> set[str]:
    return {f["location"]["uri"] for f in report["findings"]}


ALL = {f"data/{n}.jsonl" for n in range(8)}


def test_a_worker_killed_once_costs_nothing(new_house: Callable[[str], House]) -> None:
    house = furnished(new_house("once"), "", "FATAL-ONCE")
    result, report = scanned(house, "--jobs", "2")
    assert (house.work / "killed-once").exists()
    assert result.code == 0, result.all
    assert found(report) == ALL
    assert {i["status"] for i in report["inputs"]} == {"scanned"}


@pytest.mark.parametrize(
    ("fatal", "why"),
    [
        ("FATAL-ALWAYS", "it died"),
        ("FATAL-STOP", "time limit"),
        ("FATAL-HUNGER", "memory limit"),
    ],
)
def test_what_costs_two_workers_is_left_out_and_said(
    new_house: Callable[[str], House], fatal: str, why: str
) -> None:
    limits = "limits: {unit_seconds: 10, worker_memory_mb: 256}"
    house = furnished(new_house(fatal.lower()), "", "", fatal, more=limits)
    result, report = scanned(house, "--jobs", "2")
    assert result.code == 3, result.all
    assert found(report) == ALL - {"data/2.jsonl"}
    (record,) = [i for i in report["inputs"] if i["uri"] == "data/2.jsonl"]
    assert record["status"] == "failed"
    assert [p["code"] for p in record["problems"]] == ["unit.quarantined"]
    assert why in record["problems"][0]["what"]


def processes(house: House) -> list[int]:
    """Every process that was started with this house as its home."""
    marker = f"HOME={house.home}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            if marker in (folder / "environ").read_bytes().split(b"\0") and state != "Z":
                found.append(int(folder.name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_killed_parent_leaves_nothing_alive_and_nothing_half(
    new_house: Callable[[str], House], number: signal.Signals
) -> None:
    house = furnished(new_house(f"parent-{number}"), *["FATAL-HOLD"] * 2)
    process = house.start(*ARGS, "--jobs", "2")
    ends = time.monotonic() + 60
    while len(list(house.work.glob("held-*"))) < 2:
        assert time.monotonic() < ends and process.poll() is None
        time.sleep(0.05)
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == (-9 if number == signal.SIGKILL else 3), err
    assert number == signal.SIGKILL or "interrupted before a verdict" in err
    while left := processes(house):
        assert time.monotonic() < ends, left
        time.sleep(0.05)
    assert not (house.work / "r.json").exists()
    if number != signal.SIGKILL:
        assert not [p for p in house.work.iterdir() if p.name.startswith(".r.json")]
        assert list(house.tmp.iterdir()) == []


def full_disk(house: House, size: int) -> None:
    """From here on no file of a process may grow beyond so many bytes."""
    limit = f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))"
    house.site(limit)


@pytest.mark.parametrize("size", [0, 200, 4_000])
def test_a_full_disk_is_said_and_is_no_verdict(
    new_house: Callable[[str], House], size: int
) -> None:
    house = furnished(new_house(f"full-{size}"))
    full_disk(house, size)
    result = house.run(*ARGS, "--jobs", "1")
    assert result.code in (2, 4), result.all
    assert "error:" in result.err and "next:" in result.err
    assert "crashed" not in result.err
    assert not (house.work / "r.json").exists()
    assert not [p for p in house.work.iterdir() if p.name.startswith(".r.json")]
    house.site("")
    again, report = scanned(house)
    assert (again.code, found(report)) == (0, ALL)
