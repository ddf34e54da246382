"""For whom a policy statement counts, and how far: its principals met with its condition.

A condition that names the caller (aws:PrincipalArn, aws:PrincipalAccount, aws:PrincipalOrgID,
aws:userid) narrows "everybody" down to those it names.  An organisation is all staff: surely
when it is the company's own by the option `organization`, else conditionally.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanner.grants._aws_conditions import Caller, Outcomes, Test, allow, deny, outcomes
from scanner.grants._aws_principals import ANONYMOUS, NOBODY_KNOWN, PUBLIC, Who, aws
from scanner.grants._aws_texts import describe
from scanner.model import Decision

if TYPE_CHECKING:
    from scanner.grants._s3_statement import Statement

_OWNERS = "${aws:resourceorgid}"
_EQUAL = ("stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike")


@dataclass(frozen=True, slots=True)
class Subject:
    """One principal of a statement: how far it counts for it, and in words why."""

    who: Who
    decision: Decision
    condition: str = ""
    excepting: tuple[str, ...] = ()


def subjects(
    statement: Statement, tests: Sequence[Test], organization: str = ""
) -> Iterator[Subject]:
    """Everyone the statement counts for, under the tests that are not about time."""
    decide = _allowed if statement.effect == "Allow" else _denied
    if statement.not_principal:
        names = tuple(w.principal for w in statement.principals)
        if "*" in names:  # everybody but everybody
            yield Subject(PUBLIC, Decision.NO, "NotPrincipal * leaves nobody")
            return
        people: Sequence[Who] = [PUBLIC]
    else:
        names, people = (), statement.principals
    for who in people:
        for found in decide(who, tests, organization):
            yield Subject(found.who, found.decision, found.condition, names + found.excepting)


def _allowed(who: Who, tests: Sequence[Test], organization: str) -> Iterator[Subject]:
    if who.type != "public":
        yield _subject(who, allow(_decided(tests, Caller.NAMED, who)), tests)
        return
    anonymous = allow(_decided(tests, Caller.ANONYMOUS, who))
    outsider = allow(_decided(tests, Caller.OUTSIDER, who))
    best = max(anonymous, outsider, key=lambda d: d.rank)
    if best is not Decision.NO:
        yield _subject(who, best, tests)
        return
    named = list(_narrowed(tests, organization))
    for person, rest in named:
        yield _subject(person, allow(_decided(rest, Caller.NAMED, person)), tests)
    if not named:
        some = allow(_decided(tests, Caller.NAMED, who))
        yield _subject(who if some is Decision.NO else NOBODY_KNOWN, some, tests)


def _denied(who: Who, tests: Sequence[Test], organization: str) -> Iterator[Subject]:
    if who.type != "public":
        yield _subject(who, deny(_decided(tests, Caller.NAMED, who)), tests)
        return
    named = list(_narrowed(tests, organization))
    for person, rest in named:
        yield _subject(person, deny(_decided(rest, Caller.NAMED, person)), tests)
    if not named:
        yield from _denied_to_all(who, tests)


def _denied_to_all(who: Who, tests: Sequence[Test]) -> Iterator[Subject]:
    """A Deny to everybody, apart for callers without credentials, who lack the keys."""
    excepting, rest = _exempted(tests)
    anonymous = deny(_decided(rest, Caller.ANONYMOUS, who))
    others = deny(_decided(rest, Caller.NAMED, who))
    if others is Decision.YES and any("*" in name or "?" in name for name in excepting):
        others = Decision.CONDITIONAL  # anybody may turn out to be one of those
    if anonymous is others:
        yield _subject(who, others, tests, excepting)
        return
    if anonymous is not Decision.NO:
        yield _subject(ANONYMOUS, anonymous, tests, excepting)
    if others is not Decision.NO:
        alone = () if anonymous.at_least(others) else (ANONYMOUS.principal,)
        yield _subject(who, others, tests, excepting + alone)


def _subject(
    who: Who, decision: Decision, tests: Sequence[Test], excepting: tuple[str, ...] = ()
) -> Subject:
    capped = who.cap if decision.at_least(who.cap) else decision
    notes = [who.note, *(describe(t) for t in tests)]
    return Subject(who, capped, "; ".join(n for n in notes if n), excepting)


def _decided(tests: Sequence[Test], caller: Caller, who: Who) -> list[Outcomes]:
    """The outcomes of all tests.  `Null: false` on a key makes it present for the others."""
    needed = {t.key for t in tests if t.base == "null" and not t.when_absent}
    return [outcomes(t, caller, who.known, t.base != "null" and t.key in needed) for t in tests]


def _exempted(tests: Sequence[Test]) -> tuple[tuple[str, ...], list[Test]]:
    """Callers whom `aws:PrincipalArn is not ...` takes out by name, and the other tests."""
    for test in tests:
        if test.negated and test.base in _EQUAL and not test.quantifier and test.values:
            people = [_spared(test, value) for value in test.values]
            if all(people):
                names = tuple(name for found in people for name in found)
                return names, [t for t in tests if t is not test]
    return (), list(tests)


def _spared(test: Test, value: str) -> tuple[str, ...]:
    """The principal, or a glob of principals of one account, that a value names; () for others."""
    if test.key == "aws:principalaccount" and re.fullmatch(r"[0-9]{12}", value):
        return value, f"arn:*:iam::{value}:*"
    if test.key != "aws:principalarn":
        return ()
    who = aws(value)
    if who.type in ("user", "role", "account"):
        return (who.principal,)
    is_glob = "equals" not in test.base or test.base == "arnequals"
    some = is_glob and re.fullmatch(r"arn:[a-z-]+:iam::[0-9]{12}:[^$]+", value)
    return (value,) if some else ()


def _narrowed(tests: Sequence[Test], organization: str) -> Iterator[tuple[Who, list[Test]]]:
    """Those whom a condition names as the only callers, each with the remaining tests."""
    for test in sorted(tests, key=lambda t: _rank(t.key)):
        if test.key not in _NAMING or not _demands(test, tests):
            continue
        people = [_named(test.key, v, organization) for v in test.values]
        found = [p for p in people if p is not None]
        if found and len(found) == len(people):
            rest = [t for t in tests if t is not test and not _is_presence(t, test.key)]
            yield from ((p, rest) for p in found)
            return


_NAMING = (
    "aws:principalarn",
    "aws:userid",
    "aws:principalaccount",
    "aws:principalorgpaths",
    "aws:principalorgid",
)


def _rank(key: str) -> int:
    return _NAMING.index(key) if key in _NAMING else len(_NAMING)


def _is_presence(test: Test, key: str) -> bool:
    return test.key == key and test.base == "null" and not test.when_absent


def _demands(test: Test, tests: Sequence[Test]) -> bool:
    """True when the test holds for the values it lists and for nothing else."""
    present = not test.when_absent or any(_is_presence(t, test.key) for t in tests)
    plain = test.base in _EQUAL and not test.negated and present
    return plain and not any("${" in v and v.lower() != _OWNERS for v in test.values)


def _named(key: str, value: str, organization: str) -> Who | None:
    if key == "aws:principalarn":
        return _by_arn(value)
    if key == "aws:userid":
        unique = re.fullmatch(r"(A(?:IDA|ROA)[A-Z0-9]{12,})(?::\*)?", value)
        return Who(unique[1], "role" if value.startswith("AROA") else "user") if unique else None
    if key == "aws:principalaccount":
        return aws(value) if re.fullmatch(r"[0-9]{12}", value) else None
    return _organisation(value.partition("/"), organization)


def _by_arn(value: str) -> Who | None:
    who = aws(value)
    if who.type not in ("unknown", "public"):
        return who
    fields = value.split(":", 5)
    if len(fields) < 6 or not re.fullmatch(r"[0-9]{12}", fields[4]):
        return None
    return Who(fields[4], "account", Decision.CONDITIONAL, "only some principals of the account")


def _organisation(path: tuple[str, str, str], ours: str) -> Who | None:
    name, _, unit = path
    if name.lower() == _OWNERS:
        return Who(ours or name, "all_staff", note="the organisation that owns the bucket")
    if re.fullmatch(r"o-[a-z0-9]+", name) is None:
        return None
    if ours and ours != name:
        return Who(name, "account", note="another organisation")
    sure = bool(ours) and unit in ("", "*")
    note = "" if sure else f"only principals of organisation {name}"
    return Who(name, "all_staff", Decision.YES if sure else Decision.CONDITIONAL, note)
