"""The ledger as its users see it: rows back as they were, whole runs only, a closed door."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
import threading
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, get_type_hints

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.errors import LeakgateError, UnreadableError, UsageError
from scanner.ledger import ROW_GROUP, Ledger
from scanner.ledger.schema import TABLES
from scanner.ledger.views import connect
from scanner.model import (
    AccessEvent,
    Confidence,
    Finding,
    Location,
    Membership,
    Severity,
    StoredObject,
)

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
INT64 = st.integers(-(2**63), 2**63 - 1)
ZONES = st.integers(-23, 23).map(lambda hours: timezone(timedelta(hours=hours)))
st.register_type_strategy(int, INT64)
st.register_type_strategy(datetime, st.datetimes(datetime(1900, 1, 2), timezones=ZONES))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def finding(number: int) -> Finding:
    where = Location("s3://b/a.jsonl", record=number, field="/text", start=1, end=9)
    return Finding(
        f"f{number}",
        "key",
        "credential",
        Severity.HIGH,
        Confidence.LOW,
        where,
        "ab" * 32,
        "A***",
        NOON,
    )


def event(number: int) -> AccessEvent:
    at = NOON + timedelta(seconds=number)
    return AccessEvent(
        f"e{number}",
        at,
        6005,
        "Read",
        "Success",
        "u",
        "",
        "s3://b/a",
        "GetObject",
        1,
        "",
        "log",
        "f",
        number,
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger")


def from_hints(cls: type) -> st.SearchStrategy[Any]:
    """Instances of a dataclass, every field drawn from its type."""
    hints = get_type_hints(cls)
    return st.builds(cls, **{f.name: st.from_type(hints[f.name]) for f in fields(cls)})


@pytest.mark.parametrize("table", TABLES)
def test_every_row_comes_back_as_it_went_in(table: str, tmp_path_factory: Any) -> None:
    st.register_type_strategy(str, TEXT)

    @settings(
        max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(st.lists(from_hints(TABLES[table]), max_size=4))
    def check(rows: list[Any]) -> None:
        ledger = Ledger(tmp_path_factory.mktemp("ledger"))
        with ledger.run("r") as run:
            assert run.write(table, rows) == len(rows)
        assert list(ledger.read("r", table)) == rows

    check()


def test_rows_of_several_writes_follow_each_other(ledger: Ledger) -> None:
    with ledger.run("r") as run:
        run.write("findings", [finding(0)])
        run.write("memberships", [Membership("a", "b")])
        run.write("findings", (finding(n) for n in range(1, ROW_GROUP + 5)))
    assert [f.id for f in ledger.read_findings("r")] == [f"f{n}" for n in range(ROW_GROUP + 5)]
    assert list(ledger.read_memberships("r")) == [Membership("a", "b")]
    assert list(ledger.read_grants("r")) == []


def test_times_of_other_zones_are_the_same_moments_in_utc(ledger: Ledger) -> None:
    east = datetime.fromisoformat("2026-10-01T14:00:00+02:00")
    with ledger.run("r") as run:
        run.write("objects", [StoredObject("u", "s3://b/k", landed=east)])
    (row,) = ledger.read_objects("r")
    assert row.landed == NOON
    assert row.landed.utcoffset() == timedelta(0)
    shown = connect(ledger, ["r"]).sql("SELECT landed::VARCHAR, typeof(landed) FROM objects")
    assert shown.fetchall() == [("2026-10-01 12:00:00+00", "TIMESTAMP WITH TIME ZONE")]


def test_half_characters_are_replaced_not_quoted(ledger: Ledger) -> None:
    with ledger.run("r") as run:
        run.write("memberships", [Membership("a\ud800b", "g"), Membership("\U0001f600", "g")])
    members = [row.member for row in ledger.read_memberships("r")]
    assert members == ["a\ufffdb", "\U0001f600"]


@pytest.mark.parametrize("bad", [{"bytes_out": 2**63}, {"time": datetime(2026, 1, 1)}])
def test_a_value_that_does_not_fit_fails_the_run_without_quoting_it(
    ledger: Ledger, bad: dict[str, Any]
) -> None:
    with pytest.raises(LeakgateError) as caught, ledger.run("r") as run:
        run.write("events", [replace(event(1), **bad)])
    assert str(2**63) not in caught.value.diagnostics()
    assert ledger.runs() == []


def test_a_full_disk_is_told_and_leaves_nothing(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LeakgateError, match="No space left") as caught, ledger.run("r"):
        pass
    assert "--ledger" in caught.value.hint
    assert ledger.runs() == []
    assert not [path for path in ledger.path.iterdir() if path.is_dir()]


def test_a_failed_run_leaves_nothing(ledger: Ledger) -> None:
    with pytest.raises(RuntimeError), ledger.run("r") as run:
        run.write("findings", [finding(1)])
        raise RuntimeError("stop")
    assert ledger.runs() == []
    assert [path.name for path in ledger.path.iterdir()] == [".gitignore"]


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_git_takes_no_notice_of_a_ledger_and_a_folder_of_others_stays(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for name in (".leakgate", "."):
        with Ledger(tmp_path / name).run(f"r{len(name)}"):
            pass
    status = ["git", "-C", str(tmp_path), "status", "--porcelain", "-uall"]
    told = subprocess.run(status, check=True, capture_output=True, text=True).stdout
    assert told
    assert ".leakgate" not in told
    assert not (tmp_path / ".gitignore").exists()


def test_a_taken_id_is_refused_and_the_first_run_stays(ledger: Ledger) -> None:
    with ledger.run("r") as run:
        run.write("findings", [finding(1)])
    with pytest.raises(UsageError, match="already has a run"), ledger.run("r"):
        pass
    with pytest.raises(UsageError, match="already has a run"), ledger.run("late"):
        second_writer(ledger)
    assert [f.id for f in ledger.read_findings("late")] == ["f2"]
    assert ledger.runs() == ["late", "r"]


def second_writer(ledger: Ledger) -> None:
    with ledger.run("late") as sooner:
        sooner.write("findings", [finding(2)])


@pytest.mark.parametrize("bad", ["", "../x", "a/b", ".hidden", "a b", "x" * 200])
def test_a_run_id_is_a_plain_name(ledger: Ledger, bad: str) -> None:
    with pytest.raises(UsageError, match="plain name"), ledger.run(bad):
        pass


def test_unknown_tables_and_runs_are_named(ledger: Ledger) -> None:
    with pytest.raises(UsageError, match="no table 'finding'"), ledger.run("r") as run:
        run.write("finding", [])
    with pytest.raises(UsageError, match="no run 'r'"):
        list(ledger.read_findings("r"))
    with pytest.raises(UsageError, match="no run 'r'"):
        connect(ledger, ["r"])


def test_only_the_owner_can_enter(ledger: Ledger) -> None:
    before = os.umask(0)
    try:
        with ledger.run("r") as run:
            run.write("findings", [finding(1)])
    finally:
        os.umask(before)
    modes = {p: stat.S_IMODE(p.stat().st_mode) for p in [ledger.path, *ledger.path.rglob("*")]}
    assert {mode for p, mode in modes.items() if p.is_dir()} == {0o700}
    assert {mode for p, mode in modes.items() if p.is_file()} == {0o600}


def test_a_broken_file_says_so(ledger: Ledger) -> None:
    with ledger.run("r") as run:
        run.write("findings", [finding(1)])
    path = ledger.file("r", "findings")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UnreadableError, match="broken"):
        list(ledger.read_findings("r"))


def test_a_table_that_is_gone_is_not_an_empty_one(ledger: Ledger) -> None:
    with ledger.run("r") as run:
        run.write("findings", [finding(1)])
    ledger.file("r", "findings").unlink()
    with pytest.raises(UnreadableError, match="not there"):
        ledger.read_findings("r")
    with pytest.raises(UnreadableError, match="not there"):
        connect(ledger, ["r"])


def test_a_killed_writer_leaves_the_ledger_whole(ledger: Ledger, tmp_path: Path) -> None:
    with ledger.run("first") as run:
        run.write("findings", [finding(1)])
    script = textwrap.dedent("""
        import itertools, sys
        from tests_ledger import finding
        from scanner.ledger import Ledger
        def rows():
            for n in itertools.count():
                if n == 40_000:
                    print("writing", flush=True)
                yield finding(n)
        with Ledger(sys.argv[1]).run("second") as run:
            run.write("findings", rows())
    """)
    (tmp_path / "tests_ledger.py").write_text(Path(__file__).read_text())
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(ledger.path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[1]}"},
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"writing\n"
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert ledger.runs() == ["first"]
    assert any(p.name.startswith(".run=second.tmp-") for p in ledger.path.iterdir())
    with ledger.run("second") as run:
        run.write("findings", [finding(2)])
    count = connect(ledger, ledger.runs()).execute("SELECT count(*) FROM findings").fetchone()
    assert count == (2,)


def test_readers_never_see_half_a_run(ledger: Ledger) -> None:
    size, seen, done = 3_000, [], threading.Event()

    def write() -> None:
        for number in range(6):
            with ledger.run(f"r{number}") as run:
                run.write("findings", (finding(n) for n in range(size)))
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set() or len(seen) < 3:
        runs = ledger.runs()
        with connect(ledger, runs) as con:
            (count,) = con.execute("SELECT count(*) FROM findings").fetchone() or (None,)
        seen.append((len(runs) * size, count))
    writer.join()
    assert all(expected == count for expected, count in seen)


def test_the_views_have_their_columns_without_any_run(ledger: Ledger) -> None:
    with ledger.run("r"):
        pass
    full, empty = connect(ledger, ["r"]), connect(ledger, [])
    for table in TABLES:
        assert full.sql(f"FROM {table}").columns == empty.sql(f"FROM {table}").columns
        assert full.sql(f"FROM {table}").types == empty.sql(f"FROM {table}").types


def test_findings_show_their_location_as_columns(ledger: Ledger) -> None:
    with ledger.run("r") as run:
        run.write("findings", [finding(7)])
    row = connect(ledger, ["r"]).sql(
        "SELECT uri, record, field, start_char, end_char, part, run FROM findings"
    )
    assert row.fetchall() == [("s3://b/a.jsonl", 7, "/text", 1, 9, "value", "r")]


def test_the_connection_reaches_nothing_else(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "odd [name]* it's")
    with ledger.run("r") as run:
        run.write("findings", [finding(1)])
    outside = tmp_path / "outside.csv"
    outside.write_text("a\n1\n")
    con = connect(ledger, ["r"])
    assert con.execute("SELECT count(*) FROM findings").fetchone() == (1,)
    for query in (
        f"SELECT * FROM read_csv('{outside}')",
        f"COPY (SELECT 1) TO '{outside}'",
        f"ATTACH '{tmp_path / 'x.duckdb'}'",
        "SET enable_external_access = true",
        "SET threads = 1",
        "INSTALL httpfs",
    ):
        with pytest.raises(duckdb.Error):
            con.execute(query).fetchall()
    assert outside.read_text() == "a\n1\n"


def test_what_does_not_fit_in_memory_goes_into_the_ledger_and_away(ledger: Ledger) -> None:
    with ledger.run("r"):
        pass
    with connect(ledger, ["r"]) as con:
        (folder,) = con.execute("SELECT current_setting('temp_directory')").fetchone() or ("",)
        assert Path(folder).is_relative_to(ledger.path)
    assert list((ledger.path / ".tmp").iterdir()) == []
    assert ledger.runs() == ["r"]
