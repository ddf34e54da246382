"""The other checks beside a naive answer: grants made, copies, credentials, logs and their gaps.

Worlds and who could read in them are those of `tests/contracts/test_checks.py`.
`LEAKGATE_ORACLE=5000` tries so many worlds.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.util import module_from_spec, spec_from_file_location
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from scanner import audit
from scanner.audit import checks
from scanner.config.policy import Governance, StoreRules
from scanner.ledger import Ledger
from scanner.ledger.views import connect
from scanner.model import (
    AccessEvent,
    Decision,
    Grant,
    InputRecord,
    InputStatus,
    LogCoverage,
    Membership,
    Principal,
    StoredObject,
)


def _naive() -> Any:
    path = Path(__file__).with_name("test_oracle.py")
    spec = spec_from_file_location("naive_of_checks", path)
    assert spec and spec.loader
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


N = _naive()
W = N.W
NOW, day, PEOPLE, RESOURCES = W.NOW, W.day, W.PEOPLE, W.RESOURCES
YES, MAYBE, NO = Decision.YES, Decision.CONDITIONAL, Decision.NO
Answers = dict[str, dict[str, Decision]]
DAYS = 3  # of history that the policy asks for

RIGHTS = {  # what a grant says of itself: may it be passed on, and does it speak of the future
    ("Get", "statement"): (False, False),
    ("SELECT WITH GRANT OPTION", "grant"): (True, False),
    ("OWNERSHIP", "owner"): (True, False),
    ("MANAGE GRANTS", "role x"): (True, False),
    ("Get", "role managers_de"): (False, False),
    ("SELECT", "role management"): (False, False),
    ("s3:GetObject, s3:PutBucketPolicy", "statement 2"): (True, False),
    ("s3:*", "statement 2"): (True, False),
    ("s3:Get*", "statement 2"): (False, False),
    ("SELECT", "FUTURE grant on schema"): (False, True),
    ("SELECT", "default privileges of etl"): (False, True),
    ("SELECT", "role futures"): (False, False),
}
CONDITIONS = {  # can the caller alone meet it
    "": False,
    "StringLike aws:Referer https://example.org/*": True,
    "StringEqualsIfExists aws:PrincipalOrgID o-1": True,
    "IpAddress aws:SourceIp 10.0.0.0/8": False,
    "IpAddress aws:SourceIp 0.0.0.0/0": True,
    "IpAddress aws:SourceIp ::/0": True,
    "IpAddress aws:SourceIp fd00::/8": False,
}
OUTSIDE = ("pat@other.org", "arn:aws:iam::999999999999:root", "999999999999")
OURS = ("new@corp.example", "arn:aws:iam::111111111111:root")
POLICY = Governance(
    purposes=("Training",), own=("corp.example", "111111111111"), training=("d?n",),
    history_days=DAYS, stores=(StoreRules(resource="s3://b/x", masked_as="table t"),),
)  # fmt: skip


@dataclass(frozen=True)
class More:
    """What these checks look at besides grants, groups and reads."""

    who: tuple[str, ...]  # of grants, where not as the world has it
    rights: tuple[tuple[str, str], ...]
    conditions: tuple[str, ...]
    purposes: tuple[str, ...]
    admin: tuple[bool, ...]
    trains: bool
    landed: tuple[int | None, ...]  # of RESOURCES
    values: tuple[tuple[int, ...], ...]  # of RESOURCES
    logs: tuple[tuple[str, int, int], ...]
    used: tuple[tuple[int, str, str, int], ...]  # (day, actor, status, value)
    owner: tuple[str, ...]  # of values
    changed: tuple[tuple[str, str], ...]  # of logging: operation and status
    chain: tuple[Membership, ...]


def each(*values: Any, size: int = 9) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(*[st.sampled_from(values)] * size)


CHAIN = tuple(Membership(*p) for p in (("cyd", "g1"), ("g1", "g2"), ("g2", "g3"), ("g3", "g4")))
MORES = st.builds(
    More,
    each("", "", "", "", "g3", "g4", *OUTSIDE, *OURS),
    each(*RIGHTS),
    each(*CONDITIONS),
    each("", "training", "fun"),
    each(False, False, False, True),
    st.booleans(),
    each(1, 1, 3, 5, None, size=5),
    each((), (1,), (1, 2), (2, 3), size=5),
    st.sampled_from(((("s3://", 0, 10),), (("s3://b/", 0, 4), ("s3://b/", 6, 10)),
        (("s3://b/x", 2, 10), ("s3://b-2", 0, 10), ("s3://b/x/", 0, 3)), (("s3://b/", 0, 8),),
        (("s3://b", 0, 4), ("s3://b/", 4, 10)), ())),
    st.lists(st.tuples(st.sampled_from((2, 4, 8)), st.sampled_from(("ann", "x")),
        st.sampled_from(("Success", "Failure")), st.sampled_from((1, 2, 9))), max_size=3)
        .map(tuple),
    each("", "ann", "bob", "cyd", size=3),
    st.lists(st.tuples(st.sampled_from(("StopLogging", "s3:PutBucketLogging", "GetTrail",
        "google.logging.v2.ConfigServiceV2.DeleteSink", "NotStopLoggings")),
        st.sampled_from(("Success", "Failure"))), max_size=2).map(tuple),
    st.sampled_from(((), CHAIN, CHAIN[1:])),
)  # fmt: skip


def print_of(value: int) -> str:
    return f"{value:02x}" * 32


class Naive(N.Naive):  # type: ignore[misc,name-defined]
    """One question at a time, as the header of each check puts it."""

    def __init__(self, world: Any, more: More) -> None:
        grants = tuple(_said(g, more, n) for n, g in enumerate(world.grants))
        people = tuple(self._named(p, more) for p in world.principals)
        found = tuple(r for r, held in zip(RESOURCES, more.values, strict=True) if held)
        members = world.memberships + more.chain
        W.Oracle.__init__(self, replace(world, grants=grants, principals=people,
            memberships=members, sensitive=found))  # fmt: skip
        self.more = more
        self.landed: dict[str, datetime | None] = {
            r: None if n is None else day(n) for r, n in zip(RESOURCES, more.landed, strict=True)
        }
        self.held = dict(zip(RESOURCES, more.values, strict=True))
        self.logs = {r: self._logged(r) for r in RESOURCES}

    def _named(self, person: Principal, more: More) -> Principal:
        keys = tuple(print_of(n + 1) for n, who in enumerate(more.owner) if who == person.id)
        trains = more.trains and person.id == "bob"
        return replace(person, aliases=person.aliases + keys, training=trains)

    def _logged(self, resource: str) -> list[tuple[datetime, datetime]]:
        """Times without a break in which reads of it were logged."""
        spans = sorted(
            (day(a), day(b))
            for prefix, a, b in self.more.logs
            if resource == prefix or resource.startswith(prefix.removesuffix("/") + "/")
            or (prefix.endswith("/") and resource.startswith(prefix))
        )  # fmt: skip
        joined: list[tuple[datetime, datetime]] = []
        for a, b in spans:
            if joined and a <= joined[-1][1]:
                joined[-1] = joined[-1][0], max(b, joined[-1][1])
            else:
                joined.append((a, b))
        return joined

    def whole(self, resource: str) -> bool:
        landed = self.landed[resource]
        return landed is not None and any(a <= landed and b >= NOW for a, b in self.logs[resource])

    def outsider(self, who: str) -> bool:
        return who in OUTSIDE

    def store(self, resource: str) -> str:
        return resource.split("/")[2]

    def covered(self, grant: Grant) -> list[str]:
        return [r for r in sorted(RESOURCES) if W.covers(grant, r)]

    def live(self) -> Iterator[tuple[Grant, list[str]]]:
        """Grants in force that cover anything and let somebody read, perhaps."""
        for grant in self.world.grants:
            found = self.covered(grant)
            if found and grant.effect == "Allow" and W.in_force(grant, NOW):
                yield grant, found

    def depth(self, name: str) -> dict[str, int]:
        """How many groups lead to each member."""
        found, step, todo = {name: 0}, 0, {name}
        while todo:
            step += 1
            members = {self.resolve(m.member) for m in self.world.memberships
                       if self.resolve(m.group) in todo}  # fmt: skip
            todo = members - set(found)
            found |= dict.fromkeys(todo, step)
        return found


def _said(grant: Grant, more: More, n: int) -> Grant:
    privilege, via = more.rights[n]
    made = replace(grant, privilege=privilege, via=via, condition=more.conditions[n],
        purpose=more.purposes[n], access_level="admin" if more.admin[n] else "read")  # fmt: skip
    kind = "group" if more.who[n].startswith("g") else "user"
    return replace(made, principal=more.who[n], principal_type=kind) if more.who[n] else made


def answers(naive: Naive) -> Answers:
    """By check: each resource it speaks of with its decision."""
    found: Answers = {}

    def note(check: str, resource: str, decision: Decision = YES) -> None:
        found.setdefault(check, {})
        if decision is not NO:
            W.worst(found[check], resource, decision)

    for part in (of_grants, of_crowds, of_copies, of_credentials, of_logs):
        for check, resource, decision in part(naive):
            note(check, resource, decision)
    return {name: found.get(name, {}) for name in COVERED}


COVERED = (
    *("excess-readers", "unused-grant", "redundant-grant", "external-read", "unknown-grantee"),
    *("purpose-not-listed", "hidden-nesting", "re-share-right", "future-grant", "weak-condition"),
    *("training-before-gate", "path-bypass", "copy-wider", "copy-reader", "expired-grant"),
    *("grant-without-end", "read-before-gate", "credential-used", "blast-radius"),
    *("coverage-gap", "log-tampering", "first-time-reader"),
)
Found = Iterator[tuple[str, str, Decision]]


def of_grants(naive: Naive) -> Found:  # noqa: C901 - check by check
    for grant, found in naive.live():
        first, secret = found[0], any(r in naive.world.sensitive for r in found)
        who, audience = naive.resolve(grant.principal), naive.audience(grant)
        broad = grant.principal_type in ("public", "anonymous", "all_staff")
        outsider = not broad and naive.outsider(who)
        passed_on, later = RIGHTS[grant.privilege, grant.via]
        if secret and (passed_on or grant.access_level == "admin"):
            yield "re-share-right", first, YES
        if grant.decision is NO:
            continue
        if later:
            yield "future-grant", first, YES
        if (audience or outsider) and CONDITIONS[grant.condition]:
            yield "weak-condition", first, YES
        if not audience and not broad and who not in naive.listed:
            yield "unknown-grantee", first, YES
        if secret and grant.purpose != "training":
            yield "purpose-not-listed", first, YES
        if secret and not broad:
            deep = {w for w, steps in naive.depth(who).items() if steps > 2}
            if deep & naive.people():
                yield "hidden-nesting", first, YES
        single = not broad and who in naive.people() and naive.type(who) == "user"
        if secret and grant.expiration_time is None and (audience or outsider or single):
            yield "grant-without-end", first, YES
        old = grant.granted_time is None or grant.granted_time <= NOW - timedelta(days=DAYS)
        if old and not audience and all(map(naive.whole, found)) and not naive.used(grant):
            yield "unused-grant", first, YES
    for grant in naive.world.grants:
        over = grant.expiration_time is not None and grant.expiration_time <= NOW
        if over and grant.effect == "Allow" and grant.decision is not NO:
            yield from (("expired-grant", r, YES) for r in naive.covered(grant))
    plain = {
        repr(g): g for g in naive.world.grants
        if (g.effect, g.decision, g.granted_time, g.expiration_time) == ("Allow", YES, None, None)
        and naive.covered(g)
    }  # fmt: skip
    for a in plain.values():
        for b in plain.values():
            alike = _subject(naive, a) == _subject(naive, b)
            if a is not b and alike and set(naive.covered(a)) <= set(naive.covered(b)):
                yield "redundant-grant", naive.covered(a)[0], YES


def _subject(naive: Naive, grant: Grant) -> tuple[Any, ...]:
    broad = grant.principal_type in ("public", "anonymous", "all_staff")
    who = grant.principal_type if broad else naive.resolve(grant.principal)
    return who, tuple(sorted(grant.except_principals)), grant.system


def of_crowds(naive: Naive) -> Found:
    everyone = naive.entities() - naive.groups
    for r in RESOURCES:
        for who in filter(naive.outsider, everyone):
            yield "external-read", r, naive.own(who, r)
        for who in everyone:
            trains = who in naive.listed and naive.listed[who].training
            if trains or who == "dan":
                yield "training-before-gate", r, naive.decide(who, r, NOW)
        can = {w: d for w in naive.people() if (d := naive.decide(w, r, NOW)) is not NO}
        if r in naive.world.sensitive and r.startswith("s3://b/x/") and can:
            yield "path-bypass", r, YES if YES in can.values() else MAYBE
        known = any(W.covers(g, r) for g in naive.world.grants)
        if r in naive.world.sensitive and known and naive.whole(r):
            idle = set(can) - {naive.reader(e) for e in naive.reads() if e.resource == r}
            if len(idle) >= 5 and 2 * len(idle) > len(can):
                yield "excess-readers", r, YES


def of_copies(naive: Naive) -> Found:
    for value in (1, 2, 3):
        places = [r for r in RESOURCES if value in naive.held[r]]
        places.sort(key=lambda r: (naive.landed[r] is None, naive.landed[r] or NOW, r))
        for copy in places[1:]:
            first = places[0]
            if naive.store(copy) != naive.store(first):
                known = [any(W.covers(g, r) for g in naive.world.grants) for r in (first, copy)]
                if all(known) and wider(naive, copy, first):
                    yield "copy-wider", copy, YES
                for read in (e for e in naive.reads() if e.resource == copy and known[0]):
                    if naive.decide(naive.reader(read), first, NOW) is NO:
                        yield "copy-reader", copy, YES


def wider(naive: Naive, copy: str, first: str) -> bool:
    def reach(r: str) -> tuple[int, int]:
        public = naive.exposed(r, NOW, (W.ANON, W.OUTSIDER)) is YES
        staff = naive.decide(W.STAFF, r, NOW) is YES
        people = [naive.decide(w, r, NOW) for w in naive.people()].count(YES)
        return (2 if public else int(staff)), people

    (wide, many), (narrow, few) = reach(copy), reach(first)
    return wide > narrow or (many >= 2 * few and many >= few + 10)


def of_credentials(naive: Naive) -> Found:
    for value in (1, 2, 3):
        places = [r for r in RESOURCES if value in naive.held[r]]
        landed = [t for r in places if (t := naive.landed[r])]
        for at, _, status, used in naive.more.used:
            if used == value and landed and status == "Success" and day(at) >= min(landed):
                yield from (("credential-used", r, YES) for r in places)
        owner = naive.more.owner[value - 1]
        opened = any(naive.decide(owner, r, NOW) is not NO for r in RESOURCES)
        if owner and opened and owner not in naive.groups:
            yield from (("blast-radius", r, YES) for r in places)


def of_logs(naive: Naive) -> Found:  # noqa: C901 - check by check
    for operation, status in naive.more.changed:
        if status == "Success" and operation not in ("GetTrail", "NotStopLoggings"):
            yield "log-tampering", "s3://b/x/1", YES
    for r in naive.world.sensitive:
        landed = naive.landed[r]
        for (_, end), (start, _) in pairwise(naive.logs[r]):
            if end < NOW and (landed is None or start > landed):
                yield "coverage-gap", r, YES
    seen: dict[tuple[str, str], AccessEvent] = {}
    for read in sorted(naive.reads(), key=lambda e: (e.time, e.resource)):
        seen.setdefault((naive.store(read.resource), naive.reader(read)), read)
    for first in seen.values():
        if first.resource in naive.world.sensitive:
            for a, b in naive.logs[first.resource]:
                if a <= first.time - timedelta(days=DAYS) and first.time <= b:
                    yield "first-time-reader", first.resource, YES
    for read in naive.reads():
        landed = naive.landed[read.resource]
        if read.resource in naive.world.sensitive and landed and landed <= read.time <= NOW:
            yield "read-before-gate", read.resource, YES


def write(ledger: Ledger, naive: Naive) -> None:
    world, more = naive.world, naive.more
    uses = [replace(W.event(at, who, "", "s3://elsewhere", ("List", status)),
        event_id=f"u{n}", credential=print_of(value))
        for n, (at, who, status, value) in enumerate(more.used)]  # fmt: skip
    changes = [replace(W.event(5, "ann", "", "s3://b/x/1", ("Other", status)), operation=name,
        event_id=f"c{n}") for n, (name, status) in enumerate(more.changed)]  # fmt: skip
    with ledger.run("r") as run:
        run.write("principals", world.principals)
        run.write("memberships", world.memberships)
        run.write("grants", world.grants)
        run.write("events", [replace(e, raw_offset=n) for n, e in enumerate(world.events)])
        run.write("events", uses + changes)
        run.write("objects", [StoredObject(f"file:{r}", r, naive.store(r), "", naive.landed[r])
            for r in RESOURCES])  # fmt: skip
        run.write("inputs", [InputRecord("f", "jsonl", InputStatus.SCANNED)])
        run.write("findings", [replace(W.finding(r), id=f"{r} {v}", fingerprint=print_of(v))
            for r in RESOURCES for v in naive.held[r]])  # fmt: skip
        run.write("coverage", [LogCoverage(p, day(a), day(b), "log", "declared")
            for p, a, b in more.logs])  # fmt: skip


def results(ledger: Ledger, names: tuple[str, ...], options: Any) -> dict[str, Any]:
    with connect(ledger, ["r"]) as con:
        audit.prepare(con, options)
        return {c.id: c for c in checks.run(con, [c for c in W.OWN if c.rule.id in names])}


def agree(said: dict[str, Any], expected: Answers) -> None:
    for name, found in expected.items():
        try:
            W.check_agrees(said[name], found)
        except AssertionError as error:
            raise AssertionError(f"{name}: {said[name]} but {found}") from error


WORLDS = settings(
    max_examples=int(os.environ.get("LEAKGATE_ORACLE", "12")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # a smaller world is not worth the minutes it takes
    database=None,
)


@WORLDS
@given(W.WORLDS, MORES)
def test_grants_copies_credentials_and_logs_agree(
    tmp_path_factory: Any, world: Any, more: More
) -> None:
    naive = Naive(world, more)
    ledger = Ledger(tmp_path_factory.mktemp("ledger"))
    write(ledger, naive)
    said = results(ledger, COVERED, audit.AuditOptions(NOW, world.marked, POLICY))
    agree(said, answers(naive))


# --- many reads of one store -----------------------------------------------------------------

OBJECTS = tuple(f"s3://big/{n:02}" for n in range(24))
READERS = ("ann", "bob", "cyd", "dan", "eve")
TAKEN = st.lists(st.sampled_from((0, 1, 2, 3, 8, 9, 10, 11, 14, 20, 24)), min_size=1, max_size=5)
PAUSES = st.lists(st.sampled_from((1, 1, 1, 1, 2, 5, 6, 7, 11, 30)), min_size=20, max_size=32)


@WORLDS
@given(TAKEN, PAUSES, st.integers(8, 24))
def test_bulk_readers_and_silent_hours_agree(
    tmp_path_factory: Any, taken: list[int], pauses: list[int], secret: int
) -> None:
    ledger = Ledger(tmp_path_factory.mktemp("ledger"))
    reads = [(who, OBJECTS[n]) for who, many in zip(READERS, taken, strict=False)
             for n in range(many)]  # fmt: skip
    times = [sum(pauses[:n]) for n in range(len(pauses) + 1)]
    with ledger.run("r") as run:
        run.write("objects", [StoredObject(f"file:{r}", r, "big", "", day(0)) for r in OBJECTS])
        run.write("inputs", [InputRecord("f", "jsonl", InputStatus.SCANNED)])
        run.write("findings", [W.finding(r) for r in OBJECTS[:secret]])
        run.write("events", [_read(n, who, r, 0) for n, (who, r) in enumerate(reads)])
        run.write("events", [_read(len(reads) + n, "zoe", OBJECTS[23], h)
            for n, h in enumerate(times)])  # fmt: skip
        run.write("coverage", [LogCoverage("s3://big/", day(-9), NOW, "log", "declared")])
    said = results(ledger, ("bulk-reader", "silent-hours"), audit.AuditOptions(NOW))
    bulk = bulky([*reads, ("zoe", OBJECTS[23])], set(OBJECTS[:secret]))
    quiet = {OBJECTS[0]: MAYBE} if silent(sorted({0, *times})) else {}
    agree(said, {"bulk-reader": dict.fromkeys(bulk, YES), "silent-hours": quiet})


def _read(n: int, who: str, resource: str, hour: int) -> AccessEvent:
    event: AccessEvent = W.event(0, who, "", resource, ("Read", "Success"))
    return replace(event, time=day(0) + timedelta(hours=hour, minutes=n % 50), raw_offset=n)


def bulky(reads: list[tuple[str, str]], secret: set[str]) -> set[str]:
    counts = Counter(who for who, r in set(reads) if r in secret)
    if not counts:
        return set()
    middle = median(counts.values())
    spread = median(abs(many - middle) for many in counts.values())
    return {
        OBJECTS[0]
        for many in counts.values()
        if many >= 10
        and many >= len(secret) / 4
        and (many > middle if spread == 0 else 0.6745 * (many - middle) / spread >= 3.5)
    }


def silent(hours: list[int]) -> bool:
    gaps = [b - a for a, b in pairwise(hours)]
    return len(gaps) >= 24 and any(g >= 6 and g >= 10 * median(gaps) for g in gaps)
