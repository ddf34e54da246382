"""What an AWS policy condition restricts, decided offline: nobody, somebody, or everybody.

A block is split into tests (`operator`, `key`, `values`); all must hold.  For a kind of
caller each test has the outcomes that are `possible` and those that are `free`: that the
caller can bring about at will, or that always hold.  An Allow is unconditional when every
test can freely be true; a Deny restricts nobody when one of its tests can freely be false.

Semantics from the IAM User Guide, "Condition operators" (IfExists, set operators, absent
keys: a negated operator holds, a plain one does not, ForAllValues holds, ForAnyValue does
not) and "Global condition context keys" (which keys a request carries).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from scanner import globs as patterns
from scanner.model import Decision

# Keys that describe the caller: absent from requests without credentials.
_IDENTITY = {
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principalisawsservice",
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:userid",
    "aws:username",
    "aws:principaltype",
    "aws:multifactorauthpresent",
    "aws:multifactorauthage",
    "aws:federatedprovider",
    "aws:tokenissuetime",
}
_ALWAYS_SENT = {"aws:principalarn", "aws:principalaccount", "aws:userid", "aws:principaltype"}
_SELF_MADE = {"aws:username", "aws:principaltype"}  # anybody names the users of his own account
# What the caller writes into the request; values may be shared secrets and are not shown.
_HEADERS = {"aws:referer", "aws:useragent"}
_CHOSEN = _HEADERS | {"aws:securetransport", "s3:tlsversion"}
# Facts about the object or bucket, which no caller changes by the way he calls.
_RESOURCE = ("s3:existingobjecttag/", "aws:resourcetag/", "aws:resource", "s3:resourceaccount")
_BASES = re.compile(
    r"string(equals|equalsignorecase|like)|arn(equals|like)|bool|null|ipaddress|binaryequals"
    r"|(numeric|date)(equals|lessthan|lessthanequals|greaterthan|greaterthanequals)"
)
TIME_KEYS = {"aws:currenttime", "aws:epochtime"}
_EVERY_REQUEST = {*TIME_KEYS, "aws:securetransport", "aws:viaawsservice"}


class Caller(Enum):
    """Kinds of callers for whom a condition is decided."""

    ANONYMOUS = "anonymous"
    OUTSIDER = "outsider"  # an AWS account of anybody's own
    NAMED = "named"  # a principal that the statement names, or some employee


_KNOWN: dict[Caller, dict[str, str]] = {
    Caller.ANONYMOUS: {
        "aws:userid": "anonymous",
        "aws:principaltype": "Anonymous",
        "aws:viaawsservice": "false",
    },
    Caller.OUTSIDER: {"aws:principalisawsservice": "false"},
    Caller.NAMED: {"aws:principalisawsservice": "false"},
}


@dataclass(frozen=True, slots=True)
class Test:
    """One line of a condition block; `key` and `base` are in lower case."""

    key: str
    base: str  # stringlike, ipaddress, ... without Not, IfExists and set operator
    negated: bool
    if_exists: bool
    quantifier: str  # "", forallvalues, foranyvalue
    values: tuple[str, ...]
    name: str  # key as written
    operator: str  # operator as written

    @property
    def when_absent(self) -> bool:
        """The outcome when the request does not carry the key."""
        if self.base == "null":
            return "true" in (v.lower() for v in self.values)
        if self.if_exists or self.quantifier == "forallvalues":
            return True
        return self.negated and self.quantifier != "foranyvalue"


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What a test can come to, and what of it is free."""

    possible: frozenset[bool]
    free: frozenset[bool]


_OPERATOR = re.compile(
    r"(?:(forallvalues|foranyvalue):)?"
    r"(string|arn|numeric|date|ipaddress|notipaddress|bool|binary|null)"
    r"(not)?(equals|like|lessthan|greaterthan)?(equals|ignorecase)?(ifexists)?"
)


def parse(operator: str, key: str, values: Iterable[str]) -> Test | None:
    """One test, or None for an operator that IAM does not know."""
    found = _OPERATOR.fullmatch(operator.lower())
    if found is None:
        return None
    quantifier, family, negated, verb, tail, if_exists = (g or "" for g in found.groups())
    base = "ipaddress" if family == "notipaddress" else family + verb + tail
    if _BASES.fullmatch(base) is None:
        return None
    return Test(
        key.lower(),
        base,
        bool(negated) or family == "notipaddress",
        bool(if_exists),
        quantifier,
        tuple(values),
        key,
        operator,
    )


def outcomes(test: Test, caller: Caller, known: Mapping[str, str], required: bool) -> Outcomes:
    """What a test can come to for a caller whose `known` key values are given.

    `required`: another test of the block demands that the key be present.
    """
    value = known.get(test.key, _KNOWN[caller].get(test.key))
    if value is None and caller is Caller.ANONYMOUS and _is_identity(test.key):
        return _certain(test.when_absent)
    present = _present(test, value)
    if value is not None or (len(present) == 1 and test.key == "aws:sourceip"):
        return Outcomes(present, present)
    return _unknown(test, caller, present, required)


