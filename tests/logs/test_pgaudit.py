"""PostgreSQL logs: three forms, pgAudit, statements, refusals, prefixes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.batch import UnitLog
from scanner.errors import UsageError
from scanner.logs import LogFile
from scanner.logs.pgaudit import plugin
from scanner.model import AccessEvent

STAMP = "2026-11-03 10:20:30.123 UTC"
AUDIT = "AUDIT: SESSION,1,1,READ,SELECT,TABLE,raw.sessions,select * from raw.sessions,<not logged>"


def as_csv(message: str = AUDIT, severity: str = "LOG", query: str = "", stamp: str = STAMP) -> str:
    quoted, query = message.replace('"', '""'), query.replace('"', '""')
    return (
        f'{stamp},"ana","prod",4242,"198.51.100.7:50001",6728.1,3,"SELECT",{stamp},3/12,0,'
        f'{severity},00000,"{quoted}",,,,,,"{query}",,,"psql","client backend",,0\n'
    )


def as_json(message: str = AUDIT, severity: str = "LOG", **more: str) -> str:
    cells = {"timestamp": STAMP, "user": "ana", "dbname": "prod", "pid": 4242}
    cells |= {"remote_host": "198.51.100.7", "session_id": "6728.1", "error_severity": severity}
    return json.dumps(cells | {"message": message, "backend_type": "client backend"} | more) + "\n"


def as_text(message: str = AUDIT, severity: str = "LOG", prefix: str = "[4242] ana@prod") -> str:
    return f"{STAMP} {prefix} {severity}:  {message}\n"


def write_sample(path: Path) -> None:
    """A small believable log of this format."""
    path.write_text(as_csv() * 3)


def read(folder: Path, text: str, failed: int = 0, **options: str) -> list[AccessEvent]:
    path = folder / "postgresql.log"
    path.write_text(text)
    assert plugin.sniff(path, path.read_bytes()[:4096])
    log = UnitLog()
    found = list(plugin.read(LogFile(path, options), log))
    assert log.failed_records == failed
    return found


PLAIN_CSV = as_csv().replace('"ana"', "ana").replace('"prod"', "prod")  # as a tool writes it


@pytest.mark.parametrize("line", [as_csv(), PLAIN_CSV, as_json(), as_text()])
def test_an_audited_read_in_every_form(tmp_path: Path, line: str) -> None:
    (event,) = read(tmp_path, line)
    assert (event.activity, event.status, event.actor) == ("Read", "Success", "ana")
    assert event.resource == "postgres://prod/raw/sessions"
    assert event.time.isoformat() == "2026-11-03T10:20:30.123000+00:00"
    assert event.src_endpoint in ("198.51.100.7", "")


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ('AUDIT: OBJECT,1,1,READ,SELECT,VIEW,"raw.""My V""",x,<none>', [("Read", "raw/My V")]),
        ("AUDIT: SESSION,1,1,WRITE,DELETE,TABLE,raw.s,delete,x", [("Delete", "raw/s")]),
        ("AUDIT: SESSION,1,1,WRITE,INSERT,,,insert into a table b,x", [("Read", "public/b")]),
        ('AUDIT: SESSION,1,1,READ,SELECT,,,"select * from a, r.b",x',
         [("Read", "public/a"), ("Read", "r/b")]),
        ("AUDIT: SESSION,1,1,ROLE,GRANT,TABLE,raw.s,grant,x", [("Update", "raw/s")]),
        ("AUDIT: SESSION,1,1,MISC,SHOW,,,show x,x", []),
        ("AUDIT: SESSION,1,1,READ,SELECT,TABLE,pg_catalog.pg_class,s,x",
         [("Read", "pg_catalog/pg_class")]),
        ("statement: select * from raw.sessions", [("Read", "raw/sessions")]),
        ("duration: 1.2 ms  execute <unnamed>: select 1 from t", [("Read", "public/t")]),
        ("connection received: host=1.2.3.4", []),
    ],
)  # fmt: skip
def test_messages(tmp_path: Path, message: str, told: list[tuple[str, str]]) -> None:
    found = read(tmp_path, as_csv(message))
    assert [(e.activity, e.resource.removeprefix("postgres://prod/")) for e in found] == told


def test_a_statement_of_several_lines(tmp_path: Path) -> None:
    text = as_text("statement: select *\n\tfrom raw.sessions\n\twhere true") + as_text(
        "duration: 1 ms"
    )
    assert [e.resource for e in read(tmp_path, text)] == ["postgres://prod/raw/sessions"]


def test_statements_count_until_pgaudit_tells_more(tmp_path: Path) -> None:
    text = as_csv("statement: select * from raw.sessions")
    assert len(read(tmp_path, text + as_csv() + text)) == 2


@pytest.mark.parametrize("form", ["csv", "json", "text"])
def test_chosen_objects_do_not_stand_for_all_reads(tmp_path: Path, form: str) -> None:
    chosen = "AUDIT: OBJECT,1,1,READ,SELECT,TABLE,raw.chosen,select,<none>"
    said = "statement: select * from raw.other"
    lines = {"csv": as_csv, "json": as_json, "text": as_text}[form]
    events = read(tmp_path, lines(chosen) + lines(said))
    assert [e.resource.rpartition("/")[2] for e in events] == ["chosen", "other"]


@pytest.mark.parametrize("form", ["csv", "json", "text"])
def test_refusals(tmp_path: Path, form: str) -> None:
    message, query = "permission denied for table sessions", "select * from raw.sessions"
    lines = {
        "csv": as_csv(message, "ERROR", query),
        "json": as_json(message, "ERROR", statement=query),
        "text": as_text(message, "ERROR") + as_text(query, "STATEMENT"),
    }
    (event,) = read(tmp_path, lines[form])
    assert (event.status, event.resource) == ("Failure", "postgres://prod/raw/sessions")


@pytest.mark.parametrize(
    "line",
    [
        f"2026-11-03 10:20:30 UTC:198.51.100.7(50001):ana@prod:[4242]:LOG:  {AUDIT}\n",
        f"2026-11-03 10:20:30 UTC [4242]: [3-1] user=ana,db=prod,app=psql,client=h LOG:  {AUDIT}\n",
        f"{STAMP} ana@prod [4242] LOG:  {AUDIT}\n",
    ],
)
def test_usual_prefixes(tmp_path: Path, line: str) -> None:
    (event,) = read(tmp_path, line)
    assert (event.actor, event.resource) == ("ana", "postgres://prod/raw/sessions")


def test_a_prefix_of_ones_own(tmp_path: Path) -> None:
    line = f"{STAMP}|ana|prod|4242|LOG:  {AUDIT}\n"
    (event,) = read(tmp_path, line, log_line_prefix="%m|%u|%d|%p|")
    assert event.actor == "ana"
    assert read(tmp_path, line, failed=1) == []


def test_zones(tmp_path: Path) -> None:
    line = as_csv(stamp="2026-11-03 11:20:30.123 CET")
    with pytest.raises(UsageError):
        read(tmp_path, line)
    (event,) = read(tmp_path, line, time_zone="Europe/Berlin", resource_prefix="postgres://db1/")
    assert event.time.hour == 10 and event.resource == "postgres://db1/prod/raw/sessions"


def test_broken_lines_are_counted(tmp_path: Path) -> None:
    assert len(read(tmp_path, as_csv() + "what,is,this\n" + as_csv(), failed=1)) == 2
