"""Checks of people, use and the programme beside a naive answer, on made-up worlds.

The worlds and who could read in them are those of `tests/contracts/test_checks.py`; here people
also have departments, managers and an end, records a subject, and grants a purpose.
`LEAKGATE_ORACLE=5000` tries so many worlds.
"""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from scanner import audit
from scanner.audit import checks
from scanner.config.policy import Governance, StoreRules
from scanner.ledger import Ledger
from scanner.ledger.views import connect
from scanner.model import About, AccessEvent, Consent, Decision, Grant, Principal


def _worlds() -> ModuleType:
    path = Path(__file__).parents[1] / "contracts" / "test_checks.py"
    spec = importlib.util.spec_from_file_location("worlds_of_checks", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


W: Any = _worlds()
NOW, day, PEOPLE, RESOURCES = W.NOW, W.day, W.PEOPLE, W.RESOURCES
PURPOSES = ("", "training", "fun")


@dataclass(frozen=True)
class Life:
    """What a world has besides grants, groups and reads."""

    departments: tuple[str, ...]
    managers: tuple[str, ...]
    ended: tuple[int | None, ...]
    countries: tuple[str, ...]
    subjects: tuple[str, ...]  # of the sensitive resources, in order
    captured: tuple[int | None, ...]
    applications: tuple[str, ...]
    purposes: tuple[str, ...]
    asked: tuple[Consent, ...]
    refused: tuple[AccessEvent, ...]
    group: str = ""  # the status of the listed group


def each(*values: Any, size: int = 4) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(*[st.sampled_from(values)] * size)


CONSENT = st.builds(
    lambda who, kind, start, size: Consent(
        who, kind, start and day(start), start and day(start + size)
    ),
    st.sampled_from((*PEOPLE, "arn:ann", "stranger")),
    st.sampled_from(("pause", "exemption", "withdrawal", "consent")),
    st.sampled_from((None, 2, 5, 8)),
    st.sampled_from((1, 3)),
)
LIVES = st.builds(
    Life,
    each("Sales", "HR", "People analytics", ""),
    each("ann", "bob", "cyd", "arn:ann", "nobody", ""),
    each(None, None, 5, 9, 20),
    each("GB", "FR", "us", ""),
    each(*PEOPLE, "arn:ann", "stranger", "", size=5),
    each(None, 3, 6, 9, size=5),
    each("Deskmate 2", "deskmate", "Browser", "", size=5),
    each(*PURPOSES, size=9),
    st.lists(CONSENT, max_size=4).map(tuple),
    st.lists(st.builds(W.event, st.sampled_from((2, 5, 8)), st.sampled_from(("ann", "bob", "g1")),
      st.sampled_from(("", "bob")), st.sampled_from(RESOURCES), st.just(("Read", "Failure"))),
      max_size=5).map(tuple),
    st.sampled_from(("", "", "Terminated")),
)  # fmt: skip
PROGRAMME = Governance(
    applications=("deskmate*",), countries=("gb", "de"), purposes=("Training",), max_readers=2,
    stores=(StoreRules(resource="s3://b/x", encrypted=False, retention_days=6),
            StoreRules(resource="s3://b-2/", read_logging=False, retention_days=30)),
)  # fmt: skip


def lived(world: Any, life: Life) -> Any:
    """The world with its people's lives and its grants' purposes."""
    people = [
        replace(
            p,
            department=life.departments[n],
            manager=life.managers[n],
            ended=day(life.ended[n]) if life.ended[n] else None,
            country=life.countries[n],
        )
        if p.type == "user"
        else replace(p, status=life.group)
        for n, p in enumerate(world.principals)
    ]
    grants = [replace(g, purpose=p) for g, p in zip(world.grants, life.purposes, strict=False)]
    return replace(world, principals=tuple(people), grants=tuple(grants))


class Naive(W.Oracle):
    """One question at a time, as the header of each check puts it."""

    def __init__(self, world: Any, life: Life) -> None:
        super().__init__(world)
        self.life = life
        self.staff = {w for w in self.staff if not self.gone(self.listed[w])}

    def gone(self, person: Principal) -> bool:
        over = person.ended is not None and person.ended <= NOW
        return person.status == "Terminated" or over

    def subject(self, resource: str) -> str:
        name = self.life.subjects[self.world.sensitive.index(resource)]
        return self.resolve(name) if name else ""

    def records(self) -> list[tuple[str, str, str, datetime | None]]:
        """(resource, person, application, time) of each finding."""
        return [
            (r, self.subject(r), self.life.applications[n], (t := self.life.captured[n]) and day(t))
            for n, r in enumerate(self.world.sensitive)
        ]

    def bosses(self, who: str) -> set[str]:
        found: set[str] = set()
        todo = [who]
        while todo:
            person = self.listed.get(todo.pop())
            boss = self.resolve(person.manager) if person and person.manager else ""
            if boss and boss not in found:
                found.add(boss)
                todo.append(boss)
        return found - {who}

    def own(self, who: str, resource: str) -> Decision:
        """The answer, when one of the Allows that reach somebody is not to everybody."""
        named = any(
            g.effect == "Allow" and g.decision is not Decision.NO and W.in_force(g, NOW)
            and W.covers(g, resource) and self.stands_for(g, who) and not self.audience(g)
            for g in self.world.grants
        )  # fmt: skip
        return self.decide(who, resource, NOW) if named else Decision.NO

    def used(self, grant: Grant) -> bool:
        sides = [
            (e.resource, w)
            for e in self.reads()
            for w in {self.reader(e), W.ANON if e.actor == "anonymous" else self.resolve(e.actor)}
        ]
        return any(W.covers(grant, r) and self.stands_for(grant, w) for r, w in sides)


NAMES = (
    *("dead-grantee", "too-many-readers", "people-team-read", "manager-read", "read-after-end"),
    *("probe-then-success", "outside-applications", "outside-countries", "captured-in-pause"),
    *("captured-exempt", "store-unencrypted", "store-unlogged", "retention-exceeded"),
)


def looked_at() -> list[checks.Check]:
    return [check for check in W.OWN if check.rule.id in NAMES]


def answers(naive: Naive) -> dict[str, dict[str, Decision]]:  # noqa: C901 - check by check
    """By check: each resource it speaks of with its decision."""
    yes, maybe = Decision.YES, Decision.CONDITIONAL
    found: dict[str, dict[str, Decision]] = {name: {} for name in NAMES}

    def note(check: str, resource: str, decision: Decision = yes) -> None:
        if decision is not Decision.NO:
            W.worst(found[check], resource, decision)

    world, sensitive = naive.world, naive.world.sensitive
    for r in RESOURCES:
        for person in filter(naive.gone, world.principals):
            note("dead-grantee", r, naive.own(person.id, r))
        if r.startswith("s3://b/x"):
            note("store-unencrypted", r)
            note("retention-exceeded", r)  # landed nine days ago
        if r.startswith("s3://b-2/"):
            note("store-unlogged", r)
        public = naive.exposed(r, NOW, (W.ANON, W.OUTSIDER))
        if r in sensitive and (public, naive.decide(W.STAFF, r, NOW)) == (Decision.NO, Decision.NO):
            can = [naive.decide(w, r, NOW) for w in naive.people()]
            if can.count(yes) + can.count(maybe) > 2:
                note("too-many-readers", r, yes if can.count(yes) > 2 else maybe)
    for read in (e for e in naive.reads() if e.resource in sensitive):
        if naive.reader(read) in naive.bosses(naive.subject(read.resource)):
            note("manager-read", read.resource)  # a manager may be listed nowhere else
        who = naive.listed.get(naive.reader(read))
        if who is None:
            continue
        if who.department == "HR" or who.department.startswith("People"):
            note("people-team-read", read.resource)
        if naive.gone(who) and (who.ended is None or who.ended <= read.time):
            note("read-after-end", read.resource, yes if who.ended else maybe)
    successes = [(e.resource, e.actor, e.session, e.time) for e in naive.reads()]
    for no in (*naive.life.refused, *(e for e in world.events if e.status == "Failure")):
        seen = any((no.resource, no.actor, no.session) == s[:3] for s in successes)
        others = [e for e in naive.reads() if (e.actor, e.session) == (no.actor, no.session)]
        if no.resource in sensitive and (seen or others) and no.activity == "Read":
            who_ = naive.reader(no)
            if any(e.resource == no.resource and naive.reader(e) == who_ and e.time > no.time
                   for e in naive.reads()):  # fmt: skip
                note("probe-then-success", no.resource)
    for resource, person, application, time in naive.records():
        if application and not application.casefold().startswith("deskmate"):
            note("outside-applications", resource)
        country = naive.listed[person].country if person in naive.listed else ""
        if country and country != "GB":
            note("outside-countries", resource)
        for ask in (a for a in naive.life.asked if person and naive.resolve(a.person) == person):
            if time is None:
                open_ = ask.start is None and ask.end is None
                if ask.kind in ("exemption", "withdrawal"):
                    note("captured-exempt", resource, yes if open_ else maybe)
                if ask.kind == "pause" and open_:
                    note("captured-in-pause", resource)
            elif (ask.start is None or ask.start <= time) and (ask.end is None or time < ask.end):
                if ask.kind == "pause":
                    note("captured-in-pause", resource)
                if ask.kind in ("exemption", "withdrawal"):
                    note("captured-exempt", resource)
        limit = 6 if resource.startswith("s3://b/x") else 30 if "b-2" in resource else None
        if time and limit and (NOW - time).days > limit:
            note("retention-exceeded", resource)
    return found


def made(naive: Naive) -> list[tuple[Any, ...]]:
    """`grants_made`, for grants that cover anything."""
    rows = set()
    for g in naive.world.grants:
        covered = [r for r in RESOURCES if W.covers(g, r)]
        if covered:
            sensitive = any(r in naive.world.sensitive for r in covered)
            key = (g.principal, g.principal_type, g.resource, g.system, g.effect, g.decision.value)
            dates = (str(g.granted_time), str(g.expiration_time), g.purpose)
            exceptions = (tuple(sorted(g.except_principals)), tuple(sorted(g.except_resources)))
            used = naive.used(g) if g.decision is not Decision.NO else None
            rows.add((*key, *dates, *exceptions, len(covered), sensitive, naive.audience(g), used))
    # Exceptions tell grants apart, and are no columns of the view.
    return sorted((*row[:9], *row[11:]) for row in rows)


MADE = """
SELECT principal, principal_type, scope, system, effect, decision,
  coalesce(epoch_us(granted_time), 0), coalesce(epoch_us(expiration_time), 0), purpose, objects,
  sensitive, audience, CASE WHEN decision <> 'no' THEN used END
FROM grants_made
"""


@settings(
    max_examples=int(os.environ.get("LEAKGATE_ORACLE", "10")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
    database=None,
)
@given(W.WORLDS, LIVES)
def test_people_use_and_programme_agree(tmp_path_factory: Any, world: Any, life: Life) -> None:
    naive = Naive(lived(world, life), life)
    ledger = Ledger(tmp_path_factory.mktemp("ledger"))
    W.write(ledger, replace(naive.world, sensitive=(), events=(*naive.world.events, *life.refused)))
    with ledger.run("s") as run:
        run.write("findings", [finding(naive, n) for n in range(len(naive.world.sensitive))])
        run.write("consents", life.asked)
    options = audit.AuditOptions(NOW, world.marked, PROGRAMME)
    with connect(ledger, ["r", "s"]) as con:
        audit.prepare(con, options)
        results = {c.id: c for c in checks.run(con, looked_at())}
        grants = con.execute(MADE).fetchall()
        excess = con.execute("SELECT resource, could, unused FROM excess_readers").fetchall()
    assert sorted(grants, key=repr) == sorted(map(dated, made(naive)), key=repr)
    assert sorted(excess) == sorted(excess_by(naive))
    for name, expected in answers(naive).items():
        try:
            W.check_agrees(results[name], expected)
        except AssertionError as error:
            raise AssertionError(f"{name}: {results[name]} but {expected}") from error


def finding(naive: Naive, number: int) -> Any:
    resource, _, application, time = naive.records()[number]
    name = naive.life.subjects[number]
    about = About(user=name, application=application, time=time)
    return replace(W.finding(resource), about=about, subject=name)


def dated(row: tuple[Any, ...]) -> tuple[Any, ...]:
    def micros(text: str) -> int:
        return 0 if text == "None" else int(datetime.fromisoformat(text).timestamp()) * 1_000_000

    return (*row[:6], micros(row[6]), micros(row[7]), *row[8:])


def excess_by(naive: Naive) -> list[tuple[str, int, int]]:
    rows = []
    for r in naive.world.sensitive:
        if any(W.covers(g, r) for g in naive.world.grants):
            can = {w for w in naive.people() if naive.decide(w, r, NOW) is not Decision.NO}
            did = {naive.reader(e) for e in naive.reads() if e.resource == r}
            rows.append((r, len(can), len(can - did)))
    return rows
