"""Conditions in words."""

from __future__ import annotations

from scanner.grants._aws_conditions import Test, hides_values

_SHOWN = 5  # values of one test that are named
_VERBS = {
    "stringequals": "is",
    "stringequalsignorecase": "is",
    "stringlike": "is like",
    "arnequals": "is",
    "arnlike": "is like",
    "ipaddress": "is in",
    "bool": "is",
    "binaryequals": "is",
}


def describe(test: Test) -> str:
    """One test in words, for example `aws:SourceIp is not in 10.0.0.0/8`."""
    if test.base == "null":
        return f"{test.name} is {'absent' if test.when_absent else 'present'}"
    verb = _VERBS.get(test.base) or _measure(test.base)
    verb = verb.replace("is", "is not", 1) if test.negated else verb
    loose = " or absent" if test.if_exists or test.quantifier == "forallvalues" else ""
    return f"{test.name} {verb} {_values(test)}{loose}"


def _measure(base: str) -> str:
    comparison = base.removeprefix("numeric").removeprefix("date")
    words = {"equals": "is", "lessthan": "is below", "greaterthan": "is above"}
    words |= {"lessthanequals": "is at most", "greaterthanequals": "is at least"}
    return words[comparison]


def _values(test: Test) -> str:
    if hides_values(test):
        return f"one of {len(test.values)} values (the caller writes this header)"
    shown = " or ".join(test.values[:_SHOWN]) or "nothing"
    more = len(test.values) - _SHOWN
    return f"{shown} or {more} more" if more > 0 else shown
