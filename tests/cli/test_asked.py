"""The questions: who, grants explain, subject, query, as a user asks them of a small ledger."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scanner.cli import run
from scanner.ledger import Ledger
from scanner.model import (
    About,
    AccessEvent,
    Confidence,
    Consent,
    Decision,
    Finding,
    Grant,
    Location,
    LogCoverage,
    Membership,
    Principal,
    RunInfo,
    Severity,
    StoredObject,
)

NOW = "2026-10-15T00:00:00Z"
KEY = "s3://lake/raw/a.jsonl"


def day(number: int) -> datetime:
    return datetime(2026, 10, number, tzinfo=UTC)


def grant(who: str, kind: str, **change: Any) -> Grant:
    rest = {"granted_time": None, "expiration_time": None, "effect": "Allow"} | change
    return Grant(
        who, kind, "Get", "read", "s3://lake/", decision=Decision.YES, via=f"line of {who}",
        system="s3", **rest,
    )  # fmt: skip


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    folder = tmp_path / "ledger"
    about = About(user="~p0123456789abcdef", application="Mail", time=day(5))
    found = Finding(
        "abcdef0123456789", "email", "pii", Severity.HIGH, Confidence.HIGH,
        Location("a.jsonl", record=3, field="/text"), "ab" * 32, "a***", day(14),
        subject=about.user, about=about,
    )  # fmt: skip
    with Ledger(folder).run("scan") as run_:
        run_.write("findings", [found])
        run_.write("objects", [StoredObject("a.jsonl", KEY, "lake", landed=day(3))])
        run_.write("runs", [RunInfo("scan", "gate", day(14), "k", "", "", "", "")])
    with Ledger(folder).run("scan-20261014T000000000000Z-evidence") as run_:
        run_.write("principals", [Principal("ann", "user", "Ann", aliases=("Ann@Corp.example",))])
        run_.write("principals", [Principal("bob", "user", "Bob"), Principal("g", "group")])
        run_.write("memberships", [Membership("ann", "g"), Membership("g", "g")])
        ended = grant("bob", "user", expiration_time=day(10))
        run_.write("grants", [grant("g", "group"), ended])
        run_.write("consents", [Consent("ann", "pause", day(5), day(6))])
        event = AccessEvent(
            "e", day(9), 6005, "Read", "Success", "bob", "", KEY, "Get", 7, "", "log", "f", 0
        )
        run_.write("events", [event])
        run_.write("coverage", [LogCoverage("s3://lake/", day(1), day(15), "log", "declared")])
        from scanner.ledger.schema import Alias

        run_.write("aliases", [Alias(about.user, "ann")])
    return folder


def asked(ledger: Path, capsys: pytest.CaptureFixture[str], *args: str) -> tuple[Any, str]:
    code = run([*args, "--as", "json", "--ledger", str(ledger), "--now", NOW])
    out, err = capsys.readouterr()
    assert code == 0, err
    return json.loads(out), err


def test_who_could_read_now_and_then(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (ann,), _ = asked(ledger, capsys, "who", "could-read", KEY)
    assert (ann["principal"], ann["decision"], ann["via"]) == ("ann", "yes", ["via g, line of g"])
    then, _ = asked(ledger, capsys, "who", "could-read", "s3://lake/", "--at", "2026-10-09")
    assert [row["principal"] for row in then] == ["ann", "bob"]
    of_finding, _ = asked(ledger, capsys, "who", "could-read", "abcdef0123456789")
    assert of_finding == [ann]


def test_who_did_read(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of_value = f"value {'ab' * 32}".encode()
    incident = f"inc-{hashlib.sha256(of_value).hexdigest()[:16]}"
    assert asked(ledger, capsys, "who", "did-read", incident)[0]
    (bob,), err = asked(ledger, capsys, "who", "did-read", "ab" * 32)
    assert (bob["principal"], bob["reads"], bob["bytes_out"], bob["explained"]) == (
        *("bob", 1, 7),
        True,
    )
    assert bob["first_read"] == "2026-10-09T00:00:00+00:00"
    assert err == ""
    assert asked(ledger, capsys, "who", "did-read", KEY, "--at", "2026-10-08")[0] == []


def test_explain_gives_grants_and_the_answer(
    ledger: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (row,), err = asked(ledger, capsys, "grants", "explain", "ANN@corp.example", KEY)
    assert (row["effect"], row["granted_to"], row["through"], row["in_force"]) == (
        *("Allow", "g", "g"),
        True,
    )
    assert err == f"ann can read {KEY}\n"
    (row,), err = asked(ledger, capsys, "grants", "explain", "bob", KEY)
    assert row["in_force"] is False
    assert err == f"bob cannot read {KEY}\n"


def test_subject_gathers_all_of_a_person(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found, _ = asked(ledger, capsys, "subject", "ann@corp.EXAMPLE")
    assert found["findings about them"][0]["id"] == "abcdef0123456789"
    assert [row["kind"] for row in found["pauses and exemptions"]] == ["pause"]
    assert [row["principal"] for row in found["who read data about them"]] == ["bob"]
    assert [row["group"] for row in found["groups"]] == ["g"]
    assert found["person"][0]["id"] == "ann"


def test_query_in_three_forms(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows, _ = asked(ledger, capsys, "query", "SELECT resource, landed FROM effective_read")
    assert rows == [{"resource": KEY, "landed": "2026-10-03T00:00:00+00:00"}]
    assert run(["query", "SELECT 'a,b' AS x, 1 AS y", "--ledger", str(ledger), "--as", "csv"]) == 0
    assert list(csv.reader(io.StringIO(capsys.readouterr().out))) == [["x", "y"], ["a,b", "1"]]
    assert run(["query", "--views", "--ledger", str(ledger)]) == 0
    assert "object_grants" in capsys.readouterr().out


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT content FROM read_text('/etc/passwd')",
        "SELECT content FROM read_text('/proc/self/environ')",
        "FROM read_blob('/etc/hostname')",
        "FROM read_json_objects('/etc/passwd')",
        "FROM sniff_csv('/etc/passwd')",
        "FROM '/etc/passwd.csv'",
        "FROM glob('/etc/*')",
        "FROM read_parquet('{ledger}/../other.parquet')",
        "FROM query('COPY (SELECT 1) TO ''{ledger}/x.csv''')",
        "FROM query('ATTACH ''{ledger}/x.db''')",
        "COPY (SELECT 1) TO '{ledger}/x.csv'",
        "COPY findings FROM '/etc/passwd'",
        "EXPORT DATABASE '{ledger}/x'",
        "ATTACH '{ledger}/x.db' AS x",
        "INSTALL httpfs",
        "LOAD httpfs",
        "FROM 'https://example.org/x.csv'",
        "PRAGMA database_list",
        "SET enable_external_access = true",
        "RESET lock_configuration",
        "CALL pragma_version()",
        "CREATE TABLE x AS SELECT 1",
        "CREATE SECRET s (TYPE s3)",
    ],
)
def test_a_question_can_only_ask(
    ledger: Path, capsys: pytest.CaptureFixture[str], sql: str
) -> None:
    before = sorted(p for p in ledger.rglob("*") if p.is_file())
    assert run(["query", sql.replace("{ledger}", str(ledger)), "--ledger", str(ledger)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "root:" not in err
    assert "LEAKGATE_KEY" not in err
    assert sorted(p for p in ledger.rglob("*") if p.is_file()) == before


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["query", "DROP TABLE resources"], "must be one SELECT"),
        (["query", "SELECT 1; SELECT 2"], "must be one SELECT"),
        (["query", "COPY (SELECT 1) TO 'x.csv'"], "must be one SELECT"),
        (["query", "SELECT * FROM read_csv('/etc/passwd')"], "PermissionException"),
        (["query", "SELECT nothing FROM reads"], "Binder Error"),
        (["query", "SELECT actor::INTEGER FROM events"], "ConversionException"),
        (["query"], "there is no question"),
        (["who", "could-read", "s3://lake/raw/b.jsonl"], f"did you mean '{KEY}'"),
        (["grants", "explain", "anna", KEY], "did you mean 'ann'"),
        (["subject", "nobody-at-all"], "knows this name"),
    ],
)
def test_a_wrong_question_is_told(
    ledger: Path, capsys: pytest.CaptureFixture[str], args: list[str], said: str
) -> None:
    assert run([*args, "--ledger", str(ledger)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert "bob" not in err


def test_without_a_scan_there_is_no_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["query", "SELECT 1", "--ledger", str(tmp_path / "none")]) == 2
    assert "holds no scan" in capsys.readouterr().err
