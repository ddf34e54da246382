"""The audit, told as small stories: who could, who did, what is known, what to do."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from scanner.audit import AuditOptions, AuditResult, audit
from scanner.errors import UsageError
from scanner.ledger import Ledger
from scanner.ledger.views import connect
from scanner.model import (
    AccessEvent,
    Confidence,
    Decision,
    Finding,
    Grant,
    Incident,
    Location,
    LogCoverage,
    Membership,
    Principal,
    ReadState,
    Rule,
    Severity,
    StoredObject,
)

NOW = datetime(2026, 10, 15, tzinfo=UTC)
LANDED = datetime(2026, 10, 3, tzinfo=UTC)
KEY = "s3://lake/raw/a.jsonl"
OBJECT = StoredObject("data/a.jsonl", KEY, "lake", "data-team", LANDED)
LOGGED = LogCoverage("s3://lake/", datetime(2026, 10, 1, tzinfo=UTC), NOW, "S3 log", "declared")
PEOPLE = [
    Principal("ann", "user", "Ann", "Research", aliases=("arn:aws:iam::1:user/ann",)),
    Principal("bob", "user", "Bob", "Sales"),
    Principal("eve", "user", "Eve", status="terminated"),
]
NUMBERS = count()


def finding(
    value: str = "k1", uri: str = "data/a.jsonl", record: int = 0, **change: Any
) -> Finding:
    where = Location(uri, record=record, field="/text", start=1, end=9)
    made = Finding(
        f"{value}@{uri}:{record}",
        "provider-key",
        "credential",
        Severity.HIGH,
        Confidence.HIGH,
        where,
        value.ljust(64, "0"),
        "AB***",
        NOW,
        ("checksum",),
    )
    return replace(made, **change)


def grant(who: str, kind: str = "user", resource: str = "s3://lake/*", **change: Any) -> Grant:
    made = Grant(who, kind, "Get", "read", resource, "Allow", Decision.YES, "statement 1", "s3")
    return replace(made, **change)


def read(who: str, at: datetime, resource: str = KEY, **change: Any) -> AccessEvent:
    made = AccessEvent(
        f"e{next(NUMBERS)}", at, 6005, "Read", "Success", who, "", resource, "GetObject", 10, "",
        "log", "log.json", 0,
    )  # fmt: skip
    return replace(made, **change)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger")


def story(ledger: Ledger, options: dict[str, Any] | None = None, **tables: Any) -> AuditResult:
    tables = {"findings": [finding()], "objects": [OBJECT], "principals": PEOPLE} | tables
    with ledger.run("r") as run:
        for table, rows in tables.items():
            run.write(table, rows)
    return audit(ledger, ["r"], AuditOptions(NOW, **options or {}))


def value(result: AuditResult, name: str = "k1") -> Incident:
    (found,) = [i for i in result.incidents if i.fingerprint.startswith(name)]
    return found


def states(result: AuditResult) -> dict[str, str]:
    return {check.id: check.state for check in result.checks}


# --- could read ------------------------------------------------------------------------------


def test_a_reader_is_named_with_the_shortest_way(ledger: Ledger) -> None:
    could = value(
        story(
            ledger,
            memberships=[
                Membership("ann", "analysts"),
                Membership("analysts", "data"),
                Membership("data", "analysts"),  # a cycle
                Membership("ann", "long"),
                Membership("long", "longer"),
                Membership("longer", "data"),
            ],
            grants=[grant("data", "group", via="bucket policy statement 3")],
        )
    ).could_read
    (reader,) = could.readers
    assert (reader.principal, reader.name, reader.department) == ("ann", "Ann", "Research")
    assert reader.via == ("via analysts > data, bucket policy statement 3",)
    assert (could.known, could.people, could.decision) == (True, 1, Decision.YES)


def test_grants_in_force_say_when_the_first_and_the_last_was_given(ledger: Ledger) -> None:
    def given(who: str, day: int, **more: Any) -> Grant:
        return grant(who, granted_time=datetime(2026, 9, day, tzinfo=UTC), **more)

    ended = given("bob", 1, expiration_time=datetime(2026, 9, 2, tzinfo=UTC))
    grants = [
        given("ann", 5),
        given("bob", 9),
        given("bob", 20, effect="Deny"),
        ended,
        grant("ann"),
    ]
    could = value(story(ledger, grants=grants)).could_read
    assert could.first_granted == datetime(2026, 9, 5, tzinfo=UTC)
    assert could.last_granted == datetime(2026, 9, 9, tzinfo=UTC)


def test_an_alias_is_the_person_and_an_ambiguous_one_is_nobody(ledger: Ledger) -> None:
    both = [replace(p, aliases=(*p.aliases, "shared")) for p in PEOPLE]
    result = story(
        ledger,
        principals=both,
        grants=[grant("arn:aws:iam::1:user/ann"), grant("shared"), grant("stranger", "role")],
    )
    readers = {r.principal: r.type for r in value(result).could_read.readers}
    assert readers == {"ann": "user", "shared": "user", "stranger": "role"}
    assert value(result).could_read.people == 2
    assert result.unresolved == {"grants": 2, "events": 0, "ambiguous": 1}


def test_without_a_grant_that_speaks_of_it_the_answer_is_unknown(ledger: Ledger) -> None:
    result = story(ledger, grants=[grant("ann", resource="s3://other/*")], coverage=[LOGGED])
    assert value(result).could_read.known is False
    assert states(result)["public-read"] == "unknown"


def test_a_grant_that_lets_nobody_read_makes_the_answer_known(ledger: Ledger) -> None:
    result = story(ledger, grants=[grant("ann", decision=Decision.NO, access_level="write")])
    could = value(result).could_read
    assert (could.known, could.decision, could.readers) == (True, Decision.NO, ())
    assert states(result)["public-read"] == "ok"


def test_public_means_everybody_and_says_where_to_close_it(ledger: Ledger) -> None:
    result = story(ledger, grants=[grant("*", "public", via="bucket policy statement 2")])
    incident = value(result)
    assert incident.could_read.public is Decision.YES
    assert incident.could_read.people == len(PEOPLE)
    assert [r.type for r in incident.could_read.readers] == ["public"]
    assert "Remove the Allow to everyone: bucket policy statement 2" in incident.actions
    assert incident.checks == ("grant-without-end", "public-read")
    (exposed,) = [i for i in result.incidents if i.rule_ids == ("public-read",)]
    assert exposed.title == "Everyone can read it: s3://lake/*"
    assert (exposed.severity, exposed.category) == (Severity.CRITICAL, "access")
    assert result.incidents[0] is exposed


def test_a_deny_to_everybody_ends_what_an_allow_began(ledger: Ledger) -> None:
    denied = grant("*", "public", effect="Deny")
    result = story(ledger, grants=[grant("*", "public"), denied])
    assert value(result).could_read.decision is Decision.NO
    assert states(result)["public-read"] == "ok"


def test_a_deny_of_another_system_does_not_count(ledger: Ledger) -> None:
    denied = grant("*", "public", effect="Deny", system="posix")
    assert value(story(ledger, grants=[grant("ann"), denied])).could_read.people == 1


def test_a_conditional_grant_to_everybody_leaves_the_check_unknown(ledger: Ledger) -> None:
    result = story(ledger, grants=[grant("*", "public", decision=Decision.CONDITIONAL)])
    check = next(c for c in result.checks if c.id == "public-read")
    assert (check.state, check.count, check.resources) == ("unknown", 0, (KEY,))
    (incident,) = [i for i in result.incidents if i.rule_ids == ("public-read",)]
    assert incident.confidence is Confidence.LOW
    assert value(result).checks == ("grant-without-end",)


@pytest.mark.parametrize(
    ("options", "kind"),
    [({}, "group"), ({"all_staff_groups": ("everyone",)}, "group"), ({}, "all_staff")],
)
def test_all_staff_by_members_by_name_or_by_type(
    ledger: Ledger, options: dict[str, Any], kind: str
) -> None:
    members = [Membership(p.id, "everyone") for p in PEOPLE[: 1 if options else 2]]
    result = story(ledger, options, memberships=members, grants=[grant("everyone", kind)])
    could = value(result).could_read
    assert (could.all_staff, could.public) == (Decision.YES, Decision.NO)
    assert states(result)["all-staff-read"] == "violated"


def test_a_group_that_holds_the_all_staff_group_is_all_staff(ledger: Ledger) -> None:
    nested = [Membership("everyone", "platform"), Membership("platform", "analysts")]
    cycle = [Membership("analysts", "everyone")]
    options = {"all_staff_groups": ("everyone",)}
    granted = [grant("analysts", "group")]
    result = story(ledger, options, memberships=[*nested, *cycle], grants=granted)
    could = value(result).could_read
    assert could.all_staff is Decision.YES
    assert any("everyone > platform > analysts" in via for r in could.readers for via in r.via)


def test_a_group_that_misses_one_employee_is_not_all_staff(ledger: Ledger) -> None:
    members = [Membership("ann", "most"), Membership("eve", "most")]
    result = story(ledger, memberships=members, grants=[grant("most", "group")])
    assert value(result).could_read.all_staff is Decision.NO
    assert states(result)["all-staff-read"] == "ok"


def test_only_grants_in_force_count_and_ended_ones_are_reported(ledger: Ledger) -> None:
    ended = grant("ann", expiration_time=NOW)
    later = grant("bob", granted_time=NOW + timedelta(seconds=1))
    result = story(ledger, grants=[ended, later])
    assert value(result).could_read.people == 0
    assert states(result)["expired-grant"] == "violated"


def test_readers_are_limited_and_still_counted(ledger: Ledger) -> None:
    crowd = [Principal(f"u{n:03}", "user") for n in range(120)]
    members = [Membership(p.id, "crowd") for p in crowd]
    could = value(
        story(
            ledger,
            principals=[*PEOPLE, *crowd],
            memberships=members,
            grants=[grant("crowd", "group")],
        )
    ).could_read
    assert could.people == 120
    assert [r.principal for r in could.readers] == [f"u{n:03}" for n in range(50)]


def test_names_are_never_mistaken_for_numbers_or_patterns(ledger: Ledger) -> None:
    odd = "s3://lake/raw/a[1]%_*'.jsonl"
    stored = [replace(OBJECT, resource=odd), replace(OBJECT, uri="b", resource="s3://lake/raw/ab")]
    result = story(
        ledger,
        objects=stored,
        grants=[
            grant("it's", resource="s3://lake/raw/a[1]%_?'.jsonl"),
            grant("x", resource="s3://%"),
        ],
    )
    assert [r.principal for r in value(result).could_read.readers] == ["it's"]


# --- did read --------------------------------------------------------------------------------


def test_reads_are_summed_per_person_and_once_per_event(ledger: Ledger) -> None:
    first = read("arn:aws:iam::1:user/ann", LANDED + timedelta(hours=1))
    again = read("ann", LANDED + timedelta(hours=5))
    events = [
        *[first, first, again],
        read("bob", LANDED, status="Failure"),
        read("bob", LANDED, activity="List"),
        read("bob", LANDED, resource="s3://lake/raw/other"),
    ]
    incident = value(story(ledger, events=events, grants=[grant("ann")], coverage=[LOGGED]))
    (reader,) = incident.did_read.readers
    assert (reader.principal, reader.reads, reader.bytes_out) == ("ann", 2, 20)
    assert (reader.first_read, reader.last_read) == (first.time, again.time)
    assert (incident.did_read.state, incident.did_read.outsiders) == (ReadState.READ, 0)
    assert incident.first_read_after_landing == first.time
    assert incident.actions[0] == "It was read: rotate it first"


def test_a_reader_without_a_grant_then_is_an_outsider(ledger: Ledger) -> None:
    given = grant("bob", granted_time=LANDED + timedelta(days=2))
    events = [read("bob", LANDED + timedelta(days=1)), read("bob", LANDED + timedelta(days=3))]
    result = story(ledger, events=events, grants=[given], coverage=[LOGGED])
    did = value(result).did_read
    assert (did.outsiders, did.readers[0].explained, did.reads) == (1, False, 2)
    check = next(c for c in result.checks if c.id == "unexplained-read")
    assert (check.state, check.count) == ("violated", 1)


def test_where_no_grant_is_known_nobody_is_called_an_outsider(ledger: Ledger) -> None:
    result = story(ledger, events=[read("bob", LANDED)], coverage=[LOGGED])
    assert value(result).did_read.outsiders == 0
    assert states(result)["unexplained-read"] == "unknown"


def test_the_session_names_the_person_and_the_role_the_right(ledger: Ledger) -> None:
    by_role = read("arn:role", LANDED, session="bob")
    incident = value(story(ledger, events=[by_role], grants=[grant("arn:role", "role")]))
    (reader,) = incident.did_read.readers
    assert (reader.principal, reader.explained) == ("bob", True)


def test_read_while_everybody_could(ledger: Ledger) -> None:
    days = [LANDED + timedelta(days=n) for n in range(5)]
    open_ = grant("*", "public", granted_time=days[1], expiration_time=days[3])
    for name, at, state in [
        ("r1", days[0], "ok"),
        ("r2", days[1], "violated"),
        ("r3", days[3], "ok"),
    ]:
        with ledger.run(name) as run:
            run.write("findings", [finding()])
            run.write("objects", [OBJECT])
            run.write("grants", [open_])
            run.write("events", [read("zed", at)])
            run.write("coverage", [LOGGED])
        assert states(audit(ledger, [name], AuditOptions(NOW)))["read-while-exposed"] == state


@pytest.mark.parametrize(
    ("change", "state", "words"),
    [
        ({}, ReadState.NOT_READ, "from 2026-10-01 to 2026-10-15 (declared)"),
        ({"start": LANDED + timedelta(hours=1)}, ReadState.UNKNOWN, "; nothing before"),
        ({"end": NOW - timedelta(hours=1)}, ReadState.UNKNOWN, "; nothing after"),
        ({"resource": "s3://other/"}, ReadState.UNKNOWN, "no access log covers it"),
        ({"resource": "s3://lake", "start": LANDED}, ReadState.NOT_READ, "S3 log for s3://lake "),
        ({"resource": "s3://la"}, ReadState.UNKNOWN, "no access log covers it"),
    ],
)
def test_not_read_needs_logs_from_landing_to_now(
    ledger: Ledger, change: dict[str, Any], state: ReadState, words: str
) -> None:
    did = value(story(ledger, coverage=[replace(LOGGED, **change)])).did_read
    assert did.state is state
    assert words in did.coverage


def test_logs_that_meet_are_one_and_a_gap_is_a_gap(ledger: Ledger) -> None:
    noon = datetime(2026, 10, 9, 12, tzinfo=UTC)
    early, late = replace(LOGGED, end=noon), replace(LOGGED, start=noon)
    assert value(story(ledger, coverage=[early, late])).did_read.state is ReadState.NOT_READ
    with ledger.run("gap") as run:
        run.write("findings", [finding()])
        run.write("objects", [OBJECT])
        run.write("coverage", [early, replace(late, start=noon + timedelta(seconds=1))])
    did = value(audit(ledger, ["gap"], AuditOptions(NOW))).did_read
    assert (did.state, did.coverage[-9:]) == (ReadState.UNKNOWN, "with gaps")


def test_a_read_is_a_read_without_any_coverage(ledger: Ledger) -> None:
    assert value(story(ledger, events=[read("bob", LANDED)])).did_read.state is ReadState.READ


def test_landing_is_the_first_write_when_nobody_says(ledger: Ledger) -> None:
    events = [
        read("etl", LANDED + timedelta(days=1), activity="Write"),
        read("etl", LANDED, activity="Write"),
        read("ann", LANDED - timedelta(days=1)),
        read("ann", LANDED + timedelta(days=2)),
    ]
    silent = replace(OBJECT, landed=None)
    incident = value(story(ledger, objects=[silent], events=events))
    assert incident.landed == LANDED
    assert incident.first_read_after_landing == LANDED + timedelta(days=2)


def test_without_landing_nothing_is_surely_unread(ledger: Ledger) -> None:
    did = value(story(ledger, objects=[replace(OBJECT, landed=None)], coverage=[LOGGED])).did_read
    assert did.state is ReadState.UNKNOWN
    assert "when it landed is not known" in did.coverage


# --- incidents -------------------------------------------------------------------------------


def test_one_value_in_many_places_is_one_incident(ledger: Ledger) -> None:
    other = StoredObject("data/b.jsonl", "s3://lake/raw/b.jsonl", "lake", "other-team")
    findings = [
        *[finding(record=n) for n in reversed(range(30))],
        finding(uri="data/b.jsonl", rule_id="weak", severity=Severity.LOW, category="pii"),
        finding("k2", severity=Severity.CRITICAL),
    ]
    rules = {"provider-key": Rule("provider-key", "Provider key", "credential", Severity.HIGH)}
    result = story(ledger, {"rules": rules}, findings=findings, objects=[OBJECT, other])
    incident = value(result)
    assert [i.fingerprint[:2] for i in result.incidents] == ["k2", "k1"]
    assert (incident.title, incident.category) == ("Provider key in 2 resources", "credential")
    assert (incident.severity, incident.rule_ids) == (Severity.HIGH, ("provider-key", "weak"))
    assert incident.occurrences == 31
    assert [place.record for place in incident.locations] == list(range(20))
    assert incident.finding_ids == tuple(f"k1@data/a.jsonl:{n}" for n in range(20))
    assert incident.resources == (KEY, "s3://lake/raw/b.jsonl")
    assert (incident.store, incident.owner) == ("lake", "data-team, other-team")


def test_a_finding_that_no_store_claims_is_its_own_resource(ledger: Ledger) -> None:
    incident = value(story(ledger, objects=[]))
    assert (incident.resources, incident.landed) == (("data/a.jsonl",), None)


def test_the_readers_of_several_resources_are_one_crowd(ledger: Ledger) -> None:
    other = StoredObject("data/b.jsonl", "s3://lake/b", "lake", landed=LANDED)
    third = StoredObject("data/c.jsonl", "s3://dark/c", "dark", landed=LANDED)
    incident = value(
        story(
            ledger,
            findings=[finding(), finding(uri="data/b.jsonl"), finding(uri="data/c.jsonl")],
            objects=[OBJECT, other, third],
            grants=[
                grant("ann", resource=KEY),
                grant("ann", resource="s3://lake/b", decision=Decision.CONDITIONAL),
                grant("bob", resource="s3://lake/b", decision=Decision.CONDITIONAL),
            ],
            events=[read("ann", LANDED), read("ann", LANDED, "s3://lake/b")],
        )
    )
    could = incident.could_read
    assert (could.people, could.people_conditional, could.known) == (1, 1, True)
    assert [(r.principal, r.decision) for r in could.readers] == [
        ("ann", Decision.YES),
        ("bob", Decision.CONDITIONAL),
    ]
    assert (incident.did_read.people, incident.did_read.reads) == (1, 2)
    assert "no grant speaks about 1 of 3 resources" in incident.evidence


def test_a_run_read_twice_changes_nothing(ledger: Ledger) -> None:
    tables = {
        "findings": [finding(), finding(record=1)],
        "objects": [OBJECT],
        "principals": PEOPLE,
        "grants": [grant("ann"), grant("*", "all_staff")],
        "events": [read("ann", LANDED), read("zed", LANDED)],
        "coverage": [LOGGED],
    }
    for name in ("one", "two"):
        with ledger.run(name) as run:
            for table, rows in tables.items():
                run.write(table, reversed(rows) if name == "two" else rows)
    options = AuditOptions(NOW)
    assert audit(ledger, ["one", "two"], options) == audit(ledger, ["one"], options)
    assert audit(ledger, ["two"], options) == audit(ledger, ["one"], options)


def test_ids_stay_when_the_data_around_them_changes(ledger: Ledger) -> None:
    one = story(ledger, grants=[grant("*", "public")])
    with ledger.run("more") as run:
        run.write("findings", [finding("k0"), finding(record=7)])
        run.write("objects", [OBJECT])
        run.write("grants", [grant("bob"), grant("*", "public")])
    more = audit(ledger, ["more"], AuditOptions(NOW))
    assert {i.id for i in one.incidents} < {i.id for i in more.incidents}


def test_low_confidence_findings_are_incidents_but_make_nothing_sensitive(ledger: Ledger) -> None:
    weak = finding(confidence=Confidence.LOW)
    tables = {"grants": [grant("*", "public")], "events": [read("z", LANDED)], "coverage": [LOGGED]}
    result = story(ledger, findings=[weak], **tables)
    assert value(result).confidence is Confidence.LOW
    assert states(result)["read-while-exposed"] == "ok"
    exposed = next(i for i in result.incidents if i.rule_ids == ("public-read",))
    assert exposed.severity is Severity.HIGH


def test_evidence_and_scan_may_be_different_runs(ledger: Ledger) -> None:
    with ledger.run("scan") as run:
        run.write("findings", [finding()])
        run.write("objects", [OBJECT])
    with ledger.run("evidence") as run:
        run.write("grants", [grant("ann")])
    result = audit(ledger, ["scan", "evidence"], AuditOptions(NOW))
    assert value(result).could_read.people == 1
    with pytest.raises(UsageError, match="no run 'scam'"):
        audit(ledger, ["scam"], AuditOptions(NOW))


def test_a_connection_keeps_the_views_for_more_questions(ledger: Ledger) -> None:
    with ledger.run("r") as run:
        run.write("findings", [finding()])
        run.write("objects", [OBJECT])
        run.write("grants", [grant("ann")])
    with connect(ledger, ["r"]) as con:
        audit(con, ["r"], AuditOptions(NOW))
        asked = "SELECT principal, decision FROM object_readers WHERE resource = ?"
        assert con.execute(asked, [KEY]).fetchall() == [("ann", "yes")]


def test_it_ends_without_a_word(ledger: Ledger) -> None:
    story(ledger, grants=[grant("ann")])
    script = f"""
