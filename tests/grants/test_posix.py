"""POSIX modes: classes by node, folders above, listings in several spellings, live folders."""

from __future__ import annotations

from pathlib import Path

import pytest
from effective import ANY_EMPLOYEE, decide, employee
from hypothesis import given
from hypothesis import strategies as st

from scanner.batch import UnitLog
from scanner.errors import UnreadableError, UsageError
from scanner.grants import GrantExport
from scanner.grants.posix import plugin
from scanner.model import Decision, Grant

NO, COND, YES = Decision.NO, Decision.CONDITIONAL, Decision.YES
FILE = "file:///data/raw/a.json"


def write_sample(path: Path) -> None:
    """A small believable export of this system."""
    path.write_text(
        "755\troot\troot\td\t/data\n"
        "750\troot\teng\td\t/data/raw\n"
        "644\talice\tstaff\tf\t/data/raw/a.json\n"
        "777\troot\troot\tl\t/data/latest\n"
    )


def listing(path: Path, *lines: str, **options: str) -> tuple[list[Grant], UnitLog]:
    file = path / "modes.txt"
    file.write_text("".join(f"{line}\n" for line in lines))
    log = UnitLog()
    return list(plugin.read(GrantExport(file, options), log)), log


# folder mode and group, file mode; then any employee, a member of eng, of staff, the owner alice
CASES = [
    ("755 root eng", "644", YES, YES, YES, YES),
    ("755 root eng", "640", NO, NO, YES, YES),
    ("755 root eng", "600", NO, NO, NO, YES),
    ("755 root eng", "604", YES, YES, NO, YES),
    ("755 root eng", "000", NO, NO, NO, NO),
    ("750 root eng", "644", NO, YES, NO, NO),
    ("750 root eng", "640", NO, NO, COND, COND),
    ("754 root eng", "644", NO, YES, NO, NO),
    ("700 root eng", "644", NO, NO, NO, NO),
    ("700 alice eng", "644", NO, NO, NO, YES),
    ("711 root eng", "644", YES, YES, YES, YES),
    ("705 root eng", "644", YES, NO, YES, YES),
]


@pytest.mark.parametrize(("folder", "mode", "any_", "eng", "staff", "alice"), CASES)
def test_who_may_read(
    tmp_path: Path,
    folder: str,
    mode: str,
    any_: Decision,
    eng: Decision,
    staff: Decision,
    alice: Decision,
) -> None:
    rows, log = listing(
        tmp_path,
        "755 root root d /data",
        f"{folder} d /data/raw",
        f"{mode} alice staff f /data/raw/a.json",
    )
    assert log.problems == []
    assert decide(rows, ANY_EMPLOYEE, FILE) is any_
    assert decide(rows, employee("eng"), FILE) is eng
    assert decide(rows, employee("staff"), FILE) is staff
    assert decide(rows, employee("alice"), FILE) is alice
    assert {r.resource for r in rows} == {FILE}


def test_two_groups_are_both_needed(tmp_path: Path) -> None:
    rows, _ = listing(tmp_path, "750 root eng d /data", "640 root staff f /data/x")
    both = [r for r in rows if r.principal == "staff"]
    assert (both[0].decision, both[0].condition) == (COND, "only who is also in eng")


def test_a_missing_folder_makes_it_conditional(tmp_path: Path) -> None:
    rows, _ = listing(tmp_path, "755 r r d /data", "644 alice staff f /data/raw/a.json")
    assert decide(rows, ANY_EMPLOYEE, FILE) is COND
    rows, _ = listing(tmp_path, "644 alice staff f /data/raw/a.json")
    assert decide(rows, ANY_EMPLOYEE, FILE) is COND


@pytest.mark.parametrize(
    "line",
    [
        "644\talice\tdomain users\tf\t/d/a file",
        "0644 alice staff f /d/a file",
        "100644 alice staff f /d/a file",
        "-rw-r--r-- alice staff f /d/a file",
        "644 alice staff regular file /d/a file",
        "644 alice staff regular empty file /d/a file",
    ],
)
def test_spellings_of_a_line(tmp_path: Path, line: str) -> None:
    rows, log = listing(tmp_path, "755 r r d /d", line)
    assert log.problems == []
    assert [r.principal_type for r in rows if r.resource == "file:///d/a file"] == [
        "all_staff",
        "user",
    ]


