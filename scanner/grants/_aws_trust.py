"""Who can become which role: trust policies met with what the callers' own policies allow.

From the IAM User Guide, "How to use trust policies": a role opens to those its trust policy
names; where it names the account, the caller's own policies have to allow sts:AssumeRole too,
and across accounts they always have to.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from scanner.grants._aws_actions import given
from scanner.grants._aws_conditions import Test
from scanner.grants._aws_effective import Request, naming, reach
from scanner.grants._aws_identity import Identity, Policy
from scanner.grants._aws_principals import PUBLIC, Who
from scanner.grants._aws_subjects import subjects
from scanner.grants._aws_times import window
from scanner.grants._s3_statement import Statement
from scanner.grants._zones import Zone, capped, join, least
from scanner.model import Decision

# Identity providers that sign in anybody: a trust policy has to say which of their users.
_OPEN_PROVIDERS = (
    "token.actions.githubusercontent.com",
    "gitlab.com",
    "accounts.google.com",
    "cognito-identity.amazonaws.com",
    "graph.facebook.com",
    "www.amazon.com",
    "app.terraform.io",
    "agent.buildkite.com",
    "oidc.circleci.com",
)
_FEDERATED = ("sts:assumerolewithsaml", "sts:assumerolewithwebidentity")


@dataclass(frozen=True, slots=True)
class Way:
    """One principal that can become the role, over which roles, and how surely."""

    who: Who
    decision: Decision
    path: str  # "role a > role b", the role itself last
    note: str = ""


def trusts(
    people: Sequence[Identity], limits: Sequence[Policy], organization: str
) -> dict[str, list[Way]]:
    """By role ARN, everybody who can become it, directly or over other roles."""
    roles = [p for p in people if p.kind == "role"]
    doors = [(r, w, d, n) for r in roles for w, d, n in _callers(r, people, limits)]
    inner: dict[str, list[tuple[Identity, Decision, str]]] = defaultdict(list)
    for role, caller, decision, note in doors:
        inner[caller.arn].append((role, decision, note))
    found: dict[str, list[Way]] = defaultdict(list)
    for person in people:
        start = Who(person.arn, person.kind)
        _walk(found, inner, start, inner[person.arn], person.arn)
    accounts = {p.account for p in people}
    for role in roles:
        for who, decision, note in _strangers(role, accounts, organization):
            _walk(found, inner, who, [(role, decision, note)], "")
    return found


def _walk(
    found: dict[str, list[Way]],
    inner: dict[str, list[tuple[Identity, Decision, str]]],
    who: Who,
    doors: Iterable[tuple[Identity, Decision, str]],
    own: str,
) -> None:
    """Every role within reach, each by its shortest and by its surest way."""
    best: dict[str, Decision] = {own: Decision.YES} if own else {}
    todo = [(role, decision, note, f"role {role.name}") for role, decision, note in doors]
    while todo:
        role, decision, note, path = todo.pop(0)
        old = best.get(role.arn)
        if old is not None and old.at_least(decision):
            continue
        best[role.arn] = decision
        found[role.arn] = [w for w in found[role.arn] if w.who.principal != who.principal] + [
            Way(who, decision, path, note)
        ]
        todo += [
            (after, least(decision, d), join(note, n), f"{path} > role {after.name}")
            for after, d, n in inner[role.arn]
        ]


def _callers(
    role: Identity, people: Sequence[Identity], limits: Sequence[Policy]
) -> Iterator[tuple[Identity, Decision, str]]:
    """Those of the dumps that can assume the role, with the best answer of each."""
    for person in people:
        if person.arn == role.arn or not _worth_asking(person, role):
            continue
        request = Request(
            "sts:assumerole",
            Zone(role.arn),
            arns,
            {},
            person.account == role.account,
            identity_suffices=False,
        )
        zones = reach(person, request, role.trust, limits)
        if zones:
            best = max(zones, key=lambda z: z.decision.rank)
            yield person, best.decision, best.note


def _worth_asking(person: Identity, role: Identity) -> bool:
    names = [naming(person, s)[0] for p in role.trust for s in p.statements if s.effect == "Allow"]
    same = person.account == role.account
    return ("direct" in names and same) or (any(names) and _may_assume(person))


def _may_assume(person: Identity) -> bool:
    return any(
        given(s.actions, s.not_action, ("sts:assumerole",))
        for p in person.policies
        for s in p.statements
        if s.effect == "Allow"
    )


def arns(value: str) -> Iterator[tuple[str, str]]:
    """A Resource value as it is; variables that are not known become wildcards."""
    text = re.sub(r"\$\{[^}]*\}", "*", value)
    yield text, "the resource depends on the caller" if text != value else ""


def _strangers(
    role: Identity, accounts: set[str], organization: str
) -> Iterator[tuple[Who, Decision, str]]:
    """Principals outside the dumps that the trust policy lets in; AWS services left out."""
    parsed = [s for p in role.trust for s in p.statements]
    denies = any(s.effect == "Deny" for s in parsed)
    for statement in parsed:
        if statement.effect == "Allow":
            for who, decision, note in _let_in(statement, organization):
                if who.type != "service" and not _inside(who, accounts):
                    cap = Decision.CONDITIONAL if denies else Decision.YES
                    yield who, least(decision, cap), note


def _let_in(statement: Statement, organization: str) -> Iterator[tuple[Who, Decision, str]]:
    _, _, tests = window(statement.tests)
    plain = given(statement.actions, statement.not_action, ("sts:assumerole",))
    federated = given(statement.actions, statement.not_action, _FEDERATED)
    for who in statement.principals:
        provider = ":saml-provider/" in who.principal or ":oidc-provider/" in who.principal
        provider = provider or who.note.endswith("signs in")
        if not (federated if provider else plain):
            continue
        if provider and _anybody(who, tests):
            yield PUBLIC, Decision.YES, f"anybody with an account at {_host(who)}"
            continue
        one = replace(statement, principals=(who,))
        for found in subjects(one, tests, organization):
            if found.decision is not Decision.NO:
                yield found.who, found.decision, found.condition


def _anybody(who: Who, tests: Sequence[Test]) -> bool:
    """True for a provider open to all whose users no condition narrows down."""
    if _host(who) not in _OPEN_PROVIDERS:
        return False
    narrowing = (":sub", ":aud", ":amr") if "github" not in _host(who) else (":sub", ":repository")
    return not any(t.key.endswith(narrowing) and set(t.values) - {"*"} for t in tests)


def _host(who: Who) -> str:
    return who.principal.rpartition("oidc-provider/")[2].partition("/")[0]


def _inside(who: Who, accounts: set[str]) -> bool:
    """True for principals of an account whose dump says what they can do."""
    fields = who.principal.split(":")
    return who.principal in accounts or (
        len(fields) > 4 and fields[4] in accounts and who.type in ("user", "role")
    )


def through(zone: Zone, way: Way) -> Zone:
    """What a role reaches, for somebody who becomes it."""
    return replace(capped(zone, way.decision, way.note), via=f"{way.path}, {_short(zone.via, way)}")


def _short(via: str, way: Way) -> str:
    """The path without the role's name, which the way ends with already."""
    last = way.path.rpartition(" > ")[2]
    return via.removeprefix(f"{last}, ")