def _unknown(test: Test, caller: Caller, present: frozenset[bool], required: bool) -> Outcomes:
    """Outcomes when the key's value is not known."""
    lacks = not required and _may_lack(test, caller)
    absent = frozenset({test.when_absent} if lacks else ())
    possible = present | absent
    if len(possible) == 1 or _chosen(test, caller):
        return Outcomes(possible, possible)
    if caller is Caller.OUTSIDER and _own_identity(test):
        mine = _theirs_only(test, present) | absent
        return Outcomes(mine, mine)
    return Outcomes(possible, absent if _at_will(test.key, caller) else frozenset())


def allow(tests: Iterable[Outcomes]) -> Decision:
    """Whether an Allow under these tests lets the caller pass."""
    found = list(tests)
    if any(True not in t.possible for t in found):
        return Decision.NO
    return Decision.YES if all(True in t.free for t in found) else Decision.CONDITIONAL


def deny(tests: Iterable[Outcomes]) -> Decision:
    """Whether a Deny under these tests stops the caller."""
    found = list(tests)
    if any(False in t.free for t in found) or any(True not in t.possible for t in found):
        return Decision.NO
    return Decision.YES if all(False not in t.possible for t in found) else Decision.CONDITIONAL


def hides_values(test: Test) -> bool:
    """True when the values may be a shared secret (a referer, a user agent)."""
    return test.key in _HEADERS


def _certain(outcome: bool) -> Outcomes:
    only = frozenset({outcome})
    return Outcomes(only, only)


def _is_identity(key: str) -> bool:
    return key in _IDENTITY or key.startswith("aws:principaltag/")


def _may_lack(test: Test, caller: Caller) -> bool:
    if test.key in _EVERY_REQUEST:
        return False
    return not (test.key in _ALWAYS_SENT and caller is not Caller.ANONYMOUS)


def _at_will(key: str, caller: Caller) -> bool:
    """True when a caller can leave the key out by the way he calls.

    A named principal cannot change who he is, but MFA is missing from long-term keys.
    """
    if key.startswith(_RESOURCE):
        return False
    who = _is_identity(key) and not key.startswith("aws:multifactor")
    return not (who and caller is Caller.NAMED)


def _chosen(test: Test, caller: Caller) -> bool:
    made = test.key in _SELF_MADE or test.key.startswith("aws:principaltag/")
    return test.key in _CHOSEN or (made and caller is Caller.OUTSIDER)


def _own_identity(test: Test) -> bool:
    return test.key in _IDENTITY and not test.key.startswith("aws:multifactor")


def _theirs_only(test: Test, present: frozenset[bool]) -> frozenset[bool]:
    """Outcomes for an outsider: he is none of those the values name, unless they name a shape
    that he can take, such as a role name in any account."""
    if len(present) == 1 or test.base == "null":
        return present
    if test.key == "aws:principalarn" and any(_any_account(v) for v in test.values):
        return present
    if test.key.startswith("aws:principalorg") and any(_any_organization(v) for v in test.values):
        return present
    return frozenset({test.negated})


def _any_account(arn: str) -> bool:
    fields = arn.split(":", 5)
    return len(fields) < 6 or re.fullmatch(r"[0-9]{12}", fields[4]) is None


def _any_organization(value: str) -> bool:
    """True for `o-*`: anybody can found one."""
    return re.match(r"[o?*][-?*]*[*/]", value) is not None


def _present(test: Test, value: str | None) -> frozenset[bool]:
    """Outcomes when the key is in the request, with this value or some value."""
    if test.base == "null":
        return frozenset(v.lower() == "false" for v in test.values)
    if not test.values:
        return frozenset({test.negated})
    if value is not None and test.base in _COMPARE:
        hit = any(_COMPARE[test.base](v, value) for v in test.values if "${" not in v)
        unsure = any("${" in v for v in test.values) and not hit
        return frozenset({True, False}) if unsure else frozenset({hit is not test.negated})
    return frozenset({not test.negated}) if _matches_all(test) else frozenset({True, False})


_COMPARE: dict[str, Callable[[str, str], bool]] = {
    "stringequals": lambda v, value: v == value,
    "stringequalsignorecase": lambda v, value: v.lower() == value.lower(),
    "stringlike": patterns.glob,
    "arnequals": patterns.glob,
    "arnlike": patterns.glob,
    "bool": lambda v, value: v.lower() == value,
}


def _matches_all(test: Test) -> bool:
    if test.base in ("stringlike", "arnlike", "arnequals"):
        return any(v.strip("*") == "" and v for v in test.values)
    if test.base == "bool":
        return {v.lower() for v in test.values} >= {"true", "false"}
    return test.base == "ipaddress" and _every_address(test.values)


def _every_address(values: Iterable[str]) -> bool:
    """True when the ranges together are the whole of IPv4 or of IPv6."""
    try:
        nets = [ipaddress.ip_network(v, strict=False) for v in values]
    except ValueError:
        return False
    four = ipaddress.collapse_addresses(n for n in nets if isinstance(n, ipaddress.IPv4Network))
    six = ipaddress.collapse_addresses(n for n in nets if isinstance(n, ipaddress.IPv6Network))
    return any(n.prefixlen == 0 for n in four) or any(n.prefixlen == 0 for n in six)
