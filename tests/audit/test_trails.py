"""How long an incident lay open, to whom, where its copies are, and what a credential opens."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from reports import facts
from scanner.audit import AuditOptions, audit
from scanner.ledger import Ledger
from scanner.model import (
    AccessEvent,
    BlastRadius,
    Confidence,
    Decision,
    Finding,
    Grant,
    Incident,
    Location,
    LogCoverage,
    Principal,
    Severity,
    StoredObject,
)

NOW = datetime(2026, 10, 15, tzinfo=UTC)
PRINT = "ab" * 32
PEOPLE = [
    Principal("ann@corp.example", "user", "Ann", "Research"),
    Principal("bob@corp.example", "user", "Bob", "Sales"),
    Principal("robot", "service", "Loader", aliases=(PRINT,)),
]


def day(number: int) -> datetime:
    return datetime(2026, 10, number, tzinfo=UTC)


def found(uri: str, fingerprint: str = PRINT) -> Finding:
    return Finding(f"{fingerprint[:2]}@{uri}", "provider-key", "credential", Severity.HIGH,
        Confidence.HIGH, Location(uri), fingerprint, "AB***", NOW)  # fmt: skip


def grant(who: str, resource: str, kind: str = "user", **more: Any) -> Grant:
    return replace(
        Grant(who, kind, "Get", "read", resource, "Allow", Decision.YES, "rule 1", "s3"), **more
    )


def read(at: datetime, who: str, resource: str, **more: Any) -> AccessEvent:
    event = AccessEvent(f"{who}{at}{resource}", at, 6005, "Read", "Success", who, "", resource,
        "Get", 7, "", "log", "f", 0)  # fmt: skip
    return replace(event, **more)


OBJECTS = [
    StoredObject("a", "s3://raw/a", "raw", "", day(3)),
    StoredObject("b", "s3://team/b", "team", "", day(5)),
    StoredObject("c", "s3://team/c", "team", "", day(5)),
]
GRANTS = [
    grant("ann@corp.example", "s3://raw/"),
    grant("bob@corp.example", "s3://raw/", granted_time=day(8)),
    grant("pat@other.org", "s3://raw/", granted_time=day(9)),
    grant("*", "s3://raw/", "public", expiration_time=day(4)),
    grant("*", "s3://team/", "all_staff"),
    grant("robot", "s3://team/", "service"),
    grant("robot", "s3://raw/", "service", decision=Decision.CONDITIONAL),
]
EVENTS = [
    read(day(2), "ann@corp.example", "s3://raw/a"),
    read(day(6), "pat@other.org", "s3://raw/a"),
    read(day(7), "ann@corp.example", "s3://raw/a"),
    read(day(9), "bob@corp.example", "s3://team/b"),
    read(day(9), "zoe", "s3://team/b"),
    read(day(9), "198.51.100.7", "s3://elsewhere", activity="List", credential=PRINT),
    read(day(1), "early", "s3://elsewhere", activity="List", credential=PRINT),
]


def incident(tmp_path: Path, **tables: Any) -> Incident:
    ledger = Ledger(tmp_path / "ledger")
    told: dict[str, Any] = {
        "objects": OBJECTS, "grants": GRANTS, "events": EVENTS, "principals": PEOPLE,
        "findings": [found("a"), found("b")],
        "coverage": [LogCoverage("s3://", day(1), NOW, "log", "declared")]} | tables  # fmt: skip
    with ledger.run("r") as run:
        for name, rows in told.items():
            run.write(name, rows)
    result = audit(ledger, ["r"], AuditOptions(NOW))
    (made,) = [i for i in result.incidents if i.fingerprint == PRINT]
    return made


def test_an_incident_tells_its_whole_story(tmp_path: Path) -> None:
    made = incident(tmp_path)
    exposure = made.exposure
    assert (exposure.start, exposure.end, exposure.ended) == (day(3), day(6), "read")
    then, now = exposure.at_landing, exposure.now
    assert (then.known, then.public, then.people) == (True, Decision.YES, 4)
    assert (now.public, now.all_staff, now.people) == (Decision.NO, Decision.YES, 3)
    assert now == replace(made.could_read, readers=())
    assert made.did_read.bytes_out == 7 * 5
    assert [(r.principal, r.reads, r.explained) for r in made.outsiders] == [
        ("pat@other.org", 1, False)
    ]
    assert {r.principal for r in made.unexplained} == {"pat@other.org", "zoe"}


def test_the_story_is_told_in_words(tmp_path: Path) -> None:
    told = facts.story(incident(tmp_path))
    assert told == [
        "could read when it landed: anyone (public)",
        "open for 3 days until it was first read",
        "from outside: pat@other.org",
        "read without a known right: pat@other.org and zoe",
        "1 copy in team",
        "the credential of Loader opens 3 objects, used 1 time since it landed",
    ]


def test_minor_grants_are_gathered_by_store(tmp_path: Path) -> None:
    objects = [StoredObject(f"f{n}", f"s3://raw/{n}", "raw", "", day(3)) for n in range(30)]
    grants = [grant(f"ghost-{n}", f"s3://raw/{n}") for n in range(30)]
    ledger = Ledger(tmp_path / "ledger")
    with ledger.run("r") as run:
        for name, rows in (("objects", objects), ("grants", grants), ("principals", PEOPLE)):
            run.write(name, rows)
    result = audit(ledger, ["r"], AuditOptions(NOW))
    (made,) = [i for i in result.incidents if i.rule_ids == ("unknown-grantee",)]
    assert (made.occurrences, len(made.resources), made.store) == (30, 30, "raw")


def test_copies_and_what_the_credential_opens(tmp_path: Path) -> None:
    made = incident(tmp_path)
    (copy,) = made.copies
    assert (copy.resource, copy.store, copy.original) == ("s3://team/b", "team", "s3://raw/a")
    assert (copy.landed, copy.all_staff, copy.people, copy.strangers) == (day(5), "yes", 2, 1)
    assert made.opens == (
        BlastRadius("robot", "Loader", "service", "", 3, 2, ("team", "raw"), 1,
            ("198.51.100.7",), day(9), day(9)),
    )  # fmt: skip


def test_the_end_of_a_grant_counts_for_each_object_by_itself(tmp_path: Path) -> None:
    later = [OBJECTS[0], StoredObject("d", "s3://raw/d", "raw", "", day(4))]
    made = incident(tmp_path, objects=later, findings=[found("d")], events=[])
    assert made.exposure.at_landing.public is Decision.NO  # the moment of its end is after it
    assert (made.exposure.end, made.exposure.ended) == (NOW, "now")
    both = incident(tmp_path / "2", objects=later, findings=[found("a"), found("d")], events=[])
    assert both.exposure.at_landing.public is Decision.YES


def test_nothing_is_said_of_a_landing_that_nobody_knows(tmp_path: Path) -> None:
    objects = [replace(OBJECTS[0], landed=None)]
    made = incident(tmp_path, objects=objects, findings=[found("a")], events=[])
    assert (made.exposure.start, made.exposure.at_landing.known) == (None, False)
    assert made.exposure.now.known


def test_a_use_without_a_known_owner_is_told(tmp_path: Path) -> None:
    (opened,) = incident(tmp_path, principals=PEOPLE[:2]).opens
    assert (opened.owner, opened.resources, opened.uses) == ("", 0, 1)
    assert opened.first_use == day(8) + timedelta(days=1)
