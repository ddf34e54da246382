"""The documented table form of grants: spellings, defaults, and rows that cannot be used."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.batch import UnitLog
from scanner.errors import LeakgateError, UnreadableError, UsageError
from scanner.grants import GrantExport
from scanner.grants.generic import plugin
from scanner.model import Decision, Grant

SAMPLE = """principal,principal_type,privilege,resource,granted_by,granted_time,expiration_time
analysts,group,SELECT,warehouse://mci/sessions,dba,2026-01-05T09:00:00Z,
ALL_EMPLOYEES,,viewer,gs://shards/raw/*,,,2026-12-31
"""


def write_sample(path: Path) -> None:
    """A small believable export of this system."""
    path.write_text(SAMPLE)


def read(path: Path, text: str, **options: Any) -> tuple[list[Grant], UnitLog]:
    file = path / "grants.csv"
    file.write_text(text)
    log = UnitLog()
    return list(plugin.read(GrantExport(file, options), log)), log


def one(path: Path, **cells: Any) -> Grant:
    row = {"principal": "bob", "resource": "s3://b/"} | cells
    rows, log = read(path, json.dumps([row]))
    assert log.problems == []
    return rows[0]


def test_the_sample(tmp_path: Path) -> None:
    (first, second), log = read(tmp_path, SAMPLE)
    assert (log.records, log.problems) == (2, [])
    assert first == Grant(
        principal="analysts",
        principal_type="group",
        privilege="SELECT",
        access_level="read",
        resource="warehouse://mci/sessions",
        effect="Allow",
        decision=Decision.YES,
        via="row 2 of grants.csv",
        system="generic",
        granted_by="dba",
        granted_time=datetime(2026, 1, 5, 9, tzinfo=UTC),
    )
    assert second.principal_type == "all_staff"
    assert second.expiration_time == datetime(2026, 12, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("PUBLIC", "public"),
        ("*", "public"),
        ("allUsers", "public"),
        ("anonymous", "public"),
        ("allAuthenticatedUsers", "public"),
        ("ALL_EMPLOYEES", "all_staff"),
        ("everyone", "all_staff"),
        ("all staff", "all_staff"),
        ("All-Staff", "all_staff"),
        ("Domain Users", "all_staff"),
        ("CORP\\Domain Users", "all_staff"),
        ("bob@corp.example", "user"),
        ("group:eng@corp.example", "group"),
        ("serviceAccount:etl@p.iam.example", "service"),
        ("publicity-team", "unknown"),
        ("analysts", "unknown"),
    ],
)
def test_principal_spellings(tmp_path: Path, name: str, kind: str) -> None:
    assert one(tmp_path, principal=name).principal_type == kind


@pytest.mark.parametrize(
    ("privilege", "level", "decision"),
    [
        ("SELECT", "read", "yes"),
        ("select, insert", "read", "yes"),
        ("INSERT", "write", "no"),
        ("ALL PRIVILEGES", "admin", "yes"),
        ("OWNER", "admin", "yes"),
        ("list", "list", "no"),
        ("rw", "read", "yes"),
        ("none", "none", "no"),
        ("", "read", "yes"),
    ],
)
def test_levels_from_privileges(tmp_path: Path, privilege: str, level: str, decision: str) -> None:
    row = one(tmp_path, privilege=privilege)
    assert (row.access_level, row.decision) == (level, decision)


def test_a_condition_makes_it_conditional_unless_the_row_decides(tmp_path: Path) -> None:
    assert one(tmp_path, condition="only on site").decision is Decision.CONDITIONAL
    assert one(tmp_path, condition="none that matters", decision="YES").decision is Decision.YES
    assert one(tmp_path, privilege="odd", decision="conditional").access_level == "read"


def test_header_spellings_and_separators(tmp_path: Path) -> None:
    rows, _ = read(
        tmp_path, "Grantee;Path;Permission;Expires\nbob;/raw/;read;\n", resource="s3://b"
    )
    assert (rows[0].principal, rows[0].resource) == ("bob", "s3://b/raw/")


def test_lists_of_exceptions(tmp_path: Path) -> None:
    row = one(tmp_path, except_principals=["eve", "mallory"])
    assert row.except_principals == ("eve", "mallory")
    rows, _ = read(tmp_path, "principal,resource,except_principals\n*,s3://b/,eve | mallory\n")
    assert rows[0].except_principals == ("eve", "mallory")


@pytest.mark.parametrize("form", ["list", "object", "lines", "one"])
def test_json_forms(tmp_path: Path, form: str) -> None:
    row = {"principal": "bob", "resource": "s3://b/"}
    text = {
        "list": json.dumps([row, row]),
        "object": json.dumps({"grants": [row, row]}, indent=1),
        "lines": "\n".join([json.dumps(row)] * 2),
        "one": '{"grants":[' + json.dumps(row) + "," + json.dumps(row) + "]}",
    }[form]
    assert len(read(tmp_path, text)[0]) == 2


def test_an_unknown_column_is_an_error_with_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, "principal,resource,privelege\nbob,s3://b/,read\n")
    assert "'privilege'" in caught.value.hint
    with pytest.raises(UsageError, match="no column resource"):
        read(tmp_path, "principal,privilege\nbob,read\n")
    with pytest.raises(UsageError, match="mean the same"):
        read(tmp_path, "principal,user,resource\nbob,bob,s3://b/\n")


def test_bad_rows_are_counted_by_line_and_never_quoted(tmp_path: Path) -> None:
    rows, log = read(
        tmp_path,
        "principal,resource,effect,privilege,expires\n"
        "bob,s3://b/,Allow,read,\n"
        ",s3://b/,Allow,read,\n"
        "bob,,Allow,read,\n"
        "bob,s3://b/,Perhaps-Sekret,read,\n"
        "bob,s3://b/,Allow,frobnicate-Sekret,\n"
        "bob,s3://b/,Allow,read,Sekret\n"
        "bob,s3://b/\n"
        "eve,s3://b/,Deny,read,\n",
    )
    assert [r.effect for r in rows] == ["Allow", "Deny"]
    assert (log.records, log.failed_records) == (8, 6)
    assert sorted(n for p in log.problems for n in p.records) == [3, 4, 5, 6, 7, 8]
    assert "Sekret" not in repr(log)


def test_bad_json_lines_are_counted(tmp_path: Path) -> None:
    row = '{"principal":"bob","resource":"s3://b/"}'
    rows, log = read(tmp_path, f'{row}\n{{"principal":"Sekret\n[1]\n{row}\n')
    assert len(rows) == 2
    assert (log.records, log.failed_records) == (4, 2)
    assert "Sekret" not in repr(log)


@pytest.mark.parametrize("text", ["", "  \n", '{"a": 1}', "[1", 'principal,resource\n"bob,x\n'])
def test_files_of_no_form(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(tmp_path, text)
    assert caught.value.hint


@given(st.text(max_size=80))
def test_anything_raises_our_errors_only(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "g.csv")
        file.write_bytes(("principal,resource\n" + text).encode("utf-8", "replace"))
        with contextlib.suppress(LeakgateError):
            list(plugin.read(GrantExport(file), UnitLog()))