from datetime import UTC, datetime
from scanner.audit import AuditOptions, audit
from scanner.ledger import Ledger
audit(Ledger({str(ledger.path)!r}), ["r"], AuditOptions(datetime(2026, 10, 15, tzinfo=UTC)))
"""
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], cwd=root, capture_output=True, check=True
    )
    assert (done.stdout, done.stderr) == (b"", b"")


@pytest.mark.parametrize(
    ("actor", "kind", "people"),
    [
        ("arn:aws:iam::111122223333:role/support-desk", "role", 0),
        ("logs.amazonaws.com", "service", 0),
        ("sas:4f1c", "key", 0),
        ("444455556666", "account", 0),
        ("arn:aws:iam::111122223333:user/somebody", "unknown", 1),
    ],
)
def test_a_role_that_nobody_lists_is_a_reader_but_no_person(
    ledger: Ledger, actor: str, kind: str, people: int
) -> None:
    did = value(story(ledger, grants=[grant("ann")], events=[read(actor, NOW)])).did_read
    assert [(r.principal, r.type, r.explained) for r in did.readers] == [(actor, kind, False)]
    assert (did.people, did.reads, did.outsiders) == (people, 1, 1)


def test_grants_that_say_the_same_of_two_objects_are_used_each_by_itself(ledger: Ledger) -> None:
    keys = [KEY, "s3://lake/raw/b.jsonl"]
    objects = [replace(OBJECT, uri=f"data/{n}", resource=key) for n, key in enumerate(keys)]
    grants = [grant(who, resource=key) for who in ("ann", "bob") for key in keys]
    at = datetime(2026, 10, 9, tzinfo=UTC)
    reads = [read("ann", at, keys[0]), read("bob", at, keys[0]), read("bob", at, keys[1])]
    result = story(ledger, objects=objects, grants=grants, events=reads, coverage=[LOGGED])
    (unused,) = [check for check in result.checks if check.id == "unused-grant"]
    assert (unused.state, unused.resources) == ("violated", (keys[1],))  # ann never read b


def test_what_leads_nowhere_is_counted_and_named(ledger: Ledger) -> None:
    circle = [Membership("ann", "g1"), Membership("g1", "g2"), Membership("g2", "g1")]
    grants = [grant("g1", "group"), grant("stranger"), grant("ann", resource="s3://other/x")]
    notes = story(ledger, memberships=circle, grants=grants, events=[read("ghost", NOW)]).notes
    assert {n.code: n.what.rpartition(": ")[2] for n in notes} == {
        "note.unknown_grantees": "2 (g1, stranger)",
        "note.unknown_readers": "1 (ghost)",
        "note.cyclic_groups": "1 (g1)",
        "note.grants_elsewhere": "1 (s3://other/x)",
    }
    assert not any(n.is_failure for n in notes)
