"""Access lists of Azure Data Lake Storage: forms, masks, folders, what is not shown.

Worked by the rules of
https://learn.microsoft.com/azure/storage/blobs/data-lake-storage-access-control
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from effective import decide, employee

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.grants import GrantExport
from scanner.grants.adls import plugin
from scanner.model import Decision, Grant

YES, MAYBE, NO = Decision.YES, Decision.CONDITIONAL, Decision.NO
FILE = "https://store.blob.core.windows.net/raw/day/a.jsonl"
ANA, TEAM = "0d6e8c1e-0000-0000-0000-000000000001", "0d6e8c1e-0000-0000-0000-000000000002"
OPEN = "user::rwx,group::r-x,other::r-x"


def entry(path: str, acl: str, **more: Any) -> dict[str, Any]:
    return {"path": path, "acl": acl, "owner": "$superuser", "group": "$superuser"} | more


def read(folder: Path, rows: Any, **options: str) -> list[Grant]:
    path = folder / "acl.json"
    path.write_text(json.dumps(rows))
    log = UnitLog()
    found = list(plugin.read(GrantExport(path, {"account": "store", "filesystem": "raw"} | options),
                             log))  # fmt: skip
    assert log.problems == []
    return found


def write_sample(path: Path) -> None:
    """A small believable export of this system."""
    rows = [
        entry("", OPEN),
        entry("day", OPEN),
        entry("day/a.jsonl", "user::rw-,group::r--,other::---"),
    ]
    path.write_text(json.dumps([row | {"account": "store", "filesystem": "raw"} for row in rows]))


@pytest.mark.parametrize(
    ("file", "folder", "caller", "answer"),
    [
        ("user::rw-,group::r--,other::r--", OPEN, "x", YES),
        ("user::rw-,group::r--,other::---", OPEN, "x", NO),
        (f"user::rw-,user:{ANA}:r--,group::---,mask::r--,other::---", OPEN, ANA, YES),
        (f"user::rw-,user:{ANA}:r--,group::---,mask::-w-,other::r--", OPEN, ANA, NO),
        (f"user::rw-,user:{ANA}:r--,group::---,mask::---,other::r--", OPEN, ANA, NO),
        (f"user::rw-,user:{ANA}:---,group::---,mask::rwx,other::r--", OPEN, ANA, NO),
        (f"user::rw-,group::---,group:{TEAM}:r--,mask::r--,other::---", OPEN, TEAM, YES),
        (f"user::rw-,user:{ANA}:r--,group::---,mask::r--,other::---",
         "user::rwx,group::r-x,other::---", ANA, MAYBE),
        (f"user::rw-,user:{ANA}:r--,group::---,mask::r--,other::---",
         f"user::rwx,user:{ANA}:--x,group::---,mask::--x,other::---", ANA, YES),
        (f"user::rw-,group::---,other::---,default:user:{ANA}:r--", OPEN, ANA, NO),
        ("user::r--,group::---,other::---", OPEN, "$superuser", YES),
    ],
)  # fmt: skip
def test_lists(tmp_path: Path, file: str, folder: str, caller: str, answer: Decision) -> None:
    rows = read(tmp_path, [entry("", OPEN), entry("day", folder), entry("day/a.jsonl", file)])
    assert decide(rows, employee(caller), FILE) is answer


def test_the_listing_of_the_command_line(tmp_path: Path) -> None:
    rows = [{"name": "day", "isDirectory": True, "permissions": "rwxr-x--x", "owner": "$superuser",
             "group": "$superuser"},
            {"name": "day/a.jsonl", "isDirectory": False, "permissions": "rw-r--r--",
             "owner": ANA, "group": TEAM},
            {"name": "day/b.jsonl", "isDirectory": False, "permissions": "rw-r-----+",
             "owner": ANA, "group": TEAM}]  # fmt: skip
    found = read(tmp_path, rows)
    assert decide(found, employee("x"), FILE) is YES
    assert decide(found, employee(TEAM), FILE.replace("a.", "b.")) is MAYBE


def test_one_answer_a_file(tmp_path: Path) -> None:
    for place, acl in (("raw", OPEN), ("raw/day", OPEN), ("raw/day/a.jsonl", OPEN)):
        path = tmp_path / "store" / f"{place}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"acl": acl, "owner": "x", "group": "y"}))
    log = UnitLog()
    found = list(plugin.read(GrantExport(tmp_path), log))
    assert decide(found, employee("bob"), FILE) is YES and log.problems == []


def test_objects_of_powershell_and_bad_rows(tmp_path: Path) -> None:
    bits = {"User": "rw-", "Group": "r--", "Other": "r--"}
    acl = [{"DefaultScope": False, "AccessControlType": kind, "EntityId": None, "Permissions": p}
           for kind, p in bits.items()]  # fmt: skip
    good = {"Path": "day/a.jsonl", "ACL": acl, "Owner": ANA, "Group": TEAM, "IsDirectory": False}
    assert decide(read(tmp_path, [good]), employee("bob"), FILE) is YES
    path = tmp_path / "bad.json"
    path.write_text(json.dumps([good, {"path": "x", "acl": "what"}]))
    log = UnitLog()
    options = {"account": "store", "filesystem": "raw"}
    assert list(plugin.read(GrantExport(path, options), log)) and log.failed_records == 1
    path.write_text("[]")
    with pytest.raises(UnreadableError):
        list(plugin.read(GrantExport(path, options), UnitLog()))
