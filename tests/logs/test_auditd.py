"""The Linux audit log: events over several lines, names in hex, flags, login users."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.batch import UnitLog
from scanner.logs import LogFile
from scanner.logs.auditd import plugin
from scanner.model import AccessEvent


def opened(
    serial: int = 1,
    name: str = '"/srv/shards/a.json"',
    flags: str = "0",
    success: str = "yes",
    more: str = "",
    nametype: str = "NORMAL",
    syscall: int = 257,
    auid: str = "1000",
    mode: str = "0100644",
) -> str:
    """The lines of one event as auditd writes them."""
    head = f"msg=audit(1793701230.123:{serial}):"
    return (
        f"type=SYSCALL {head} arch=c000003e syscall={syscall} success={success} exit=3 a0=ffffff9c "
        f'a1=7ffe a2={flags} a3=0 items=1 ppid=1 pid=2 auid={auid} uid=0 gid=0 ses=3 comm="cat" '
        f'exe="/bin/cat" key="shards"{more}\n'
        f'type=CWD {head}  cwd="/srv/shards"\n'
        f"type=PATH {head} item=0 name={name} inode=9 dev=fd:00 mode={mode} ouid=0 ogid=0 "
        f"rdev=00:00 nametype={nametype}\n"
        f"type=PROCTITLE {head} proctitle=636174\n"
    )


def write_sample(path: Path) -> None:
    """A small believable log of this format."""
    path.write_text("".join(opened(n) for n in range(1, 4)))


def read(folder: Path, text: str) -> tuple[list[AccessEvent], UnitLog]:
    path = folder / "audit.log"
    path.write_text(text)
    assert plugin.sniff(path, path.read_bytes()[:4096])
    log = UnitLog()
    return list(plugin.read(LogFile(path), log)), log


def test_a_blank_before_the_colon(tmp_path: Path) -> None:
    line = "type=PROCTITLE msg=audit(1793701230.123:1) : proctitle=636174\n"
    events, log = read(tmp_path, opened(1).rpartition("type=PROCTITLE")[0] + line)
    assert len(events) == 1 and log.problems == []


def test_a_read(tmp_path: Path) -> None:
    (event,), log = read(tmp_path, opened())
    assert log.problems == []
    assert (event.activity, event.status, event.actor) == ("Read", "Success", "1000")
    assert (event.resource, event.operation) == ("file:///srv/shards/a.json", "openat")
    assert event.time.isoformat() == "2026-11-03T10:20:30.123000+00:00"


@pytest.mark.parametrize(
    ("name", "resource"),
    [
        ('"a.json"', "file:///srv/shards/a.json"),
        ('"../x"', "file:///srv/x"),
        ("2F7372762F6120622E6A736F6E", "file:///srv/a b.json"),
    ],
)
def test_names(tmp_path: Path, name: str, resource: str) -> None:
    (event,), _ = read(tmp_path, opened(name=name))
    assert event.resource == resource


@pytest.mark.parametrize(
    ("lines", "activity"),
    [
        (opened(flags="241"), "Write"),
        (opened(flags="2"), "Read"),
        (opened(flags="241", nametype="CREATE"), "Write"),
        (opened(syscall=263, nametype="DELETE"), "Delete"),
        (opened(mode="040755"), "List"),
        (opened(syscall=262), "List"),
        (opened(syscall=59), "Other"),
    ],
)
def test_activities(tmp_path: Path, lines: str, activity: str) -> None:
    (event,), _ = read(tmp_path, lines)
    assert event.activity == activity


def test_refusals_and_enriched_lines(tmp_path: Path) -> None:
    text = opened(success="no", more='\x1dARCH=x86_64 SYSCALL=openat AUID="ana" UID="root"')
    (event,), _ = read(tmp_path, text)
    assert (event.status, event.actor, event.operation) == ("Failure", "ana", "openat")


def test_without_a_login_the_user_of_the_process(tmp_path: Path) -> None:
    (event,), _ = read(tmp_path, opened(auid="4294967295"))
    assert event.actor == "0"


def test_what_ausearch_writes(tmp_path: Path) -> None:
    lines = opened().splitlines(keepends=True)
    text = "----\ntime->Thu Oct  1 10:00:00 2026\n" + "".join(reversed(lines))
    assert plugin.sniff(tmp_path, text.encode())
    events, log = read(tmp_path, text)
    assert log.problems == [] and len(events) == 1


def test_interleaved_events_and_broken_lines(tmp_path: Path) -> None:
    one, two = opened(1).splitlines(True), opened(2, name='"/srv/b"').splitlines(True)
    mixed = [line for pair in zip(one, two, strict=True) for line in pair]
    events, log = read(tmp_path, "".join([*mixed, "garbage\n", *opened(3).splitlines(True)[:3]]))
    assert [e.resource for e in events] == [
        "file:///srv/shards/a.json",
        "file:///srv/b",
        "file:///srv/shards/a.json",
    ]
    assert log.failed_records == 1
