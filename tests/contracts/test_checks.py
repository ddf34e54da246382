"""Every access check: its header, an empty world, and a naive oracle beside the SQL."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from scanner import audit
from scanner import globs as patterns
from scanner.audit import checks
from scanner.audit.checks import NEEDS
from scanner.errors import UsageError
from scanner.ledger import Ledger
from scanner.ledger.views import connect
from scanner.model import (
    AccessEvent,
    CheckResult,
    Confidence,
    Decision,
    Finding,
    Grant,
    InputRecord,
    InputStatus,
    Location,
    LogCoverage,
    Membership,
    Principal,
    Severity,
    StoredObject,
)
from scanner.rulepacks.load import own_rules

NOW = datetime(2026, 10, 15, tzinfo=UTC)
OWN = checks.load([own_rules()])


def day(number: int) -> datetime:
    return NOW + timedelta(days=number - 10)


# --- files -----------------------------------------------------------------------------------


@pytest.mark.parametrize("check", OWN, ids=lambda c: c.rule.id)
def test_the_header_says_all(check: checks.Check) -> None:
    assert check.rule.category == "access"
    assert len(check.rule.description) > 60
    assert check.rule.remediation.endswith(".")
    assert check.needs


def test_an_empty_world_is_never_ok(tmp_path: Path) -> None:
    with Ledger(tmp_path).run("r"):
        pass
    results = {c.id: c for c in run_audit(Ledger(tmp_path)).checks}
    for check in OWN:
        result = results[check.rule.id]
        assert (result.state, result.count) == ("unknown", 0), check.rule.id
        assert NEEDS[check.needs[0]] in result.note, check.rule.id


def test_the_required_checks_are_shipped() -> None:
    names = {check.rule.id for check in OWN}
    assert {"public-read", "all-staff-read", "read-while-exposed"} <= names


HEADER = """-- id: mine
-- title: Mine
-- severity: low
-- definition: Mine
-- needs: objects
-- remediation: None.
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEADER.replace("-- severity: low\n", ""), "has no severity"),
        (HEADER.replace("low", "huge"), "unknown severity"),
        (HEADER.replace("id: mine", "id: other"), "id is not 'mine'"),
        (HEADER.replace("objects", "things"), "unknown need 'things'"),
        (HEADER + "-- colour: red\n", "'colour' is not one of"),
        (HEADER + "-- title: Again\n", "'title' stands twice"),
    ],
)
def test_a_broken_header_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        checks.load([rules_dir(tmp_path, text + "SELECT resource FROM effective_read")])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("SELECT resource FROM effective_read; DROP TABLE resources", "one SELECT"),
        ("COPY (SELECT 1) TO 'x.csv'", "one SELECT"),
        ("SELECT nothing FROM effective_read", "does not run: Binder"),
        ("SELEC resource", "does not run: Parser"),
        ("SELECT store FROM effective_read", "does not run: Binder"),
        ("", "one SELECT"),
        ("SELECT (resource || '!')::INTEGER AS resource FROM effective_read", "Conversion"),
    ],
)
def test_a_broken_query_is_refused_without_quoting_data(
    tmp_path: Path, body: str, said: str
) -> None:
    ledger = Ledger(tmp_path / "ledger")
    with ledger.run("r") as run:
        run.write("objects", [StoredObject("f", "s3://b/private-name")])
    with pytest.raises(UsageError, match=said) as caught:
        run_audit(ledger, rules_dirs=(rules_dir(tmp_path, HEADER + body),))
    assert "private-name" not in caught.value.diagnostics()
    assert caught.value.__cause__ is None


