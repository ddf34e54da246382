"""Access control lists: masks, named entries, folders above; real lists of this system."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest
from effective import decide, employee

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.grants import GrantExport
from scanner.grants.getfacl import plugin
from scanner.model import Decision, Grant

YES, MAYBE, NO = Decision.YES, Decision.CONDITIONAL, Decision.NO
FILE = "file:///srv/shards/a.json"


def block(path: str, *entries: str, owner: str = "root", group: str = "data") -> str:
    return f"# file: {path}\n# owner: {owner}\n# group: {group}\n" + "\n".join(entries) + "\n\n"


OPEN = ("user::rwx", "group::r-x", "other::r-x")
SHUT = ("user::rwx", "group::r-x", "other::---")


def listing(*file: str, folder: tuple[str, ...] = OPEN) -> str:
    return block("srv/shards", *folder) + block("srv/shards/a.json", *file)


def write_sample(path: Path) -> None:
    """A small believable export of this system."""
    path.write_text(listing("user::rw-", "group::r--", "other::r--"))


def read(folder: Path, text: str, **options: str) -> list[Grant]:
    path = folder / "acl.txt"
    path.write_text(text)
    log = UnitLog()
    found = list(plugin.read(GrantExport(path, options), log))
    assert log.problems == []
    return found


@pytest.mark.parametrize(
    ("file", "folder", "caller", "answer"),
    [
        ("u::rw- g::r-- o::r--", OPEN, "bob", YES),
        ("u::rw- g::r-- o::---", OPEN, "bob", NO),
        ("u::rw- g::r-- o::---", OPEN, "bob data", YES),
        ("u::rw- u:bob:r-- g::--- m::r-- o::---", OPEN, "bob", YES),
        ("u::rw- u:bob:r-- g::--- m::--x o::---", OPEN, "bob", NO),
        ("u::rw- u:bob:--- g::r-- m::r-- o::r--", OPEN, "bob", NO),
        ("u::rw- u:bob:--- g::--- m::--- o::r--", OPEN, "bob", YES),
        ("u::rw- g::r-- g:ds:r-- m::r-- o::---", OPEN, "ds", YES),
        ("u::rw- g::--- o::r--", OPEN, "data", NO),
        ("u::rw- g::r-- o::r--", SHUT, "bob", NO),
        ("u::rw- g::r-- o::r--", SHUT, "bob data", YES),
        ("u::rw- u:bob:r-- g::r-- m::r-- o::---", SHUT, "bob", MAYBE),
        ("u::--- g::r-- o::r--", OPEN, "root", NO),
    ],
)
def test_lists(
    tmp_path: Path, file: str, folder: tuple[str, ...], caller: str, answer: Decision
) -> None:
    words = {"u": "user", "g": "group", "m": "mask", "o": "other"}
    entries = [f"{words[entry[0]]}{entry[1:]}" for entry in file.split()]
    rows = read(tmp_path, listing(*entries, folder=folder))
    assert decide(rows, employee(*caller.split()), FILE) is answer


def test_effective_comments_defaults_and_escapes(tmp_path: Path) -> None:
    folder = (*OPEN, "default:user::rwx", "default:group::r-x", "default:other::---")
    text = block("/srv/shards", *folder) + block(
        "/srv/shards/a\\040b", "user::rw-", "user:bob:rwx\t#effective:r--", "group::r--",
        "mask::r--", "other::---",
    )  # fmt: skip
    rows = read(tmp_path, text, resource="s3://shards")
    assert decide(rows, employee("bob"), "s3://shards/a b") is YES


def test_a_broken_line_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "acl.txt"
    path.write_text(listing("user::rw-", "what is this", "other::r--"))
    log = UnitLog()
    assert list(plugin.read(GrantExport(path), log)) and log.problems[0].records == (12,)
    path.write_text("nothing")
    with pytest.raises(UnreadableError):
        list(plugin.read(GrantExport(path), UnitLog()))


@pytest.mark.skipif(
    not shutil.which("setfacl") or os.geteuid() != 0, reason="needs setfacl and other accounts"
)
def test_what_the_kernel_says(tmp_path: Path) -> None:
    """Every account asked tries to open every file."""
    top = tmp_path / "top"
    names = [name for name in ("nobody", "daemon", "bin", "games") if _known(name)]
    recipes = {
        "open": ["o::r"],
        "named": ["u:daemon:r", "o::-"],
        "masked": ["u:daemon:r", "m::-", "o::-"],
        "barred": ["u:games:-", "o::r"],
        "grouped": ["g:bin:r", "g::-", "o::-"],
    }
    for folder in ("free", "tight"):
        (top / folder).mkdir(parents=True)
        for name, recipe in recipes.items():
            path = top / folder / name
            path.write_text("x")
            path.chmod(0o600)
            for entry in recipe:
                done = subprocess.run(["setfacl", "-m", entry, str(path)], capture_output=True)
                if done.returncode:
                    pytest.skip("this file system has no access lists")
    (top / "tight").chmod(0o700)
    subprocess.run(["setfacl", "-m", "u:daemon:x", str(top / "tight")], check=True)
    for parent in (top, *list(tmp_path.parents)[:3], tmp_path):
        parent.chmod(0o755)
    listed = subprocess.run(["getfacl", "-R", "-p", str(top)], capture_output=True, text=True)
    rows = read(tmp_path, listed.stdout)
    for path in sorted(p for p in top.rglob("*") if p.is_file()):
        for name in names:
            account = pwd.getpwnam(name)
            as_name = ["setpriv", f"--reuid={name}", f"--regid={account.pw_gid}", "--clear-groups"]
            done = subprocess.run([*as_name, "cat", str(path)], capture_output=True)
            caller = employee(name, grp.getgrgid(account.pw_gid).gr_name)
            found = decide(rows, caller, f"file://{path}")
            assert (found is YES) == (done.returncode == 0), (name, path)


def _known(name: str) -> bool:
    try:
        return bool(pwd.getpwnam(name))
    except KeyError:
        return False
