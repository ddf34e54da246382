"""How often a rule's check passes by chance: measured, for every check alike.

The values of the rule's own examples have their digits replaced by random ones; the share
that still passes is the share to expect in a column of numbers that are something else.
One NHS number in eleven passes, one IBAN in 97.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import islice

from scanner.detectors import Match
from scanner.rulepacks.check import value_of
from scanner.rulepacks.match import CompiledRule

_TRIES = 400  # of one form: the error is then under two percent
_FORMS = 3
_MIN_DIGITS = 5  # fewer are hardly more than letters, which are left as they are


def share(rule: CompiledRule) -> float | None:
    """The share (0 to 1) of random numbers that pass the rule's check.

    None for a rule without a check, or with values that are not mainly digits.
    """
    check = rule.check
    if check is None:
        return None
    found = (m for e in rule.spec.examples for m in rule.find(value_of(rule.loaded, e), ()))
    secrets = {m.secret for m in islice(found, 50) if isinstance(m, Match)}
    forms = [s for s in sorted(secrets) if sum(c.isdigit() for c in s) >= _MIN_DIGITS][:_FORMS]
    if not forms:
        return None
    return max(_passing(check, form, random.Random(rule.spec.id)) for form in forms)  # noqa: S311


def _passing(check: Callable[[str], str | None], form: str, rng: random.Random) -> float:
    tries = ("".join(_digit(c, rng) for c in form) for _ in range(_TRIES))
    return sum(check(one) is not None for one in tries) / _TRIES


def _digit(char: str, rng: random.Random) -> str:
    return rng.choice("0123456789") if char.isdigit() else char
