"""The directory names the people behind pseudonyms, linked ones too; others stay unknown."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from scanner.about import person_key
from scanner.audit import AuditOptions, prepare
from scanner.ledger import Ledger
from scanner.ledger.schema import Linked
from scanner.ledger.views import connect
from scanner.model import About, Confidence, Finding, Location, Principal, Severity

NOW = datetime(2026, 10, 5, 6, tzinfo=UTC)


def pseudonym(name: str) -> str:
    key = person_key(name)
    return f"~p:{key[0]}:{key[1]}" if key else ""


def finding(n: int, subject: str) -> Finding:
    at = Location("file:///d/a.jsonl", record=n, field="/text")
    about = About(subject, "~s1", "Mail", "~w1", NOW)
    levels = Severity.LOW, Confidence.LOW
    return Finding(f"{n:016x}", "r", "pii", *levels, at, "f" * 64, "x", NOW, (), subject, about)


def test_findings_name_whom_the_directory_knows(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    with ledger.run("r") as run:
        known, linked = pseudonym("ann@corp.example"), pseudonym("u-7")
        run.write("findings", [finding(1, known), finding(2, linked), finding(3, "~p:x:else")])
        run.write("persons", [Linked(pseudonym("bob@corp.example"), linked)])
        people = [
            Principal("ann", "user", "Ann", "R&D", "bob", aliases=("Ann@corp.example",)),
            Principal("bob", "user", "Bob", "R&D", "", aliases=("bob@corp.example",)),
        ]
        run.write("principals", people)
    con = connect(ledger, ["r"])
    prepare(con, AuditOptions(NOW, pseudonym=pseudonym))
    rows = con.execute(
        'SELECT record, principal, manager, application, epoch("time") FROM finding_about'
    )
    found = {record: rest for record, *rest in rows.fetchall()}
    assert found[1][:3] == ["ann", "bob", "Mail"]
    assert found[1][3] == NOW.timestamp()
    assert found[2][0] == "bob"
    assert found[3][0] is None