def test_a_new_file_is_a_new_check(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    with ledger.run("r") as run:
        run.write("objects", [StoredObject("f", "s3://b/k", "bucket")])
    body = "SELECT resource, 3 AS count FROM effective_read -- all\n;"
    mine = rules_dir(tmp_path, HEADER + body)
    result = run_audit(ledger, rules_dirs=(own_rules(), mine))
    found = {c.id: c for c in result.checks}
    assert found["mine"] == CheckResult(
        "mine", "Mine", Severity.LOW, "violated", 1, ("s3://b/k",), "", "None."
    )
    (incident,) = result.incidents
    assert (incident.title, incident.occurrences) == ("Mine: bucket", 3)
    assert len(found) == len(OWN) + 1


def test_two_checks_of_one_name_are_refused(tmp_path: Path) -> None:
    text = (own_rules() / "access" / "public-read.sql").read_text()
    (tmp_path / "access").mkdir()
    (tmp_path / "access" / "public-read.sql").write_text(text)
    with pytest.raises(UsageError, match="two checks"):
        checks.load([own_rules(), tmp_path])


def rules_dir(folder: Path, text: str) -> Path:
    (folder / "rules" / "access").mkdir(parents=True)
    (folder / "rules" / "access" / "mine.sql").write_text(text)
    return folder / "rules"


def run_audit(ledger: Ledger, **options: Any) -> audit.AuditResult:
    return audit.audit(ledger, ledger.runs(), audit.AuditOptions(NOW, **options))


# --- worlds ----------------------------------------------------------------------------------

PEOPLE = ("ann", "bob", "cyd", "dan")
GROUPS = ("g1", "g2", "g3")
NAMES = (*PEOPLE, *GROUPS, "arn:ann", "nobody", "shared")
RESOURCES = ("s3://b/x/1", "s3://b/x/2", "s3://b/y", "s3://b-2/x/1", "s3://b/x/y/3")
PATTERNS = (
    *RESOURCES, "s3://b/", "s3://b/*", "s3://b/x/", "s3://b/x/?", "s3://b*", "s3://*/1", "*",
    "s3://b/x*", "s3://b", "s3://b/?/*", "hdfs://*",
)  # fmt: skip
ANON, OUTSIDER, STAFF = "<anonymous>", "<outsider>", "<staff>"


@dataclass(frozen=True)
class World:
    """Everything an audit sees, small enough to be worked out by hand."""

    principals: tuple[Principal, ...]
    memberships: tuple[Membership, ...]
    grants: tuple[Grant, ...]
    events: tuple[AccessEvent, ...]
    sensitive: tuple[str, ...]
    marked: tuple[str, ...]


def principals(statuses: tuple[str, ...]) -> tuple[Principal, ...]:
    people = zip(PEOPLE, statuses, strict=True)
    listed = [
        Principal(name, "user", status=status, aliases=("shared",)) for name, status in people
    ]
    listed[0] = replace(listed[0], aliases=("arn:ann", "shared"))
    return (*listed, Principal("g1", "group"))


def grant(who: tuple[str, str], resource: str, **rest: Any) -> Grant:
    return Grant(who[0], who[1], "Get", "read", resource, via="statement", **rest)


def event(at: int, actor: str, session: str, resource: str, kind: tuple[str, str]) -> AccessEvent:
    return AccessEvent(
        "", day(at), 6005, kind[0], kind[1], actor, session, resource, "Get", 1, "", "log", "f", 0
    )


SOMEBODY = st.sampled_from(
    (
        *[("*", "public"), ("*", "all_staff"), ("ann", "user"), ("g1", "group")] * 3,
        *[("anonymous", "anonymous"), ("arn:ann", "user"), ("g2", "group"), ("*", "unknown")],
        *[("g3", "unknown"), ("nobody", "user"), ("shared", "user"), ("g9", "group")],
    )
)
DAYS = st.sampled_from((None, None, None, 4, 7, 10)).map(lambda n: n and day(n))
GRANT = st.builds(
    grant,
    SOMEBODY,
    st.sampled_from((*["s3://b/", "*", "s3://b/x/1", "s3://b/x/*"] * 3, *PATTERNS)),
    effect=st.sampled_from(("Allow", "Allow", "Deny")),
    decision=st.sampled_from((*[Decision.YES, Decision.CONDITIONAL] * 3, Decision.NO)),
    system=st.sampled_from(("s3", "s3", "s3", "iam")),
    granted_time=DAYS,
    expiration_time=DAYS,
    except_principals=st.sampled_from(
        (*[()] * 4, ("g2",), ("arn:ann", "b*"), ("anonymous",), ("arn:*",))
    ),
    except_resources=st.sampled_from((*[()] * 4, ("s3://b/x/",), ("*1", "s3://b/y"))),
)
EVENT = st.builds(
    event,
    st.sampled_from((3, 4, 6, 7, 9, 10, 11)),
    st.sampled_from(("ann", "bob", "arn:ann", "nobody", "anonymous", "g1", "shared")),
    st.sampled_from(("", "", "", "bob", "arn:ann", "g1", "stranger")),
    st.sampled_from((*["s3://b/x/1"] * 4, *RESOURCES, "s3://elsewhere")),
    st.sampled_from((*[("Read", "Success")] * 4, ("Read", "Failure"), ("List", ""))),
)
MEMBERS = st.builds(Membership, st.sampled_from(NAMES[:-2]), st.sampled_from(GROUPS))
WORLDS = st.builds(
    World,
    st.tuples(*[st.sampled_from(("active", "", "Terminated"))] * 4).map(principals),
    st.lists(MEMBERS, max_size=8).map(tuple),
    st.lists(GRANT, min_size=2, max_size=9).map(tuple),
    st.lists(EVENT, min_size=1, max_size=8).map(tuple),
    st.sets(st.sampled_from(RESOURCES), min_size=1).map(lambda found: tuple(sorted(found))),
    st.sampled_from(((), (), ("g3",))),
)


def write(ledger: Ledger, world: World) -> None:
    with ledger.run("r") as run:
        run.write("principals", world.principals)
        run.write("memberships", world.memberships)
        run.write("grants", world.grants)
        run.write("events", [replace(e, raw_offset=n) for n, e in enumerate(world.events)])
        run.write("objects", [StoredObject(f"file:{r}", r, landed=day(1)) for r in RESOURCES])
        run.write("inputs", [InputRecord("f", "jsonl", InputStatus.SCANNED)])
        run.write("findings", [finding(r) for r in world.sensitive])
        run.write("coverage", [LogCoverage("s3://", day(0), NOW, "log", "declared")])


def finding(resource: str) -> Finding:
    return Finding(
        resource,
        "key",
        "credential",
        Severity.HIGH,
        Confidence.HIGH,
        Location(f"file:{resource}"),
        "00" * 32,
        "*",
        NOW,
    )


# --- the oracle: what Grant's description says, word by word ------------------------------------


class Oracle:
    """Answers by walking through everything, one question at a time."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.listed = {p.id: p for p in world.principals}
        self.groups = {self.resolve(m.group) for m in world.memberships}
        self.staff = {
            p.id for p in world.principals if p.type == "user" and p.status != "Terminated"
        }

    def resolve(self, name: str) -> str:
        meant = {p.id for p in self.world.principals if name in (p.id, *p.aliases)}
        return meant.pop() if len(meant) == 1 else name

    def names(self, who: str) -> set[str]:
        aliases = self.listed[who].aliases if who in self.listed else ()
        return {who} | {name for name in aliases if self.resolve(name) == who}

    def below(self, name: str) -> set[str]:
        found, before = {self.resolve(name)}, set()
        while found != before:
            before = set(found)
            edges = self.world.memberships
            found |= {self.resolve(m.member) for m in edges if self.resolve(m.group) in before}
        return found

    def members(self, name: str) -> set[str]:
        found = self.below(name)
        return found | {STAFF} if any(self.holds_all_staff(group) for group in found) else found

    def holds_all_staff(self, name: str) -> bool:
        everyone = bool(self.staff) and name in self.groups and self.staff <= self.below(name)
        return everyone or name in self.world.marked

    def stands_for(self, grant: Grant, who: str) -> bool:
        return self.means(grant, who) and not any(
            self.excepted(text, who) for text in grant.except_principals
        )

    def means(self, grant: Grant, who: str) -> bool:
        if grant.principal_type == "public":
            return True
        if grant.principal_type == "anonymous":
            return who == ANON
        if grant.principal_type == "all_staff":
            return who == STAFF or who in self.staff
        return who in self.members(grant.principal)

    def excepted(self, text: str, who: str) -> bool:
        if text == "anonymous":
            return who == ANON
        if "*" in text:
            return any(patterns.matches(text, name) for name in self.names(who))
        return who in self.members(text)

    def decide(self, who: str, resource: str, at: datetime) -> Decision:
        by_system = [self.within(system, who, resource, at) for system in ("s3", "iam")]
        return max(by_system, key=lambda d: d.rank)

    def within(self, system: str, who: str, resource: str, at: datetime) -> Decision:
        rows = [
            g
            for g in self.world.grants
            if g.system == system
            and in_force(g, at)
            and covers(g, resource)
            and self.stands_for(g, who)
        ]
        allows = [Decision.NO] + [g.decision for g in rows if g.effect == "Allow"]
        best = max(allows, key=lambda d: d.rank)
        denies = {g.decision for g in rows if g.effect == "Deny"}
        if Decision.YES in denies:
            return Decision.NO
        if Decision.CONDITIONAL in denies and best is Decision.YES:
            return Decision.CONDITIONAL
        return best

    def audience(self, grant: Grant) -> str:
        if grant.principal_type in ("public", "anonymous"):
            return "public"
        if grant.principal_type == "all_staff" or STAFF in self.members(grant.principal):
            return "all_staff"
        return ""

    def entities(self) -> set[str]:
        named = {m.member for m in self.world.memberships} | {
            m.group for m in self.world.memberships
        }
        named |= {g.principal for g in self.world.grants if g.principal_type in ("user", "group")}
        named |= {g.principal for g in self.world.grants if g.principal_type == "unknown"}
        named |= {n for g in self.world.grants for n in g.except_principals if n != "anonymous"}
        named |= {e.actor for e in self.reads() if e.actor != "anonymous"}
        return {self.resolve(n) for n in named} | set(self.listed)

    def people(self) -> set[str]:
        return {e for e in self.entities() if e not in self.groups and self.type(e) != "group"} - {
            "*"
        }

    def type(self, entity: str) -> str:
        if entity in self.listed:
            return self.listed[entity].type
        said = {g.principal_type for g in self.world.grants if self.resolve(g.principal) == entity}
        return min(said & {"user", "group"}, default="unknown")

    def reads(self) -> list[AccessEvent]:
        return [
            e
            for e in self.world.events
            if (e.activity, e.status) == ("Read", "Success") and e.resource in RESOURCES
        ]

    def reader(self, event: AccessEvent) -> str:
        person = self.resolve(event.session)
        if event.session and person in self.listed and self.listed[person].type == "user":
            return person
        return ANON if event.actor == "anonymous" else self.resolve(event.actor)

    def right(self, event: AccessEvent) -> Decision:
        actor = ANON if event.actor == "anonymous" else self.resolve(event.actor)
        sides = [self.decide(w, event.resource, event.time) for w in (actor, self.reader(event))]
        return max(sides, key=lambda d: d.rank)

    def exposed(self, resource: str, at: datetime, who: Iterable[str]) -> Decision:
        return max((self.decide(w, resource, at) for w in who), key=lambda d: d.rank)

    def by_grant(self, resource: str, audience: str, answer: Decision) -> Decision:
        """What public-read and all-staff-read say of one resource."""
        rows = [
            g.decision
            for g in self.world.grants
            if g.effect == "Allow"
            and g.decision is not Decision.NO
            and in_force(g, NOW)
            and covers(g, resource)
            and self.audience(g) == audience
        ]
        if answer is Decision.NO or not rows:
            return Decision.NO
        certain = answer is Decision.YES and Decision.YES in rows
        return Decision.YES if certain else Decision.CONDITIONAL


def in_force(grant: Grant, at: datetime) -> bool:
    begun = grant.granted_time is None or grant.granted_time <= at
    return begun and (grant.expiration_time is None or at < grant.expiration_time)


def covers(grant: Grant, resource: str) -> bool:
    holes = any(patterns.matches(p, resource) for p in grant.except_resources)
    return patterns.matches(grant.resource, resource) and not holes


def expected(oracle: Oracle) -> dict[str, dict[str, Decision]]:
    """By check: each resource it speaks of with its decision."""
    public = {r: oracle.exposed(r, NOW, (ANON, OUTSIDER)) for r in RESOURCES}
    staff = {r: oracle.decide(STAFF, r, NOW) for r in RESOURCES}
    found: dict[str, dict[str, Decision]] = {
        "public-read": {r: oracle.by_grant(r, "public", public[r]) for r in RESOURCES},
        "all-staff-read": {r: oracle.by_grant(r, "all_staff", staff[r]) for r in RESOURCES},
        "read-while-exposed": {},
        "unexplained-read": {},
    }
    for read in oracle.reads():
        if read.resource in oracle.world.sensitive:
            now = oracle.exposed(read.resource, read.time, (ANON, OUTSIDER, STAFF))
            worst(found["read-while-exposed"], read.resource, now)
            known = any(covers(g, read.resource) for g in oracle.world.grants)
            if known and oracle.right(read) is Decision.NO:
                worst(found["unexplained-read"], read.resource, Decision.YES)
    return found


def worst(found: dict[str, Decision], resource: str, decision: Decision) -> None:
    found[resource] = max(found.get(resource, decision), decision, key=lambda d: d.rank)


# --- both, side by side ------------------------------------------------------------------------


@settings(
    max_examples=int(os.environ.get("LEAKGATE_ORACLE", "15")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
    database=None,
)
@given(WORLDS)
def test_the_sql_agrees_with_the_oracle(tmp_path_factory: Any, world: World) -> None:
    ledger = Ledger(tmp_path_factory.mktemp("ledger"))
    write(ledger, world)
    oracle = Oracle(world)
    with connect(ledger, ["r"]) as con:
        audit.prepare(con, audit.AuditOptions(NOW, world.marked))
        names = expected(oracle)
        results = {c.id: c for c in checks.run(con, [c for c in OWN if c.rule.id in names])}
        could = con.execute(
            'SELECT resource, known, decision, "public", all_staff, people, people_conditional'
            " FROM effective_read"
        ).fetchall()
        reads = con.execute(
            "SELECT resource, epoch_us(time), CASE WHEN type = 'anonymous' THEN '<anonymous>' ELSE"
            " principal END, decision, exposed, explained FROM reads"
        ).fetchall()
    assert sorted(could) == sorted(could_by(oracle))
    assert sorted(reads) == sorted(reads_by(oracle))
    for name, answers in expected(oracle).items():
        check_agrees(results[name], answers)


def could_by(oracle: Oracle) -> list[tuple[Any, ...]]:
    rows = []
    everyone = oracle.entities() - oracle.groups
    for r in RESOURCES:
        answers = {w: oracle.decide(w, r, NOW) for w in everyone | {ANON, OUTSIDER, STAFF}}
        people = [answers[p] for p in oracle.people()]
        rows.append(
            (
                r,
                any(covers(g, r) for g in oracle.world.grants),
                max(answers.values(), key=lambda d: d.rank).value,
                oracle.exposed(r, NOW, (ANON, OUTSIDER)).value,
                answers[STAFF].value,
                people.count(Decision.YES),
                people.count(Decision.CONDITIONAL),
            )
        )
    return rows


def reads_by(oracle: Oracle) -> list[tuple[Any, ...]]:
    return [
        (
            e.resource,
            int(e.time.timestamp()) * 1_000_000,
            oracle.reader(e),
            oracle.right(e).value,
            oracle.exposed(e.resource, e.time, (ANON, OUTSIDER, STAFF)).value,
            oracle.right(e) is not Decision.NO
            or not any(covers(g, e.resource) for g in oracle.world.grants),
        )
        for e in oracle.reads()
    ]


def check_agrees(result: CheckResult, answers: dict[str, Decision]) -> None:
    certain = sorted(r for r, d in answers.items() if d is Decision.YES)
    maybe = sorted(r for r, d in answers.items() if d is Decision.CONDITIONAL)
    if certain:
        assert (result.state, list(result.resources)) == ("violated", certain), result
    elif maybe:
        assert (result.state, list(result.resources)) == ("unknown", maybe), result
    else:
        assert result.state != "violated", result
        assert result.resources == (), result