def test_zero_ended_lines_carry_line_breaks(tmp_path: Path) -> None:
    file = tmp_path / "modes"
    file.write_bytes(b"755 r r d /d\x00644 alice staff f /d/a\nb\x00")
    rows = list(plugin.read(GrantExport(file), UnitLog()))
    assert decide(rows, ANY_EMPLOYEE, "file:///d/a\nb") is YES


def test_the_resource_option_names_the_tree(tmp_path: Path) -> None:
    lines = ("755 r r d store", "755 r r d store/raw", "644 a s f store/raw/x")
    rows, _ = listing(tmp_path, *lines, resource="s3://bucket/base/")
    assert {r.resource for r in rows} == {"s3://bucket/base/raw/x"}
    with pytest.raises(UsageError, match="relative"):
        listing(tmp_path, *lines)
    files_only = ("644 a s f store/raw/x", "644 a s f store/raw/y")
    with pytest.raises(UsageError, match="does not hold the folder"):
        listing(tmp_path, *files_only, resource="s3://bucket")
    rows, _ = listing(tmp_path, *files_only, resource="s3://bucket", root="store")
    assert {r.resource for r in rows} == {"s3://bucket/raw/x", "s3://bucket/raw/y"}


def test_a_star_in_a_name_stands_for_itself_or_one_character(tmp_path: Path) -> None:
    rows, _ = listing(tmp_path, "755 r r d /d", "600 bob s f /d/*")
    assert decide(rows, employee("bob"), "file:///d/*") is YES
    assert decide(rows, employee("bob"), "file:///d/other") is NO


def test_bad_lines_are_counted_by_number(tmp_path: Path) -> None:
    rows, log = listing(tmp_path, "755 r r d /d", "total 12", "999 a b f /d/x", "644 a b f /d/y")
    assert rows
    assert (log.records, log.failed_records) == (4, 2)
    assert log.problems[0].records == (2, 3)


def test_nothing_readable_in_it(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="no line"):
        listing(tmp_path, "hello")


def test_live_folder(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    folder.mkdir(mode=0o700)
    (folder / "a.json").write_text("{}")
    (folder / "a.json").chmod(0o644)
    (folder / "link").symlink_to(folder / "a.json")
    log = UnitLog()
    rows = list(plugin.read(GrantExport(folder), log))
    me = folder.owner()
    uri = f"file://{folder.resolve()}/a.json"
    assert {r.resource for r in rows} == {uri}
    assert decide(rows, ANY_EMPLOYEE, uri) is NO
    assert decide(rows, employee(me), uri) is YES
    assert plugin.sniff(folder, b"")


@given(st.binary(max_size=60))
def test_sniff_and_lines_survive_anything(head: bytes) -> None:
    assert plugin.sniff(Path("/nowhere"), head) in (True, False)


LISTED = """/srv/raw:
total 8
drwxr-x--- 2 etl eng 4096 Oct  9 10:00 .
drwxr-xr-x 3 root root 4096 Oct  9 10:00 ..
-rw-r----- 1 etl eng 12 Oct  9 10:00 a.jsonl
drwxr-xr-x 2 etl eng 4096 Oct  9  2025 in

/srv/raw/in:
total 4
drwxr-xr-x 2 etl eng 4096 2026-10-09 10:00 .
drwxr-x--- 3 etl eng 4096 2026-10-09 10:00 ..
-rw-r--r-- 1 etl eng 12 2026-10-09 10:00 b c.jsonl
"""
HADOOP = """Found 2 items
drwxr-x---   - etl eng          0 2026-10-09 10:00 /srv/raw
-rw-r--r--   3 etl eng         12 2026-10-09 10:00 /srv/raw/a.jsonl
"""


@pytest.mark.parametrize(
    ("text", "file"), [(LISTED, "a.jsonl"), (LISTED, "in/b c.jsonl"), (HADOOP, "a.jsonl")]
)
def test_what_ls_prints(tmp_path: Path, text: str, file: str) -> None:
    path = tmp_path / "ls.txt"
    path.write_text(text)
    assert plugin.sniff(path, text.encode())
    log = UnitLog()
    rows = list(plugin.read(GrantExport(path), log))
    assert log.problems == []
    assert decide(rows, employee("eng"), f"file:///srv/raw/{file}") is Decision.YES
    assert decide(rows, employee("zoe"), f"file:///srv/raw/{file}") is Decision.NO
